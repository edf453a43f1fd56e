"""Plain text and Markdown: the file's own text, character for character.

Offsets into it are offsets into the file, so nothing is tidied.
"""

from __future__ import annotations

from ingest.readers.extraction import Extraction, extraction, first_heading
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import NoText

__all__ = ["read_markdown", "read_text"]


def read_text(data: bytes, *, stem: str, options: Options) -> Extraction:
    return extraction([(_text(data), "")], titles=(), stem=stem)


def read_markdown(data: bytes, *, stem: str, options: Options) -> Extraction:
    text = _text(data)
    return extraction([(text, "")], titles=(first_heading(text),), stem=stem)


def _text(data: bytes) -> str:
    text = decode(data)
    if not text.strip():
        raise NoText("holds nothing but blanks.")
    return text
