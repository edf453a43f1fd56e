"""One stream of paragraphs: the body, a note, a header, a text box, with the tables in it.

Knows how paragraphs, cells and rows follow one another where marks end them, as in Rich Text and in .doc; knows
not how the marks are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.readers.office.blocks import Block, cell_text, table, tidy

_NEAR = 60
"""Twips (a twentieth of a point) by which the edges of one column may differ from row to row."""
_WIDEST = 200
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Edge:
    """What a row says of one of its cells."""

    right: int
    goes_on: bool
    """It is one with the cell above."""
    joins: bool
    """It is one with the cell before."""


@dataclass(slots=True)
class _Table:
    rows: list[list[tuple[list[Block], Edge]]] = field(default_factory=list)
    row: list[list[Block]] = field(default_factory=list)
    cell: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """What is being read of it."""

    flowing: bool = False
    """Its tables only arrange what is in them, as those of headers do."""
    blocks: list[Block] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    marker: str = ""
    after: list[Block] = field(default_factory=list)
    """Text boxes and notes that hang on the paragraph that is being read."""
    _tables: list[_Table] = field(default_factory=list)
    """Those that are open, the outer ones first."""

    @property
    def in_row(self) -> bool:
        """A row has begun: some programs do not say so of the paragraphs in it."""
        return bool(self._tables and self._tables[-1].row)

    def end_paragraph(self, *, level: int, heading: int = 0, depth: int = 0, keep: bool = True) -> None:
        """`level` is how deep in tables it stands, 0 outside of them."""
        text, marker = tidy("".join(self.pieces)), self.marker
        block = Block(text, heading=heading, depth=depth if marker and not heading else 0, marker=marker)
        self._open(level)
        self._here(level).extend([*([block] if text and keep else []), *self.after])
        self.pieces, self.marker, self.after = [], "", []

    def end_cell(self, level: int) -> None:
        self._open(level)
        inner = self._tables[level - 1]
        inner.row.append(inner.cell)
        inner.cell = []

    def end_row(self, level: int, edges: list[Edge]) -> None:
        self._open(level)
        inner = self._tables[level - 1]
        edges = edges + [Edge(0, False, False)] * (len(inner.row) - len(edges))
        if inner.row:
            inner.rows.append(list(zip(inner.row, edges, strict=False)))
        inner.row = []

    def closed(self) -> list[Block]:
        """All of it, once its group has ended."""
        if self.pieces or self.after:
            self.end_paragraph(level=0)
        self._open(0)
        return self.blocks

    def _here(self, level: int) -> list[Block]:
        return self._tables[level - 1].cell if level else self.blocks

    def _open(self, level: int) -> None:
        """Open tables, or close those that are over, until this many are open."""
        while len(self._tables) < min(level, _DEEPEST):
            self._tables.append(_Table())
        while len(self._tables) > level:
            over = self._tables.pop()
            if over.row or over.cell:  # cut short
                over.rows.append([(cell, Edge(0, False, False)) for cell in [*over.row, over.cell]])
            cells = [cell for row in over.rows for cell, edge in row if not (edge.goes_on or edge.joins)]
            grid = [] if self.flowing else _grid(over.rows)
            self._here(len(self._tables)).extend(table(grid, cells))


def _grid(rows: list[list[tuple[list[Block], Edge]]]) -> list[list[str]]:
    """A cell that reaches over the edges that other rows have is repeated in each column that it spans."""
    columns = _columns(edge.right for row in rows for _, edge in row)
    grid: list[list[str]] = []
    for row in rows:
        above = grid[-1] if grid else []
        texts: list[str] = []
        for cell, edge in row:
            last = min(sum(column < edge.right - _NEAR for column in columns) + 1, _WIDEST)
            for _ in range(max(last - len(texts), 1)):
                at = len(texts)
                texts.append(
                    texts[-1]
                    if edge.joins and texts
                    else above[at]
                    if edge.goes_on and at < len(above)
                    else cell_text(cell)
                )
        grid.append(texts)
    return grid


def _columns(rights: Iterable[int]) -> list[int]:
    columns: list[int] = []
    for right in sorted(set(rights)):
        if right > 0 and (not columns or right - columns[-1] > _NEAR):
            columns.append(right)
    return columns
