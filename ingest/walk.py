"""Walking: from the paths a user named to the files to be read, each with the id it is stored under.

Knows folders, links and the litter of operating systems; knows nothing of what is in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from phi_assistant.errors import LoadError

_LITTER = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db"))


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found."""

    path: Path
    """Absolute."""
    id: str
    """Its path relative to the folder named, with forward slashes; for a file named itself, its name."""
    root: Path
    """The folder named, or the folder that the file named is in; absolute."""


def walk(paths: Iterable[Path]) -> list[File]:
    """Every file below these paths, sorted, each once. Raises `LoadError` for a path that does not exist."""
    found: dict[Path, File] = {}
    for path in paths:
        for file in _files(path):
            found.setdefault(file.path, file)
    return sorted(found.values(), key=lambda file: file.id)


def covers(paths: Iterable[Path], file: Path) -> bool:
    """Whether a file, by its absolute path, is or was one of these paths or below one of them."""
    return any(file.is_relative_to(path.resolve()) for path in paths)


def escapes(file: File) -> bool:
    """Whether a link leads out of the folder that was named: its owner may not have meant to share that."""
    # Not Path.resolve, which raises for a link to itself before Python 3.13.
    return not Path(os.path.realpath(file.path)).is_relative_to(os.path.realpath(file.root))


def _files(path: Path) -> Iterator[File]:
    here = path.absolute()
    if here.is_file():
        file = here.resolve()  # a link that is named itself is meant, wherever it leads
        yield File(file, here.name, file.parent)
    elif here.is_dir():
        here = here.resolve()
        for folder, folders, names in os.walk(here):
            folders[:] = sorted(name for name in folders if not _is_hidden(name))
            for name in names:
                file = Path(folder, name)
                if not _is_litter(name) and (file.is_file() or file.is_symlink()):
                    yield File(file, file.relative_to(here).as_posix(), here)
    else:
        raise LoadError(
            f"There is no file or folder {str(path)!r}, so nothing was ingested. "
            "Name one that exists: `phi-assistant ingest FOLDER`."
        )


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _is_litter(name: str) -> bool:
    """What no person wrote: hidden files, the lock files of Office, the caches of file managers."""
    return _is_hidden(name) or name.startswith("~$") or name.lower() in _LITTER
