"""Files that owners have added: under safe names, in the data folder of their collection, where ingestion finds them.

A name is what a browser says: no path, nothing hidden, nothing that a system reads in another way. Knows files and
limits; knows nothing of what is in them.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from phi_assistant.settings import Settings

Refusal = Literal["too many", "too large", "no room", "disk full", "empty", "not written"]

_FOLDER = "files"
_LONGEST = 180
"""Bytes of a name: systems take 255, and others are to fit beside it."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LITTER = re.compile(r"(thumbs\.db|desktop\.ini|ehthumbs\.db)$", re.IGNORECASE)
_KEPT_FREE = 500_000_000
"""Bytes of the disk that are left for the indexes."""


class Upload(Protocol):
    """A file as a browser sends it."""

    name: str
    size: int

    def seek(self, offset: int, /) -> int: ...


@dataclass(slots=True)
class Received:
    """What became of the files that were sent."""

    saved: list[str] = field(default_factory=list)
    """Names under which they are kept."""
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    """As they were called, and why."""


def folder_of(collection: Path) -> Path:
    """Where the files of a collection are, by its own folder."""
    return collection / _FOLDER


def receive(uploads: Iterable[Upload], collection: Path, settings: Settings) -> Received:
    """Keeps files; one with the name of an earlier one takes its place, two of one drag are told apart."""
    done, folder = Received(), folder_of(collection)
    folder.mkdir(parents=True, exist_ok=True)
    left = settings.upload_bytes - taken(folder)
    for number, upload in enumerate(uploads):
        name = _told_apart(safe_name(upload.name), done.saved)
        left += _size(folder / name)
        if refusal := _refusal(upload, number, left, folder, settings) or _written(upload, folder / name):
            done.refused.append((upload.name, refusal))
            left -= _size(folder / name)
            continue
        left -= upload.size
        done.saved.append(name)
    return done


def taken(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(_size(path) for path in folder.rglob("*")) if folder.exists() else 0


def safe_name(name: str) -> str:
    """A name that every system takes for a file's and for nothing else; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    kept = " ".join(_FORBIDDEN.sub("_", seen).split()).lstrip(".~$ ").rstrip(". ")
    if _RESERVED.match(kept) or _LITTER.match(kept):
        kept = f"_{kept}"
    return _shortened(kept or "document")


def _shortened(name: str) -> str:
    """Cut before its ending, and never within a character."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 12:
        stem, dot, ending = name, "", ""
    room = _LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + ending


def _told_apart(name: str, taken: Iterable[str]) -> str:
    """The name, or "faq (2).md" where another file of the same drag has it; systems may not tell a case."""
    used = {each.casefold() for each in taken}
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number = 2
    told = name
    while told.casefold() in used:
        told, number = f"{stem} ({number}){dot}{ending}", number + 1
    return told


def _refusal(upload: Upload, number: int, left: int, folder: Path, settings: Settings) -> Refusal | None:
    if number >= settings.upload_files:
        return "too many"
    if not upload.size:
        return "empty"
    if upload.size > settings.file_bytes:
        return "too large"
    if upload.size > left:
        return "no room"
    return "disk full" if upload.size + _KEPT_FREE > shutil.disk_usage(folder).free else None


def _written(upload: Upload, file: Path) -> Refusal | None:
    """Whole or not at all: written under a name that ingestion passes over, then given its own."""
    coming = file.with_name(f".{uuid4().hex}")
    try:
        upload.seek(0)
        with coming.open("xb") as stream:
            source: IO[bytes] = upload  # type: ignore[assignment]  # which is one besides
            shutil.copyfileobj(source, stream)
        coming.replace(file)
    except OSError:
        coming.unlink(missing_ok=True)
        return "not written"
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
