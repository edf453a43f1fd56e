"""The properties of an Outlook message, and of its recipients and attachments: what is stored under which number.

Knows how a compound file holds them, in fixed places or in a stream each; knows not what a letter looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import olefile

from ingest.readers.rtf.tables import codec_of
from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError

__all__ = ["Item"]

_STREAM = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})", re.IGNORECASE)
_PARTS = re.compile(r"__(recip|attach)_version1\.0_#[0-9A-F]{8}", re.IGNORECASE)
_FIXED = "__properties_version1.0"
_HEADS = (32, 24, 8)
"""Bytes before the fixed properties: of a message, of one within it, and of a recipient or attachment."""
_UNICODE, _STRING, _TIME, _OBJECT = 0x1F, 0x1E, 0x40, 0x0D
_CODE_PAGES = (0x3FFD, 0x3FDE)
"""Of strings, and of the body on the internet."""
_BODY_CODE_PAGE = 0x3FDE
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Item:
    """A message, a recipient or an attachment: a folder of a compound file."""

    def __init__(
        self,
        file: olefile.OleFileIO,
        entry: olefile.OleDirectoryEntry,
        path: tuple[str, ...] = (),
        *,
        code_page: str = "",
    ) -> None:
        self._file, self._path = file, path
        self._entries = {each.name: each for each in entry.kids}
        self._streams = {
            int(found[1], 16): (int(found[2], 16), name) for name in self._entries if (found := _STREAM.fullmatch(name))
        }
        self._fixed = self._fixed_properties()
        pages = (codec_of(self.number(page)) for page in _CODE_PAGES)
        self._codec = next(filter(None, pages), code_page)

    def number(self, tag: int) -> int:
        """0 where there is none."""
        return int.from_bytes(self._fixed.get(tag, b"")[:4], "little")

    def time(self, tag: int) -> datetime | None:
        ticks = int.from_bytes(self._fixed.get(tag, b""), "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def text(self, *tags: int) -> str:
        """The first of these that says something."""
        return next(filter(None, map(self._text, tags)), "")

    def data(self, tag: int) -> bytes:
        kind, name = self._streams.get(tag, (_OBJECT, ""))
        return b"" if kind == _OBJECT else self._read(name)

    def page(self, tag: int) -> str:
        """A text for the internet, where it is kept as bytes."""
        if self._streams.get(tag, (0, ""))[0] == _UNICODE:
            return self._text(tag)
        return _decoded(self.data(tag), codec_of(self.number(_BODY_CODE_PAGE)) or self._codec)

    def parts(self, kind: str) -> Iterator[Item]:
        """Its "recip"ients or "attach"ments, in their order."""
        for name in sorted(self._entries):
            if (found := _PARTS.fullmatch(name)) and found[1].lower() == kind:
                yield self._inner(name)

    def within(self, tag: int) -> Item | None:
        """What is stored as a folder: a message in a message."""
        kind, name = self._streams.get(tag, (0, ""))
        return self._inner(name) if kind == _OBJECT else None

    @property
    def is_message(self) -> bool:
        return bool(self._streams) and _FIXED in self._entries

    def _inner(self, name: str) -> Item:
        return Item(self._file, self._entries[name], (*self._path, name), code_page=self._codec)

    def _text(self, tag: int) -> str:
        kind, name = self._streams.get(tag, (0, ""))
        if kind not in (_UNICODE, _STRING):
            return ""
        data = self._read(name)
        text = data.decode("utf-16-le", "replace") if kind == _UNICODE else _decoded(data, self._codec)
        return text.rstrip("\0")

    def _read(self, name: str) -> bytes:
        try:
            with self._file.openstream([*self._path, name]) as stream:
                return bytes(stream.read())
        except Exception:  # olefile raises whatever damaged data leads it into: the other properties may be whole
            return b""

    def _fixed_properties(self) -> dict[int, bytes]:
        data = self._read(_FIXED) if _FIXED in self._entries else b""
        head = _HEADS[0] if not self._path else _HEADS[2] if _PARTS.fullmatch(self._path[-1]) else _HEADS[1]
        whole = range(head, len(data) - 15, 16)
        return {int.from_bytes(data[at + 2 : at + 4], "little"): data[at + 8 : at + 16] for at in whole}


def _decoded(data: bytes, codec: str) -> str:
    try:
        return decode(data.rstrip(b"\0"), declared=codec or None)
    except LoadError:
        return data.decode("ascii", "replace")
