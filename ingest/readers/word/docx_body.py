"""The blocks of a Word document: paragraphs, headings, items, tables, text boxes, notes.

Knows how they nest in the body, in cells and in headers; `word_words` knows what a paragraph says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.readers.office.blocks import Block, cell_text, table
from ingest.readers.office.drawings import local
from ingest.readers.word.docx_lists import Lists
from ingest.readers.word.docx_styles import Styles, child, integer, value
from ingest.readers.word.docx_words import Words

_LEFT_OUT = ("del", "moveFrom", "sectPr", "tcPr", "trPr", "tblPr", "tblGrid", "sdtPr", "sdtEndPr")
_WIDEST = 63
"""The columns that Word allows for."""
_DEEPEST = 40


@dataclass(slots=True)
class Body:
    """Reads elements to blocks, in the order in which they are printed: the lists count on."""

    styles: Styles
    lists: Lists
    notes: dict[tuple[str, str], etree._Element]
    """By ("footnote" or "endnote", id)."""
    drawn: Callable[[etree._Element], str]
    """The words of a chart or a diagram."""
    flowing: bool = False
    """Tables only arrange what is in them, as those of headers do."""

    def blocks(self, container: etree._Element, depth: int = 0) -> Iterator[Block]:
        for part in container if depth < _DEEPEST else ():
            name = local(part)
            if name == "p":
                yield from self._paragraph(part, depth)
            elif name == "tbl":
                yield from self._table(part, depth)
            elif name == "sdt":
                if not _is_contents(part):
                    yield from self.blocks(part, depth)
            elif name == "AlternateContent":
                yield from self.blocks(part[0], depth + 1) if len(part) else ()
            elif name not in _LEFT_OUT:  # what only surrounds: sdtContent, ins, customXml
                yield from self.blocks(part, depth + 1)

    def _paragraph(self, paragraph: etree._Element, depth: int) -> Iterator[Block]:
        properties, words = child(paragraph, "pPr"), Words()
        words.take(paragraph)
        place = self.lists.place(properties, self.styles)
        marker = self.lists.marker(*place) if place else ""
        if not self.styles.is_contents(properties):
            level = self.styles.level(properties)
            within = place[1] + 1 if place and marker and not level else 0
            yield Block(words.text, heading=level, depth=within, marker=marker)
        for box in words.boxes:
            yield from self.blocks(box, depth + 1)
        for drawing in words.drawings:
            yield Block(self.drawn(drawing))
        yield from self._noted(words.notes, depth)

    def _noted(self, references: Iterable[tuple[str, str]], depth: int) -> Iterator[Block]:
        for reference in references:
            note = self.notes.pop(reference, None)  # each once, wherever else it is referred to
            if note is not None:
                for block in self.blocks(note, depth + 1):
                    yield Block(block.written, note=True)

    def _table(self, element: etree._Element, depth: int) -> Iterator[Block]:
        rows = [self._row(row, depth) for row in _rows(element)]
        grid = [] if self.flowing else _spread(rows)
        yield from table(grid, (cell.blocks for row in rows for cell in row))

    def _row(self, row: etree._Element, depth: int) -> list[_Cell]:
        cells = []
        for cell in _cells(row):
            properties = child(cell, "tcPr")
            merged = child(properties, "vMerge")
            goes_on = merged is not None and value(merged, "val") != "restart"
            blocks = [] if goes_on else list(self.blocks(cell, depth + 1))
            columns = min(max(integer(properties, "gridSpan") or 1, 1), _WIDEST)
            cells.append(_Cell(blocks, columns, goes_on))
        before = min(max(integer(child(row, "trPr"), "gridBefore") or 0, 0), _WIDEST)
        return [_Cell([], before, False), *cells] if before else cells


@dataclass(frozen=True, slots=True)
class _Cell:
    blocks: list[Block]
    columns: int
    goes_on: bool
    """It is one with the cell above."""


def _spread(rows: Iterable[Iterable[_Cell]]) -> list[list[str]]:
    """The text of a cell in each of the columns and rows that it spans."""
    written: list[list[str]] = []
    for row in rows:
        above = written[-1] if written else []
        texts: list[str] = []
        for cell in row:
            for _ in range(cell.columns):
                goes_on = cell.goes_on and len(texts) < len(above)
                texts.append(above[len(texts)] if goes_on else cell_text(cell.blocks))
        written.append(texts)
    return written


def _rows(element: etree._Element) -> Iterator[etree._Element]:
    for row in _inner(element, "tr"):
        if child(row, "trPr", "del") is None:
            yield row


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    return _inner(row, "tc")


def _inner(element: etree._Element, name: str, depth: int = 0) -> Iterator[etree._Element]:
    """Children of this name, also within what only surrounds them."""
    for part in element:
        found = local(part)
        if found == name:
            yield part
        elif found not in _LEFT_OUT and depth < _DEEPEST:
            yield from _inner(part, name, depth + 1)


def _is_contents(block: etree._Element) -> bool:
    gallery = value(child(block, "sdtPr", "docPartObj", "docPartGallery"), "val")
    return gallery in ("Table of Contents", "Table of Figures")
