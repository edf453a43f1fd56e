"""Word documents (.docx): headings from styles, lists, tables and footnotes, as Markdown.

kreuzberg reads them; this module first mends what kreuzberg 4.10 would lose, and takes its document tree
rather than its Markdown, which escapes ("20\\%"): our sentences are quoted verbatim, and so emphasis is left
out as well. Headers, footers, pictures and deleted text are not read.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import ParseError

import kreuzberg

from ingest.readers.extraction import Extraction, extraction, first_heading
from ingest.readers.nodes import markdown
from ingest.readers.word_lists import ITEM, Lists
from phi_assistant.errors import EncryptedFile, LoadError, NoText

_MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CONFIG: dict[str, Any] = {  # a dictionary, because disable_ocr is missing from kreuzberg's type stub
    "use_cache": False,
    "disable_ocr": True,
    "enable_quality_processing": False,
    "include_document_structure": True,
}
_LARGEST = 300_000_000
_DAMAGED = "is damaged: it is cut short or altered. Open it in Word, save it again, and add that."
_FAILURES = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, ParseError)
"""What zipfile and ElementTree raise for archives that are damaged or altered."""

_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});")
_STAND_IN = {character: chr(0xFDD0 + index) for index, character in enumerate("&<>\"'")}
"""Noncharacters, which Unicode keeps for such uses: kreuzberg drops every entity ("R&amp;D" becomes "RD")."""
_EMPHASIS = re.compile(r"<w:(?:b|i|u|bCs|iCs|strike|dstrike)(?:\s[^>]*)?/>")
_INLINE_MATH = re.compile(r"<m:oMath>.*?</m:oMath>", re.DOTALL)
_MATH_TOKEN = re.compile(r"<m:(sup|sub|den)>|<m:t(?: [^>]*)?>([^<]*)</m:t>")
_FOOTNOTE_MARK = re.compile(r" ?\[\^\w+\]")


def read_docx(data: bytes, *, stem: str) -> Extraction:
    try:
        result = kreuzberg.extract_bytes_sync(_mended(data), _MIME, kreuzberg.ExtractionConfig(**_CONFIG))
    except (*_FAILURES, kreuzberg.KreuzbergError) as exc:
        raise LoadError(_DAMAGED) from exc
    text = _plain(_tight(markdown(result.document["nodes"] if result.document else [])))
    if not text:
        raise NoText("has no text layer: it holds pictures only, or nothing. Run pictures through OCR first.")
    title = _plain(result.metadata.get("title") or "")
    return extraction([(text, "")], titles=(title, first_heading(text)), stem=stem)


def _mended(data: bytes) -> bytes:
    """The same document without its pictures, and with what kreuzberg overlooks written as it reads it."""
    mended = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(mended, "w") as target:
        infos = [info for info in source.infolist() if not info.filename.startswith("word/media/")]
        _check(infos)
        parts = {info.filename: source.read(info) for info in infos}
        lists = Lists.read(parts.get("word/numbering.xml", b""), parts.get("word/styles.xml", b""))
        for name, part in parts.items():
            target.writestr(name, _mend(part, lists) if _holds_text(name) else part)
    return mended.getvalue()


def _check(infos: list[zipfile.ZipInfo]) -> None:
    if any(info.flag_bits & 1 for info in infos):
        raise EncryptedFile("wants a password to be opened. Save a copy without one, and add that.")
    if sum(info.file_size for info in infos) > _LARGEST:
        raise LoadError("is too large: it unpacks to more than 300 MB. Split it into several documents.")


def _holds_text(name: str) -> bool:
    return name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml", "docProps/core.xml")


def _mend(part: bytes, lists: Lists) -> bytes:
    xml = part.decode("utf-8")
    xml = _EMPHASIS.sub("", _ENTITY.sub(_stand_in, xml))
    xml = lists.marked(xml.replace("<w:tab/>", '<w:t xml:space="preserve"> </w:t>'))
    pieces = re.split(r"(<m:oMathPara>.*?</m:oMathPara>)", xml, flags=re.DOTALL)
    pieces[::2] = [_INLINE_MATH.sub(_linear, piece) for piece in pieces[::2]]
    return "".join(pieces).encode()


def _stand_in(entity: re.Match[str]) -> str:
    character = html.unescape(entity[0])
    return _STAND_IN.get(character, character if character >= " " else " ")


def _linear(formula: re.Match[str]) -> str:
    """A formula within a sentence as words of it: kreuzberg moves it out, before the paragraph."""
    signs = {"sup": "^", "sub": "_", "den": "/"}
    tokens = _MATH_TOKEN.finditer(formula[0])
    text = "".join(signs.get(token[1], "") + (token[2] or "") for token in tokens).strip()
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def _tight(text: str) -> str:
    """List items as neighbouring lines, indented by their depth."""
    blocks = text.split("\n\n")
    gaps = ["\n" if a[:1] == b[:1] == ITEM else "\n\n" for a, b in pairwise(blocks)]
    text = "".join(block + gap for block, gap in zip(blocks, [*gaps, ""], strict=True))
    text = re.sub(rf"^{ITEM}(\d)", lambda depth: "  " * int(depth[1]), text, flags=re.MULTILINE)
    return re.sub(rf"{ITEM}\d", "", text)


def _plain(text: str) -> str:
    for character, stand_in in _STAND_IN.items():
        text = text.replace(stand_in, character)
    return _FOOTNOTE_MARK.sub("", text).strip("\n")
