"""The cells of one sheet, on the way to text: where tables begin and end, and what stands above them.

Knows rows and columns; knows no file format. Holds a sheet as one packed string for each row that is not
blank, so that a million rows cost little more than their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from ingest.readers.tables import pipe_table

_CELL, _TEXT = "\x1e", "\x1f"
"""Control characters that mark off cells of a packed row; no XML and no sane file holds them."""
_LARGEST = 100_000_000
"""Characters of a sheet: a text that many cells share costs a file next to nothing."""
_LARGEST_SPAN = 100_000
"""Cells that merging may fill, all spans of a sheet together."""
_PADDING = 20
"""Blank cells for each one with text, beyond which a stretch of a sheet is no table but scattered notes."""
_AT_ONCE = 1000
_NUMBER = re.compile(r"[^\w(]*\(?[-+]?[^\w]{0,2}\d[\d\s.,:/%()'-]*\W{0,2}|TRUE|FALSE|#\w.*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_TITLE = 90
_LONGEST_ITEM = 60

Row = tuple[int, str]
"""The number of a row, and its cells packed."""


@dataclass(slots=True)
class Grid:
    """Filled by a reader row by row, then written as Markdown."""

    rows: dict[int, str] = field(default_factory=dict)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged cells: first row, first column, last row, last column."""
    size: int = 0
    """Characters."""

    @property
    def is_full(self) -> bool:
        """Further cells are not taken."""
        return self.size > _LARGEST

    def add(self, row: int, cells: Iterable[tuple[int, str]]) -> None:
        """Cells with their columns; blank ones are passed over."""
        if packed := _packed(self._fitting(cells)):
            self.rows[row] = packed

    def _fitting(self, cells: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        for column, text in cells:
            self.size += len(text)
            if self.is_full:
                return
            yield column, text

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        self.spans.append((top, left, bottom, right))

    def markdown(self) -> str:
        """Tables as pipe tables, the title above one as a heading, other lines as they stand."""
        merged = self._spread()
        rows = sorted(self.rows.items())
        return "\n\n".join(_written(list(_blocks(rows)), merged))

    def _spread(self) -> set[int]:
        """The text of merged cells in all that they span; the rows in which some lie side by side are returned."""
        last = max(self.rows, default=0)
        widest = max((max(unpacked(row)) for row in self.rows.values()), default=0) if self.spans else 0
        wide, filled = set(), 0
        for top, left, bottom, right in self.spans:
            bottom, right = min(bottom, last), min(right, max(widest, left))
            text = unpacked(self.rows.get(top, "")).get(left, "")
            filled += (bottom - top + 1) * (right - left + 1)
            if not text or filled > _LARGEST_SPAN:
                continue
            for row in range(top, bottom + 1):
                cells = unpacked(self.rows.get(row, "")) | dict.fromkeys(range(left, right + 1), text)
                self.rows[row] = _packed(sorted(cells.items()))
            if right > left:
                wide.add(top)
        return wide


@dataclass(slots=True)
class _Block:
    """Rows and columns that belong together."""

    columns: range
    rows: list[Row]
    titles: list[str] = field(default_factory=list)
    """The lines above the table."""
    remarks: list[str] = field(default_factory=list)
    """The lines below it."""


def unpacked(row: str) -> dict[int, str]:
    cells = (cell.split(_TEXT, 1) for cell in row.split(_CELL)) if row else ()
    return {int(column): text for column, text in cells}


def _packed(cells: Iterable[tuple[int, str]]) -> str:
    return _CELL.join(
        f"{column}{_TEXT}{text.replace(_CELL, ' ').replace(_TEXT, ' ')}" for column, text in cells if text.strip()
    )


def _blocks(rows: Sequence[Row]) -> Iterator[_Block]:
    """Cut at blank rows, then at blank columns, and again until there is nothing to cut."""
    bands = [[row for _, row in band] for _, band in groupby(enumerate(rows), lambda each: each[1][0] - each[0])]
    for band in bands:
        stretches = _stretches({column for _, row in band for column in unpacked(row)})
        if len(stretches) == 1 and len(bands) == 1:
            yield _Block(stretches[0], band)
            continue
        for columns in stretches:
            part = band if len(stretches) == 1 else _within(band, columns)
            yield from _blocks(part) if len(stretches) > 1 else [_Block(columns, part)]


def _stretches(columns: set[int]) -> list[range]:
    runs = groupby(enumerate(sorted(columns)), lambda each: each[1] - each[0])
    held = [[column for _, column in run] for _, run in runs]
    return [range(run[0], run[-1] + 1) for run in held]


def _within(rows: Iterable[Row], columns: range) -> list[Row]:
    cut = ((number, _packed((c, text) for c, text in unpacked(row).items() if c in columns)) for number, row in rows)
    return [(number, row) for number, row in cut if row]


def _written(blocks: Sequence[_Block], merged: set[int]) -> Iterator[str]:
    joined = _joined(blocks)
    for block, after in zip_longest(joined, joined[1:]):
        yield from _titles(block, heads=bool(block.rows or (after and after.rows and len(after.columns) > 1)))
        if block.rows:
            yield _table(block, merged)
        yield from block.remarks


def _joined(blocks: Iterable[_Block]) -> list[_Block]:
    """A block that goes on with the columns of the table above it, after a blank row, joins that table."""
    joined: list[_Block] = []
    for block in map(_set_apart, blocks):
        if joined and _goes_on(joined[-1], block):
            joined[-1].rows.extend(block.rows)
            joined[-1].remarks.extend(block.remarks)
        else:
            joined.append(block)
    return joined


def _set_apart(block: _Block) -> _Block:
    """Lines above and below that are no rows: one text alone, or one that spans the whole table."""
    first = next((at for at in range(len(block.rows)) if not _is_title(block, at)), len(block.rows))
    last = len(block.rows)
    while last > first and len(block.columns) > 1 and len(_alone(block.rows[last - 1], block)) > _LONGEST_ITEM:
        last -= 1
    titles, remarks = ([_alone(row, block) for row in rows] for rows in (block.rows[:first], block.rows[last:]))
    columns = {column for _, row in block.rows[first:last] for column in unpacked(row)} if first else set()
    return _Block(_whole(columns) if columns else block.columns, block.rows[first:last], titles, remarks)


def _is_title(block: _Block, at: int) -> bool:
    """A column by itself has a title only where it is one cell; a lone name of a column is none."""
    text = _alone(block.rows[at], block)
    if not text or (len(block.columns) == 1 and len(block.rows) > 1):
        return False
    cells = unpacked(block.rows[at][1])
    if block.columns.start in cells:
        return True
    below = block.rows[at + 1] if at + 1 < len(block.rows) else None
    return below is not None and len(unpacked(below[1])) > 1 and _is_header(below)


def _whole(columns: set[int]) -> range:
    return range(min(columns), max(columns) + 1)


def _alone(row: Row, block: _Block) -> str:
    """The text of a row that says but one thing; empty for others."""
    cells = unpacked(row[1])
    texts = set(cells.values())
    return texts.pop() if len(texts) == 1 and len(cells) in (1, len(block.columns)) else ""


def _goes_on(above: _Block, block: _Block) -> bool:
    if block.titles or not block.rows or not above.rows or above.remarks or len(above.columns) == 1:
        return False
    within = block.columns.start >= above.columns.start and block.columns.stop <= above.columns.stop
    return within and _is_header(above.rows[0]) and not _is_header(block.rows[0])


def _is_header(row: Row) -> bool:
    return not any(_NUMBER.fullmatch(text.strip()) for text in unpacked(row[1]).values())


def _titles(block: _Block, *, heads: bool) -> Iterator[str]:
    """The first line above a table is the heading of it, where it reads like one."""
    for place, text in enumerate(block.titles):
        line = " ".join(text.split())
        reads = len(line) <= _LONGEST_TITLE and line[-1] not in ".,;:!?" and not _NUMBER.fullmatch(line)
        yield f"## {line}" if heads and reads and place == 0 else text.strip()


def _table(block: _Block, merged: set[int]) -> str:
    cells = sum(row.count(_CELL) + 1 for _, row in block.rows)
    if (len(block.columns) == 1 and not _is_list(block)) or len(block.rows) * len(block.columns) > _PADDING * cells:
        return "\n".join("; ".join(unpacked(row).values()) for _, row in block.rows)
    header, start = _header(block, merged)
    slices = (
        [header, *(_cells(row, block) for row in block.rows[at : at + _AT_ONCE])]
        for at in range(start, max(len(block.rows), start + 1), _AT_ONCE)
    )
    tables = map(pipe_table, slices)
    return "\n".join([next(tables), *(table.split("\n", 2)[2] for table in tables)])


def _is_list(block: _Block) -> bool:
    """A column on its own that has a header and short items below it."""
    texts = [next(iter(unpacked(row).values())).strip() for _, row in block.rows]
    return len(texts) > 2 and all(len(text) <= _LONGEST_ITEM and text[-1:] not in (".", ":") for text in texts)


def _cells(row: Row, block: _Block) -> list[str]:
    cells = unpacked(row[1])
    return [cells.get(column, "") for column in block.columns]


def _header(block: _Block, merged: set[int]) -> tuple[list[str], int]:
    """The names of the columns and the first row below them; a second row of names below merged ones is added."""
    first = _cells(block.rows[0], block)
    if block.rows[0][0] not in merged or len(block.rows) < 3:
        return first, 1
    second = _cells(block.rows[1], block)
    spanned = [cell and cell in (*first[:at][-1:], *first[at + 1 :][:1]) for at, cell in enumerate(first)]
    for above, below, wide in zip(first, second, spanned, strict=True):
        named = not _NUMBER.fullmatch(below.strip()) or _YEAR.fullmatch(below.strip()) or not below
        if not named or (not wide and below not in ("", above) and above):
            return first, 1
    return [" ".join(dict.fromkeys(pair)).strip() for pair in zip(first, second, strict=True)], 2
