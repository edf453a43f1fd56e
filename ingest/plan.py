"""The plan: which files are new, changed, unchanged or gone.

Compares what `walk` found with what the store holds, by digest; a file that is not stored is not even opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ingest.report import KEPT, Failure
from ingest.sources.files import LINK, check_regular, digest, escapes
from ingest.sources.names import Names, storable
from ingest.sources.places import place
from ingest.sources.walk import File, Found, covers
from phi_assistant.errors import LoadError
from phi_assistant.schema import Source


@dataclass(slots=True)
class Plan:
    """What is to be done."""

    names: Names
    jobs: dict[str, File] = field(default_factory=dict)
    """Files to be read and stored, by the id they are stored under."""
    unchanged: int = 0
    moved: dict[str, Path] = field(default_factory=dict)
    """Sources whose file lies elsewhere now, because its folder was renamed."""
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


def plan(
    found: Found, stored: dict[str, tuple[Source, Path]], paths: Iterable[Path], *, most: int, again: bool = False
) -> Plan:
    """Compares files with the sources that are stored, by id, each with the path of its file.

    Files of more than `most` bytes are not compared: whoever reads them refuses them. With `again`, none are.
    """
    drawn = Plan(Names(stored))
    named = [(drawn.names.of(file), file) for file in found.files]
    with ThreadPoolExecutor() as threads:  # hashing takes what the disk gives, and leaves the interpreter alone
        seen = threads.map(lambda each: _digest(each[1], known=not again and each[0] in stored, most=most), named)
        for (id_, file), digest_ in zip(named, seen, strict=True):
            _decide(drawn, file, id_, digest_, stored)
    drawn.failed += [Failure(storable(folder.id), folder.reason) for folder in found.barred]
    inside = [Path(storable(str(place(path)))) for path in paths]
    unseen = [Path(storable(str(folder.path))) for folder in found.barred]
    drawn.removed = [
        id_
        for id_, (_, path) in stored.items()
        if id_ not in drawn.names.taken and covers(inside, path) and not covers(unseen, path)
    ]
    return drawn


def check_not_emptied(drawn: Plan, found: Found, stored: dict[str, tuple[Source, Path]], paths: Iterable[Path]) -> None:
    """Raises `LoadError` for a folder without any file of which documents are stored: so looks a disk that is not
    mounted, and a path that a container file has made because it was mistyped."""
    lost = [stored[id_][1] for id_ in drawn.removed]
    seen = [*(file.path for file in found.files), *(folder.path for folder in found.barred)] if lost else []
    for path in paths if lost else ():
        here = [Path(storable(str(place(path))))]
        count = sum(covers(here, each) for each in lost)
        if count and not any(covers(here, Path(storable(str(each)))) for each in seen):
            raise LoadError(
                f"There is no file in {str(path)!r} any more, and {count:,} documents of it are stored, so nothing was "
                "changed. If its disk is not mounted, or the path is another one, put that right and run this again. "
                "If they are to go, remove them in the Library: `phi-assistant ui`."
            )


def _decide(
    drawn: Plan, file: File, id_: str, digest_: str | LoadError, stored: dict[str, tuple[Source, Path]]
) -> None:
    if isinstance(digest_, LoadError):
        drawn.failed.append(Failure(id_, f"{digest_} {KEPT}" if id_ in stored else str(digest_)))
    elif id_ in stored and stored[id_][0].digest == digest_:
        drawn.unchanged += 1
        path = Path(storable(str(file.path)))
        if stored[id_][1] != path:
            drawn.moved[id_] = path
    else:
        drawn.jobs[id_] = file


def _digest(file: File, *, known: bool, most: int) -> str | LoadError:
    """Empty for a file that is to be read anyway."""
    try:
        if escapes(file.path, file.root):
            raise LoadError(LINK)
        status = file.path.stat()
        check_regular(status.st_mode)
        if known and status.st_size <= most:
            return digest(file.path, file.root)
    except LoadError as exc:
        return exc
    except OSError as exc:
        return LoadError(f"cannot be read: {exc.strerror or exc}.")
    return ""
