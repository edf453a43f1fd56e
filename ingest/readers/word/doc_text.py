"""The text of an old Word document as blocks.

Knows the characters that end paragraphs, cells and rows, begin fields and stand for notes, and the properties that
say what a paragraph is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import cached_property

from ingest.readers.office.blocks import Block
from ingest.readers.office.story import Edge, Story
from ingest.readers.office.symbols import symbol
from ingest.readers.word.doc_binary import Binary, Properties, changed, plc
from ingest.readers.word.doc_styles import Style, places, read_fonts, read_lists, read_styles

_PIECE = re.compile(r"[\x00-\x1f]|[^\x00-\x1f]+")
_SIGNS = {"\t": " ", "\x0b": "\n", "\x1e": "\u2011"}
_NOTE, _CELL, _PAGE, _PARAGRAPH = "\x02", "\x07", "\x0c", "\r"
_FIELD, _RESULT, _FIELD_END = "\x13", "\x14", "\x15"
_HEADERS, _FOOTERS = (0, 1, 4), (2, 3, 5)
"""Among the six of each section, which are for even, odd and first pages."""
_DELETED, _HIDDEN, _SYMBOL = 0x0800, 0x083C, 0x6A09
_DEEPEST = 20


class Text:
    """One document; its parts are read in the order in which they are printed, for the lists count on."""

    def __init__(self, binary: Binary) -> None:
        self._binary = binary
        self._styles = read_styles(binary)
        self._lists = read_lists(binary)
        self._hidden = bytearray(len(binary.text))
        self._symbols: dict[int, str] = {}
        self._read_characters()

    def body(self) -> list[Block]:
        parts = self._binary.parts
        return [*self._story(parts["body"]), *self._story(parts["boxes"])]

    def furniture(self, kind: str) -> list[Block]:
        """The headers or the footers of all sections."""
        whole, places = self._binary.parts["headers"], _HEADERS if kind == "header" else _FOOTERS
        found: list[Block] = []
        for number, (first, last, _) in enumerate(plc(self._binary.pair(11), 0)):
            if number >= 6 and number % 6 in places:  # the first six part notes from the text
                found += self._story(_within(whole, first, last), flowing=True)
        if kind == "header":
            found += self._story(self._binary.parts["header boxes"], flowing=True)
        return found

    def _story(self, stretch: range, *, flowing: bool = False) -> list[Block]:
        """Fields end with the paragraph at the latest: damaged ones do not swallow the rest."""
        story, instructions = Story(flowing), [False]
        text = self._binary.text[stretch.start : stretch.stop]
        for match in _PIECE.finditer(text):
            piece, position = match[0], stretch.start + match.start()
            if piece in (_PARAGRAPH, _CELL, _PAGE):
                self._end(story, piece, position)
                instructions = [False]
            elif piece == _FIELD:
                instructions.append(True)
            elif piece == _RESULT:
                instructions[-1] = False
            elif piece == _FIELD_END:
                instructions = instructions[:-1] or [False]
            elif not any(instructions):
                story.pieces.append(self._printed(piece, position))
                if piece == _NOTE and position in self._notes:
                    notes = self._story(self._notes.pop(position))
                    story.after += [Block(block.written, note=True) for block in notes]
        return story.closed()

    def _printed(self, piece: str, position: int) -> str:
        if piece < " ":
            return _SIGNS.get(piece, "") if not self._hidden[position] else ""
        end = position + len(piece)
        if any(self._hidden[position:end]) or self._symbols.keys() & set(range(position, end)):
            kept = ((at, sign) for at, sign in enumerate(piece, position) if not self._hidden[at])
            piece = "".join(self._symbols.get(at, sign) for at, sign in kept)
        return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _end(self, story: Story, mark: str, position: int) -> None:
        properties = self._binary.paragraph(position)
        flags = dict(changed(properties.changes))
        level = _level(flags)
        if _is_set(flags, 0x2417) or _is_set(flags, 0x244C):  # the end of a row
            story.end_row(level or 1, list(_edges(flags.get(0xD608, b""))))
            return
        ends_cell = mark == _CELL or _is_set(flags, 0x244B)
        self._end_paragraph(story, properties, level or int(ends_cell))
        if ends_cell:
            story.end_cell(level or 1)

    def _end_paragraph(self, story: Story, properties: Properties, level: int) -> None:
        style = self._styles.get(properties.style, Style())
        own = places(properties.changes)
        outline = own.get("outline")
        heading = style.heading if outline is None else outline + 1 if outline < 9 else 0
        place = style.place | own
        key, depth = str(place.get("list", 0)), place.get("depth", 0)
        if key in self._lists.known and depth in self._lists.known[key].levels:
            story.marker = self._lists.marker(key, depth)
        story.end_paragraph(level=level, heading=heading, depth=depth + 1, keep=not style.lists_contents)

    @cached_property
    def _notes(self) -> dict[int, range]:
        """Footnotes and endnotes, by where they are referred to."""
        found = {}
        for part, references, texts in (("notes", 2, 3), ("endnotes", 46, 47)):
            notes = [(first, last) for first, last, _ in plc(self._binary.pair(texts), 0)]
            places = _positions(self._binary.pair(references), 2)
            for place, (first, last) in zip(places, notes, strict=False):
                found[place] = _within(self._binary.parts[part], first, last)
        return found

    def _read_characters(self) -> None:
        fonts: list[str] | None = None
        for stretch, changes in self._binary.characters():
            for code, value in changed(changes):
                if code in (_DELETED, _HIDDEN) and value[0] & 1:
                    self._hidden[stretch.start : stretch.stop] = b"\1" * len(stretch)
                elif code == _SYMBOL:
                    fonts = read_fonts(self._binary) if fonts is None else fonts
                    font, sign = struct.unpack("<HH", value)
                    shown = symbol(sign, fonts[font] if font < len(fonts) else "")
                    self._symbols |= dict.fromkeys(stretch, shown)


def _within(whole: range, first: int, last: int) -> range:
    return range(min(whole.start + first, whole.stop), min(whole.start + last, whole.stop))


def _positions(data: bytes, size: int) -> Iterator[int]:
    for first, _, _ in plc(data, size):
        yield first


def _is_set(flags: dict[int, bytes], code: int) -> bool:
    return bool(flags.get(code, b"\0")[0])


def _level(flags: dict[int, bytes]) -> int:
    """How deep in tables a paragraph stands."""
    if 0x6649 in flags:
        return min(max(int.from_bytes(flags[0x6649], "little", signed=True), 0), _DEEPEST)
    return int(_is_set(flags, 0x2416))


def _edges(definition: bytes) -> Iterator[Edge]:
    """What a row says of its cells: their edges, then 20 bytes for each."""
    count = definition[0] if definition else 0
    rights = struct.unpack_from(f"<{count + 1}h", definition, 1) if count else ()
    for number, right in enumerate(rights[1:]):
        at = 1 + 2 * (count + 1) + 20 * number
        flags = struct.unpack_from("<H", definition, at)[0] if at + 2 <= len(definition) else 0
        # Edges are counted from the margin, and those left of it are negative.
        yield Edge(right - rights[0], goes_on=flags & 0x60 == 0x20, joins=bool(flags & 2))
