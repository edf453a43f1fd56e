"""The structures of old Word files (.doc, Word 97 to 2003): text in pieces, and properties of it by position.

Knows [MS-DOC]: the file information block, the piece table, and the pages of paragraph and character properties.
Knows not what the properties mean. Damaged data raises what it leads into: struct.error, IndexError, ValueError.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

_PAGE = 512
_PAIRS = 154
"""Where the file information block begins to say what is where in the table stream."""
PARTS = ("body", "notes", "headers", "macros", "comments", "endnotes", "boxes", "header boxes")
"""Of the text, in this order."""


class Properties(NamedTuple):
    """What is said of a paragraph."""

    style: int
    changes: bytes
    """A list of codes with their values: see `changed`."""


class _Piece(NamedTuple):
    first: int
    last: int
    """Positions in the text; the last is not part of it."""
    offset: int
    width: int
    """Bytes of a character, 1 or 2."""


@dataclass(frozen=True)
class Binary:
    """One file, by its three streams."""

    main: bytes
    table: bytes
    data: bytes

    def pair(self, index: int) -> bytes:
        """The part of the table stream that this entry of the file information block names."""
        offset, size = struct.unpack_from("<II", self.main, _PAIRS + 8 * index)
        return self.table[offset : offset + size]

    @cached_property
    def text(self) -> str:
        """All parts of the text; a character beyond U+FFFF stands there as its two halves, as it is counted."""
        return "".join(map(self._piece_text, self._pieces))

    @cached_property
    def parts(self) -> dict[str, range]:
        """Where each of `PARTS` stands."""
        ends = accumulate((max(size, 0) for size in struct.unpack_from("<8i", self.main, 76)), initial=0)
        return {name: range(*both) for name, both in zip(PARTS, pairwise(ends), strict=True)}

    def paragraph(self, position: int) -> Properties:
        """What is said of the paragraph whose mark stands at this position."""
        piece = self._pieces[bisect_right(self._pieces, position, key=lambda piece: piece.first) - 1]
        offset = piece.offset + (position - piece.first) * piece.width
        at = bisect_right(self._paragraphs, offset, key=lambda run: run[0]) - 1
        return self._paragraphs[at][1] if at >= 0 else Properties(0, b"")

    def characters(self) -> Iterator[tuple[range, bytes]]:
        """The stretches of text of which something is said, and what."""
        for first, last, page, at in self._runs(12, 1):
            begin = 2 * page[at]
            changes = page[begin + 1 : begin + 1 + page[begin]] if begin else b""
            for piece in self._pieces if changes else ():
                ends = (piece.first + (offset - piece.offset) // piece.width for offset in (first, last))
                begin, end = (min(max(position, piece.first), piece.last) for position in ends)
                if begin < end:
                    yield range(begin, end), changes

    @cached_property
    def _pieces(self) -> list[_Piece]:
        clx, at = self.pair(33), 0
        while clx[at] == 1:
            at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
        pieces = []
        for first, last, entry in plc(clx[at + 5 :], 8):
            offset = struct.unpack_from("<I", entry, 2)[0]
            packed = bool(offset & 0x40000000)
            offset &= 0x3FFFFFFF
            if first < last:
                pieces.append(_Piece(first, last, offset // 2 if packed else offset, 1 if packed else 2))
        if not pieces or pieces[-1].last > len(self.main):
            raise ValueError("no text, or more of it than there are bytes")
        return pieces

    def _piece_text(self, piece: _Piece) -> str:
        """As many characters as it has, even where the file is cut short: positions are counted through."""
        count = piece.last - piece.first
        size = count * piece.width
        text = self.main[piece.offset : piece.offset + size].ljust(size, b"\0")
        if piece.width == 1:
            return text.decode("cp1252", "replace")
        return "".join(map(chr, struct.unpack(f"<{count}H", text)))

    @cached_property
    def _paragraphs(self) -> list[tuple[int, Properties]]:
        """By where they begin in the file."""
        found = [(first, self._properties(page, 2 * page[at])) for first, _, page, at in self._runs(13, 13)]
        return sorted(found, key=lambda run: run[0])

    def _properties(self, page: bytes, begin: int) -> Properties:
        if not begin:
            return Properties(0, b"")
        size = 2 * page[begin] - 1 if page[begin] else 2 * page[begin + 1]
        begin += 1 if page[begin] else 2
        changes = page[begin + 2 : begin + size]
        for code, value in changed(changes):
            if code in (0x6645, 0x6646):  # too many for the page: those of tables with many columns
                at = struct.unpack("<I", value)[0]
                changes = self.data[at + 2 : at + 2 + struct.unpack_from("<H", self.data, at)[0]]
        return Properties(struct.unpack_from("<H", page, begin)[0], changes)

    def _runs(self, index: int, size: int) -> Iterator[tuple[int, int, bytes, int]]:
        """From and to where in the file, and the place in a page where it says of which properties."""
        for _, _, entry in plc(self.pair(index), 4):
            number = struct.unpack("<I", entry)[0] & 0x3FFFFF
            page = self.main[_PAGE * number : _PAGE * (number + 1)]
            count = page[_PAGE - 1] if len(page) == _PAGE else 0
            offsets = struct.unpack_from(f"<{count + 1}I", page) if count else ()
            for place, (first, last) in enumerate(pairwise(offsets)):
                yield first, last, page, 4 * (count + 1) + size * place


def plc(data: bytes, size: int) -> Iterator[tuple[int, int, bytes]]:
    """A list of stretches: first and last position of each, and a value of this many bytes."""
    count = max((len(data) - 4) // (4 + size), 0)
    positions = struct.unpack_from(f"<{count + 1}I", data) if count else ()
    for place, (first, last) in enumerate(pairwise(positions)):
        begin = 4 * (count + 1) + size * place
        yield first, last, data[begin : begin + size]


def changed(changes: bytes) -> Iterator[tuple[int, bytes]]:
    """The codes and the values of a list of modifications."""
    at = 0
    while at + 2 <= len(changes):
        code = struct.unpack_from("<H", changes, at)[0]
        at += 2
        size = (1, 1, 2, 4, 2, 2, 0, 3)[code >> 13]
        if not size:
            if at + 2 > len(changes):
                return
            long = code == 0xD608  # the cells of a row
            size = struct.unpack_from("<H", changes, at)[0] - 1 if long else changes[at]
            at += 2 if long else 1
        yield code, changes[at : at + size]
        at += max(size, 0)
