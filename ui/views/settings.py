"""The page Settings, for owners: the models that answer, getting others, whether all is well, and who may come in."""

from __future__ import annotations

import streamlit as st

from ui import resources
from ui.person import Person
from ui.text import html
from ui.views import settings_checks, settings_get, settings_models
from ui.words import _


def page(who: Person) -> None:
    """Draws it."""
    st.title(_("Settings"), anchor=False)
    if not who.is_owner:
        st.info(_("Only owners may see this page."))
        return
    settings_models.section()
    settings_get.section()
    settings_checks.section()
    _about()


def _about() -> None:
    st.header(_("About this assistant"), anchor=False)
    access, settings = resources.access(), resources.settings()
    kinds = {
        "open": _("Only this machine reaches it, and nobody has to sign in: whoever is here is an owner."),
        "password": _("People sign in with a password."),
        "oidc": _("People sign in with an account of your organisation."),
    }
    lines = [
        (_("Who may come in"), kinds[access.kind]),
        (_("Documents, models and conversations are kept in"), str(settings.data)),
        (_("Collection that is asked if nobody chooses"), settings.collection),
    ]
    rows = "".join(f"<dt>{html(term)}</dt><dd>{html(told)}</dd>" for term, told in lines)
    st.html(f'<dl class="about">{rows}</dl>')
