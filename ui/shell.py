"""What all pages have around them: the dress, the foot with the languages and the way out, and the way in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from ui.gate.doors import SIGN_OUT
from ui.person import Person
from ui.text import html
from ui.words import LANGUAGES, _, language

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_PAGES = "pages"
_ICON = Path(__file__).with_name("icon.svg")

_STYLE = """
<style>
  .block-container { max-width: 56rem; padding: 3.5rem clamp(1rem, 4vw, 3rem) 5rem; }
  h1 { letter-spacing: -.01em; }
  p, li { line-height: 1.65; }
  h2 { margin-top: 1.25rem; }
  [data-testid="stCaptionContainer"] { color: color-mix(in srgb, currentColor 78%, transparent); opacity: 1; }
  .stHtml dl.about { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .625rem 1.5rem; margin: 0;
    padding: 0; }
  .stHtml .about dt, .stHtml .about dd { margin: 0; line-height: 1.6; overflow-wrap: anywhere; }
  .stHtml .about dt { font-weight: 600; }
  @media (max-width: 40rem) {
    .stHtml dl.about { grid-template-columns: 1fr; gap: 0; }
    .stHtml .about dd { margin-bottom: .75rem; }
  }
  button[data-testid^="stBaseButton-primary"]:not(:disabled) { color: light-dark(#fff, #0b1716); font-weight: 600; }
  [data-testid="stFeedbackButton"][aria-checked="true"] * { color: light-dark(#1d5c57, #7cc4bb); }
  .exact { font-size: .9375rem; overflow-wrap: anywhere; }
  .foot { margin-top: 2rem; font-size: .875rem; line-height: 2; }
  nav.foot { display: grid; grid-template-columns: repeat(2, max-content); gap: 0 1.25rem; }
  .foot a, .foot strong { white-space: nowrap; color: inherit; }
  .foot p { margin: .25rem 0 0; }
</style>
"""


def dress() -> None:
    """The title in the browser's bar, and the type."""
    st.set_page_config(page_title="Phi Assistant", page_icon=_ICON, layout="centered")
    st.html(_STYLE)
    st.html(f"<style>{_said_by_streamlit()}</style>")


def _said_by_streamlit() -> str:
    """Style that says in our languages what Streamlit itself says in English alone: of a field for files."""
    button = '[data-testid="stFileUploaderDropzone"] button'
    said = json.dumps(_("Choose files"), ensure_ascii=False)  # as CSS quotes it too, unlike JSON's \u00e4
    return (
        f"{button} p {{ font-size: 0; }} {button} p::after {{ content: {said}; font-size: 0.875rem; }} "
        '[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }'  # the page says how large they may be
    )


def know(pages: Sequence[StreamlitPage]) -> None:
    """Keeps the pages that this session has, for links from one to another."""
    st.session_state[_PAGES] = {page.url_path: page for page in pages}


def link_to(path: str, label: str, *, icon: str | None = None, query: dict[str, str] | None = None) -> None:
    """A link to another page, where whoever looks may see that; `query` is what its address is to say."""
    if page := st.session_state.get(_PAGES, {}).get(path):
        st.page_link(page, label=label, icon=icon, query_params=query)


def foot(who: Person) -> None:
    """Under the sidebar: the languages, and for those who have signed in their name and the way out."""
    with st.sidebar:
        st.html(f'<nav class="foot" aria-label="{html(_("Language"))}">{_languages()}</nav>')
        if st.user.get("is_logged_in"):
            st.caption(_("Signed in as"))
            st.text(who.name)
            st.button(_("Sign out"), on_click=st.logout, type="tertiary")
        elif _signed_in_with_password():
            st.html(f'<p class="foot"><a href="{_base()}{SIGN_OUT}">{html(_("Sign out"))}</a></p>')


def sign_in_page() -> None:
    """What is seen before signing in with OIDC. Those who have to give a password do so before they come here."""
    st.title("Phi Assistant")
    if st.user.get("is_logged_in"):
        st.error(_("You are signed in, but may not use this assistant. Ask whoever runs it to add your address."))
        st.button(_("Sign out"), on_click=st.logout)
        return
    st.write(_("Sign in to ask your documents."))
    st.button(_("Sign in"), on_click=st.login, type="primary")


def _languages() -> str:
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    path = urlsplit(st.context.url or "/").path.removeprefix(_base())
    back = quote((path or "/") + (f"?{query}" if query else ""), safe="")
    return " ".join(_switch(code, name, back) for code, name in LANGUAGES.items())


def _switch(code: str, name: str, back: str) -> str:
    if code == language():
        return f'<strong lang="{code}" aria-current="true">{name}</strong>'
    return f'<a lang="{code}" hreflang="{code}" href="{_base()}/language/{code}?next={back}">{name}</a>'


def _signed_in_with_password() -> bool:
    from ui import resources

    return resources.access().kind == "password"


def _base() -> str:
    base = str(st.config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""
