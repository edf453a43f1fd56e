"""What an ingestion did, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KEPT = "Its earlier version is still stored."


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be stored, or a part of one."""

    source: str
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"source": self.source, "reason": self.reason}

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()
    incomplete: tuple[Failure, ...] = ()
    """What is stored, and lacks parts that could not be read; said again by every run."""
    chunks: int = 0
    """How many the collection holds now."""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "failed": [each.as_json() for each in self.failed],
            "incomplete": [each.as_json() for each in self.incomplete],
            "chunks": self.chunks,
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        counts = f"{self.added} added, {self.updated} updated, {self.unchanged} unchanged, {self.removed} removed"
        partly = len({each.source for each in self.incomplete})
        failed = f"{len(self.failed)} failed{f', {partly} incomplete' if partly else ''}"
        return f"{counts}, {failed}: {self.chunks:,} chunks in {self.seconds:.1f} s"
