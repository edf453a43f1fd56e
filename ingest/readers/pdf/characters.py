"""The characters of a PDF page as PDFium sees them, in runs: from one line end to the next.

Knows PDFium's text page, fonts and the angle at which they are drawn; knows nothing of words and lines.
Every question to PDFium costs a call, and a textbook has millions of characters: the text comes in one, and
what can be asked once a word or once a run is not asked once a character.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from statistics import median
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.pdf.lines import HYPHEN

__all__ = ["DELICATE", "Piece", "Run", "runs_of"]

_BOLD_NAME = re.compile(r"bold|black|heavy|semibold|cmbx|sfbx", re.IGNORECASE)
_BOLD_WEIGHT = 600
_RUN = re.compile(rf"[^\n{HYPHEN}]*[\n{HYPHEN}]|[^\n{HYPHEN}]+$")
_LETTER, _WORD = re.compile(r"(.)", re.DOTALL), re.compile(r"(\S+)\s*")
DELICATE = re.compile(
    "[\u0300-\u036f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc`´ˆ^˜~¯˘˙¨˚˝ˇ¸˛]"
    r"|(?<!\S)(?:[^\W\d_] +){3,}[^\W\d_](?!\S)"
)
"""Accents, Arabic and Hebrew, letters spaced out: what `pdf_letters` puts right, letter by letter."""
_TILT = 5
"""Degrees by which a line may be out of the straight, as after a scan."""


class Piece(NamedTuple):
    """A character; or a whole word, where nothing in the run asks for its letters."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


class Run(NamedTuple):
    pieces: list[Piece]
    """As if the text were upright."""
    size: float
    bold: bool
    angle: int | None
    """0, 90, 180 or 270 degrees, counter-clockwise; None for any other."""
    mapped: bool
    """Whether the document says which letters its glyphs are."""


def runs_of(textpage: pypdfium2.PdfTextPage) -> Iterator[Run]:
    text = _text(textpage)
    for match in _RUN.finditer(text):
        inked = [at for at in range(*match.span()) if not text[at].isspace()]
        for part in _parts(textpage, inked):
            start, end = (part[0], part[-1] + 1) if len(part) < len(inked) else match.span()
            yield _run(textpage, list(_pieces(textpage, text[start:end], start=start)), part)


def _parts(textpage: pypdfium2.PdfTextPage, inked: list[int]) -> Iterator[list[int]]:
    """One part, save where PDFium takes a watermark across the page for the rest of a line."""

    def angle(at: int) -> int | None:
        return _angle(_matrix(textpage, at))

    if inked and angle(inked[0]) != angle(inked[-1]):
        yield from (list(part) for _, part in groupby(inked, key=angle))
    elif inked:
        yield inked


def _text(textpage: pypdfium2.PdfTextPage) -> str:
    """A character for each that PDFium counts; halves of surrogate pairs count as one each."""
    count = textpage.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    pdfium.FPDFText_GetText(textpage, 0, count, buffer)
    text = "".join(map(chr, buffer[:count])).replace("\ufffe", HYPHEN)  # its other name for it
    if "\0" not in text:
        return text
    code, handle = pdfium.FPDFText_GetUnicode, textpage.raw
    return "".join([chr(code(handle, at)) for at in range(count)])


def _pieces(textpage: pypdfium2.PdfTextPage, text: str, *, start: int) -> Iterator[Piece]:
    """Letters and blanks, or words with the blanks after them."""
    handle, box = textpage.raw, pdfium.FS_RECTF()
    measure, where = pdfium.FPDFText_GetLooseCharBox, ctypes.byref(box)
    for match in (_LETTER if DELICATE.search(text) else _WORD).finditer(text.rstrip("\r\n")):
        first, last = start + match.start(1), start + match.end(1) - 1
        measure(handle, first, where)
        left, right, bottom, top = box.left, box.right, box.bottom, box.top
        if last > first:
            measure(handle, last, where)
            left, right = min(left, box.left), max(right, box.right)
            bottom, top = min(bottom, box.bottom), max(top, box.top)
        yield Piece(match[0], left, right, bottom, top)


def _run(textpage: pypdfium2.PdfTextPage, pieces: list[Piece], inked: list[int]) -> Run:
    """Size, weight and the rest are tried at three places."""
    tried = sorted({inked[len(inked) * quarter // 4] for quarter in (1, 2, 3)})
    matrices = [_matrix(textpage, at) for at in tried]
    sizes = [_size(textpage, at, matrix) for at, matrix in zip(tried, matrices, strict=True)]
    angle = _angle(matrices[len(matrices) // 2])
    return Run(
        pieces=_upright(pieces, angle),
        size=median(sizes),
        bold=all(_is_bold(textpage, at) for at in tried),
        angle=angle,
        mapped=not all(pdfium.FPDFText_HasUnicodeMapError(textpage, at) == 1 for at in tried),
    )


def _size(textpage: pypdfium2.PdfTextPage, index: int, matrix: pdfium.FS_MATRIX) -> float:
    """Times the scale it is drawn at: many writers use size 1 and scale the page. Damaged ones use none."""
    size = float(pdfium.FPDFText_GetFontSize(textpage, index)) * math.hypot(matrix.c, matrix.d)
    return max(round(size, 1), 0.1) if math.isfinite(size) else 1.0


def _matrix(textpage: pypdfium2.PdfTextPage, index: int) -> pdfium.FS_MATRIX:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, index, matrix)
    return matrix


def _angle(matrix: pdfium.FS_MATRIX) -> int | None:
    degrees = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    if not math.isfinite(degrees):
        return None
    nearest = round(degrees / 90) * 90
    return nearest % 360 if abs(degrees - nearest) <= _TILT else None


_TURNS: dict[int, Callable[[Piece], Piece]] = {
    90: lambda c: Piece(c.text, c.bottom, c.top, -c.right, -c.left),
    180: lambda c: Piece(c.text, -c.right, -c.left, -c.top, -c.bottom),
    270: lambda c: Piece(c.text, -c.top, -c.bottom, c.left, c.right),
}


def _upright(pieces: list[Piece], angle: int | None) -> list[Piece]:
    return list(map(_TURNS[angle], pieces)) if angle else pieces


def _is_bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(textpage, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return bool(_BOLD_NAME.search(name.value.decode("utf-8", "replace")))
