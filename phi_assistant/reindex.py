"""Indexing anew: the documents that are stored, under another embedder, another language or a newer format.

Works from the stored text, so that the files need not be there. The new index is built beside the one in use, which
answers until the new one is whole; killed on the way, the next run goes on where it was.
Knows stores and embedders; for reading files anew there is `phi-assistant ingest --rebuild`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phi_assistant.evidence import fit
from phi_assistant.store import STORED_AT_ONCE, ChunkStore, Entry, building
from phi_assistant.store.catalogue import Catalogue
from phi_assistant.store.opening import catalogue_in_use, nothing_in

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder

Progress = Callable[[int, int], object]
"""Told how many sources are done, and of how many."""


def _silent(done: int, total: int) -> None:
    """For nobody."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was indexed anew."""

    sources: int
    chunks: int
    embedder: str
    language: str


def reindex(
    folder: Path,
    open_embedder: Callable[[str], Embedder],
    *,
    embedder: str | None = None,
    language: str | None = None,
    chroma: str | None = None,
    progress: Progress = _silent,
) -> Reindexed:
    """Builds the collection in `folder` anew and switches to it.

    `embedder` and `language` are what it is to have from now on; None keeps what it has. `chroma` is the address of
    the Chroma server that is to keep its vectors from now on; None has them in the folder. Raises `EmptyStore` if
    there is nothing to index, `StoreBusy` if another process is at it, `StoreError` if the store cannot be
    written: then the earlier index is still in use.
    """
    with catalogue_in_use(folder) as stored:
        if not stored.sources():
            raise nothing_in(folder)
        with building(folder, embedder=embedder, language=language, resume=True, chroma=chroma) as successor:
            store = successor.store
            maker = open_embedder(store.embedder)
            _copy(stored, store, maker, progress)
            fit(store, maker)
            # What other processes have stored meanwhile is little, and nobody writes while it is copied.
            successor.switch(lambda: _copy(stored, store, maker))
            return Reindexed(len(store.sources()), store.count(), store.embedder, store.analyzer.language)


def _copy(stored: Catalogue, store: ChunkStore, embedder: Embedder, progress: Progress = _silent) -> None:
    """Makes the store hold what the catalogue holds."""
    wanted, there = stored.sources(), store.sources()
    store.remove(there.keys() - wanted.keys())
    missing = [id_ for id_, source in wanted.items() if there.get(id_) != source]
    done = len(wanted) - len(missing)
    for batch in _batches(filter(None, map(stored.entry, missing))):
        store.replace(batch, embedder.embed(chunk.embedded for entry in batch for chunk in entry.chunks))
        done += len(batch)
        progress(done, len(wanted))


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if sum(len(each.chunks) for each in batch) >= STORED_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
