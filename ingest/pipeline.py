"""The pipeline's end: sources in, embedded and stored, a batch at a time.

A batch is embedded while the one before it is stored. Each source is stored whole; one that is larger than a
batch is embedded in parts and then stored at once. Knows nothing of files and where sources come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np

from phi_assistant.schema import Chunk
from phi_assistant.store import STORED_AT_ONCE, ChunkStore, Entry

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder, Vectors


Step = Literal["waiting", "read", "stored", "failed"]


class Progress(Protocol):
    """Told what has been done so far; `note` from several threads."""

    def begin(self, files: int) -> None: ...

    def advance(self, files: int, chunks: int) -> None: ...

    def note(self, source: str, step: Step, reason: str = "") -> None:
        """How far one source is; of one that failed, why."""


class Writer:
    """What is added is stored by the end of the block, unless the block ends with an error."""

    def __init__(self, store: ChunkStore, embedder: Callable[[], Embedder], progress: Progress) -> None:
        """`embedder` is called when the first chunk is to be embedded."""
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._batch: list[Entry] = []
        self._files = self._chunks = 0
        self._thread = ThreadPoolExecutor(1)
        self._storing: Future[None] | None = None

    def add(self, entry: Entry, *, files: int = 1) -> None:
        """`files` is what it counts for. Raises `StoreError` if an earlier source could not be stored."""
        self._batch.append(entry)
        self._files += files
        self._chunks += len(entry.chunks)
        if self._chunks >= STORED_AT_ONCE:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._thread:  # what is being stored now is finished, even after Ctrl-C
            if kind is None:
                self._flush()
                self._settle()

    def _flush(self) -> None:
        if not self._batch:
            return
        entries, files = self._batch, self._files
        self._batch, self._files, self._chunks = [], 0, 0
        vectors = self._embedded([chunk for entry in entries for chunk in entry.chunks])
        self._progress.advance(files, 0)
        self._settle()
        self._storing = self._thread.submit(self._put, entries, vectors)

    def _put(self, entries: list[Entry], vectors: Vectors) -> None:
        self._store.replace(entries, vectors)
        for entry in entries:
            self._progress.note(entry.source.id, "stored")

    def _settle(self) -> None:
        if self._storing:
            self._storing.result()

    def _embedded(self, chunks: Sequence[Chunk]) -> Vectors:
        parts = []
        for start in range(0, max(len(chunks), 1), STORED_AT_ONCE):
            part = chunks[start : start + STORED_AT_ONCE]
            parts.append(self._embedder().embed(chunk.embedded for chunk in part))
            self._progress.advance(0, len(part))
        return np.concatenate(parts)
