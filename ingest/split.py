"""Splitting: from the pages of a document to chunks that know their headings.

Chunks touch: each begins where the one before it ends, so that neighbours join to the text as it stands.
Knows Markdown and the plain text that people write without it; knows nothing of files or embedders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.headings import markdown_headings
from phi_assistant.schema import Chunk, Page
from phi_assistant.sentences import split_sentences
from phi_assistant.tables import cells, columns_heading, is_row, is_rule, records

SIZE = 900
"""Bytes of UTF-8 that a chunk should not exceed: about 200 tokens, whatever the script. Smaller ones (350)
found as well, and took half as long again to embed; larger ones (1,200) ranked worse."""

_TINY = 60
"""A chunk below this is a stray line: it goes with what follows, even under another heading."""

_BLOCK = re.compile(r"(?:```.*?(?:```|\Z)|[^\n]*\S[^\n]*(?:\n|\Z))+\s*", re.DOTALL)
_NO_HEADING = re.compile(r"\s*(?:[-*+•>|`]|\d+[.)]\s)|.*[.,;:!|]\s*$")
_LONGEST_HEADING = 90
_PLAIN_LEVEL = 2


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of one page under one heading path, on the way to becoming a chunk."""

    start: int
    end: int
    headings: tuple[str, ...]


def split(pages: Sequence[Page], *, source: str, title: str, size: int = SIZE) -> list[Chunk]:
    """The chunks of one source, in order; none crosses a page."""
    outline = _Outline(plain=not any(any(markdown_headings(page.text)) for page in pages))
    cut = [(page, piece) for page in pages for piece in _merged(page.text, _pieces(page, outline, size), size)]
    return [
        Chunk(
            source=source,
            position=position,
            title=title,
            label=page.label or _innermost(page, piece),
            headings=piece.headings,
            start=page.start + piece.start,
            end=page.start + piece.end,
            text=page.text[piece.start : piece.end],
        )
        for position, (page, piece) in enumerate(cut)
    ]


def _innermost(page: Page, piece: _Piece) -> str:
    """The innermost heading; the names of columns are nothing that a reader turns to."""
    headings = piece.headings[:-1] if page.columns else piece.headings
    return headings[-1] if headings else ""


class _Outline:
    """The headings above the place that has been read to."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._path: list[tuple[int, str]] = []

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._path)

    def read(self, block: str) -> None:
        """Takes note of the headings that a block begins with."""
        for level, words in markdown_headings(block):
            self._enter(level, words)
        if self._plain and (heading := _plain_heading(block)):
            self._enter(_PLAIN_LEVEL, heading)

    def _enter(self, level: int, text: str) -> None:
        self._path = [step for step in self._path if step[0] < level] + [(level, text)]


def _plain_heading(block: str) -> str | None:
    """A short first line that does not end as sentences do, in text without Markdown headings."""
    line = block.strip().split("\n", 1)[0].strip()
    if len(line) > _LONGEST_HEADING or _NO_HEADING.match(line) or not any(map(str.isalpha, line)):
        return None
    return line


def _pieces(page: Page, outline: _Outline, size: int) -> Iterator[_Piece]:
    if page.columns:
        yield from _rows(page, outline, size)
        return
    for block in _BLOCK.finditer(page.text):
        outline.read(block[0])
        yield from _cut(page.text, block.start(), block.end(), outline.headings, size)


def _rows(page: Page, outline: _Outline, size: int) -> Iterator[_Piece]:
    """The rows of a .csv file, each under the names of its columns; only one that is too long is cut."""
    headings = (*outline.headings, columns_heading(page.columns))
    starts = [start for start, _ in records(page.text)]
    for start, end in pairwise([*starts, len(page.text)]):
        yield from _cut(page.text, start, end, headings, size)


def _cut(text: str, start: int, end: int, headings: tuple[str, ...], size: int) -> Iterator[_Piece]:
    """A block as one piece, or as several that end with sentences; rows of a long table keep its header."""
    if _weight(text[start:end]) <= size:
        yield _Piece(start, end, headings)
        return
    header = _table_header(text[start:end])
    first = start
    for stop in [*_stops(text, start, end, size), end]:
        if stop > first:
            yield _Piece(first, stop, headings if first == start else headings + header)
            first = stop


def _stops(text: str, start: int, end: int, size: int) -> Iterator[int]:
    """Where to cut a block that is too long: before the sentence that would not fit any more."""
    first = start
    for begin, stop in split_sentences(text[start:end]):
        if text[first : start + begin].strip() and _weight(text[first : start + stop]) > size:
            first = start + begin
            yield first


def _table_header(block: str) -> tuple[str, ...]:
    """The column names of a Markdown table, as one heading for the chunks that hold its later rows."""
    lines = block.split("\n", 2)
    if len(lines) < 2 or not (is_row(lines[0]) and is_rule(lines[1])):
        return ()
    return (" | ".join(cells(lines[0])),)


def _merged(text: str, pieces: Iterable[_Piece], size: int) -> list[_Piece]:
    """Neighbours under the same headings together, as long as they fit."""
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and _belong(text, merged[-1], piece, size):
            merged[-1] = _Piece(merged[-1].start, piece.end, piece.headings)
        else:
            merged.append(piece)
    return merged


def _belong(text: str, left: _Piece, right: _Piece, size: int) -> bool:
    stray = len(text[left.start : left.end].strip()) < _TINY
    return (left.headings == right.headings or stray) and _weight(text[left.start : right.end]) <= size


def _weight(text: str) -> int:
    """Bytes, since scripts whose characters say more take more bytes, and more tokens, for each."""
    return len(text.encode("utf-8", "surrogatepass"))
