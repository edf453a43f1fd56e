"""What Tesseract answers (hOCR): its lines, as those of a printed page.

Knows hOCR, and what of it is noise: specks and ornaments read as letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import mean, median

from lxml import etree, html

from ingest.readers.pdf.lines import CELL_GAP, Cell, Line

__all__ = ["lines_of"]

_BOX = re.compile(r"bbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_SIZE = re.compile(r"x_size ([\d.]+)")
_CONFIDENCE = re.compile(r"x_wconf (\d+)")
_LINES = ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat")
_RULE = "|"
_BULLET = re.compile(r"^[e¢«©®] (?=[A-Z])")
"""What Tesseract takes a bullet for."""
_SURE = 35
"""Percent; what is read of stains and pictures is mostly below, faint print mostly above."""
_LARGE = 1.35
"""Times the usual size; a line without ascenders measures less than its neighbours and is no other size."""


def lines_of(page: bytes, *, height: int, dpi: int) -> tuple[list[Line], float]:
    """The lines of a page that is `height` pixels high, and how sure Tesseract is of them, in percent."""
    try:
        root = html.fromstring(page) if page.strip() else None
    except (etree.LxmlError, ValueError):
        root = None
    spans = [] if root is None else [span for span in root.iter("span") if span.get("class") in _LINES]
    found = [(line, sure) for span in spans for line, sure in _line(span, height=height, scale=72 / dpi)]
    if not found:
        return [], 0.0
    return _evened([line for line, _ in found]), mean(sure for _, sure in found)


def _line(span: html.HtmlElement, *, height: int, scale: float) -> Iterator[tuple[Line, float]]:
    """One, or none where the line is noise."""
    words = [word for word in span.iter("span") if word.get("class") == "ocrx_word" and _text(word)]
    sure = mean([_number(_CONFIDENCE, word) for word in words] or [0.0])
    if sure < _SURE or not any(map(str.isalnum, "".join(map(_text, words)))):
        return
    box = _box(span)
    size = (_number(_SIZE, span) or box[3] - box[1]) * scale
    cells = tuple(_cells([(_text(word), *_sides(word, scale)) for word in words], gap=CELL_GAP * size))
    yield Line(cells, size, False, bottom=(height - box[3]) * scale, top=(height - box[1]) * scale), sure


def _cells(words: list[tuple[str, float, float]], *, gap: float) -> Iterator[Cell]:
    """Parted by wide gaps, and by the rules of a table, which are read as bars."""
    part: list[tuple[str, float, float]] = []
    for word, left, right in words:
        if part and (left - part[-1][2] > 2 * gap or word.startswith(_RULE)):
            yield _cell(part)
            part = []
        if text := word.strip(_RULE):
            part.append((text, left, right))
        if part and word.endswith(_RULE):
            yield _cell(part)
            part = []
    if part:
        yield _cell(part)


def _cell(words: list[tuple[str, float, float]]) -> Cell:
    text = _BULLET.sub("• ", " ".join(word for word, _, _ in words))
    return Cell(text, min(left for _, left, _ in words), max(right for _, _, right in words))


def _evened(lines: list[Line]) -> list[Line]:
    """Sizes as a printer would have set them: one for the text, whole points for what is larger."""
    usual = max(round(median(line.size for line in lines)), 1)
    sizes = [round(line.size) if line.size > _LARGE * usual else usual for line in lines]
    return [
        Line(line.cells, float(size), line.bold, line.bottom, line.top) for line, size in zip(lines, sizes, strict=True)
    ]


def _text(word: html.HtmlElement) -> str:
    return " ".join(word.text_content().split())


def _sides(word: html.HtmlElement, scale: float) -> tuple[float, float]:
    box = _box(word)
    return box[0] * scale, box[2] * scale


def _box(span: html.HtmlElement) -> tuple[int, ...]:
    found = _BOX.search(span.get("title", ""))
    return tuple(map(int, found.groups())) if found else (0, 0, 0, 0)


def _number(pattern: re.Pattern[str], span: html.HtmlElement) -> float:
    found = pattern.search(span.get("title", ""))
    return float(found[1]) if found else 0.0
