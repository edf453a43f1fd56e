"""Who may open the embedded indexes of a store: one process at a time.

Two processes that write one embedded Chroma folder corrupt it without an error (measured: 4 of 4 times).
The lock is the operating system's, so that it ends with its process; the note beside it only says whose it is,
and, where that process serves the vectors to others, at which address.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

HOST = "127.0.0.1"
"""Where an owner serves: this machine only, since whoever reaches it may read and write."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a lock, as it says itself."""

    pid: int
    command: str
    port: int | None = None
    """At `HOST`, where other processes reach the vectors; None if they cannot."""

    def __str__(self) -> str:
        return f"`{self.command}` (process {self.pid})"


class Lock:
    """Held from `acquire` to `release`, by whichever thread."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "lock", thread_local=False)
        self._note = folder / "owner.json"

    def acquire(self) -> bool:
        """Takes the lock if nobody holds it; whether it did."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self.sign(Owner(os.getpid(), this_command()))  # at once: the note of a dead owner must not be believed
        return True

    def sign(self, owner: Owner) -> None:
        """Notes who holds it, whole or not at all."""
        draft = self._note.with_suffix(".new")
        draft.write_text(json.dumps(asdict(owner)), "utf-8")
        draft.replace(self._note)

    def release(self) -> None:
        with suppress(OSError):  # on Windows, where another process reads it
            self._note.unlink(missing_ok=True)
        self._lock.release()

    def owner(self) -> Owner | None:
        """Who signed; None if nobody has, or just now gave it up."""
        try:
            return Owner(**json.loads(self._note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def this_command() -> str:
    """How a person would know this process: "phi-assistant ingest"."""
    program = Path(sys.argv[0])
    name = f"python -m {program.parent.name}" if program.name == "__main__.py" else program.name
    return " ".join([name, *sys.argv[1:2]])
