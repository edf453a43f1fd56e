"""Loading: from a file to its text, its pages and its title.

Knows which reader fits which file, by what the file holds and not by its name alone; knows nothing of
chunks and stores. A new format is a line in `_READERS` (and in `_kind`, where its first bytes tell it).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ingest.readers.decoding import decode
from ingest.readers.extraction import Extraction, extraction, first_heading
from ingest.readers.hypertext import read_html
from ingest.readers.pdf import read_pdf
from ingest.readers.word import read_docx
from phi_assistant.errors import EncryptedFile, LoadError, NoText, UnknownFormat

__all__ = ["SUFFIXES", "Extraction", "load"]

_Reader = Callable[..., Extraction]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def load(path: Path) -> Extraction:
    """Raises `LoadError` or one of its kinds, whose message says why, without the path."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnknownFormat(
            f"is of a kind that cannot be read ({suffix or 'no ending'}). "
            f"Readable are {', '.join(sorted(SUFFIXES))}; save it as one of these."
        )
    data = _read(path)
    if not data:
        raise NoText("is empty.")
    return _READERS[_kind(data, suffix)](data, stem=path.stem)


def read_text(data: bytes, *, stem: str) -> Extraction:
    return _own_text(data, stem=stem, titled=False)


def read_markdown(data: bytes, *, stem: str) -> Extraction:
    return _own_text(data, stem=stem, titled=True)


def _own_text(data: bytes, *, stem: str, titled: bool) -> Extraction:
    """The file's own text, character for character: offsets into it are offsets into the file."""
    text = decode(data)
    if not text.strip():
        raise NoText("holds nothing but blanks.")
    return extraction([(text, "")], titles=(first_heading(text) if titled else None,), stem=stem)


_READERS: dict[str, _Reader] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
SUFFIXES = frozenset(_READERS)
"""The endings of the files that `load` reads, in lower case."""


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if S_ISREG(mode):
            return path.read_bytes()
    except PermissionError as exc:
        raise LoadError("may not be read: permission denied. Grant read access to it.") from exc
    except FileNotFoundError as exc:
        raise LoadError("vanished before it was read.") from exc
    except OSError as exc:
        reason = os.strerror(exc.errno) if exc.errno else str(exc)
        raise LoadError(f"could not be read from the disk: {reason}.") from exc
    raise LoadError("is a directory, not a file." if S_ISDIR(mode) else "is a device or a pipe, not a file.")


def _kind(data: bytes, suffix: str) -> str:
    """The ending that fits what the file holds: a PDF called "notes.txt" is read as a PDF.

    The ending decides among .txt, .md and .html, save that a page saved as .pdf or .docx, as failed
    downloads are, is read as a page.
    """
    if data.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(data, suffix)
    if data.startswith(_OLE):
        raise _ole_error(data)
    if suffix not in (".pdf", ".docx"):
        return suffix
    if data[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return ".html"
    raise LoadError(f"is not what its ending says: it does not begin as a {suffix} file does. Save it again.")


def _zip_kind(data: bytes, suffix: str) -> str:
    """A cut-off archive has lost its directory: then the ending is believed, and the reader reports it."""
    if suffix == ".docx" or b"word/document.xml" in data:
        return ".docx"
    raise LoadError(f"is not what its ending says: it is a ZIP archive, not a {suffix} file. Unpack it.")


def _ole_error(data: bytes) -> LoadError:
    if _ENCRYPTED_PACKAGE in data:
        return EncryptedFile("wants a password to be opened. Save a copy without one, and add that.")
    return UnknownFormat("is an Office document of the old format, before 2007. Save it as .docx or .pdf.")
