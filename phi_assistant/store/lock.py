"""Who may open a collection: one process at a time.

Two processes that write one embedded Chroma folder corrupt it without an error (measured: 4 of 4 times).
The lock is the operating system's, so that it ends with its process; the note beside it only says whose it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from phi_assistant.errors import StoreBusy


class Lock:
    """Held from `acquire` to `release`."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "lock")
        self._note = folder / "owner.json"

    def acquire(self, wait: float) -> None:
        """Waits up to `wait` seconds. Raises `StoreBusy`, which names the owner."""
        try:
            self._lock.acquire(timeout=wait)
        except Timeout as exc:
            raise StoreBusy(
                f"These documents are in use by {self._owner()}, and two processes would damage them. "
                "Wait until it ends, or stop it, and run this again."
            ) from exc
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
        self._note.write_text(json.dumps({"pid": os.getpid(), "command": command}), "utf-8")

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.release()

    def _owner(self) -> str:
        try:
            note = json.loads(self._note.read_text("utf-8"))
        except (OSError, ValueError):  # it is being written, or was removed just now
            return "another process"
        return f"`{note['command']}` (process {note['pid']})"
