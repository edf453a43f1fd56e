"""Work on a collection: what was ordered, and how far its program is by the lines that it prints.

Values, and what a line makes of them; the programs are started by `works`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["ingest", "reindex"]
State = Literal["waiting", "running", "stopping", "done", "stopped", "failed"]
Step = Literal["waiting", "read", "stored", "failed"]

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done."""

    kind: Kind
    collection: str
    arguments: tuple[str, ...]
    """Of the program, without those that name the collection."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """For encrypted files; told to the program in a file that nobody else reads, and that goes with it."""


@dataclass(frozen=True, slots=True)
class Work:
    """How far it is."""

    order: Order
    state: State = "waiting"
    steps: dict[str, Step] = field(default_factory=dict)
    """By source id, how far each file is; those that have not changed are not in it. The one thing that is changed in
    place: there may be a hundred thousand."""
    reasons: dict[str, str] = field(default_factory=dict)
    """By source id, why a file failed; changed in place as well."""
    done: int = 0
    total: int = 0
    """Files; or documents that are indexed anew."""
    chunks: int = 0
    """That were embedded."""
    report: Mapping[str, Any] | None = None
    error: str = ""
    """What the program said at its end."""
    began: float = 0.0

    @property
    def is_going_on(self) -> bool:
        return self.state in ("waiting", "running", "stopping")

    @property
    def share(self) -> float:
        """Of the whole, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def failed(self) -> list[tuple[str, str]]:
        """What could not be read, each with the reason."""
        told = [(each["source"], each["reason"]) for each in (self.report or {}).get("failed", ())]
        return told or sorted(self.reasons.items())


def heard(work: Work, event: dict[str, Any]) -> Work:
    """The work after a line that its program has printed."""
    match event:
        case {"event": "waiting" | "read" | "stored" | "failed" as step, "source": str(source)}:
            work.steps[source] = step
            if step == "failed":
                work.reasons[source] = str(event.get("reason", ""))
        case {"event": "begin", "files": int(files)}:
            return replace(work, total=files)
        case {"event": "advance", "files": int(files), "chunks": int(chunks)}:
            return replace(work, done=work.done + files, chunks=work.chunks + chunks)
        case {"event": "indexed", "done": int(done), "total": int(total)}:
            return replace(work, done=done, total=total)
        case {"event": "report"}:
            return replace(work, report=event)
    return work


def ended(work: Work, code: int, said: str) -> Work:
    """The work after the end of its program, by its exit code and what it said on the error stream."""
    if work.report is not None:
        return replace(work, state="done")
    if work.state == "stopping" or code == INTERRUPTED:
        return replace(work, state="stopped")
    lines = [line for line in said.splitlines() if line.strip()]
    error = next((line.removeprefix("Error: ") for line in reversed(lines) if line.startswith("Error: ")), "")
    return replace(work, state="failed", error=error or f"The program ended with exit code {code}.")
