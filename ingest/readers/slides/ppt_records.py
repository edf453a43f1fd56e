"""The stream of records that a PowerPoint file of before 2007 (.ppt) is, as Microsoft's [MS-PPT] describes it.

Knows where records begin and where slides are kept; knows nothing of what stands on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from struct import unpack_from

import olefile

from phi_assistant.errors import EncryptedFile, LoadError

DOCUMENT, SLIDE_ATOM, SLIDE_LIST, SLIDE_ENTRY = 0x03E8, 0x03EF, 0x0FF0, 0x03F3
_USER_EDIT, _DIRECTORY = 0x0FF5, 0x1772
_ENCRYPTED = 0xF3D1C4DF
_DEEPEST = 40
_MOST_EDITS = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    kind: int
    instance: int
    """Which of several it is; what that means depends on the kind."""
    data: memoryview
    holds_records: bool

    def children(self) -> Iterator[Record]:
        return records(self.data)

    def first(self, kind: int) -> Record | None:
        return next((child for child in self.children() if child.kind == kind), None)

    def below(self, *kinds: int, depth: int = 0) -> Iterator[Record]:
        """All records of these kinds within, however deep, in their order."""
        for child in self.children():
            if child.kind in kinds:
                yield child
            elif child.holds_records and depth < _DEEPEST:
                yield from child.below(*kinds, depth=depth + 1)

    def number(self, at: int, form: str = "<I") -> int:
        return int(unpack_from(form, self.data, at)[0])


def records(data: memoryview, start: int = 0) -> Iterator[Record]:
    """One after another; the last one may be cut short."""
    while start + 8 <= len(data):
        head, kind, length = unpack_from("<HHI", data, start)
        yield Record(kind, head >> 4, data[start + 8 : start + 8 + length], head & 0xF == 0xF)
        start += 8 + length


@dataclass(frozen=True, slots=True)
class Deck:
    """The file, and where in it each of its objects was last written."""

    stream: memoryview
    places: dict[int, int]

    @classmethod
    def read(cls, data: bytes) -> Deck:
        with olefile.OleFileIO(BytesIO(data)) as file:
            if not file.exists("PowerPoint Document"):
                raise LoadError("is of PowerPoint 95 or older. Open it in PowerPoint, save it as .pptx, and add that.")
            stream = memoryview(file.openstream("PowerPoint Document").read())
            user = file.openstream("Current User").read() if file.exists("Current User") else b""
        if len(user) >= 20 and unpack_from("<I", user, 12)[0] == _ENCRYPTED:
            raise EncryptedFile("wants a password to be opened. Save a copy without one, and add that.")
        last = unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
        return cls(stream, dict(_places(stream, last)))

    def object(self, number: int) -> Record | None:
        place = self.places.get(number)
        return None if place is None else next(records(self.stream, place), None)

    def document(self) -> Record:
        """The newest of the documents in the file."""
        found = next((each for each in map(self.object, sorted(self.places)) if each and each.kind == DOCUMENT), None)
        found = found or next((each for each in records(self.stream) if each.kind == DOCUMENT), None)
        if found is None:
            raise LoadError("is damaged: its list of slides is missing. Save it again as .pptx, and add that.")
        return found


def _places(stream: memoryview, edit: int) -> Iterator[tuple[int, int]]:
    """From the oldest edit to the newest, which overrides it."""
    edits: list[int] = []
    while edit and edit not in edits and len(edits) < _MOST_EDITS:
        record = next(records(stream, edit), None)
        if record is None or record.kind != _USER_EDIT:
            break
        edits.append(edit)
        edit = record.number(8)
    for each in reversed(edits):
        directory = next(records(stream, next(records(stream, each)).number(12)), None)
        if directory is not None and directory.kind == _DIRECTORY:
            yield from _entries(directory)


def _entries(directory: Record) -> Iterator[tuple[int, int]]:
    """Runs of places: the number of the first object and how many, in one number, then as many places."""
    at = 0
    while at + 4 <= len(directory.data):
        head = directory.number(at)
        first, count = head & 0xFFFFF, head >> 20
        for index in range(min(count, (len(directory.data) - at - 4) // 4)):
            yield first + index, directory.number(at + 4 + 4 * index)
        at += 4 + 4 * count
