"""The blocks of an OpenDocument text: paragraphs, headings, items, tables, frames, notes.

Knows how they nest; `opendocument_words` knows what a paragraph says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.readers.office.blocks import Block, cell_text, table
from ingest.readers.opendocument.lists import OUTLINE, Lists, number
from ingest.readers.opendocument.text import OFFICE, STYLE, TABLE, TEXT
from ingest.readers.opendocument.words import Words
from ingest.readers.tables import spread

_INDEXES = ("table-of-content", "illustration-index", "table-index", "object-index", "user-index", "alphabetical-index")
_LEFT_OUT = frozenset(
    [f"{TEXT}{name}" for name in ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", *_INDEXES)]
    + [
        f"{OFFICE}{name}"
        for name in ("forms", "annotation", "scripts", "font-face-decls", "styles", "automatic-styles")
    ]
)
"""Indexes among them: what they say stands in the document, as headings and captions."""
_WIDEST = 100
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Styles:
    """Of paragraphs, by name: (the parent, the level of headings or 0, the list)."""

    known: dict[str, tuple[str, int, str]]

    @classmethod
    def read(cls, roots: Iterable[etree._Element]) -> Styles:
        return cls({name: style for root in roots for name, style in map(_style, root.iter(f"{STYLE}style"))})

    def level(self, name: str) -> int:
        return next((level for level, _ in self._chain(name) if level), 0)

    def list_of(self, name: str) -> str:
        return next((found for _, found in self._chain(name) if found), "")

    def _chain(self, name: str) -> Iterator[tuple[int, str]]:
        for _ in range(20):
            if name == "Title":
                yield 1, ""
            if name not in self.known:
                return
            name, level, of_list = self.known[name]
            yield level, of_list


@dataclass(frozen=True, slots=True)
class _Item:
    """Where in lists the reader is."""

    name: str
    depth: int
    is_headed: bool = True
    """The item has its marker already."""


@dataclass(slots=True)
class Body:
    """Reads elements to blocks, in the order in which they are printed: the lists count on."""

    styles: Styles
    lists: Lists
    embedded: Callable[[etree._Element], etree._Element | None]
    flowing: bool = False
    """Tables only arrange what is in them, as those of headers do."""

    def blocks(self, container: etree._Element, item: _Item | None = None, depth: int = 0) -> Iterator[Block]:
        for part in container if depth < _DEEPEST else ():
            tag = part.tag
            if tag in (f"{TEXT}p", f"{TEXT}h"):
                yield from self._paragraph(part, item, depth)
                item = _Item(item.name, item.depth) if item else None
            elif tag == f"{TEXT}list":
                yield from self._list(part, item, depth)
            elif tag == f"{TABLE}table":
                yield from self._table(part, depth)
            elif isinstance(tag, str) and tag not in _LEFT_OUT and part.get(f"{TEXT}display") != "none":
                if tag.endswith("}frame"):  # anchored to the page
                    yield from self._paragraph(_around(part), None, depth)
                else:
                    yield from self.blocks(part, item, depth + 1)

    def _paragraph(self, paragraph: etree._Element, item: _Item | None, depth: int) -> Iterator[Block]:
        words, style = Words(self.embedded), paragraph.get(f"{TEXT}style-name", "")
        words.take(paragraph)
        is_heading = paragraph.tag == f"{TEXT}h"
        level = number(paragraph, f"{TEXT}outline-level", 1) if is_heading else self.styles.level(style)
        marker = ""
        if item and not item.is_headed:
            marker = self.lists.marker(item.name or self.styles.list_of(style), item.depth)
        elif is_heading and not item and paragraph.get(f"{TEXT}is-list-header") != "true":
            marker = self.lists.marker(OUTLINE, level) if words.text else ""
        yield Block(words.text, heading=level, depth=item.depth if item and not level else 0, marker=marker)
        for box in words.boxes:
            yield from self.blocks(box, None, depth + 1)
        for note in words.notes:
            for body in note.iterfind(f"{TEXT}note-body"):
                for block in self.blocks(body, None, depth + 1):
                    yield Block(block.written, note=True)

    def _list(self, element: etree._Element, item: _Item | None, depth: int) -> Iterator[Block]:
        name = element.get(f"{TEXT}style-name") or (item.name if item else "")
        level = item.depth + 1 if item else 1
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list")
        if level == 1 and not goes_on:
            self.lists.begin(name)
        for part in element:
            start = number(part, f"{TEXT}start-value", -1)
            if start >= 0:
                self.lists.begin(name, start, depth=level)
            yield from self.blocks(part, _Item(name, level, part.tag == f"{TEXT}list-header"), depth + 1)

    def _table(self, element: etree._Element, depth: int) -> Iterator[Block]:
        rows = [[self._cell(cell, depth) for cell in _cells(row)] for row in _rows(element)]
        spans = [[(cell_text(blocks), columns, down) for blocks, columns, down in row] for row in rows]
        grid = [] if self.flowing else spread(spans)
        yield from table(grid, (blocks for row in rows for blocks, _, _ in row))

    def _cell(self, cell: etree._Element, depth: int) -> tuple[list[Block], int, int]:
        wide = number(cell, f"{TABLE}number-columns-spanned", 1) * number(cell, f"{TABLE}number-columns-repeated", 1)
        high = number(cell, f"{TABLE}number-rows-spanned", 1)
        return list(self.blocks(cell, None, depth + 1)), min(max(wide, 1), _WIDEST), max(high, 1)


def _around(frame: etree._Element) -> etree._Element:
    """A paragraph that holds this frame alone."""
    paragraph = etree.Element(f"{TEXT}p")
    paragraph.append(frame)
    return paragraph


def _rows(element: etree._Element) -> Iterator[etree._Element]:
    for part in element:
        if part.tag == f"{TABLE}table-row":
            yield part
        elif part.tag in (f"{TABLE}table-header-rows", f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _rows(part)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    """Without those that another one covers."""
    yield from row.iterfind(f"{TABLE}table-cell")


def _style(style: etree._Element) -> tuple[str, tuple[str, int, str]]:
    return style.get(f"{STYLE}name", ""), (
        style.get(f"{STYLE}parent-style-name", ""),
        number(style, f"{STYLE}default-outline-level", 0),
        style.get(f"{STYLE}list-style-name", ""),
    )
