"""Which pages of a PDF are damaged: PDFium draws what it can of a page and says nothing.

Knows compressed streams and their checksums. Only a document that holds a broken one is read a second time,
by pypdf, which can tell whose page it is.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator
from io import BytesIO

import pypdf
from pypdf.generic import ArrayObject, StreamObject

__all__ = ["damaged_pages"]

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would say of each fault what is reported of the page

_STREAM = re.compile(rb"(?<!end)stream\r?\n(?=[\x48\x58\x68\x78])")
_PIECE = 1 << 16
_LONGEST, _LARGEST = 4_000_000, 50_000_000
"""Bytes of a stream, packed and unpacked, up to which it may draw a page; longer ones are pictures."""


def damaged_pages(data: bytes) -> set[int]:
    """By their position in the document, from 0; none of an encrypted one."""
    if b"/Encrypt" in data or not any(map(_is_broken, _streams(data))):
        return set()
    try:
        pages = pypdf.PdfReader(BytesIO(data), strict=False).pages
        return {at for at, page in enumerate(pages) if any(map(_is_broken, _contents(page)))}
    except Exception:  # pypdf raises whatever a damaged file leads it to; PDFium has read what could be read
        return set()


def _streams(data: bytes) -> Iterator[bytes]:
    for match in _STREAM.finditer(data):
        end = data.find(b"endstream", match.end(), match.end() + _LONGEST)
        if end >= 0:
            yield data[match.end() : end]


def _contents(page: pypdf.PageObject) -> list[bytes]:
    contents = page["/Contents"].get_object() if "/Contents" in page else ArrayObject()
    streams = [each.get_object() for each in contents] if isinstance(contents, ArrayObject) else [contents]
    return [
        each._data for each in streams if isinstance(each, StreamObject) and "/FlateDecode" in str(each.get("/Filter"))
    ]


def _is_broken(stream: bytes) -> bool:
    """Whether it does not unpack; that its checksum is missing at the end is a habit of some writers."""
    try:
        _unpack(zlib.decompressobj(), stream)
    except zlib.error:
        return True
    return False


def _unpack(unpacker: zlib._Decompress, stream: bytes) -> None:
    size, rest = 0, stream
    while rest and not unpacker.eof and size < _LARGEST:
        size += len(unpacker.decompress(rest, _PIECE))
        rest = unpacker.unconsumed_tail
