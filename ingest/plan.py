"""The plan: which files are new, changed, unchanged or gone, by their digests.

Compares what `walk` found with what the store holds; reads bytes, extracts nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.report import KEPT, Failure
from ingest.walk import File, covers, escapes
from phi_assistant.schema import Source


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be stored."""

    file: File
    id: str
    """What it is stored as."""
    digest: str
    replaces: bool
    """Whether an earlier version is stored."""


@dataclass(slots=True)
class Plan:
    """What is to be done."""

    jobs: list[Job] = field(default_factory=list)
    unchanged: int = 0
    moved: dict[str, Path] = field(default_factory=dict)
    """Sources whose file lies elsewhere now, because its folder was renamed."""
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


def plan(files: Iterable[File], stored: dict[str, tuple[Source, Path]], paths: Iterable[Path]) -> Plan:
    """Compares files with the sources that are stored, by id, each with the path of its file."""
    drawn = Plan()
    ids = _Ids(stored)
    for file in files:
        id_ = ids.of(file)
        try:
            digest = _digest(file)
        except OSError as exc:
            reason = f"cannot be read: {exc.strerror or exc}."
            drawn.failed.append(Failure(id_, f"{reason} {KEPT}" if id_ in stored else reason))
            continue
        _decide(drawn, file, id_, digest, stored)
    drawn.removed = [id_ for id_, (_, path) in stored.items() if id_ not in ids.taken and covers(paths, path)]
    return drawn


def _decide(drawn: Plan, file: File, id_: str, digest: str, stored: dict[str, tuple[Source, Path]]) -> None:
    if id_ not in stored or stored[id_][0].digest != digest:
        drawn.jobs.append(Job(file, id_, digest, replaces=id_ in stored))
        return
    drawn.unchanged += 1
    if stored[id_][1] != file.path:
        drawn.moved[id_] = file.path


class _Ids:
    """Which id a file has: that of its path if it is stored, else its relative path, made unique."""

    def __init__(self, stored: dict[str, tuple[Source, Path]]) -> None:
        self._paths = {id_: path for id_, (_, path) in stored.items()}
        self._by_path = {path: id_ for id_, path in self._paths.items()}
        self.taken: set[str] = set()

    def of(self, file: File) -> str:
        id_ = self._by_path.get(file.path) or next(filter(self._is_free, self._names(file)))
        self.taken.add(id_)
        return id_

    def _names(self, file: File) -> Iterable[str]:
        """ "faq.md", and where another folder has one too: "course/faq.md", and then a name nobody has."""
        yield file.id
        yield f"{file.root.name}/{file.id}"
        yield f"{hashlib.sha256(str(file.root).encode()).hexdigest()[:8]}/{file.id}"

    def _is_free(self, id_: str) -> bool:
        """Nobody has it, or whoever had it is gone: then its folder was renamed."""
        return id_ not in self.taken and not (id_ in self._paths and self._paths[id_].exists())


def _digest(file: File) -> str:
    if escapes(file):
        raise OSError(0, "it is a link that leads out of the folder; copy the file into it")
    with file.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
