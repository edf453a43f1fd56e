"""Where a citation stands in the stored text of its source: what is before it and after it, and on which pages.

Knows chunks and offsets. What was cited from an earlier version of a document is looked for by its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phi_assistant.schema import Chunk, Citation
    from phi_assistant.store import Entry

BEFORE, AFTER = 450, 900
"""Characters around a quote; cut where a line begins or ends. On a phone, the quote is to be seen at once."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What of a quote stands on one page."""

    label: str
    quote: str
    marks: tuple[tuple[int, int], ...]
    """Offsets into `quote`."""
    before: str
    """The text of the page up to there, which tells it from the same words elsewhere on the page."""


@dataclass(frozen=True, slots=True)
class Place:
    """A quote with the text around it."""

    quote: str
    marks: tuple[tuple[int, int], ...]
    """Offsets into `quote`."""
    before: str = ""
    after: str = ""
    sheets: tuple[Sheet, ...] = ()
    is_found: bool = True
    """False where the stored text does not hold the quote any more."""


def place_of(citation: Citation, entry: Entry | None) -> Place:
    """Where a citation stands in its source as it is stored now; `entry` is None if it is stored no more."""
    chunks = entry.chunks if entry else ()
    start = _start(citation, chunks)
    if start is None:
        return Place(citation.quote, citation.marks, is_found=False)
    end = start + len(citation.quote)
    return Place(
        quote=citation.quote,
        marks=citation.marks,
        before=_from_line(_text(chunks, start - BEFORE, start), is_whole=start <= BEFORE),
        after=_to_line(_text(chunks, end, end + AFTER), is_whole=end + AFTER >= chunks[-1].end),
        sheets=tuple(_sheets(citation, chunks, start)),
    )


def _start(citation: Citation, chunks: Sequence[Chunk]) -> int | None:
    """Where the quote begins: where it was, else the nearest place that has the same words."""
    if not chunks or not citation.quote.strip():
        return None
    first, last = chunks[0].start, chunks[-1].end
    if _text(chunks, citation.start, citation.start + len(citation.quote)) == citation.quote:
        return citation.start
    whole, found, at = _text(chunks, first, last), [], -1
    while (at := whole.find(citation.quote, at + 1)) >= 0:
        found.append(first + at)
    return min(found, key=lambda each: abs(each - citation.start), default=None)


def _text(chunks: Sequence[Chunk], start: int, end: int) -> str:
    """The stored text from `start` to `end`; where no chunk has it, as between two pages, it is blank."""
    within = [chunk for chunk in chunks if chunk.start < end and chunk.end > start]
    if not within:
        return ""
    ends = [*(after.start for _, after in pairwise(within)), within[-1].end]
    text = "".join(chunk.text + "\n" * (until - chunk.end) for chunk, until in zip(within, ends, strict=True))
    first = within[0].start
    return text[max(0, start - first) : max(0, end - first)]


def _sheets(citation: Citation, chunks: Sequence[Chunk], start: int) -> list[Sheet]:
    """The pages that the quote stands on, each with its part of it."""
    sheets, end = [], start + len(citation.quote)
    for label, first, last in _pages(chunks):
        begin, stop = max(start, first), min(end, last)
        if begin < stop and citation.quote[begin - start : stop - start].strip():
            shift = begin - start
            marks = tuple(
                (max(0, left - shift), min(stop - start, right) - shift)
                for left, right in citation.marks
                if right > shift and left < stop - start
            )
            quote = citation.quote[shift : stop - start]
            sheets.append(Sheet(label, quote, marks, before=_text(chunks, first, begin)))
    return sheets


def _pages(chunks: Sequence[Chunk]) -> list[tuple[str, int, int]]:
    """Label, beginning and end of each page that has text."""
    pages: list[tuple[str, int, int]] = []
    for chunk in chunks:
        if pages and pages[-1][0] == chunk.label:
            pages[-1] = (chunk.label, pages[-1][1], chunk.end)
        else:
            pages.append((chunk.label, chunk.start, chunk.end))
    return pages


def _from_line(text: str, *, is_whole: bool) -> str:
    """From the first line that begins in it, if that leaves most of it; else from a word."""
    if is_whole:
        return text.lstrip("\n")
    at = text.find("\n", 0, len(text) // 2)
    return text[at + 1 :].lstrip("\n") if at >= 0 else f"… {text[text.find(' ') + 1 :]}"


def _to_line(text: str, *, is_whole: bool) -> str:
    if is_whole:
        return text.rstrip()
    at = text.rfind("\n", len(text) // 2)
    return text[:at].rstrip() if at >= 0 else f"{text.rpartition(' ')[0]} …"
