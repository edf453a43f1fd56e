"""The page Compare."""

from __future__ import annotations

import streamlit as st

from ui.person import Person
from ui.words import _


def page(who: Person) -> None:
    """Draws it."""
    st.title(_("Compare"))
