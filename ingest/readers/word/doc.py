"""Old Word documents (.doc): headings, lists, tables, notes, text boxes, headers and footers, as Markdown.

Knows what the marks and properties in the text mean; `word_binary` knows where they stand. Not kreuzberg 4.10,
which gives one paragraph with the instructions of fields in it. Pictures, comments and deleted text are not read.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import olefile

from ingest.readers.extraction import ONLY_PICTURES, Extraction, extraction, first_heading
from ingest.readers.office.blocks import Block, markdown, once
from ingest.readers.office.passwords import locked
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.text.decoding import decode
from ingest.readers.word.doc_95 import read_word_95
from ingest.readers.word.doc_binary import Binary
from ingest.readers.word.doc_text import Text
from phi_assistant.errors import LoadError, NoText

_DAMAGED = "is damaged: it is cut short or altered. Open it in Word, save it again as .docx, and add that."
_WORD_97 = 0xC1


def read_doc(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            title, blocks = _title(file), _blocks(file, options)
            text = markdown(blocks)
    except LoadError:
        raise
    except Exception as exc:  # olefile, struct and slices raise whatever damaged data leads them into
        raise LoadError(_DAMAGED) from exc
    if not text:
        raise NoText(ONLY_PICTURES)
    return extraction([(text, "")], titles=(title, first_heading(text)), stem=stem)


def _blocks(file: Any, options: Options) -> list[Block]:
    main = file.openstream("WordDocument").read()
    version, flags = struct.unpack_from("<H6xH", main, 2)
    if flags & 0x100:
        raise locked(options.passwords)
    if version < _WORD_97:
        return list(read_word_95(main))
    table = "1Table" if flags & 0x200 else "0Table"
    text = Text(Binary(main, file.openstream(table).read(), _stream(file, "Data")))
    body = text.body()
    return [*once(text.furniture("header")), *body, *once(text.furniture("footer"))]


def _stream(file: Any, name: str) -> bytes:
    return bytes(file.openstream(name).read()) if file.exists(name) else b""


def _title(file: Any) -> str:
    try:
        title = file.get_metadata().title
        return decode(title).strip("\0 ") if title else ""
    except Exception:  # the properties are damaged, the text perhaps is not
        return ""
