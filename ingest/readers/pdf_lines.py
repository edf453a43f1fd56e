"""Lines of a PDF page as PDFium sees them: the words, and where and how large they stand.

Knows characters and boxes; knows nothing of paragraphs, headings or tables (see `pdf_blocks`).

Written because kreuzberg 4.10 makes headings of body lines, finds tables in running prose (a contents
page, Arabic paragraphs), and none in a ruled table; citations would have pointed at invented headings.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

HYPHEN = "\x02"
"""PDFium's character for a hyphen at the end of a line; `pdf_blocks` decides whether it stays."""

_BOLD_NAME = re.compile(r"bold|black|heavy|semibold|cmbx|sfbx", re.IGNORECASE)
_BOLD_WEIGHT = 600
_LEADER = re.compile(r"(?:\s?\.){5,}")
_CELL_GAP = 1.1
"""A gap wider than this many font sizes separates two cells; justified text nearly always stays below."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of words with no wide gap in it."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; the origin of the coordinates is the lower left corner of the page."""

    cells: tuple[Cell, ...]
    size: float
    """Of the font, in points as printed."""
    bold: bool
    bottom: float
    top: float

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    left: float
    right: float
    bottom: float
    top: float


def lines_of(page: pypdfium2.PdfPage) -> list[Line]:
    """The lines of a page, in the order the document draws them; nearly always the reading order."""
    textpage = page.get_textpage()
    lines: list[Line] = []
    for characters, size, bold in _runs(textpage):
        line = _line(characters, size=size, bold=bold)
        if line is None:
            continue
        if lines and _continues(lines[-1], line):
            lines[-1] = _joined(lines[-1], line)
        else:
            lines.append(line)
    return lines


def _runs(textpage: pypdfium2.PdfTextPage) -> Iterator[tuple[list[_Character], float, bool]]:
    """The characters between two line ends, their size and whether they are bold, tried at three places."""
    run: list[_Character] = []
    inked: list[int] = []
    count = textpage.count_chars()
    for index in range(count):
        character = _character(textpage, index)
        if run and _is_turned(run[-1], character):
            run.insert(-1, character)
        elif character.text not in "\r\n":
            run.append(character)
        if not character.text.isspace():
            inked.append(index)
        if inked and (character.text in "\n" + HYPHEN or index == count - 1):
            tried = [inked[len(inked) * quarter // 4] for quarter in (1, 2, 3)]
            size = median(_size(textpage, at) for at in tried)
            yield run, size, all(_is_bold(textpage, at) for at in tried)
            run, inked = [], []


def _is_turned(before: _Character, character: _Character) -> bool:
    """An Arabic lam-alef, one glyph, which PDFium spells out from left to right."""
    return character.text == "ل" and before.text in "اأإآ" and character.left == before.left


def _character(textpage: pypdfium2.PdfTextPage, index: int) -> _Character:
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(textpage, index, box)
    code = pdfium.FPDFText_GetUnicode(textpage, index)
    return _Character(chr(code), box.left, box.right, box.bottom, box.top)


def _size(textpage: pypdfium2.PdfTextPage, index: int) -> float:
    """Font size times the scale it is drawn at: many writers use size 1 and scale the page."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage, index, matrix)
    return round(float(pdfium.FPDFText_GetFontSize(textpage, index)) * math.hypot(matrix.c, matrix.d), 1)


def _is_bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(textpage, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return bool(_BOLD_NAME.search(name.value.decode("utf-8", "replace")))


def _line(characters: list[_Character], *, size: float, bold: bool) -> Line | None:
    """None where the run is blank once control characters are taken out."""
    inked = [c for c in characters if not c.text.isspace()]
    cells = [_cell(part) for part in _split(characters, gap=_CELL_GAP * size)]
    cells = [cell for cell in cells if cell.text]
    if not cells:
        return None
    bottom, top = median(c.bottom for c in inked), median(c.top for c in inked)
    return Line(tuple(cells), size=size, bold=bold, bottom=bottom, top=top)


def _split(characters: list[_Character], *, gap: float) -> Iterator[list[_Character]]:
    part: list[_Character] = []
    for character in characters:
        inked = [c for c in part[-2:] if not c.text.isspace()]
        if inked and not character.text.isspace() and character.left - inked[-1].right > gap:
            yield part
            part = []
        part.append(character)
    yield part


def _cell(characters: list[_Character]) -> Cell:
    inked = [c for c in characters if not c.text.isspace()] or characters
    return Cell(
        _clean("".join(c.text for c in characters)),
        left=min(c.left for c in inked),
        right=max(c.right for c in inked),
    )


def _clean(text: str) -> str:
    """Halves of surrogate pairs put together; control characters, runs of blanks and dot leaders cut."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = re.sub(rf"[\x00-\x1f\x7f\ufffe\uffff](?<!{HYPHEN})", " ", text)
    return re.sub(r"\s+", " ", _LEADER.sub(" …", text)).strip()


def _continues(line: Line, after: Line) -> bool:
    """Whether `after` stands on the same line: an exponent, the next cell of a table row."""
    overlap = min(line.top, after.top) - max(line.bottom, after.bottom)
    height = min(line.top - line.bottom, after.top - after.bottom)
    return overlap > 0.5 * height and after.left >= line.right - 0.2 * line.size


def _joined(line: Line, after: Line) -> Line:
    gap = after.left - line.right
    if gap > _CELL_GAP * line.size:
        return replace(line, cells=line.cells + after.cells)
    last, first = line.cells[-1], after.cells[0]
    blank = " " if gap > 0.15 * line.size else ""
    cell = Cell(last.text + blank + first.text, left=last.left, right=first.right)
    return replace(line, cells=(*line.cells[:-1], cell, *after.cells[1:]))
