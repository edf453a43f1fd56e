"""Passwords of encrypted files: those that were typed in this tab, and forgotten with it."""

from __future__ import annotations

import streamlit as st

_KNOWN = "file passwords"


def learn(password: str) -> None:
    """Keeps one for the files that are read and shown from now on."""
    if password:
        st.session_state[_KNOWN] = tuple(dict.fromkeys((*known(), password)))


def known() -> tuple[str, ...]:
    """In the order in which they were typed."""
    return tuple(st.session_state.get(_KNOWN, ()))
