"""OpenDocument presentations (.odp): slides in their order, each with what stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.readers.office.packages import Package
from ingest.readers.opendocument.text import (
    DRAW,
    OFFICE,
    PARAGRAPHS,
    PRESENTATION,
    STYLE,
    SVG,
    TABLE,
    TEXT,
    annotation,
    paragraph,
    repeated,
    spanned,
)
from ingest.readers.slides.content import Content
from ingest.readers.slides.shape_order import Box
from ingest.readers.slides.shown import Slide
from ingest.readers.tables import pipe_table, spread

_MARGINS = ("header", "footer", "date-time")
_UNREAD = ("page-number", "page")
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_MOST_COPIES = 1000
_DEEPEST = 50
_UNITS = {"cm": 1000, "mm": 100, "in": 2540, "pt": 35, "pc": 423, "px": 26}
"""Hundredths of a millimetre."""


def odp_slides(package: Package) -> Iterator[Slide]:
    content = package.xml("content.xml")
    lists = _Lists.of(content)
    for number, page in enumerate(content.iterfind(f"{OFFICE}body/{OFFICE}presentation/{DRAW}page"), 1):
        found, notes = Content(), Content()
        _take(found, page, lists)
        for sheet in page.iterfind(f"{PRESENTATION}notes"):
            _take(notes, sheet, lists)
        comments = [text for note in page.iterchildren(f"{OFFICE}annotation") if (text := annotation(note))]
        yield Slide(number, found.title, found.blocks, found.margin, notes.blocks, comments)


def _take(content: Content, shapes: etree._Element, lists: _Lists, depth: int = 0) -> None:
    for shape in shapes:
        if not isinstance(shape.tag, str) or not shape.tag.startswith(DRAW):
            continue
        role = shape.get(f"{PRESENTATION}class", "")
        if role in _UNREAD or shape.get(f"{PRESENTATION}placeholder") == "true":
            continue
        if shape.tag in (f"{DRAW}g", f"{DRAW}a") and depth < _DEEPEST:
            inner = Content()
            _take(inner, shape, lists, depth + 1)
            content.take_group(inner, _box(shape))
            continue
        blocks = list(_blocks(shape, lists))
        if role == "title" and not content.title:
            content.title = " ".join(" ".join(blocks).split())
        elif role in _MARGINS:
            content.margin += blocks
        else:
            content.placed.append((_box(shape), blocks))


def _box(shape: etree._Element) -> Box | None:
    try:
        left, top, width, height = (_length(shape.get(SVG + name)) for name in ("x", "y", "width", "height"))
    except (TypeError, ValueError):
        return None
    return Box(left, top, left + width, top + height)


def _length(value: str) -> int:
    return int(float(value[:-2]) * _UNITS.get(value[-2:], 1000))


def _blocks(shape: etree._Element, lists: _Lists) -> Iterator[str]:
    """The paragraphs, lists and tables of one shape, without the preview of a table as a picture."""
    for element in shape.iterchildren(*PARAGRAPHS, f"{TEXT}list", f"{TABLE}table", f"{DRAW}text-box"):
        if element.tag in PARAGRAPHS:
            yield from filter(None, [paragraph(element)])
        elif element.tag == f"{TEXT}list":
            yield from lists.blocks(element)
        elif element.tag == f"{TABLE}table":
            yield _table(element, lists)
        else:
            yield from _blocks(element, lists)


def _table(table: etree._Element, lists: _Lists) -> str:
    rows: list[list[tuple[str, int, int]]] = []
    for row in table.iter(f"{TABLE}table-row"):
        cells = [
            (_cell(cell), spanned(cell, "columns"), spanned(cell, "rows"))
            for cell in row.iterchildren(_CELLS[0])
            for _ in range(min(repeated(cell, "columns"), _MOST_COPIES))
        ]
        rows.extend([cells] * min(repeated(row, "rows"), _MOST_COPIES))
    return pipe_table(spread(rows)) or "\n".join(text for row in rows for text, _, _ in row if text)


def _cell(cell: etree._Element) -> str:
    return " ".join(filter(None, (paragraph(each) for each in cell.iter(*PARAGRAPHS))))


@dataclass(frozen=True, slots=True)
class _Lists:
    """The marks that lists have: by the name of their style, then by level."""

    marks: dict[str, dict[int, str]]

    @classmethod
    def of(cls, content: etree._Element) -> _Lists:
        styles = content.iter(f"{TEXT}list-style")
        return cls({style.get(f"{STYLE}name", ""): {_level(each): _mark(each) for each in style} for style in styles})

    def blocks(self, element: etree._Element) -> Iterator[str]:
        """A list as one block; LibreOffice writes plain paragraphs as lists without marks as well."""
        lines: list[str] = []
        for marker, text in self._items(element, element.get(f"{TEXT}style-name", ""), 1):
            if marker:
                lines.append(f"{marker} {text}")
                continue
            yield from filter(None, ["\n".join(lines), text])
            lines = []
        yield from filter(None, ["\n".join(lines)])

    def _items(self, element: etree._Element, style: str, level: int) -> Iterator[tuple[str, str]]:
        number = int(element.get(f"{TEXT}start-value", "1")) - 1
        for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            mark = self.marks.get(style, {}).get(level, "-")
            for child in item:
                if child.tag in PARAGRAPHS and (text := paragraph(child).replace("\n", " ")):
                    number += mark == "1."
                    yield self._marker(mark, number, level), text
                elif child.tag == f"{TEXT}list" and level < _DEEPEST:
                    yield from self._items(child, child.get(f"{TEXT}style-name", style), level + 1)

    @staticmethod
    def _marker(mark: str, number: int, level: int) -> str:
        return "  " * (level - 1) + (f"{number}." if mark == "1." else mark) if mark else ""


def _level(element: etree._Element) -> int:
    return int(element.get(f"{TEXT}level", "1"))


def _mark(level: etree._Element) -> str:
    if level.tag == f"{TEXT}list-level-style-number":
        return "1." if level.get(f"{STYLE}num-format") else ""
    return "-" if level.get(f"{TEXT}bullet-char", "").strip() or not level.tag.endswith("bullet") else ""
