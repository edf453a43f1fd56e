"""Names: the id under which each source is stored, for good.

A file is called by its path below the folder that was named, a document of a loader as the loader calls it; where
another source has that name, it gets one that nobody has. Knows what is stored; opens nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ingest.sources.walk import File
from phi_assistant.schema import Source

_LOADER = "loader:"


def storable(name: str) -> str:
    """A name as a database and a terminal take it: what is not UTF-8 in it as "\\udce9"."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def origin(loader: str, digest: str) -> Path:
    """Where the documents of a loader come from; stands in the place of a file's path, and is none."""
    return Path(f"{_LOADER}{loader}#{digest}")


class Names:
    """Hands out each id once."""

    def __init__(self, stored: dict[str, tuple[Source, Path]]) -> None:
        self._paths = {id_: path for id_, (_, path) in stored.items()}
        self._by_path = {path: id_ for id_, path in self._paths.items() if not _is_origin(path)}
        self.taken: set[str] = set()

    def of(self, file: File) -> str:
        """That of its path if it is stored, else "faq.md", "course/faq.md", or a name nobody has."""
        stored = self._by_path.get(Path(storable(str(file.path))))
        if stored is None or stored in self.taken:
            stored = self._first_free(_names(file.id, file.root.name, str(file.root)))
        self.taken.add(stored)
        return stored

    def of_document(self, name: str, origin: Path) -> str:
        """That under which a loader's document is stored, or a name nobody has. May be asked again."""
        names = list(_names(name, _loader(origin), str(origin)))
        known = next((id_ for id_ in names if self._paths.get(id_) == origin), None)
        id_ = known or self._first_free(names)
        self.taken.add(id_)
        self._paths[id_] = origin
        return id_

    def _first_free(self, names: Iterable[str]) -> str:
        return next(filter(self._is_free, names))

    def _is_free(self, id_: str) -> bool:
        """Nobody has it, or whoever had it is gone: then its folder was renamed."""
        path = self._paths.get(id_)
        return id_ not in self.taken and (path is None or not (_is_origin(path) or _exists(path)))


def _exists(path: Path) -> bool:
    """Also where that cannot be known."""
    try:
        return path.exists()
    except OSError:
        return True


def _names(name: str, owner: str, place: str) -> Iterable[str]:
    name, owner = storable(name), storable(owner)
    yield name
    yield f"{owner}/{name}"
    yield f"{hashlib.sha256(storable(place).encode()).hexdigest()[:8]}/{name}"


def _is_origin(path: Path) -> bool:
    return str(path).startswith(_LOADER)


def _loader(origin: Path) -> str:
    """ "CSVLoader" of "loader:langchain_community.document_loaders:CSVLoader#1a2b"."""
    return str(origin).rpartition("#")[0].rpartition(":")[2]
