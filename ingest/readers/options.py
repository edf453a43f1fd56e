"""What a reader may be told: passwords, the languages of scans, and how much of a file it may take.

The limits guard against files made to hurt (an archive that unpacks without end), not against large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


def no_sign() -> None:
    """Nobody waits."""


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
    sign: Callable[[], None] = field(default=no_sign, repr=False, compare=False)
    """Called after each page of a scan: work that goes on is not taken for a hang, however many pages there are."""


DEFAULTS = Options()


def raising(setting: str) -> str:
    """How a limit is raised, at the end of the message of who met it."""
    return f"If that is as it should be, raise the setting {setting!r} (PHI_ASSISTANT_{setting.upper()})."


def in_words(size: int) -> str:
    """ "2.5 GB", as settings are written."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
