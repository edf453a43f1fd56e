"""Tables in a PDF: neighbouring lines whose words stand in the same columns.

Knows lines and the gaps in them, not rulings: many tables have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf.lines import Cell, Line
from ingest.readers.tables import pipe_table

_MARKER = re.compile(r"[•◦‣▪■●○∙·–\-*]|\d{1,3}[.)]|\d{1,2}(\.\d{1,2})+|\(?[a-zA-Z\d]{1,3}[.)]")
_ROWS, _PITCH = 2, 4.0
"""Fewest rows of a table that fill every column, and the largest distance of two rows in font sizes."""


@dataclass(frozen=True, slots=True)
class Table:
    markdown: str
    length: int
    """How many lines it takes."""


def table_at(lines: Sequence[Line], start: int) -> Table | None:
    """The table that begins with this line, if one does."""
    if not _is_row(lines[start]):
        return None
    body = [lines[start], *_rows_after(lines, start)]
    rows = [line for line in body if _is_row(line)]
    columns = _columns(rows)
    full = [row for row in rows if len(row.cells) == len(columns)]
    if len(full) < _ROWS or not _aligned(rows, columns):
        return None
    return Table(pipe_table(list(_rows(body, columns))), length=len(body))


def _is_row(line: Line) -> bool:
    """Several cells; an item of a list or of a contents page is none."""
    first, *others = line.cells
    item = len(others) == 1 and _MARKER.fullmatch(first.text) and any(map(str.isalpha, others[0].text))
    return bool(others) and not item and "…" not in line.text


def _rows_after(lines: Sequence[Line], start: int) -> Iterator[Line]:
    columns = lines[start].cells
    for last, line in pairwise(lines[start:]):
        fall = last.bottom - line.bottom
        if not 0 < fall < _PITCH * last.size or abs(line.size - last.size) > 0.25 * last.size:
            return
        if not _is_row(line) and not _wraps(last, line, columns):
            return
        columns = max(columns, line.cells, key=len)
        yield line


def _wraps(last: Line, line: Line, columns: Sequence[Cell]) -> bool:
    """One cell that fits beneath a single column, close to the row above: the rest of that row's cell."""
    near = last.bottom - line.bottom < 1.6 * last.size
    ends = [cell.left for cell in columns[1:]] + [float("inf")]
    column = _column(line.cells[0], columns)
    return near and len(line.cells) == 1 and line.right < ends[column] and "…" not in line.text


def _columns(rows: Sequence[Line]) -> tuple[Cell, ...]:
    return max((row.cells for row in rows), key=len, default=())


def _aligned(rows: Sequence[Line], columns: Sequence[Cell]) -> bool:
    """Nearly every cell begins, ends or is centred where its column does."""
    cells = [cell for row in rows for cell in row.cells]
    hits = sum(_distance(cell, columns[_column(cell, columns)]) < 0.8 * rows[0].size for cell in cells)
    return hits >= 0.75 * len(cells)


def _column(cell: Cell, columns: Sequence[Cell]) -> int:
    return min(range(len(columns)), key=lambda index: _distance(cell, columns[index]))


def _distance(cell: Cell, column: Cell) -> float:
    centre = abs(cell.left + cell.right - column.left - column.right) / 2
    return min(abs(cell.left - column.left), abs(cell.right - column.right), centre)


def _rows(body: Sequence[Line], columns: Sequence[Cell]) -> Iterator[list[str]]:
    row: list[str] = []
    for line in body:
        if _is_row(line) and row:
            yield row
            row = []
        row = row or [""] * len(columns)
        for cell in line.cells:
            column = _column(cell, columns)
            row[column] = f"{row[column]} {cell.text}".strip()
    yield row
