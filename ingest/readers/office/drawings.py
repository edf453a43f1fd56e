"""What is drawn in Office documents and holds words: text boxes, charts, diagrams.

Knows DrawingML, which sheets and slides share; knows neither of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from lxml import etree

from ingest.readers.office.number_formats import shown
from ingest.readers.office.parts import Parts
from ingest.readers.tables import pipe_table
from phi_assistant.errors import LoadError

_BREAKS = ("br", "tab")
_MOST_POINTS = 10_000


def drawing_texts(parts: Parts, drawing: str) -> Iterator[str]:
    """The text boxes on a sheet, and the titles of its charts: their numbers stand in the cells."""
    try:
        root = parts.xml(drawing)
    except LoadError:
        return
    for body in root.iter("{*}txBody"):
        if text := "\n".join(filter(None, map(paragraph_text, body.iterfind("{*}p")))):
            yield text
    for chart in parts.roots(drawing, "chart", "chartEx"):
        if title := chart_title(chart):
            yield title


def paragraph_text(paragraph: etree._Element) -> str:
    """The words of a paragraph, formulas and fields included, in one line."""
    words = []
    for element in paragraph.iter():
        name = local(element)
        if name == "t":
            words.append(element.text or "")
        elif name in _BREAKS and local(element.getparent()) in ("p", "r"):
            words.append(" ")
    return " ".join("".join(words).split())


def local(element: etree._Element | None) -> str:
    """The name of an element without its namespace: there are two of each in Office."""
    return str(element.tag).rpartition("}")[2] if element is not None else ""


def chart_title(chart: etree._Element) -> str:
    """What stands above the chart, and the names of its axes after it."""
    titles = (" ".join(filter(None, map(paragraph_text, title.iter("{*}p")))) for title in chart.iter("{*}title"))
    return "; ".join(dict.fromkeys(filter(None, titles)))


def chart_markdown(chart: etree._Element) -> str:
    """The title of a chart, and its numbers as a table: a row for each category, a column for each series."""
    series = list(chart.iter("{*}ser"))
    names = [_points(each, "tx") for each in series]
    values = [_points(each, "val") or _points(each, "yVal") for each in series]
    categories = next((found for each in series if (found := _points(each, "cat") or _points(each, "xVal"))), [])
    header = ["", *(" ".join(name) for name in names)]
    rows = [list(row) for row in zip_longest(categories, *values, fillvalue="")]
    table = pipe_table([header, *rows]) if rows and len(rows) * len(header) <= _MOST_POINTS else ""
    return "\n\n".join(filter(None, (chart_title(chart), table)))


def _points(series: etree._Element, name: str) -> list[str]:
    """The stored values of one part of a series, in their places, as their format shows them."""
    found = series.find(f"{{*}}{name}")
    if found is None:
        return []
    if literal := found.findtext("{*}v"):
        return [literal]
    levels = list(found.iter("{*}lvl")) or [found]
    code = next((each.text for each in found.iter("{*}formatCode")), None) or "General"
    points: dict[int, str] = {}
    for level in reversed(levels):  # the outer levels of categories come last: "2024", then "May"
        for point in level.iter("{*}pt"):
            place, value = int(point.get("idx", "0")), point.findtext("{*}v") or ""
            points[place] = f"{points[place]} {value}" if place in points else _shown(value, point, code)
    return [points.get(place, "") for place in range(min(max(points) + 1, _MOST_POINTS))] if points else []


def _shown(value: str, point: etree._Element, code: str) -> str:
    try:
        return shown(float(value), point.get("formatCode") or code)
    except (ValueError, ArithmeticError):
        return value
