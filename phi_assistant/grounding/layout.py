"""The layout of an answer: its sentences, rows and headings, and what is neither and stays as it is.

Knows Markdown as models write it. What lies between the parts (bullets, blank lines, rules, the pipes of a table's
header) belongs to none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from phi_assistant.grounding.markers import code_spans
from phi_assistant.sentences import split_sentences
from phi_assistant.tables import is_row, is_rule

_OPENS = re.compile(r"(?:\s*(?:>|[-*+•‣◦▪–—·](?=\s)|\(?\d{1,3}[.)](?=\s)|\[[ xX]\](?=\s)))*\s*")
_LABEL = re.compile(r"\*\*[^*\n]+\*\*:?\s*")
_NUMBERED = re.compile(r"\(?(\d{1,3})[.)]\s+[^\W\d_A-Z]")
_NEXT_ITEM = re.compile(r"\s+(\d{1,2})[.)]$")
_ROW = re.compile(r"[\s|]*(.*?)[\s|]*")
_WORD = re.compile(r"[^\W_]")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]+)[^)]*\)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the answer that is judged as one."""

    kind: Literal["sentence", "row", "heading", "code"]
    start: int
    end: int


def parts_of(text: str) -> list[Part]:
    """The parts, in order, not overlapping."""
    parts: list[Part] = []
    at = 0
    for start, end in [span for span in code_spans(text) if "\n" in text[slice(*span)]]:
        parts += [*_prose(text, at, start), Part("code", start, end)]
        at = end
    return [*parts, *_prose(text, at, len(text))]


def spoken(text: str) -> str:
    """A part as it is read: without the marks of Markdown, on one line, a link as its text and its address."""
    return " ".join(re.sub(r"[*`|]+|(?<!\w)_+|_+(?!\w)", " ", _LINK.sub(r"\1 \2", text)).split())


def _prose(text: str, at: int, end: int) -> Iterator[Part]:
    spans = [(at + first, at + last) for first, last in split_sentences(text[at:end])]
    rules = [is_rule(text[first:last]) for first, last in spans]
    headers = [*rules[1:], False]  # one too many where there are no spans
    for (first, last), rule, header in zip(spans, rules, headers, strict=False):
        part = _part(text, first, last)
        if not (rule or header) and _WORD.search(text[part.start : part.end]):
            yield part


def _part(text: str, start: int, end: int) -> Part:
    """Without the bullets and the number that a list item begins with, and the pipes that enclose a row."""
    piece = text[start:end]
    if is_row(piece):
        inner = _ROW.fullmatch(piece)
        return Part("row", start + inner.start(1), start + inner.end(1)) if inner else Part("row", start, end)
    opens = _OPENS.match(piece)
    start += opens.end() if opens and opens.end() < len(piece) and not _goes_on(text, piece) else 0
    heading = piece.lstrip().startswith("#") or _LABEL.fullmatch(text[start:end])
    return Part("heading" if heading else "sentence", start, _before_number(text, start, end))


def _goes_on(text: str, piece: str) -> bool:
    """Whether the number that begins a line numbers nothing, as in the "3) is ozone" of "O\\n3) is ozone": it is not
    the first, a small letter follows, and neither the number before it nor the next is there."""
    number = _NUMBERED.match(piece)
    if not number or number[1] == "1":
        return False
    beside = rf"{int(number[1]) - 1}|{int(number[1]) + 1}"
    return not re.search(rf"(?<!\w)(?:{beside})[.)]\s", text)


def _before_number(text: str, start: int, end: int) -> int:
    """Where a sentence ends that the splitter gave the number of the next item: "1. Drugs 2." on one line."""
    number = _NEXT_ITEM.search(text, start, end)
    if not number:
        return end
    line = text[text.rfind("\n", 0, start) + 1 : number.start()]
    first = number[1] == "1" and line.endswith(":")
    return number.start() if first or re.search(rf"(?<!\S){int(number[1]) - 1}[.)]\s", line) else end
