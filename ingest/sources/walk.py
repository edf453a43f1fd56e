"""Walking: from the paths a user named to the files to be read, each with the id it is stored under.

Knows folders, links and the litter of operating systems; knows nothing of what is in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ingest.sources.files import escapes
from ingest.sources.places import place
from phi_assistant.errors import LoadError

_LITTER = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db"))
_LINK = "cannot be looked into: it is a link that leads out of the folder; copy what it leads to."


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found."""

    path: Path
    """Absolute."""
    id: str
    """Its path relative to the folder named, with forward slashes; for a file named itself, its name."""
    root: Path
    """The folder named, or the folder that the file named is in; absolute."""


@dataclass(frozen=True, slots=True)
class Barred:
    """A folder that was not looked into: what is in it is unknown, and nothing of it is gone."""

    path: Path
    """Absolute."""
    id: str
    """As of a file."""
    reason: str


@dataclass(slots=True)
class Found:
    """What lies below the paths that were named."""

    files: list[File] = field(default_factory=list)
    """Sorted by id, each once."""
    barred: list[Barred] = field(default_factory=list)


def walk(paths: Iterable[Path]) -> Found:
    """Every file below these paths. Raises `LoadError` for a path that does not exist."""
    found = Found()
    files: dict[Path, File] = {}
    for path in paths:
        for file in _below(path, found.barred):
            files.setdefault(file.path, file)
    found.files = sorted(files.values(), key=lambda file: file.id)
    return found


def check_there(paths: Iterable[Path]) -> None:
    """Raises `LoadError` for a path that does not exist, before anything is done."""
    for path in paths:
        _mode(path)


def check_some(paths: Sequence[Path]) -> None:
    """Raises `LoadError` where there is no file below these paths, before anything is begun for them."""
    barred: list[Barred] = []
    if not (any(True for path in paths for _ in _below(path, barred)) or barred):
        raise no_file_in(paths)


def no_file_in(paths: Iterable[Path]) -> LoadError:
    """The error to be raised."""
    return LoadError(
        f"There is no file in {', '.join(repr(str(path)) for path in paths)}, so nothing was ingested. "
        "Put documents there, or name another folder: `phi-assistant ingest FOLDER`."
    )


def covers(paths: Iterable[Path], file: Path) -> bool:
    """Whether a file, by its absolute path, is or was one of these paths or below one of them."""
    return any(file.is_relative_to(path) for path in paths)


def _below(path: Path, barred: list[Barred]) -> Iterator[File]:
    here = path.absolute()
    if S_ISDIR(_mode(path)):
        yield from _files(place(here), barred)
    else:
        file = place(here)  # a link that is named itself is meant, wherever it leads
        yield File(file, here.name, file.parent)


def _files(root: Path, barred: list[Barred]) -> Iterator[File]:
    def bar(path: Path, reason: str) -> None:
        barred.append(Barred(path, path.relative_to(root).as_posix() if path != root else root.name, reason))

    def failed(error: OSError) -> None:
        bar(Path(error.filename), f"cannot be looked into: {error.strerror or error}.")

    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in list(folders):
            path = Path(folder, name)
            if os.path.realpath(path) != str(path):  # links are not followed, nor the junctions of Windows:
                folders.remove(name)  # what they lead to is found where it lies, unless that is elsewhere
                if escapes(path, root):
                    bar(path, _LINK)
        for name in names:
            file = Path(folder, name)
            if not _is_litter(name) and _is_there(file):
                yield File(file, file.relative_to(root).as_posix(), root)


def _mode(path: Path) -> int:
    """Of a folder or a file. Raises `LoadError` for anything else, and for what is not there or out of reach."""
    try:
        mode = path.stat().st_mode
    except OSError as exc:
        raise LoadError(
            f"There is no file or folder {str(path)!r}, so nothing was ingested. "
            "Name one that exists: `phi-assistant ingest FOLDER`."
        ) from exc
    if not (S_ISREG(mode) or S_ISDIR(mode)):
        raise LoadError(
            f"{str(path)!r} is a device, a pipe or a socket, so nothing was ingested. "
            "Name a file or a folder: `phi-assistant ingest FOLDER`."
        )
    return mode


def _is_there(path: Path) -> bool:
    """Also where that cannot be known, and also a pipe: who would read it will say why not."""
    try:
        path.lstat()
    except FileNotFoundError:  # since it was listed
        return False
    except OSError:
        return True
    return True


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _is_litter(name: str) -> bool:
    """What no person wrote: hidden files, the lock files of Office, the caches of file managers."""
    return _is_hidden(name) or name.startswith("~$") or name.lower() in _LITTER
