"""PowerPoint presentations of before 2007 (.ppt): slides in their order, each with what stands on it.

Written because kreuzberg gives their text without saying where a slide begins. Numbers of lists are read as
bullets, comments and charts are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.readers.slides.content import Content
from ingest.readers.slides.ppt_records import SLIDE_ATOM, SLIDE_ENTRY, SLIDE_LIST, Deck, Record
from ingest.readers.slides.ppt_text import TITLES, Text, texts
from ingest.readers.slides.shape_order import Box
from ingest.readers.slides.shown import Slide
from ingest.readers.tables import pipe_table

_DRAWING, _GROUP, _SHAPE = 0x040C, 0xF003, 0xF004
_FORM, _TEXTBOX, _ANCHORS = 0xF00A, 0xF00D, (0xF010, 0xF00F)
_CLIENT_DATA, _PLACEHOLDER, _OUTLINE_REFERENCE = 0xF011, 0x0BC3, 0x0F9E
_PROPERTIES, _TABLE_PROPERTY = (0xF00B, 0xF121, 0xF122), 0x039F
_DOCUMENT_ATOM = 0x03E9
_MARGINS = (0x07, 0x09, 0x0A)
"""Placeholders of the date, the footer and the header."""
_UNREAD = (0x08, 0x05, 0x0B)
"""Those of the number and of the picture of a slide."""
_LINE = 20
_ALIKE = 8
"""Units of 1/576 inch that the edges of two cells in a row may lie apart."""
_MOST_CELLS = 100_000
_DEEPEST = 40


@dataclass(slots=True)
class _Content(Content):
    outline: Sequence[Text] = ()
    """The texts of placeholders, which are kept apart from the slide."""
    used: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A slide in a list of slides."""

    object: int
    id: int
    texts: tuple[Text, ...]


def ppt_slides(data: bytes) -> Iterator[Slide]:
    deck = Deck.read(data)
    document = deck.document()
    lists = {each.instance: list(_entries(each)) for each in document.children() if each.kind == SLIDE_LIST}
    notes = {entry.id: entry for entry in lists.get(2, ())}
    atom = document.first(_DOCUMENT_ATOM)
    first = atom.number(32, "<H") if atom and len(atom.data) >= 34 else 1
    for number, entry in enumerate(lists.get(0, ()), first):
        yield _slide(deck, entry, notes, number)


def _entries(found: Record) -> Iterator[_Entry]:
    entry: Record | None = None
    kept: list[Record] = []
    for record in [*found.children(), None]:
        if record is not None and record.kind != SLIDE_ENTRY:
            kept.append(record)
            continue
        if entry is not None:
            yield _Entry(entry.number(0), entry.number(12), tuple(texts(kept)))
        entry, kept = record, []


def _slide(deck: Deck, entry: _Entry, notes: dict[int, _Entry], number: int) -> Slide:
    try:
        content = _content(deck, entry)
        slide = deck.object(entry.object)
        atom = slide.first(SLIDE_ATOM) if slide else None
        said = notes.get(atom.number(16)) if atom and len(atom.data) >= 20 else None
        spoken = _content(deck, said) if said else _Content()
    except (struct.error, ValueError, LookupError):
        return Slide(number, problem="is damaged, and not read.")
    problem = "" if slide else "is damaged: only its outline was read."
    return Slide(number, content.title, content.blocks, content.margin, spoken.blocks, problem=problem)


def _content(deck: Deck, entry: _Entry) -> _Content:
    content = _Content(outline=entry.texts)
    record = deck.object(entry.object)
    for drawing in record.below(_DRAWING) if record else ():
        for group in drawing.below(_GROUP):
            _take(content, group)
    rest = [text for place, text in enumerate(entry.texts) if place not in content.used]
    known = {block for _, blocks in content.placed for block in blocks}
    for text in rest:
        _place(content, text, None, known)
    return content


def _take(content: _Content, group: Record, depth: int = 0) -> None:
    """The shapes of a group; the first record of it describes the group itself."""
    for shape in list(group.children())[1:]:
        if shape.kind == _SHAPE:
            _take_shape(content, shape)
        elif shape.kind == _GROUP and depth < _DEEPEST:
            own = next(shape.children(), None)
            inner = _Content(outline=content.outline, used=content.used)
            if table := _table(content, shape) if own and _is_table(own) else "":
                inner.placed.append((None, [table]))
            else:
                _take(inner, shape, depth + 1)
            content.take_group(inner, _box(own) if own else None)


def _take_shape(content: _Content, shape: Record) -> None:
    role = _role(shape)
    if role in _UNREAD:
        return
    for text in _texts(content, shape):
        if role in _MARGINS:
            content.margin += text.blocks
        else:
            _place(content, text, _box(shape), set())


def _place(content: _Content, text: Text, box: Box | None, known: set[str]) -> None:
    if text.kind in TITLES and not content.title:
        content.title = " ".join(" ".join(text.blocks).split())
    elif " ".join(text.blocks) != content.title:
        content.placed.append((box, [block for block in text.blocks if block not in known]))


def _texts(content: _Content, shape: Record) -> Iterator[Text]:
    """The text of a shape: its own, or that of the outline which it names."""
    for box in shape.children():
        if box.kind != _TEXTBOX:
            continue
        held = list(box.children())
        yield from texts(held)
        for reference in (each for each in held if each.kind == _OUTLINE_REFERENCE):
            place = reference.number(0)
            if place < len(content.outline):
                content.used.add(place)
                yield content.outline[place]


def _role(shape: Record) -> int:
    data = shape.first(_CLIENT_DATA)
    found = data.first(_PLACEHOLDER) if data else None
    return found.number(4, "<B") if found and len(found.data) >= 5 else 0


def _box(shape: Record) -> Box | None:
    anchor = next((each for each in shape.children() if each.kind in _ANCHORS), None)
    if anchor is None or len(anchor.data) not in (8, 16):
        return None
    form, size = ("<h", 2) if len(anchor.data) == 8 else ("<i", 4)
    one, two, right, bottom = (anchor.number(at * size, form) for at in range(4))
    left, top = (two, one) if anchor.kind == _ANCHORS[0] else (one, two)
    return Box(left, top, right, bottom)


def _is_table(shape: Record) -> bool:
    """Whether the group is one: PowerPoint keeps the cells of a table as shapes side by side."""
    for properties in (each for each in shape.children() if each.kind in _PROPERTIES):
        for at in range(0, min(6 * properties.instance, len(properties.data) - 5), 6):
            if properties.number(at, "<H") & 0x3FFF == _TABLE_PROPERTY:
                return bool(properties.number(at + 2) & 1)
    return False


def _table(content: _Content, group: Record) -> str:
    cells = []
    for shape in list(group.children())[1:]:
        form, box = (shape.first(_FORM), _box(shape)) if shape.kind == _SHAPE else (None, None)
        if form and box and form.instance != _LINE:
            words = (block for text in _texts(content, shape) for block in text.blocks)
            cells.append((box, " ".join(words)))
    lefts, tops = _edges(box.left for box, _ in cells), _edges(box.top for box, _ in cells)
    if not cells or len(lefts) * len(tops) > _MOST_CELLS:
        return ""
    rows = [[""] * len(lefts) for _ in tops]
    for box, text in cells:
        for row, top in enumerate(tops):
            for column, left in enumerate(lefts):
                if box.left - _ALIKE <= left < box.right - _ALIKE and box.top - _ALIKE <= top < box.bottom - _ALIKE:
                    rows[row][column] = text
    return pipe_table(rows)


def _edges(values: Iterator[int]) -> list[int]:
    edges: list[int] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _ALIKE:
            edges.append(value)
    return edges
