"""The pages and the way between them: run by Streamlit for each session, each time something is pressed.

Everyone has Ask and Compare; owners have the Library and the Settings as well. A page is a function `page(who)` in a
module of `views`, with a `Person`; it begins with `st.title`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ui import client, shell
from ui.person import Person, person
from ui.places import place
from ui.views import ask, compare, library, settings
from ui.words import _

if TYPE_CHECKING:
    from types import ModuleType

    from streamlit.navigation.page import StreamlitPage


def main() -> None:
    shell.dress()
    who = person()
    if who is None:
        shell.sign_in_page()
        return
    pages = pages_for(who)
    shell.know(pages)
    chosen = st.navigation(pages)
    try:
        with place(chosen.url_path):
            chosen.run()
    finally:  # also where a page stops early
        shell.foot(who)
        with st.sidebar:
            client.tell(chosen.url_path)


def pages_for(who: Person) -> list[StreamlitPage]:
    """The pages that a person may see, in order."""
    asking = _page(ask, who, _("Ask"), "ask", ":material/chat:", default=True)
    comparing = _page(compare, who, _("Compare"), "compare", ":material/compare:")
    if not who.is_owner:
        return [asking, comparing]
    return [
        asking,
        _page(library, who, _("Library"), "library", ":material/folder_open:"),
        comparing,
        _page(settings, who, _("Settings"), "settings", ":material/tune:"),
    ]


def _page(room: ModuleType, who: Person, title: str, path: str, icon: str, *, default: bool = False) -> StreamlitPage:
    return st.Page(partial(room.page, who), title=title, url_path=path, icon=icon, default=default)


main()
