"""Word documents of 1993 to 1996 (Word 6 and 95), as paragraphs and tables.

Knows that their text is a run of bytes in the character set of their language, or several where it was saved
quickly; knows nothing of their styles.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ingest.readers.office.blocks import Block, table, tidy
from ingest.readers.word.doc_binary import plc

_CODECS = {
    0x04: "gbk", 0x11: "cp932", 0x12: "cp949", 0x19: "cp1251", 0x22: "cp1251", 0x23: "cp1251", 0x02: "cp1251",
    0x05: "cp1250", 0x0E: "cp1250", 0x15: "cp1250", 0x18: "cp1250", 0x1A: "cp1250", 0x1B: "cp1250", 0x24: "cp1250",
    0x08: "cp1253", 0x1F: "cp1254", 0x0D: "cp1255", 0x01: "cp1256", 0x25: "cp1257", 0x26: "cp1257", 0x27: "cp1257",
    0x1E: "cp874", 0x2A: "cp1258",
}  # fmt: skip
"""By the language of the document; all others are Western."""
_TAIWAN = 0x404
_QUICKLY = 4
"""A flag: what was changed last stands behind the rest."""
_MACINTOSH = 256
"""The character set of documents written there, whatever their language."""
_FIELD = re.compile(r"\x13[^\x13\x14\x15]*\x14?([^\x13\x14\x15]*)\x15")
_OTHER = re.compile(r"[\x00-\x06\x08\x0e-\x1f]")


def read_word_95(main: bytes) -> Iterator[Block]:
    language = struct.unpack_from("<H", main, 6)[0]
    size = struct.unpack_from("<I", main, 52)[0]  # of the body; notes and headers follow
    text = _bytes(main)[: size or None].decode(_codec(main, language), "replace")
    for paragraph in re.split(r"[\r\x0c]", _FIELD.sub(r"\1", text).replace("\x1e", "-").replace("\x0b", "\n")):
        *rows, rest = paragraph.split("\x07\x07")  # a row ends with its last cell
        cells = [[_plain(cell) for cell in row.split("\x07")] for row in rows]
        yield from table(cells, [[Block(cell)] for row in cells for cell in row])
        yield Block(_plain(rest))


def _bytes(main: bytes) -> bytes:
    """Of the text; a document that was saved quickly lists the pieces that it was changed to."""
    if struct.unpack_from("<H", main, 10)[0] & _QUICKLY:
        at, size = struct.unpack_from("<II", main, 352)
        end = at + size
        while at < end and main[at] == 1:
            at += 3 + struct.unpack_from("<H", main, at + 1)[0]
        pieces = (
            (last - first, struct.unpack_from("<I", entry, 2)[0]) for first, last, entry in plc(main[at + 5 : end], 8)
        )
        return b"".join(main[start : start + count] for count, start in pieces)
    return main[slice(*struct.unpack_from("<II", main, 24))]


def _codec(main: bytes, language: int) -> str:
    if struct.unpack_from("<H", main, 20)[0] == _MACINTOSH:
        return "mac_roman"
    return "cp950" if language == _TAIWAN else _CODECS.get(language & 0x3FF, "cp1252")


def _plain(text: str) -> str:
    return tidy(_OTHER.sub("", text.replace("\x07", " ")))
