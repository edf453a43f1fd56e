"""`ChunkStore`: replace, remove, search, sources.

Keeps catalogue, vectors and words in step: first both indexes, then the catalogue, so that whatever moment
a process is killed at, every source is there once, whole, in its old version or its new one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from phi_assistant.embeddings import DEFAULT_SPEC
from phi_assistant.errors import EmptyStore, StoreMismatch
from phi_assistant.schema import Chunk, Source
from phi_assistant.store.catalogue import Catalogue, Entry
from phi_assistant.store.faults import check_room, storage_errors
from phi_assistant.store.lexical import LexicalIndex
from phi_assistant.store.lock import Lock
from phi_assistant.store.vectors import VectorIndex
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Vectors

SCHEMA = "1"
"""Raised whenever a folder written by older code can no longer be read."""

CANDIDATES = 100
"""Chunks taken from each index for each form of a question, before they are ranked together."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that may answer, with raw scores; a column for each form of the question."""

    keys: list[int]
    dense: Vectors
    """Cosines, shape (keys, forms)."""
    lexical: Vectors
    """BM25, shape (keys, forms); 0 below the best `CANDIDATES`."""


def open_store(
    folder: Path,
    *,
    embedder: str | None = None,
    language: str | None = None,
    create: bool = False,
    wait: float = 10.0,
) -> ChunkStore:
    """The collection kept in `folder`, which this process then owns until `close`.

    `embedder` is the spec of what makes its vectors, `language` the code its words are stemmed by; None takes
    what the collection was begun with. Waits up to `wait` seconds for another owner to end. Raises `EmptyStore`
    if there is no collection and `create` is false, `StoreMismatch` if it was begun with another embedder or
    language or by a newer version, `StoreBusy` if another process holds it.
    """
    if not create and not (folder / "catalogue.sqlite").exists():
        raise EmptyStore(
            f"No documents were ingested into {folder} yet, so there is nothing to search. "
            "Ingest a folder: `phi-assistant ingest FOLDER`."
        )
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock(folder)
        lock.acquire(wait)
    try:
        return ChunkStore(folder, lock=lock, embedder=embedder, language=language)
    except BaseException:
        lock.release()
        raise


def delete_store(folder: Path, *, wait: float = 10.0) -> None:
    """Drops a whole collection. Raises `StoreBusy` if another process holds it."""
    if not folder.exists():
        return
    lock = Lock(folder)
    lock.acquire(wait)
    try:
        for name in ("catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"):
            (folder / name).unlink(missing_ok=True)
        for name in ("chroma", "lexical"):
            shutil.rmtree(folder / name, ignore_errors=True)
    finally:
        lock.release()


class ChunkStore:
    """One collection, open. May be used from several threads. Made by `open_store`."""

    def __init__(self, folder: Path, *, lock: Lock, embedder: str | None, language: str | None) -> None:
        self.folder = folder
        self._owner = lock
        self._threads = RLock()
        with storage_errors(folder):
            self._catalogue = Catalogue(folder / "catalogue.sqlite")
            try:
                self._check_schema()
                self.embedder = self._settled("embedder", embedder, default=DEFAULT_SPEC)
                self.analyzer = Analyzer(self._settled("language", language, default="en"))
            except BaseException:
                self._catalogue.close()
                raise

    @cached_property
    def _vectors(self) -> VectorIndex:
        return VectorIndex(self.folder / "chroma")

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex(self.folder / "lexical", self.analyzer)

    def replace(self, entries: Iterable[Entry], vectors: Vectors) -> None:
        """Stores sources whole, in place of their earlier versions.

        `vectors` has a row for each chunk of each entry, in order. Raises `StoreFull` or `StoreError`; then
        the earlier versions are still there.
        """
        entries = list(entries)
        chunks = [chunk for entry in entries for chunk in entry.chunks]
        with self._guarded():
            check_room(self.folder, vectors[:1].nbytes * (self._catalogue.count() + len(chunks)))
            self._settle()
            self._sweep()
            keys = [key for written in self._catalogue.begin(entries) for key in written]
            self._vectors.add(keys, vectors, [chunk.source for chunk in chunks])
            self._lexical.replace(zip(keys, chunks, strict=True))
            self._catalogue.publish(entries)
            self._sweep()

    def remove(self, ids: Iterable[str]) -> None:
        """Drops sources by id; one that is not there is no error."""
        with self._guarded():
            self._catalogue.retire(ids)
            self._sweep()

    def search(self, vectors: Vectors, terms: Sequence[Sequence[str]]) -> Candidates:
        """Candidates for a question in one or more forms: a row of `vectors` and a list of stems for each."""
        with self._guarded():
            words = [self._lexical.search(form, CANDIDATES) for form in terms]
            nearest = self._vectors.search(vectors, CANDIDATES)
            keys, found = self._vectors.get(sorted(nearest.union(*words)))
        lexical = np.array([[form.get(key, 0.0) for form in words] for key in keys], np.float32)
        dense = found.reshape(len(keys), vectors.shape[1]) @ vectors.T  # an empty collection has no shape
        return Candidates(keys, dense, lexical.reshape(len(keys), len(words)))

    def chunks(self, keys: Iterable[int]) -> dict[int, Chunk]:
        """Chunks by key, without those whose source has been replaced or removed."""
        with self._guarded():
            return self._catalogue.chunks(keys)

    def neighbours(self, source: str, positions: Iterable[int]) -> dict[int, Chunk]:
        """The chunks of a source at these positions, by position; those that exist."""
        with self._guarded():
            return self._catalogue.neighbours(source, positions)

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """How rare each stem is among the chunks: its inverse document frequency."""
        with self._guarded():
            return self._lexical.weights(terms)

    def sources(self) -> dict[str, tuple[Source, Path]]:
        """What is stored: the source and the path of its file, by source id."""
        with self._guarded():
            return self._catalogue.sources()

    def problems(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """By source id, the parts of its file that could not be read (where, why); whole sources are left out."""
        with self._guarded():
            return self._catalogue.problems()

    def sample(self, size: int) -> list[Chunk]:
        """Up to `size` chunks, spread evenly over the collection."""
        with self._guarded():
            return self._catalogue.sample(size)

    def count(self) -> int:
        """How many chunks are stored."""
        with self._guarded():
            return self._catalogue.count()

    def index_counts(self) -> tuple[int, int]:
        """How many chunks the vector index and the lexical index hold; both equal `count` after any ingestion."""
        with self._guarded():
            return self._vectors.count(), self._lexical.count()

    def move(self, id_: str, path: Path) -> None:
        """Notes that the file of a source lies elsewhere now."""
        with self._guarded():
            self._catalogue.move(id_, path)

    def note(self, name: str) -> str | None:
        """A fact kept with the collection under a name, such as its fitted threshold."""
        with self._guarded():
            return self._catalogue.meta(name)

    def set_note(self, name: str, value: str) -> None:
        with self._guarded():
            self._catalogue.set_meta(name, value)

    def close(self) -> None:
        """Gives the collection up to other processes."""
        with self._threads:
            if "_vectors" in self.__dict__:
                self._vectors.close()
            self._catalogue.close()
            self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sweep(self) -> None:
        """Drops from the indexes what the catalogue no longer shows."""
        leftovers = self._catalogue.leftovers()
        if leftovers:
            self._vectors.remove(leftovers)
            self._lexical.replace([], removed=leftovers)
        self._catalogue.forget()

    def _check_schema(self) -> None:
        schema = self._catalogue.meta("schema")
        if schema not in (None, SCHEMA):
            raise StoreMismatch(
                f"The documents in {self.folder} were stored in format {schema}, and this version reads format "
                f"{SCHEMA}. Install the newer one with `pip install --upgrade phi-assistant`."
            )

    def _settled(self, name: str, wanted: str | None, *, default: str) -> str:
        """What the collection was begun with, else what it is to be begun with."""
        stored = self._catalogue.meta(name)
        if stored and wanted and stored != wanted:
            raise StoreMismatch(
                f"The documents in {self.folder} were stored with the {name} {stored!r}, but this run has "
                f"{wanted!r}: their scores would mean nothing to each other. Use {stored!r}, or store them anew: "
                f"`phi-assistant ingest --rebuild --{name} {wanted} {self._root()}`."
            )
        return stored or wanted or default

    def _settle(self) -> None:
        """Notes what the collection is begun with, when the first source is stored and not before."""
        facts = {"schema": SCHEMA, "embedder": self.embedder, "language": self.analyzer.language}
        for name, value in facts.items():
            if self._catalogue.meta(name) != value:
                self._catalogue.set_meta(name, value)

    def _root(self) -> str:
        paths = [path.parent for _, path in self._catalogue.sources().values()]
        return f'"{os.path.commonpath(paths)}"' if paths else "FOLDER"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._threads, storage_errors(self.folder):
            yield
