"""Opening files: regular ones only, inside the folder that was named, and read as they were at one moment.

Says in words why a file cannot be read; knows nothing of what is in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ingest.readers.options import in_words, raising
from phi_assistant.errors import LoadError

_TRIES = 3

_RESTLESS = "kept changing while it was read. Run this again when nobody writes to it."

LINK = "cannot be read: it is a link that leads out of the folder; copy the file into it."

_SHARED = 32
"""How Windows says that a program keeps a file to itself, as Word does."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Not blocking: a pipe that has taken the place of a file would be waited for without end."""


def escapes(path: Path, root: Path) -> bool:
    """Whether a link leads out of the folder that was named: its owner may not have meant to share that."""
    # Not Path.resolve, which raises for a link to itself before Python 3.13.
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def digest(path: Path, root: Path) -> str:
    """SHA-256 of a file, in hex. Raises `LoadError`."""
    for _ in range(_TRIES):
        with suppress(_Changed), _opened(path, root) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    raise LoadError(_RESTLESS)


def contents(path: Path, root: Path, *, most: int) -> bytes:
    """The bytes of a file, as they were at one moment. Raises `LoadError`, for more than `most` bytes too."""
    for _ in range(_TRIES):
        with suppress(_Changed), _opened(path, root) as stream:
            before = os.fstat(stream.fileno())
            check_size(before.st_size, most)
            data = stream.read(before.st_size + 1)
            after = os.fstat(stream.fileno())
            if len(data) == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns:
                return data
    raise LoadError(_RESTLESS)


def check_size(size: int, most: int) -> None:
    """Raises `LoadError` for a file that is too large to be opened at all."""
    if size > most:
        raise LoadError(
            f"is too large: {in_words(size)}, and {in_words(most)} are taken from one file. "
            f"Split it. {raising('file_bytes')}"
        )


class _Changed(Exception):
    """Another file has taken the place of the one that was opened."""


@contextmanager
def _opened(path: Path, root: Path) -> Iterator[BufferedReader]:
    try:
        with os.fdopen(_regular(path), "rb") as stream:
            # After it was opened: before that, somebody could still put a link in its place.
            if escapes(path, root):
                raise LoadError(LINK)
            if not os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                raise _Changed
            yield stream
    except PermissionError as exc:
        if getattr(exc, "winerror", None) == _SHARED:
            raise LoadError("cannot be read: another program has it open. Close it there.") from exc
        raise LoadError("cannot be read: permission denied. Grant read access to it.") from exc
    except OSError as exc:
        raise LoadError(f"cannot be read: {exc.strerror or exc}.") from exc


def check_regular(mode: int) -> None:
    """Raises `LoadError` for what is no file, by the mode that the system tells."""
    if not S_ISREG(mode):
        raise LoadError(f"is {'a folder' if S_ISDIR(mode) else 'a device, a pipe or a socket'}, not a file.")


def _regular(path: Path) -> int:
    """The number of the file, opened."""
    check_regular(path.stat().st_mode)  # to open a device may be to set it off
    number = os.open(path, _FLAGS)
    try:
        check_regular(os.fstat(number).st_mode)  # it may have taken the file's place just now
    except LoadError:
        os.close(number)
        raise
    return number
