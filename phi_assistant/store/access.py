"""Access: by which way this process may use a collection's vectors.

Either it holds the lock, and opens the Chroma folder itself; or another process holds it and serves the folder on
loopback, and this one is its guest; or it waits. It never opens a folder that another process holds. Where the
vectors are kept by a Chroma server of its own, everybody is that server's guest, and nobody has to own anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from phi_assistant.errors import StoreBusy
from phi_assistant.store.address import Address
from phi_assistant.store.begun import Place
from phi_assistant.store.faults import unreachable
from phi_assistant.store.generations import current, first
from phi_assistant.store.lock import Lock
from phi_assistant.store.vectors import VectorIndex

_LOOK = 0.05
"""Seconds between two looks at whether a lock has come free."""


@dataclass(frozen=True, slots=True)
class Access:
    """The right to use one generation, until `release`."""

    generation: Path
    lock: Lock | None
    """Held by this process; None for a guest."""
    server: Address | None = None
    """Through which the vectors are reached; None where this process opens the folder."""
    place: Place = "folder"

    def vectors(self, name: str) -> VectorIndex:
        """The vector index by its name, reached the way this process may."""
        if self.server is None:
            return VectorIndex.embedded(self.generation / "chroma", name)
        return VectorIndex.served(self.server, name)

    @property
    def apart(self) -> Address | None:
        """The Chroma server that keeps the vectors, where that is not this collection's owner."""
        return self.server if self.place == "server" else None

    def release(self) -> None:
        if self.lock is not None:
            self.lock.release()


def gain(folder: Path, wait: float, server: Address | None = None) -> Access:
    """Access to the generation in use; `server` is a Chroma server that keeps the vectors, if there is one.

    After so many seconds raises `StoreBusy`, and names who holds it, or `StoreAway` if that server is not reached.
    """
    until = monotonic() + wait
    if server:
        return _admitted(folder, until, server)
    while True:
        generation = first(folder)
        lock = Lock(generation)
        if lock.acquire():
            if generation == current(folder):
                return Access(generation, lock)
            lock.release()  # it was superseded just now
            continue
        owner = lock.owner()
        if owner and owner.port and Address.loopback(owner.port).answers():  # one that was just started may not yet
            return Access(generation, None, Address.loopback(owner.port))
        if monotonic() >= until:
            raise StoreBusy(
                f"These documents are in use by {owner or 'another process'}, and two processes would damage them. "
                "Wait until it ends, or stop it, and run this again. To use them from several processes at once, "
                "run `phi-assistant serve` first."
            )
        sleep(_LOOK)


def _admitted(folder: Path, until: float, server: Address) -> Access:
    while not server.answers():
        if monotonic() >= until:
            raise unreachable(folder, server)
        sleep(_LOOK)
    return Access(first(folder), None, server, "server")


def seize(generation: Path, server: Address | None = None) -> Access:
    """Access to a generation that nobody uses yet. Raises `StoreBusy` if somebody builds it."""
    generation.mkdir(parents=True, exist_ok=True)
    lock = Lock(generation)
    if not lock.acquire():
        raise StoreBusy(
            f"These documents are being indexed anew by {lock.owner() or 'another process'}. "
            "Wait until it ends, or stop it, and run this again; until then the earlier index is in use."
        )
    return Access(generation, lock, server, "server" if server else "folder")
