"""Text of a PowerPoint file of before 2007: its paragraphs, and which of them have bullets."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from ingest.readers.slides.ppt_records import Record

HEADER, _WIDE, _BYTES, _STYLE = 0x0F9F, 0x0FA0, 0x0FA8, 0x0FA1
TITLES = (0, 6)
NOTES = 2
_BULLETED = (1, 7, 8)
"""The kinds of text that have bullets unless something else is said: bodies."""
_DEEPEST = 8
_SIZES = (
    (0x80, 2), (0x10, 2), (0x40, 2), (0x20, 4), (0x800, 2), (0x1000, 2), (0x2000, 2), (0x4000, 2), (0x100, 2),
    (0x400, 2), (0x8000, 2),
)  # fmt: skip
"""What a run of paragraphs may say between its bullet and its tabs: the bit that tells, and its bytes."""
_AFTER_TABS = ((0x10000, 2), (0xE0000, 2), (0x200000, 2))
_TABS = 0x100000
_BULLET = 0xF


@dataclass(frozen=True, slots=True)
class Text:
    kind: int
    blocks: tuple[str, ...]


def texts(found: Iterable[Record]) -> Iterator[Text]:
    """From records in a row: a header, the characters, their style; what else stands among them is passed over."""
    kind, characters, style = 4, "", None
    for record in found:
        if record.kind == HEADER:
            if characters:
                yield _text(kind, characters, style)
            kind, characters, style = record.number(0), "", None
            continue
        if record.kind == _WIDE:
            characters = bytes(record.data).decode("utf-16-le", "replace")
        elif record.kind == _BYTES:
            characters = bytes(record.data).decode("latin-1")
        elif record.kind == _STYLE:
            style = record
    if characters:
        yield _text(kind, characters, style)


def _text(kind: int, characters: str, style: Record | None) -> Text:
    paragraphs = characters.split("\r")
    marks = _marks(paragraphs, style, usual=kind in _BULLETED)
    blocks: list[str] = []
    in_list = False
    for paragraph, mark in zip(paragraphs, marks, strict=True):
        text = " ".join(paragraph.replace("\x0b", " ").split())
        if not text or text == "*":  # the place of the slide's number or of the date
            continue
        if mark and in_list:
            blocks[-1] += f"\n{mark} {text}"
        else:
            blocks.append(f"{mark} {text}" if mark else text)
        in_list = bool(mark)
    return Text(kind, tuple(blocks))


def _marks(paragraphs: list[str], style: Record | None, *, usual: bool) -> list[str]:
    """ "-" with its indent for each paragraph that has a bullet."""
    ends: list[tuple[int, str]] = []
    with suppress(struct.error):  # what is said of the first paragraphs holds, where the rest is damaged
        ends.extend(_runs(style, sum(map(len, paragraphs)) + len(paragraphs), usual=usual) if style else ())
    marks, at = [], 0
    for paragraph in paragraphs:
        marks.append(next((mark for end, mark in ends if at < end), "-" if usual else ""))
        at += len(paragraph) + 1
    return marks


def _runs(style: Record, length: int, *, usual: bool) -> Iterator[tuple[int, str]]:
    """Where each run of paragraphs of the same style ends, and its mark."""
    at = end = 0
    while end < length:
        end += style.number(at)
        depth, mask = min(style.number(at + 4, "<H"), _DEEPEST), style.number(at + 6)
        at += 10
        bullet = usual
        if mask & _BULLET:
            flags = style.number(at, "<H")
            bullet = bool(flags & 1) if mask & 1 else usual
            at += 2
        at += sum(size for bit, size in _SIZES if mask & bit)
        if mask & _TABS:
            at += 2 + 4 * style.number(at, "<H")
        at += sum(size for bit, size in _AFTER_TABS if mask & bit)
        yield end, "  " * depth + "-" if bullet else ""
