"""The text around a quote as people read it: headings, lists and tables as such, and the quote marked.

Readers write all documents alike, with the signs of Markdown. Here the signs of lines become a shape of their own;
whatever else the text looks like, it is shown as it is, and never read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import PurePath

from ingest.kinds import ENDINGS
from phi_assistant.tables import is_row, is_rule
from ui.emphasis import signs
from ui.text import html
from ui.viewing.place import Place

_AS_IT_IS = ("text", "csv", "captions")
"""Kinds of files whose text has no such signs."""
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_ITEM = re.compile(r"(\s*)[-*+•]\s+(?=\S)")
_PIPE = re.compile(r"(?<!\\)\|")


def excerpt(place: Place, source: str) -> str:
    """Its HTML; `source` is the id of the document, whose ending says how it was written."""
    kind = ENDINGS.get(PurePath(source).suffix.lower(), "text")
    drawing = _Drawing.of(place, is_markdown=kind == "markdown")
    if kind in _AS_IT_IS:
        return f"<p>{drawing.inline(0, len(drawing.text))}</p>"
    return "".join(drawing.blocks())


@dataclass(frozen=True, slots=True)
class _Drawing:
    text: str
    quote: tuple[int, int]
    marks: list[tuple[int, int]]
    """The deciding words, one after the other."""
    dropped: frozenset[int]
    """Signs that are not shown."""

    @classmethod
    def of(cls, place: Place, *, is_markdown: bool) -> _Drawing:
        text, start = place.before + place.quote + place.after, len(place.before)
        marks, at = list[tuple[int, int]](), 0
        for first, last in sorted(place.marks):
            if max(first, at) < last:
                marks.append((start + max(first, at), start + last))
                at = last
        dropped = {pipe.start() for pipe in re.finditer(r"\\(?=\|)", text)} | set(signs(text) if is_markdown else ())
        return cls(text, (start, start + len(place.quote)), marks, frozenset(dropped))

    def blocks(self) -> Iterator[str]:
        """Paragraphs, headings and tables, in order."""
        for kind, lines in groupby(self._lines(), key=lambda line: _kind(self.text[slice(*line)])):
            spans = list(lines)
            if kind == "row":
                yield self._table(spans)
            elif kind == "heading":
                yield from (f"<p><strong>{self._heading(*span)}</strong></p>" for span in spans)
            elif kind == "line":
                yield f"<p>{'<br>'.join(self._line(*span) for span in spans)}</p>"

    def inline(self, start: int, end: int) -> str:
        """A stretch of the text with what is marked in it."""
        parts = []
        for first, last in _cut(start, end, [self.quote]):
            within = self.quote[0] <= first < self.quote[1]
            said = self._bold(first, last) if within else self._shown(first, last)
            parts.append(f"<mark>{said}</mark>" if within and said else said)
        return "".join(parts)

    def _bold(self, start: int, end: int) -> str:
        parts = []
        for first, last in _cut(start, end, self.marks):
            is_bold = any(mark[0] <= first < mark[1] for mark in self.marks)
            said = self._shown(first, last)
            parts.append(f"<b>{said}</b>" if is_bold and said else said)
        return "".join(parts)

    def _shown(self, start: int, end: int) -> str:
        return html("".join(self.text[at] for at in range(start, end) if at not in self.dropped))

    def _lines(self) -> Iterator[tuple[int, int]]:
        at = 0
        for line in self.text.split("\n"):
            yield at, at + len(line)
            at += len(line) + 1

    def _heading(self, start: int, end: int) -> str:
        signs_of_it = _HEADING.match(self.text, start, end)
        return self.inline(signs_of_it.end() if signs_of_it else start, end)

    def _line(self, start: int, end: int) -> str:
        if item := _ITEM.match(self.text, start, end):
            return f"{html(item[1])}• {self.inline(item.end(), end)}"
        return self.inline(start, end)

    def _table(self, rows: list[tuple[int, int]]) -> str:
        rules = [at for at, row in enumerate(rows) if is_rule(self.text[slice(*row)])]
        head = rules[0] if rules else 0
        drawn = (
            self._row(*row, cell="th" if at < head else "td") for at, row in enumerate(rows) if at not in set(rules)
        )
        return f"<table>{''.join(drawn)}</table>"

    def _row(self, start: int, end: int, *, cell: str) -> str:
        pipes = [pipe.start() for pipe in _PIPE.finditer(self.text, start, end)]
        if self.text[pipes[-1] + 1 : end].strip():  # cut off where the excerpt ends
            pipes.append(end)
        cells = (self._cell(first + 1, last) for first, last in pairwise(pipes))
        return f"<tr>{''.join(f'<{cell}>{said}</{cell}>' for said in cells)}</tr>"

    def _cell(self, start: int, end: int) -> str:
        said = self.text[start:end]
        return self.inline(start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip()))


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if is_row(line):
        return "row"
    return "heading" if _HEADING.match(line) else "line"


def _cut(start: int, end: int, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A stretch in pieces, each wholly within one of the spans or wholly without."""
    edges = sorted({start, end, *(edge for span in spans for edge in span if start < edge < end)})
    yield from pairwise(edges)
