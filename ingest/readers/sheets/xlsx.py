"""Excel workbooks (.xlsx, .xlsm): the sheets that a person sees, cell by cell as they are shown.

Written because openpyxl and python-calamine give numbers without their formats (0.125 for 12.5%), or take
fifty times the memory of the file for them. A sheet is read as a stream: its blank cells cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from ingest.readers.damages import DAMAGES
from ingest.readers.office.drawings import drawing_texts
from ingest.readers.office.number_formats import BUILT_IN, general, shown
from ingest.readers.office.parts import Parts, relation
from ingest.readers.sheets.grid import Grid
from ingest.readers.sheets.sheets import Sheet
from phi_assistant.errors import LoadError

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_SAFE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "remove_comments": True}
_UNCOMPUTED = "holds formulas whose results were never stored. Open it in Excel, save it, and add that."


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the cells of all sheets refer to."""

    parts: Parts
    strings: list[str]
    formats: list[str]
    """The code of each cell style."""
    since_1904: bool

    @classmethod
    def read(cls, parts: Parts, name: str) -> Workbook:
        properties = parts.xml(name).find("{*}workbookPr")
        since = properties.get("date1904", "") if properties is not None else ""
        return cls(parts, list(_strings(parts, name)), _formats(parts, name), since in ("1", "true"))

    def shown(self, kind: str, style: str, value: str) -> str:
        """The text of a cell, from its type, its style and its stored value."""
        if kind == "s":
            return self.strings[int(value)] if int(value) < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if value in ("1", "true") else "FALSE"
        if kind == "d":
            return value.replace("T00:00:00", "").replace("T", " ").removesuffix(".000")
        if kind in ("str", "e", "inlineStr"):
            return _unescaped(value)
        code = self.formats[int(style)] if style and int(style) < len(self.formats) else "General"
        try:
            return general(float(value)) if code == "General" else shown(float(value), code, since_1904=self.since_1904)
        except (ValueError, ArithmeticError):
            return value


def xlsx_sheets(parts: Parts) -> Iterator[Sheet]:
    """Those that are not hidden, in their order; a damaged one as far as it goes."""
    name = parts.main("xl/workbook.xml")
    targets = {part.id: part for part in parts.related(name, "worksheet", "chartsheet")}
    workbook = Workbook.read(parts, name)
    entries = parts.xml(name).findall("{*}sheets/{*}sheet")
    seen = [entry for entry in entries if entry.get("state", "visible") == "visible"]
    for entry in seen or entries:
        if part := targets.get(relation(entry)):
            yield _sheet(workbook, part.name, entry.get("name", ""))


def _sheet(workbook: Workbook, part: str, name: str) -> Sheet:
    grid, problem = Grid(), ""
    try:
        with workbook.parts.package.open(part) as stream:
            problem = _fill(grid, workbook, etree.iterparse(stream, tag=("{*}row", "{*}mergeCell"), **_SAFE))
    except DAMAGES:
        problem = "is damaged: what follows its last readable row is missing."
    notes = [f"Note on {cell}: {text}" for cell, text in _notes(workbook.parts, part)]
    drawn = [
        text
        for drawing in workbook.parts.related(part, "drawing")
        for text in drawing_texts(workbook.parts, drawing.name)
    ]
    return Sheet(name, grid, tuple(drawn + notes), problem)


def _fill(grid: Grid, workbook: Workbook, elements: Iterator[tuple[str, etree._Element]]) -> str:
    number, uncomputed = -1, False
    for _, element in elements:
        if element.tag.endswith("mergeCell"):
            if span := _span(element.get("ref", "")):
                grid.merge(*span)
            continue
        number = int(element.get("r") or number + 2) - 1
        cells = list(_cells(workbook, element))
        grid.add(number, ((column, text) for column, text in cells if text is not None))
        uncomputed = uncomputed or any(text is None for _, text in cells)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return _UNCOMPUTED if uncomputed else ""


def _cells(workbook: Workbook, row: etree._Element) -> Iterator[tuple[int, str | None]]:
    """The column and the text of each cell that is not blank; None for a formula without a result."""
    namespace = row.tag[1:].partition("}")[0]
    column = -1
    for cell in _filled(namespace)(row):
        reference = cell.get("r")
        column = _column(reference.rstrip("0123456789")) if reference else column + 1
        value, kind = None, cell.get("t", "n")
        for child in cell:
            if child.tag.endswith("}v"):
                value = child.text or ""
            elif child.tag.endswith("}is"):
                value = _rich(child)
        yield column, None if value is None else workbook.shown(kind, cell.get("s", ""), value) if value else ""


@lru_cache(maxsize=8)
def _filled(namespace: str) -> etree.XPath:
    """Blank cells, which may be millions, are left to libxml2 to pass over."""
    return etree.XPath("x:c[x:v or x:is or x:f]", namespaces={"x": namespace})


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _span(reference: str) -> tuple[int, int, int, int] | None:
    corners = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")]
    if len(corners) != 2 or not (corners[0] and corners[1]):
        return None
    (left, top), (right, bottom) = ((_column(corner[1]), int(corner[2]) - 1) for corner in corners if corner)
    return top, left, bottom, right


def _strings(parts: Parts, workbook: str) -> Iterator[str]:
    """The texts that cells share, in order; those before a damaged place."""
    for part in parts.related(workbook, "sharedStrings"):
        try:
            with parts.package.open(part.name) as stream:
                for _, item in etree.iterparse(stream, tag="{*}si", **_SAFE):
                    yield _rich(item)
                    item.clear()
                    while item.getprevious() is not None:
                        del item.getparent()[0]
        except DAMAGES as exc:
            raise LoadError("is damaged: the texts of its cells are cut short. Save it again, and add that.") from exc


def _rich(item: etree._Element) -> str:
    """Runs of text joined, without the phonetic guide of East Asian ones."""
    texts = (text.text or "" for text in item.iterfind(".//{*}t") if not text.getparent().tag.endswith("}rPh"))
    return _unescaped("".join(texts))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text).replace("\r", "") if "_x" in text else text


def _formats(parts: Parts, workbook: str) -> list[str]:
    for styles in parts.roots(workbook, "styles"):
        own = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.iterfind("{*}numFmts/{*}numFmt")}
        used = [each.get("numFmtId", "0") for each in styles.iterfind("{*}cellXfs/{*}xf")]
        return [own.get(key) or (BUILT_IN.get(int(key), "General") if key.isdecimal() else "General") for key in used]
    return []


def _notes(parts: Parts, sheet: str) -> Iterator[tuple[str, str]]:
    """Comments in threads are kept twice by Excel: the older form of them says that it is one."""
    threads = list(parts.roots(sheet, "threadedComment"))
    for root in threads:
        for comment in root.iterfind("{*}threadedComment"):
            yield comment.get("ref", ""), " ".join((comment.findtext("{*}text") or "").split())
    threaded = {comment.get("ref") for root in threads for comment in root}
    for root in parts.roots(sheet, "comments"):
        for comment in root.iterfind("{*}commentList/{*}comment"):
            text = " ".join(_rich(comment).split())
            if text and comment.get("ref") not in threaded:
                yield comment.get("ref", ""), text
