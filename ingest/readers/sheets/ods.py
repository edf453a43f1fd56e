"""OpenDocument spreadsheets (.ods): each cell holds what it shows as text, and that is what is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.damages import DAMAGES
from ingest.readers.office.packages import Package
from ingest.readers.opendocument.text import (
    DRAW,
    OFFICE,
    PARAGRAPHS,
    STYLE,
    TABLE,
    annotation,
    paragraph,
    repeated,
    spanned,
)
from ingest.readers.sheets.grid import Grid
from ingest.readers.sheets.sheets import Sheet

_MOST_COPIES = 200_000
"""Cells with text that repetition may add to a sheet: a few bytes can ask for any number of them."""
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_TAGS = (f"{STYLE}style", f"{TABLE}table", f"{TABLE}table-row", f"{TABLE}shapes")
_SAFE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "remove_comments": True}


@dataclass(slots=True)
class _Open:
    """The sheet that is being read."""

    name: str
    hidden: bool
    grid: Grid = field(default_factory=Grid)
    remarks: list[str] = field(default_factory=list)
    row: int = 0
    copies: int = 0

    def sheet(self, problem: str = "") -> Sheet:
        return Sheet(self.name, self.grid, tuple(self.remarks), problem)


def ods_sheets(package: Package) -> Iterator[Sheet]:
    """Those that are not hidden; all of them where all are hidden."""
    hidden: list[Sheet] = []
    seen = False
    for sheet, is_hidden in _all_sheets(package):
        if is_hidden and not seen:
            hidden.append(sheet)
        elif not is_hidden:
            seen = True
            yield sheet
    if not seen:
        yield from hidden


def _all_sheets(package: Package) -> Iterator[tuple[Sheet, bool]]:
    current: _Open | None = None
    invisible: set[str] = set()
    with package.open("content.xml") as stream:
        try:
            for event, element in etree.iterparse(stream, events=("start", "end"), tag=_TAGS, **_SAFE):
                if event == "start":
                    if element.tag == f"{TABLE}table" and _is_sheet(element):
                        name = element.get(f"{TABLE}name", "")
                        current = _Open(name, element.get(f"{TABLE}style-name") in invisible)
                elif element.tag == f"{STYLE}style":
                    if any(each.get(f"{TABLE}display") == "false" for each in element):
                        invisible.add(element.get(f"{STYLE}name", ""))
                elif current and element.tag == f"{TABLE}table" and _is_sheet(element):
                    yield current.sheet(), current.hidden
                    current = None
                    element.clear()
                elif current and _is_of_sheet(element):
                    _take(current, element)
                    element.clear()
                    _forget_before(element)
        except DAMAGES:
            if current is None:
                raise
            yield current.sheet("is damaged: what follows its last readable row is missing."), current.hidden


def _forget_before(element: etree._Element) -> None:
    """The rows that were read, which would fill the memory."""
    while (before := element.getprevious()) is not None and before.tag == element.tag:
        element.getparent().remove(before)


def _is_sheet(table: etree._Element) -> bool:
    parent = table.getparent()
    return parent is not None and parent.tag == f"{OFFICE}spreadsheet"


def _is_of_sheet(element: etree._Element) -> bool:
    """Whether a row or the shapes are of the sheet itself, and not of a table within a cell or a drawing."""
    inner = next(element.iterancestors(f"{TABLE}table"), None)
    return inner is not None and _is_sheet(inner)


def _take(current: _Open, element: etree._Element) -> None:
    if element.tag == f"{TABLE}shapes":
        current.remarks += _drawn(element)
        return
    times = repeated(element, "rows")
    cells = list(_cells(current, element))
    if not cells:
        current.row += times
        return
    for _ in range(times):
        if current.copies < _MOST_COPIES:
            current.grid.add(current.row, cells)
        current.copies += len(cells) if times > 1 else 0
        current.row += 1


def _cells(current: _Open, row: etree._Element) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row.iterchildren(*_CELLS):
        times = repeated(cell, "columns")
        text = (
            "\n".join(filter(None, (paragraph(each) for each in cell.iterchildren(*PARAGRAPHS)))) if len(cell) else ""
        )
        if len(cell):
            current.remarks += _noted(cell, f"{_letters(column)}{current.row + 1}")
        if text:
            columns, rows = spanned(cell, "columns"), spanned(cell, "rows")
            if columns > 1 or rows > 1:
                current.grid.merge(current.row, column, current.row + rows - 1, column + columns - 1)
            copies = times if current.copies < _MOST_COPIES else 1
            current.copies += copies - 1
            yield from ((column + place, text) for place in range(min(copies, _MOST_COPIES)))
        column += times


def _noted(cell: etree._Element, reference: str) -> Iterator[str]:
    for note in cell.iterchildren(f"{OFFICE}annotation"):
        if text := annotation(note):
            yield f"Note on {reference}: {text}"
    for frame in cell:
        if frame.tag.startswith(DRAW):
            yield from _drawn(frame)


def _drawn(element: etree._Element) -> Iterator[str]:
    """The words of text boxes."""
    yield from filter(None, (paragraph(each) for each in element.iter(*PARAGRAPHS)))


def _letters(column: int) -> str:
    """The name of a column: A, Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
