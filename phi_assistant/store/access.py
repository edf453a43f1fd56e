"""Access: by which way this process may use a collection's vectors.

Either it holds the lock, and opens the Chroma folder itself; or another process holds it and serves the folder on
loopback, and this one is its guest; or it waits. It never opens a folder that another process holds.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from phi_assistant.errors import StoreBusy
from phi_assistant.store.generations import current, first
from phi_assistant.store.lock import HOST, Lock
from phi_assistant.store.vectors import VectorIndex

_LOOK = 0.05
"""Seconds between two looks at whether a lock has come free."""


@dataclass(frozen=True, slots=True)
class Access:
    """The right to use one generation, until `release`."""

    generation: Path
    lock: Lock | None
    """Held by this process; None for a guest."""
    port: int | None = None
    """Of the server, for a guest."""

    def vectors(self, name: str) -> VectorIndex:
        """The vector index by its name, reached the way this process may."""
        if self.port is None:
            return VectorIndex.embedded(self.generation / "chroma", name)
        return VectorIndex.served(self.port, name)

    def release(self) -> None:
        if self.lock is not None:
            self.lock.release()


def gain(folder: Path, wait: float) -> Access:
    """Access to the generation in use. Raises `StoreBusy` after so many seconds, and names who holds it."""
    until = monotonic() + wait
    while True:
        generation = first(folder)
        lock = Lock(generation)
        if lock.acquire():
            if generation == current(folder):
                return Access(generation, lock)
            lock.release()  # it was superseded just now
            continue
        owner = lock.owner()
        if owner and owner.port and answers(owner.port):  # one that was just started may not yet
            return Access(generation, None, owner.port)
        if monotonic() >= until:
            raise StoreBusy(
                f"These documents are in use by {owner or 'another process'}, and two processes would damage them. "
                "Wait until it ends, or stop it, and run this again. To use them from several processes at once, "
                "run `phi-assistant serve` first."
            )
        sleep(_LOOK)


def answers(port: int) -> bool:
    """Whether a server takes connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def seize(generation: Path) -> Access:
    """Access to a generation that nobody uses yet. Raises `StoreBusy` if somebody builds it."""
    generation.mkdir(parents=True, exist_ok=True)
    lock = Lock(generation)
    if not lock.acquire():
        raise StoreBusy(
            f"These documents are being indexed anew by {lock.owner() or 'another process'}. "
            "Wait until it ends, or stop it, and run this again; until then the earlier index is in use."
        )
    return Access(generation, lock)
