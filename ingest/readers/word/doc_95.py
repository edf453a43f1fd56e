"""Word documents of 1993 to 1996 (Word 6 and 95), as paragraphs and tables.

Knows that their text is one run of bytes in the character set of their language; knows nothing of their styles.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ingest.readers.office.blocks import Block, table, tidy

_CODECS = {
    0x04: "gbk", 0x11: "cp932", 0x12: "cp949", 0x19: "cp1251", 0x22: "cp1251", 0x23: "cp1251", 0x02: "cp1251",
    0x05: "cp1250", 0x0E: "cp1250", 0x15: "cp1250", 0x18: "cp1250", 0x1A: "cp1250", 0x1B: "cp1250", 0x24: "cp1250",
    0x08: "cp1253", 0x1F: "cp1254", 0x0D: "cp1255", 0x01: "cp1256", 0x25: "cp1257", 0x26: "cp1257", 0x27: "cp1257",
    0x1E: "cp874", 0x2A: "cp1258",
}  # fmt: skip
"""By the language of the document; all others are Western."""
_TAIWAN = 0x404
_MACINTOSH = 256
"""The character set of documents written there, whatever their language."""
_FIELD = re.compile(r"\x13[^\x13\x14\x15]*\x14?([^\x13\x14\x15]*)\x15")
_OTHER = re.compile(r"[\x00-\x06\x08\x0e-\x1f]")


def read_word_95(main: bytes) -> Iterator[Block]:
    language = struct.unpack_from("<H", main, 6)[0]
    first, last = struct.unpack_from("<II", main, 24)
    size = struct.unpack_from("<I", main, 52)[0]  # of the body; notes and headers follow
    text = main[first : min(last, first + size) if size else last].decode(_codec(main, language), "replace")
    for paragraph in re.split(r"[\r\x0c]", _FIELD.sub(r"\1", text).replace("\x1e", "-").replace("\x0b", "\n")):
        *rows, rest = paragraph.split("\x07\x07")  # a row ends with its last cell
        cells = [[_plain(cell) for cell in row.split("\x07")] for row in rows]
        yield from table(cells, [[Block(cell)] for row in cells for cell in row])
        yield Block(_plain(rest))


def _codec(main: bytes, language: int) -> str:
    if struct.unpack_from("<H", main, 20)[0] == _MACINTOSH:
        return "mac_roman"
    return "cp950" if language == _TAIWAN else _CODECS.get(language & 0x3FF, "cp1252")


def _plain(text: str) -> str:
    return tidy(_OTHER.sub("", text.replace("\x07", " ")))
