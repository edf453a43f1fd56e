"""Beginning a collection, indexing one anew, reading all of it anew, and deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.embeddings import DEFAULT_SPEC
from phi_assistant.words import LANGUAGES
from ui import resources
from ui.text import plain
from ui.uploads import folder_of, taken
from ui.views import library_state as state
from ui.words import _, language, languages, size

if TYPE_CHECKING:
    from phi_assistant.store import ChunkStore

_EMBEDDER, _OTHER, _TONGUE = "library-embedder", "library-embedder-other", "library-tongue"


def begin() -> None:
    """Draws the way to begin a collection; a new one each time, so that it is closed and empty after one was begun."""
    times = st.session_state.get(state.BEGUN, 0)
    name, tongue = f"library-new-name-{times}", f"library-new-language-{times}"
    with (
        st.popover(_("New collection"), icon=":material/create_new_folder:", key=f"library-new-{times}"),
        st.form(f"new collection {times}", border=False),
    ):
        st.text_input(_("Name"), key=name, max_chars=64, help=_("Letters, digits, - and _; no blanks."))
        _tongues(tongue, language() if language() in LANGUAGES else "en")
        st.form_submit_button(_("Begin"), type="primary", on_click=state.begin, args=(name, tongue))


def section(name: str, store: ChunkStore) -> None:
    """Draws it."""
    st.header(_("Care of this collection"), anchor=False)
    busy = resources.works().is_at(name)
    if store.count():
        with st.expander(_("Index it anew")):
            _index(name, store, busy=busy)
    if folder_of(store.folder).exists():
        with st.expander(_("Read all files again")):
            st.write(
                _("Reads every file that was added here anew, as after an update. Questions are answered meanwhile.")
            )
            st.button(_("Read all again"), on_click=state.read_all_again, args=(store,), disabled=busy)
    with st.expander(_("Delete this collection")):
        _delete(name, store, busy=busy)


def _index(name: str, store: ChunkStore, *, busy: bool) -> None:
    st.write(
        _(
            "Makes the index anew from the stored text, with another model for meaning, or another language for the "
            "forms of words. Questions are answered from the earlier index until the new one is whole."
        )
    )
    st.caption(
        plain(
            _("Now: {embedder}, {language}").format(embedder=store.embedder, language=_called(store.analyzer.language))
        )
    )
    known = list(dict.fromkeys([store.embedder, DEFAULT_SPEC, *_embedders()]))
    with st.form("index anew", border=False):
        st.selectbox(_("Model for meaning"), known, key=f"{_EMBEDDER}-{name}")
        st.text_input(
            _("Or another one"),
            placeholder="sentence-transformers:intfloat/multilingual-e5-small",
            key=f"{_OTHER}-{name}",
            max_chars=200,
        )
        _tongues(f"{_TONGUE}-{name}", store.analyzer.language)
        st.form_submit_button(
            _("Index anew"),
            on_click=state.index_anew,
            args=(store, f"{_EMBEDDER}-{name}", f"{_OTHER}-{name}", f"{_TONGUE}-{name}"),
            disabled=busy,
        )


def _delete(name: str, store: ChunkStore, *, busy: bool) -> None:
    room = taken(folder_of(store.folder))
    st.write(
        _("Deletes its index and the files that were added here ({size}). This cannot be undone.").format(
            size=size(room)
        )
    )
    sure = st.checkbox(_("Delete “{name}” with all its documents").format(name=plain(name)), key=f"sure-{name}")
    st.button(
        _("Delete the collection"),
        type="primary",
        disabled=busy or not sure,
        on_click=state.delete_collection,
        args=(name,),
    )


def _tongues(key: str, first: str) -> None:
    codes = sorted(LANGUAGES, key=_called)
    st.selectbox(
        _("Language of the documents"),
        codes,
        index=codes.index(first),
        format_func=_called,
        key=key,
        help=_("So that “invoices” is found by “invoice”. For others take English."),
    )


def _called(code: str) -> str:
    return languages([code])


@st.cache_data(ttl=60, show_spinner=False)
def _embedders() -> list[str]:
    """Those of an Ollama server that can embed."""
    from phi_assistant.errors import PhiAssistantError
    from phi_assistant.models.ollama.server import state_at_once

    try:
        models = state_at_once(resources.settings().ollama_address).models
    except PhiAssistantError:
        return []
    return [f"ollama:{name}" for name in models if "embed" in name or "minilm" in name or name.startswith("bge")]
