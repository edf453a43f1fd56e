"""What a reader may be told: passwords, the languages of scans, and how much of a file it may take.

The limits guard against files made to hurt (an archive that unpacks without end), not against large ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """The same for every file of a run; crosses to the worker processes."""

    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Tried in order on encrypted files."""
    ocr_languages: str = "eng"
    """Of scans, as Tesseract names them: "eng+deu"."""
    pages: int = 10_000
    """Printed pages, slides or sheets of a file."""
    unpacked: int = 1_000_000_000
    """Bytes that a compressed file may unpack to, all its parts together."""


DEFAULTS = Options()
