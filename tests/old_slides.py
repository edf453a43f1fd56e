"""PowerPoint 97 by hand: a deck of two slides, in the least that its reader takes."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def atom(kind: int, data: bytes, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def container(kind: int, *children: bytes, instance: int = 0) -> bytes:
    data = b"".join(children)
    return struct.pack("<HHI", instance << 4 | 0xF, kind, len(data)) + data


def words(kind: int, text: str) -> list[bytes]:
    """The header of a text, and its characters."""
    wide = any(character > "\xff" for character in text)
    characters = atom(0x0FA0, text.encode("utf-16-le")) if wide else atom(0x0FA8, text.encode("latin-1"))
    return [atom(0x0F9F, struct.pack("<I", kind)), characters]


def shape(*box: bytes, top: int = 0, left: int = 0, right: int = 500, height: int = 50) -> bytes:
    anchor = atom(0xF010, struct.pack("<4h", top, left, right, top + height))
    return container(0xF004, atom(0xF00A, bytes(8), instance=1), anchor, container(0xF00D, *box))


def cell(text: str, left: int, top: int, columns: int = 1) -> bytes:
    anchor = atom(0xF00F, struct.pack("<4i", left, top, left + 100 * columns, top + 50))
    box = container(0xF00D, *words(4, text)) if text else b""
    return container(0xF004, atom(0xF00A, bytes(8), instance=1), anchor, box)


def drawn(kind: int, atom_: bytes, *shapes: bytes) -> bytes:
    group = container(0xF003, container(0xF004, atom(0xF00A, bytes(8))), *shapes)
    return container(kind, atom_, container(0x040C, container(0xF002, group)))


def _slides() -> list[bytes]:
    """The document, and its two slides: the first with an outline and notes, the second with a table."""
    table = container(
        0xF003,
        container(0xF004, atom(0xF122, struct.pack("<HI", 0x039F, 1), instance=1)),
        cell("Price", 0, 0, columns=2),
        cell("5", 0, 50),
        cell("€", 100, 50),
    )
    reference = [atom(0x0F9E, struct.pack("<I", place)) for place in (0, 1)]
    slide_atom = struct.pack("<I8sIIHH", 0, b"", 0, 0x101, 0, 0)
    return [
        container(
            0x03E8,
            atom(0x03E9, bytes(32) + struct.pack("<H", 3) + bytes(6)),
            container(
                0x0FF0,
                atom(0x03F3, struct.pack("<IIiII", 2, 0, 2, 0x100, 0)),
                *words(0, "Leave – how"),
                *words(1, "Apply\rWait"),
                atom(0x03F3, struct.pack("<IIiII", 3, 0, 0, 0x102, 0)),
            ),
            container(0x0FF0, atom(0x03F3, struct.pack("<IIiII", 4, 0, 0, 0x101, 0)), instance=2),
        ),
        drawn(
            0x03EE,
            atom(0x03EF, slide_atom),
            shape(*words(4, "Below\x0bit"), top=400),
            shape(reference[1], top=200),
            shape(reference[0]),
        ),
        drawn(0x03EE, atom(0x03EF, bytes(24)), table),
        drawn(0x03F0, atom(0x03F1, bytes(8)), shape(*words(2, "Smile."))),
    ]


SLIDES = _slides()


def deck(objects: Sequence[bytes] = SLIDES, *, token: int = 0xE391C05F, session: int = 0) -> dict[str, bytes]:
    """The streams of a presentation; `session` is the object that says how the others are encrypted."""
    places = [sum(map(len, objects[:number])) for number in range(len(objects))]
    stream = b"".join(objects)
    directory = atom(0x1772, struct.pack(f"<I{len(places)}I", len(places) << 20 | 1, *places))
    last = struct.pack("<IHBBIIIIHH", 0, 0, 0, 3, 0, len(stream), 1, len(places) + 1, 0, 0)
    edit = atom(0x0FF5, last + (struct.pack("<I", session) if session else b""))
    user = struct.pack("<HHIIIIHHBBHI", 0, 0x0FF6, 24, 20, token, len(stream) + len(directory), 0, 1012, 3, 0, 0, 8)
    return {"Current User": user, "PowerPoint Document": stream + directory + edit}
