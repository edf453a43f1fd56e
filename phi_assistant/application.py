"""The application: settings in, an open retriever or assistant out.

What the command line and the front end have in common. Knows every part and how they fit; does nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from phi_assistant.embeddings import Embedder, open_embedder
from phi_assistant.errors import EmptyStore
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import Settings
from phi_assistant.store import ChunkStore, open_store


def store_of(settings: Settings, *, create: bool = False) -> ChunkStore:
    """The collection that the settings name. Raises `StoreError`, of which `EmptyStore` is one."""
    return open_store(
        settings.collection_folder,
        embedder=settings.embedder,
        language=settings.language,
        create=create,
        wait=settings.wait,
    )


def embedder_of(settings: Settings) -> Embedder:
    return open_embedder(settings.embedder, models=settings.models_folder)


@contextmanager
def open_retriever(settings: Settings) -> Iterator[Retriever]:
    """A retriever on the collection, until the end of the block. Raises `EmptyStore` if nothing is in it."""
    with store_of(settings) as store:
        if not store.count():
            raise EmptyStore(
                f"The collection {settings.collection!r} holds no documents, so there is nothing to search. "
                "Ingest a folder: `phi-assistant ingest FOLDER`."
            )
        yield Retriever(store, embedder_of(settings))
