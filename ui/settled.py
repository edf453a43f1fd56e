"""What is settled before anything is opened: the settings, and by them who may come in. Each once."""

from __future__ import annotations

from functools import cache

from phi_assistant.settings import Settings
from ui.access import Access, settle


@cache
def settings() -> Settings:
    """As they were when the front end was started."""
    return Settings.load()


@cache
def access() -> Access:
    """Who may come in, as it was settled at the start. Raises `ConfigError` where it cannot be."""
    import streamlit as st
    from streamlit import config
    from streamlit.runtime.secrets import secrets_singleton

    there = secrets_singleton.load_if_toml_exists()
    return settle(settings(), address=config.get_option("server.address"), secrets=st.secrets if there else {})
