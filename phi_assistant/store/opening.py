"""Opening a collection, and building its next generation beside the one in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from phi_assistant.errors import EmptyStore, StoreError, StoreMismatch
from phi_assistant.store import generations
from phi_assistant.store.access import Access, gain, seize
from phi_assistant.store.address import Address
from phi_assistant.store.catalogue import Catalogue
from phi_assistant.store.discarding import discard
from phi_assistant.store.faults import storage_errors
from phi_assistant.store.generations import current, successor, superseded, sweep
from phi_assistant.store.store import CATALOGUE, ChunkStore, write_lock


def open_store(
    folder: Path,
    *,
    embedder: str | None = None,
    language: str | None = None,
    create: bool = False,
    wait: float = 10.0,
    chroma: str | None = None,
) -> ChunkStore:
    """The collection kept in `folder`: this process owns it until `close`, or shares it through its owner's server.

    `chroma` is the address of a Chroma server that keeps the vectors; then nobody owns it and any process may use it,
    on several machines too if the folder is on a disk that they share. `embedder` is the spec of what makes its
    vectors, `language` the code its words are stemmed by; None takes what the collection was begun with. Waits up to
    `wait` seconds for an owner that does not share it to end, or for the Chroma server.
    Raises `EmptyStore` if there is no collection and `create` is false, `StoreMismatch` if it was begun with another
    embedder or language, in another place or by another version, `StoreBusy` if another process holds it,
    `StoreAway` if the Chroma server is not reached, `ConfigError` if its address is none.
    """
    if not create:
        _check_begun(folder)
    server = Address.parsed(chroma) if chroma else None
    with storage_errors(folder):
        access = gain(folder, wait, server)
        if access.lock:
            sweep(folder)
    try:
        return ChunkStore(folder, access, embedder=embedder, language=language)
    except BaseException:
        access.release()
        raise


def holds_documents(folder: Path) -> bool:
    """Whether a collection was begun in this folder."""
    used = current(folder)
    return used is not None and (used / CATALOGUE).exists()


def nothing_in(folder: Path) -> EmptyStore:
    """The error to be raised."""
    return EmptyStore(
        f"No documents were ingested into {folder} yet, so there is nothing to search. "
        f"Ingest a folder: `phi-assistant ingest FOLDER --collection {folder.name}`."
    )


def _check_begun(folder: Path) -> None:
    if not holds_documents(folder):
        raise nothing_in(folder)


@dataclass(frozen=True)
class Successor:
    """The next generation of a collection, on its way."""

    store: ChunkStore
    previous: Path | None
    """The generation in use."""
    _folder: Path
    _access: Access

    def switch(self, last: Callable[[], object] = lambda: None) -> None:
        """Makes this generation the one in use; `last` is done before, while nobody writes to the earlier one."""
        with storage_errors(self._folder):
            with write_lock(self.previous) if self.previous else nullcontext():
                last()
                generations.switch(self._folder, self._access.generation)
            if not self._access.apart:  # else no lock tells whether the earlier one is in use; the next building sweeps
                sweep(self._folder)


@contextmanager
def catalogue_in_use(folder: Path) -> Iterator[Catalogue]:
    """What the generation in use holds, to be read whoever has it open. Raises `EmptyStore` if there is none."""
    _check_begun(folder)
    with storage_errors(folder):
        used = current(folder)
        assert used
        catalogue = Catalogue(used / CATALOGUE)
        try:
            yield catalogue
        finally:
            catalogue.close()


@contextmanager
def building(
    folder: Path,
    *,
    embedder: str | None = None,
    language: str | None = None,
    resume: bool = False,
    chroma: str | None = None,
) -> Iterator[Successor]:
    """The next generation of the collection in `folder`, to be filled and switched to inside the block.

    `embedder` and `language` are what it is to have; None takes what the generation in use has. `chroma` is the
    address of the Chroma server that is to keep its vectors. With `resume`, one that an earlier run left half-built
    with the same embedder, language and place is gone on with.
    Raises `StoreBusy` if another process is building one. Whatever ends the block before the switch, the
    generation in use goes on being used.
    """
    server = Address.parsed(chroma) if chroma else None
    with storage_errors(folder, server):
        generation = successor(folder)
        for earlier in superseded(folder):
            discard(earlier, server)
        if not resume:
            discard(generation, server)
    wanted = embedder or _in_use(folder, "embedder"), language or _in_use(folder, "language")
    store, access = _half_built(folder, generation, server, *wanted)
    try:
        yield Successor(store, current(folder), folder, access)
    finally:
        store.close()
        if not resume and current(folder) != generation:
            discard(generation, server)


def _in_use(folder: Path, name: str) -> str | None:
    """What the generation in use has; None also where it is too damaged to say, and is built anew for that."""
    try:
        with catalogue_in_use(folder) as catalogue:
            return catalogue.meta(name)
    except StoreError:
        return None


def _half_built(
    folder: Path, generation: Path, server: Address | None, embedder: str | None, language: str | None
) -> tuple[ChunkStore, Access]:
    with storage_errors(folder):
        access = seize(generation, server)
    try:
        return ChunkStore(folder, access, embedder=embedder, language=language), access
    except StoreMismatch:  # left half-built with another embedder, elsewhere, or by another version
        access.release()
        discard(generation, server)
        access = seize(generation, server)
        return ChunkStore(folder, access, embedder=embedder, language=language), access
    except BaseException:
        access.release()
        raise
