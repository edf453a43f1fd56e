"""`ChunkStore`: replace, remove, search, sources.

Keeps catalogue, vectors and words in step: first both indexes, then the catalogue, so that whatever moment
a process is killed at, every source is there once, whole, in its old version or its new one. Processes that
share a collection write one after the other, a batch each, and read at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from filelock import FileLock

from phi_assistant.embeddings import DEFAULT_SPEC
from phi_assistant.errors import StoreMoved
from phi_assistant.schema import Chunk, Source
from phi_assistant.store.access import Access
from phi_assistant.store.begun import Begun
from phi_assistant.store.catalogue import Catalogue, Entry
from phi_assistant.store.faults import check_room, storage_errors
from phi_assistant.store.generations import is_superseded
from phi_assistant.store.lexical import LexicalIndex
from phi_assistant.store.vectors import VectorIndex
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Vectors

CATALOGUE = "catalogue.sqlite"

STORED_AT_ONCE = 512
"""Chunks: enough that the commits of three databases do not count, little to lose."""

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


class ChunkStore:
    """One generation of a collection, open. May be used from several threads. Made by `open_store`."""

    def __init__(self, folder: Path, access: Access, *, embedder: str | None, language: str | None) -> None:
        self.folder = folder
        self._access = access
        self._generation = access.generation
        self._threads = RLock()
        self._writers = write_lock(access.generation)
        with storage_errors(folder):
            self._catalogue = Catalogue(self._generation / CATALOGUE)
            self._begun = Begun(self._catalogue, folder)
            self._file = identity(self._generation / CATALOGUE)
            try:
                self._begun.check(access.place)
                self.embedder = self._begun.settled("embedder", embedder, default=DEFAULT_SPEC)
                self.analyzer = Analyzer(self._begun.settled("language", language, default="en"))
                self._seen = self._catalogue.version()
            except BaseException:
                self._catalogue.close()
                raise

    @cached_property
    def _vectors(self) -> VectorIndex:
        return self._access.vectors(self._begun.vectors(self._access.place))

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex(self._generation / "lexical", self.analyzer)

    def settle(self) -> None:
        """Notes what the collection is begun with, which else is done when the first source is stored."""
        with self._writing():
            self._begun.settle(embedder=self.embedder, language=self.analyzer.language)

    def replace(self, entries: Iterable[Entry], vectors: Vectors) -> None:
        """Stores sources whole, in place of their earlier versions.

        `vectors` has a row for each chunk of each entry, in order. Raises `StoreFull` or `StoreError`; then
        the earlier versions are still there.
        """
        entries = list(entries)
        chunks = [chunk for entry in entries for chunk in entry.chunks]
        with self._writing():
            check_room(self.folder, vectors[:1].nbytes * (self._catalogue.count() + len(chunks)))
            self._begun.settle(embedder=self.embedder, language=self.analyzer.language)
            self._sweep()
            keys = [key for written in self._catalogue.begin(entries) for key in written]
            self._vectors.add(keys, vectors, [chunk.source for chunk in chunks])
            self._lexical.replace(zip(keys, chunks, strict=True))
            self._catalogue.publish(entries)
            self._sweep()

    def remove(self, ids: Iterable[str]) -> None:
        """Drops sources by id; one that is not there is no error."""
        with self._writing():
            self._catalogue.retire(ids)
            self._sweep()

    def search(self, vectors: Vectors, terms: Sequence[Sequence[str]]) -> Candidates:
        """Candidates for a question in one or more forms: a row of `vectors` and a list of stems for each."""
        with self._guarded():
            self._catch_up()
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

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        """The digests of these sources, by id: two with one digest are one document under two names."""
        with self._guarded():
            return self._catalogue.digests(ids)

    def neighbours(self, source: str, positions: Iterable[int]) -> dict[int, Chunk]:
        """The chunks of a source at these positions, by position; those that exist."""
        with self._guarded():
            return self._catalogue.neighbours(source, positions)

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """How rare each stem is among the chunks: its inverse document frequency."""
        with self._guarded():
            self._catch_up()
            return self._lexical.weights(terms)

    def sources(self) -> dict[str, tuple[Source, Path]]:
        """What is stored: the source and the path of its file, by source id."""
        with self._guarded():
            return self._catalogue.sources()

    def sizes(self) -> dict[str, tuple[int, int]]:
        """By source id, how many chunks it has, and on how many pages; 0 where it has none to turn to."""
        with self._guarded():
            return self._catalogue.sizes()

    def entry(self, id_: str) -> Entry | None:
        """A source with its chunks, as it is stored; None if it is not."""
        with self._guarded():
            return self._catalogue.entry(id_)

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

    def disagreements(self) -> int:
        """How many chunks the catalogue, the vectors and the words do not all hold; 0 after any ingestion."""
        with self._guarded():
            self._catch_up()
            live = self._catalogue.keys()
            return len((live ^ self._vectors.keys()) | (live ^ self._lexical.keys()))

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

    def is_superseded(self) -> bool:
        """Whether the collection was indexed anew since, or deleted; what is stored here can then be read at most."""
        return is_superseded(self.folder, self._generation) or self._file != identity(self._generation / CATALOGUE)

    def is_reachable(self) -> bool:
        """Whether its vectors can be searched: those of a guest only as long as the server runs."""
        return self._access.server is None or self._access.server.answers()

    def close(self) -> None:
        """Gives the collection up to other processes."""
        with self._threads:
            if "_vectors" in self.__dict__:
                self._vectors.close()
            self._catalogue.close()
            self._access.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _catch_up(self) -> None:
        """Sees in the lexical index what other processes have written; the others are asked anew each time."""
        version = self._catalogue.version()
        if version != self._seen:
            self._lexical.reload()
            self._seen = version

    def _sweep(self) -> None:
        """Drops from the indexes what the catalogue no longer shows."""
        leftovers = self._catalogue.leftovers()
        if leftovers:
            self._vectors.remove(leftovers)
            self._lexical.replace([], removed=leftovers)
        self._catalogue.forget()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._threads, storage_errors(self.folder, self._access.apart):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """While no other process writes."""
        with self._guarded(), self._writers:
            if self.is_superseded():
                raise StoreMoved(
                    f"The documents in {self.folder} were indexed anew by another process, so this could not be "
                    "stored any more. Run the same command again."
                )
            self._catch_up()
            yield


def identity(file: Path) -> tuple[int, int] | None:
    """By which a file is told from a later one of the same name; None if it is not there."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def write_lock(generation: Path) -> FileLock:
    """Held by the one process that changes catalogue and indexes, for one batch."""
    return FileLock(generation / "write.lock", thread_local=False)
