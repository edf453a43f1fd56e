"""Places: one spelling for each folder, however it was named.

A folder may be reached by a link, and on macOS, Windows and some network disks as "Docs" and as "docs"; without
one spelling its files would be stored once for each.
"""

from __future__ import annotations

import os
from pathlib import Path
from unicodedata import normalize


def place(path: Path) -> Path:
    """Where a path really leads, spelled as the disk spells it."""
    real = Path(os.path.realpath(path))
    spelled = Path(real.anchor)
    for name in real.parts[1:]:
        spelled /= _spelled(spelled, name)
    return spelled


def _spelled(folder: Path, name: str) -> str:
    try:
        names = [each.name for each in folder.iterdir()]
    except OSError:
        return name
    if name in names:
        return name
    alike = [each for each in names if _folded(each) == _folded(name)]
    return next((each for each in alike if _is_same(folder / each, folder / name)), name)


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
