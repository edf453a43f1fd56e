"""The open collections: each opened once, shared by all sessions, and served for other processes meanwhile.

Opening a Chroma folder twice damages it, so nobody in the front end opens a collection but here. What is served can
be written by an ingestion that runs as a process of its own. A collection that was indexed anew is opened anew, and
so is one that another front end on the same documents has deleted and begun again.
"""

from __future__ import annotations

import logging
import re
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Lock

from phi_assistant.application import embedder_of, shared, store_of
from phi_assistant.errors import ConfigError, StoreError
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import COLLECTION, Settings
from phi_assistant.store import ChunkStore, delete_collection, holds_documents
from phi_assistant.store.opening import catalogue_in_use, nothing_in

logger = logging.getLogger(__name__)


@dataclass
class _Open:
    """A collection in use."""

    store: ChunkStore
    serving: ExitStack
    """Whose end stops the server."""
    retriever: Retriever | None = None
    """Made when it is first asked for: documents can be listed where no embedder is to be had."""

    def close(self) -> None:
        self.store.close()
        self.serving.close()


class Stores:
    """The collections in one data folder. May be used from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, _Open] = {}
        self._before: dict[str, _Open] = {}
        """Superseded, and closed later: a question may still be reading there."""
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def names(self) -> list[str]:
        """The collections that were begun, in order."""
        folders = (self._settings.data / "collections").glob("*/current")
        return sorted(file.parent.name for file in folders if holds_documents(file.parent))

    def filled(self) -> list[str]:
        """The collections that hold documents, in order; none is opened for that."""
        return [name for name in self.names() if self._holds_some(name)]

    def _holds_some(self, collection: str) -> bool:
        try:
            with catalogue_in_use(self._settings_of(collection).collection_folder) as catalogue:
                return catalogue.count() > 0
        except StoreError:  # who asks there is told what is wrong
            return True

    def retriever(self, collection: str) -> Retriever:
        """The retriever on a collection.

        Raises `EmptyStore` if nothing is in it, `StoreBusy`, and `ModelUnavailable` if its embedder cannot be had.
        """
        opened, settings = self._opened(collection), self._settings_of(collection)
        if not opened.store.count():
            raise nothing_in(settings.collection_folder)
        with self._lock_of(collection):
            if opened.retriever is None:
                opened.retriever = Retriever(opened.store, embedder_of(opened.store, settings))
            return opened.retriever

    def store(self, collection: str, *, create: bool = False) -> ChunkStore:
        """The store of a collection, which may be empty; begun if it is not there and `create` says so.

        Raises `EmptyStore` if it is not there, and `StoreBusy`.
        """
        settings = self._settings_of(collection)
        if create and not holds_documents(settings.collection_folder):
            self.begin(collection)
        return self._opened(collection).store

    def begin(self, collection: str, **kept: str | None) -> None:
        """Begins a collection, with the `embedder` and the `language` that it will keep, where they are given.

        Raises `ConfigError` for a name or a language that cannot be.
        """
        settings = self._settings_of(collection)
        with self._lock_of(collection), store_of(settings.model_copy(update=kept), create=True) as begun:
            begun.settle()

    def forget(self, collection: str) -> None:
        """Closes a collection, so that its folder can be deleted; it is opened anew when it is next asked for."""
        with self._lock_of(collection):
            for kept in (self._open, self._before):
                if opened := kept.pop(collection, None):
                    opened.close()

    def delete(self, collection: str) -> None:
        """Deletes a collection with all that is in its folder. Raises `ConfigError` for a name that cannot be, and
        `StoreAway` if the Chroma server is not reached."""
        folder = self._settings_of(collection).collection_folder
        self.forget(collection)
        with self._lock_of(collection):
            delete_collection(folder, chroma=self._settings.chroma)

    def close(self) -> None:
        """Closes all of them."""
        for collection in [*self._open, *self._before]:
            self.forget(collection)

    def _opened(self, collection: str) -> _Open:
        with self._lock_of(collection):
            opened = self._open.get(collection)
            if opened is None or opened.store.is_superseded() or not opened.store.is_reachable():
                opened = self._open[collection] = self._renewed(collection, opened)
            return opened

    def _renewed(self, collection: str, old: _Open | None) -> _Open:
        if old:
            logger.info("The collection %s was indexed anew, or its server has ended: it is opened again", collection)
            old.serving.close()  # first, so that no two servers want the folder
            older = self._before.pop(collection, None)
            if older and older is not old:  # which it is where opening it anew has failed before
                older.close()
            self._before[collection] = old
        return _open(self._settings_of(collection))

    def _settings_of(self, collection: str) -> Settings:
        if not re.fullmatch(COLLECTION, collection):  # it becomes a folder
            raise ConfigError(
                "This is no name of a collection. Take up to 64 letters, digits, - and _, without blanks: `support`."
            )
        own = collection == self._settings.collection
        update = {} if own else {"embedder": None, "language": None}  # those that were set are of the one that was
        return self._settings.model_copy(update={"collection": collection, **update})

    def _lock_of(self, collection: str) -> Lock:
        with self._lock:
            return self._locks.setdefault(collection, Lock())


def _open(settings: Settings) -> _Open:
    if not holds_documents(settings.collection_folder):
        raise nothing_in(settings.collection_folder)
    with ExitStack() as stack:
        stack.enter_context(shared(settings))
        return _Open(store_of(settings), stack.pop_all())
