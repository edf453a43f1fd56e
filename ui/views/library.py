"""The page Library, for owners: the documents of a collection, adding others, and whether they are found.

Each section is a room of its own, `library_…`, and draws what is in the collection that is chosen here.
"""

from __future__ import annotations

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from ui import resources
from ui.announcer import announce
from ui.person import Person
from ui.trouble import show
from ui.views import library_add, library_care, library_documents, library_progress, library_search
from ui.views.library_state import SAID, chosen_collection
from ui.words import _

_STYLE = """
<style>
  .block-container { max-width: 68rem; }
  .stHtml ul.work { list-style: none; margin: 0; padding: 0; max-height: 20rem; overflow-y: auto; }
  .stHtml ul.work li { margin: 0; display: flex; gap: 1rem; justify-content: space-between; padding: .25rem 0;
    line-height: 1.5;
    border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
  .stHtml ul.work li:last-child { border: 0; }
  .work span:first-child, .reasons dt { overflow-wrap: anywhere; }
  .work span:last-child { flex: none; opacity: .8; }
  .stHtml dl.reasons { margin: 0; padding: 0; } .reasons dt { font-weight: 600; margin: 0; }
  .stHtml dl.reasons dd { margin: 0 0 .75rem; padding: 0; line-height: 1.6; }
  .st-key-documents-head { margin-top: 1.25rem; }
  .hit { margin: 0; line-height: 1.6; overflow-wrap: anywhere; }
  .bar { display: flex; height: .5rem; border-radius: .25rem; overflow: hidden; margin: .625rem 0 .25rem;
    background: color-mix(in srgb, currentColor 12%, transparent); }
  .bar i { display: block; height: 100%; } .meaning { background: #2f8f87; } .words { background: #c98a2b; }
  .why { margin: 0; font-size: .875rem; line-height: 1.7; opacity: .85; }
  .why i { display: inline-block; width: .625rem; height: .625rem; border-radius: 50%; margin-right: .375rem; }
</style>
"""


def page(who: Person) -> None:
    """Draws it."""
    st.html(_STYLE)
    st.title(_("Library"), anchor=False)
    if not who.is_owner:
        st.info(_("Only owners may see this page."))
        return
    name = _collection()
    try:
        store = resources.stores().store(name, create=name == resources.settings().collection)
    except PhiAssistantError as exc:
        show(exc)
        return
    _said()
    library_add.section(name, store)
    library_progress.section(name)
    library_documents.section(name, store)
    if store.count():
        library_search.section(name)
    library_care.section(name, store)


def _collection() -> str:
    """Which collection is shown, and the way to begin another."""
    names = sorted({*resources.stores().names(), resources.settings().collection})
    chosen = chosen_collection(names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            _("Collection"),
            names,
            index=names.index(chosen),
            help=_("A set of documents that questions are asked about together. Everyone may ask about each of them."),
        )
        library_care.begin()
    if name != chosen:
        st.query_params["collection"] = name
        st.rerun()
    return name


def _said() -> None:
    """What came of what was pressed last."""
    said = st.session_state.pop(SAID, None)
    with st.container(key="said"):
        if isinstance(said, Exception):
            show(said)
        elif said:
            st.success(said)
    announce(said if isinstance(said, str) else "")
