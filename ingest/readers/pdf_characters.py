"""The characters of a PDF page as PDFium sees them, in runs: from one line end to the next.

Knows PDFium's text page, fonts and the angle at which they are drawn; knows nothing of words and lines.
Every character costs a call into PDFium, and a textbook has millions: what is asked once a run is not
asked once a character.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.lines import HYPHEN

__all__ = ["Character", "Run", "runs_of"]

_BOLD_NAME = re.compile(r"bold|black|heavy|semibold|cmbx|sfbx", re.IGNORECASE)
_BOLD_WEIGHT = 600
_ENDS = frozenset(("\n", HYPHEN))
_TILT = 5
"""Degrees by which a line may be out of the straight, as after a scan."""


class Character(NamedTuple):
    text: str
    left: float
    right: float
    bottom: float
    top: float


class Run(NamedTuple):
    characters: list[Character]
    """As if the text were upright."""
    size: float
    bold: bool
    angle: int | None
    """0, 90, 180 or 270 degrees, counter-clockwise; None for any other."""
    mapped: bool
    """Whether the document says which letters its glyphs are."""


def runs_of(textpage: pypdfium2.PdfTextPage) -> Iterator[Run]:
    characters: list[Character] = []
    inked: list[int] = []
    count = textpage.count_chars()
    for index, character in enumerate(_characters(textpage, count)):
        text = character.text
        if text not in "\r\n":
            characters.append(character)
        if not text.isspace():
            inked.append(index)
        if inked and (text in _ENDS or index == count - 1):
            yield _run(textpage, characters, inked)
            characters, inked = [], []


def _characters(textpage: pypdfium2.PdfTextPage, count: int) -> Iterator[Character]:
    box = pdfium.FS_RECTF()
    handle, where = textpage.raw, ctypes.byref(box)
    code, measure = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    for index in range(count):
        measure(handle, index, where)
        yield Character(chr(code(handle, index)), box.left, box.right, box.bottom, box.top)


def _run(textpage: pypdfium2.PdfTextPage, characters: list[Character], inked: list[int]) -> Run:
    """Size, weight and the rest are tried at three places."""
    tried = sorted({inked[len(inked) * quarter // 4] for quarter in (1, 2, 3)})
    matrices = [_matrix(textpage, at) for at in tried]
    sizes = [
        round(float(pdfium.FPDFText_GetFontSize(textpage, at)) * math.hypot(matrix.c, matrix.d), 1)
        for at, matrix in zip(tried, matrices, strict=True)
    ]  # many writers use size 1 and scale the page
    angle = _angle(matrices[len(matrices) // 2])
    return Run(
        characters=_upright(characters, angle),
        size=median(sizes),
        bold=all(_is_bold(textpage, at) for at in tried),
        angle=angle,
        mapped=not all(pdfium.FPDFText_HasUnicodeMapError(textpage, at) == 1 for at in tried),
    )


def _matrix(textpage: pypdfium2.PdfTextPage, index: int) -> pdfium.FS_MATRIX:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, index, matrix)
    return matrix


def _angle(matrix: pdfium.FS_MATRIX) -> int | None:
    degrees = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    nearest = round(degrees / 90) * 90
    return nearest % 360 if abs(degrees - nearest) <= _TILT else None


_TURNS: dict[int, Callable[[Character], Character]] = {
    90: lambda c: Character(c.text, c.bottom, c.top, -c.right, -c.left),
    180: lambda c: Character(c.text, -c.right, -c.left, -c.top, -c.bottom),
    270: lambda c: Character(c.text, -c.top, -c.bottom, c.left, c.right),
}


def _upright(characters: list[Character], angle: int | None) -> list[Character]:
    return list(map(_TURNS[angle], characters)) if angle else characters


def _is_bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(textpage, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return bool(_BOLD_NAME.search(name.value.decode("utf-8", "replace")))
