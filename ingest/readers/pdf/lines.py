"""Printed lines: their words, and where and how large they stand on a page.

What a PDF page and a scanned one have in common; knows neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["CELL_GAP", "HYPHEN", "Cell", "Line", "joined", "merged", "overlap"]

HYPHEN = "\x02"
"""PDFium's character for a hyphen at the end of a line; `hyphens` decides whether it stays."""

CELL_GAP = 1.1
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
    aside: bool = False
    """At another angle than the rest of the page: a watermark, a stamp along the edge."""

    @property
    def text(self) -> str:
        return self.cells[0].text if len(self.cells) == 1 else " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


def merged(lines: list[Line]) -> list[Line]:
    """Neighbours that stand on one line as one: an exponent, the next cell of a table row."""
    whole: list[Line] = []
    for line in lines:
        if whole and _continues(whole[-1], line):
            whole[-1] = joined(whole[-1], line)
        else:
            whole.append(line)
    return whole


def overlap(line: Line, other: Line) -> bool:
    """Whether two lines stand at one height, whatever lies between them."""
    common = min(line.top, other.top) - max(line.bottom, other.bottom)
    return common > 0.5 * min(line.top - line.bottom, other.top - other.bottom)


def joined(line: Line, after: Line) -> Line:
    gap = after.left - line.right
    if gap > CELL_GAP * line.size:
        return replace(line, cells=line.cells + after.cells)
    last, first = line.cells[-1], after.cells[0]
    blank = " " if gap > 0.15 * line.size else ""
    cell = Cell(last.text + blank + first.text, left=last.left, right=first.right)
    return replace(line, cells=(*line.cells[:-1], cell, *after.cells[1:]))


def _continues(line: Line, after: Line) -> bool:
    beside = after.left >= line.right - 0.2 * line.size
    return beside and line.aside == after.aside and overlap(line, after)
