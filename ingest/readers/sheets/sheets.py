"""A sheet as every spreadsheet reader gives it, and the pages that sheets become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from ingest.readers.extraction import Extraction, Problem, extraction
from ingest.readers.options import Options
from ingest.readers.sheets.grid import Grid
from phi_assistant.errors import LoadError, NoText

_TOO_MUCH = "holds far more text than a person could read: its further rows are not read. Split it."


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    grid: Grid
    remarks: tuple[str, ...] = field(default=())
    """What stands beside the cells: text boxes, titles of charts, notes on cells."""
    problem: str = ""


def pages_of(sheets: Iterable[Sheet], *, title: str, stem: str, options: Options) -> Extraction:
    """A page for each sheet, under its name where there are several."""
    texts: list[tuple[str, str]] = []
    problems: list[Problem] = []
    iterator, room = iter(sheets), options.unpacked
    for sheet in islice(iterator, options.pages):
        texts.append((sheet.name, "\n\n".join(filter(None, (sheet.grid.markdown(), *sheet.remarks)))))
        if problem := _TOO_MUCH if sheet.grid.is_full else sheet.problem:
            problems.append(Problem(sheet.name, problem))
        room -= len(texts[-1][1])
        if room < 0:
            problems.append(Problem(f"sheets after {sheet.name!r}", "are not read: those before hold too much text."))
            break
    if room >= 0 and next(iterator, None) is not None:
        problems.append(Problem(f"sheets after the first {options.pages}", "are more than the limit, and not read."))
    if not any(text for _, text in texts):
        if problems:
            raise LoadError(problems[0].reason)
        raise NoText("holds no text: its sheets are empty, or hold pictures only.")
    several = len(texts) > 1
    pages = [(f"# {name}\n\n{text}" if several and text else text, name) for name, text in texts]
    last = len(pages) - 1
    tiled = [(text + "\n\n" if text and place < last else text, name) for place, (text, name) in enumerate(pages)]
    return extraction(tiled, titles=(title,), stem=stem, problems=problems)
