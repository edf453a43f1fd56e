"""Whether all is well: what the assistant stands on, looked at when somebody asks, with the command that mends it."""

from __future__ import annotations

import streamlit as st

from ui import resources
from ui.checks import Check, State, checks
from ui.text import html, plain
from ui.words import N_, _

_KEPT = "checks"

_SIGNS: dict[State, tuple[str, str]] = {
    "good": ("green", N_("well")),
    "missing": ("orange", N_("missing")),
    "broken": ("red", N_("broken")),
}


def section() -> None:
    """Draws it."""
    st.header(_("Is everything well?"), anchor=False)
    st.write(_("Looks at Ollama, the downloads, the database, the documents and what reads them. It takes a moment."))
    if st.button(_("Look now")):
        with st.spinner(_("Looking …")):
            found = checks(resources.settings(), resources.stores(), database=resources.database)
            st.session_state[_KEPT] = list(found)
    for check in st.session_state.get(_KEPT, []):
        _row(check)


def _row(check: Check) -> None:
    colour, word = _SIGNS[check.state]
    with st.container(border=True):
        st.markdown(f"**{plain(check.name)}** :{colour}-badge[{_(word)}]")
        st.write(plain(check.found))
        if check.exact:
            st.html(f'<p class="exact" lang="en" translate="no">{html(check.exact)}</p>')
        if check.command:
            st.caption(_("This mends it, in a terminal:"))
            st.code(check.command, language="bash")
