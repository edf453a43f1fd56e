"""The styles, lists and fonts of old Word files, as `word_lists` and the reader want them.

Knows the style sheet, the list tables and the font table of [MS-DOC].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.readers.word.doc_binary import Binary, changed
from ingest.readers.word.docx_lists import Level, List, Lists

_FORMS = {0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 22: "decimalZero"}
_BULLET, _NOTHING = 23, 255
_TITLE, _CONTENTS = 62, range(19, 28)
_PARAGRAPH = 1


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style, with what it inherits."""

    heading: int = 0
    lists_contents: bool = False
    place: dict[str, int] = field(default_factory=dict)
    """See `places`."""


def places(changes: bytes) -> dict[str, int]:
    """Where properties put a paragraph: "outline" (0 is the first level, 9 none), "list" and "depth" in it."""
    found = {}
    for code, value in changed(changes):
        if code == 0x2640:
            found["outline"] = value[0]
        elif code == 0x460B:
            found["list"] = struct.unpack("<h", value)[0]
        elif code == 0x260A:
            found["depth"] = value[0]
    return found


def read_styles(binary: Binary) -> dict[int, Style]:
    raw = dict(_raw_styles(binary.pair(1)))
    return {number: _inherited(number, raw) for number in raw}


def _raw_styles(sheet: bytes) -> Iterator[tuple[int, tuple[int, int, dict[str, int]]]]:
    """Of each paragraph style: its built-in kind, its parent, and what it says itself."""
    size, count, base = struct.unpack_from("<HHH", sheet)
    at = 2 + size
    for number in range(count):
        length = struct.unpack_from("<H", sheet, at)[0]
        style, at = sheet[at + 2 : at + 2 + length], at + 2 + length
        if len(style) > base:
            kind, parent = struct.unpack_from("<HH", style)
            if parent & 0xF == _PARAGRAPH:
                yield number, (kind & 0xFFF, parent >> 4, places(_own_changes(style, base)))


def _own_changes(style: bytes, base: int) -> bytes:
    """Behind the name, at an even place."""
    at = base + 4 + 2 * struct.unpack_from("<H", style, base)[0]
    at += at % 2
    size = struct.unpack_from("<H", style, at)[0] if at + 2 <= len(style) else 0
    return style[at + 4 : at + 2 + size]


def _inherited(number: int, raw: dict[int, tuple[int, int, dict[str, int]]]) -> Style:
    place: dict[str, int] = {}
    heading, contents = 0, False
    for _ in range(20):
        if number not in raw:
            break
        kind, number, own = raw[number]
        place = own | place
        named = kind if 1 <= kind <= 9 else int(kind == _TITLE)
        heading, contents = heading or named, contents or kind in _CONTENTS
    outline = place.get("outline", 9)
    return Style(heading or (outline + 1 if outline < 9 else 0), contents, place)


def read_lists(binary: Binary) -> Lists:
    """By the number that paragraphs give, which counts from 1."""
    families = dict(_families(binary.pair(73), binary.table))
    overrides = binary.pair(74)
    count = struct.unpack_from("<I", overrides)[0] if len(overrides) >= 4 else 0
    known = {}
    for number in range(min(count, (len(overrides) - 4) // 16)):
        family = struct.unpack_from("<i", overrides, 4 + 16 * number)[0]
        if family in families:
            known[str(number + 1)] = List(str(family), families[family])
    return Lists(known)


def _families(lists: bytes, table: bytes) -> Iterator[tuple[int, dict[int, Level]]]:
    """The levels lie behind the lists, beyond what the file information block counts."""
    if len(lists) < 2:
        return
    count = struct.unpack_from("<H", lists)[0]
    at = table.index(lists) + 2 + 28 * count
    for number in range(count):
        family = struct.unpack_from("<i", lists, 2 + 28 * number)[0]
        simple = lists[2 + 28 * number + 26] & 1
        levels = {}
        for depth in range(1 if simple else 9):
            levels[depth], at = _level(table, at)
        yield family, levels


def _level(table: bytes, at: int) -> tuple[Level, int]:
    start, form = struct.unpack_from("<iB", table, at)
    at += 28 + table[at + 24] + table[at + 25]
    length = struct.unpack_from("<H", table, at)[0]
    written = table[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
    pattern = "".join(f"%{ord(sign) + 1}" if sign < "\x09" else sign for sign in written)
    name = "bullet" if form == _BULLET else "none" if form == _NOTHING else _FORMS.get(form, "decimal")
    return Level(name, pattern, start), at + 2 + 2 * length


def read_fonts(binary: Binary) -> list[str]:
    """Their names by number."""
    table, at, names = binary.pair(15), 4, []
    while at < len(table):
        size = table[at] + 1
        names.append(table[at + 40 : at + size].decode("utf-16-le", "replace").partition("\0")[0])
        at += size
    return names
