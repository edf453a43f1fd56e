"""Limits: what one file may cost before it is given up, and how much is done at once.

They guard against files that hang a reader, eat memory or never end, not against large ones: the defaults are
generous. What an archive may unpack to and how many pages are read is the readers' own (`Options`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ingest.readers.options import in_words, raising

_MOST_WORKERS = 4
"""Beyond these, embedding is so far behind that more would only wait and hold memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The same for every file of a run."""

    seconds: float = 900.0
    """To read one file; for a loader, from one document to the next; for a scan, from one page to the next."""
    memory: int = 2_000_000_000
    """Bytes, of a worker process and all that it has started."""
    size: int = 500_000_000
    """Bytes of a file as it lies on the disk."""
    text: int = 50_000_000
    """Characters of text in one file: all of it is held at once, so that a file is stored whole or not at all."""


LIMITS = Limits()


def too_long(limit: float) -> str:
    return f"takes more than {limit:g} s to read, and was given up. {raising('file_seconds')}"


def too_much_memory(limit: int) -> str:
    return f"takes more than {in_words(limit)} of memory to read, and was given up. {raising('file_memory')}"


def chosen_workers(wanted: int = 0) -> int:
    """How many processes read files; 0 chooses.

    Embedding keeps all cores busy, and reading is a tenth of it: half as many workers as cores are always ahead.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return wanted or min(_MOST_WORKERS, max(1, cores // 2))
