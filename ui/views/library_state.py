"""Which collection the page Library shows, as its address says (`?collection=…`), and what is done to it.

What is pressed ends here; what came of it is said when the page is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from phi_assistant.store import ChunkStore
from ui import client, resources
from ui.documents import Document, delete, indexing, reading
from ui.passwords import known, learn
from ui.words import _, ngettext
from ui.work import Order

SAID = "library said"
"""A text in the language of whoever looks, or an error; shown once."""
PASSWORD = "library password"
BEGUN = "library begun"
"""How many collections were begun."""
TABLE = "library table"
"""How often something was done to the chosen documents: then nothing is chosen any more."""


def chosen_collection(names: Sequence[str]) -> str:
    """As the address says, else that of the settings."""
    asked = st.query_params.get("collection", "")
    return asked if asked in names else resources.settings().collection


def attempt(what: Callable[[], str]) -> None:
    """Does something, and keeps what is to be said of it."""
    try:
        st.session_state[SAID] = what()
    except PhiAssistantError as exc:
        st.session_state[SAID] = exc
    client.focus_on("said")


def passwords() -> tuple[str, ...]:
    """What was written into the field for the password of files, and what was written there before."""
    learn(str(st.session_state.get(PASSWORD) or ""))
    return known()


def remove(name: str, chosen: Sequence[Document]) -> None:
    """Deletes documents."""

    def done() -> str:
        delete(chosen, name, resources.stores())
        return ngettext("{count} document was deleted.", "{count} documents were deleted.", len(chosen)).format(
            count=len(chosen)
        )

    _choose_nothing()
    attempt(done)


def read_again(store: ChunkStore, chosen: Sequence[Document]) -> None:
    """Has the files of documents read anew; of none, all that were added and have not been read."""
    _choose_nothing()
    paths = [each.path for each in chosen]
    _start(reading(store, paths, again=bool(paths), passwords=passwords()))


def read_all_again(store: ChunkStore) -> None:
    """Has all files that were added read anew."""
    _start(reading(store, again=True, passwords=passwords()))


def index_anew(store: ChunkStore, embedder_key: str, other_key: str, language_key: str) -> None:
    """Has what is stored indexed with what was chosen in these fields."""
    embedder = st.session_state.get(other_key, "").strip() or st.session_state[embedder_key]
    _start(indexing(store, embedder=embedder, language=st.session_state[language_key]))


def _start(order: Order) -> None:
    """Begins it, and shows how far it is."""
    resources.works().start(order)
    client.focus_on("work")


def begin(name_key: str, language_key: str) -> None:
    """Begins a collection with what was written and chosen in these fields."""

    def done() -> str:
        name = str(st.session_state.get(name_key) or "").strip()
        if name in resources.stores().names():
            st.query_params["collection"] = name
            return _("There is a collection of this name already; this is it.")
        resources.stores().begin(name, language=st.session_state[language_key])
        st.query_params["collection"] = name
        st.session_state[BEGUN] = st.session_state.get(BEGUN, 0) + 1
        return _("The collection was begun. Add documents to it.")

    attempt(done)


def delete_collection(name: str) -> None:
    """Deletes a collection with its documents."""

    def done() -> str:
        resources.stores().delete(name)
        resources.works().dismiss(name)
        st.query_params.pop("collection", None)
        return _("The collection was deleted.")

    attempt(done)


def _choose_nothing() -> None:
    st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1
