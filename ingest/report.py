"""What an ingestion did, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KEPT = "Its earlier version is still stored."


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be stored."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[Failure, ...] = ()
    chunks: int = 0
    """How many the collection holds now."""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        failed = [{"source": failure.source, "reason": failure.reason} for failure in self.failed]
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "failed": failed,
            "chunks": self.chunks,
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        counts = f"{self.added} added, {self.updated} updated, {self.unchanged} unchanged, {self.removed} removed"
        return f"{counts}, {len(self.failed)} failed: {self.chunks:,} chunks in {self.seconds:.1f} s"
