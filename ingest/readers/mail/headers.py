"""Headers of e-mail as a person reads them: encoded words decoded, whatever character set they are really in."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError

__all__ = ["charset_of", "encoding_of", "file_name", "header", "readable_header", "type_of"]

_ENCODING = re.compile(r"content-transfer-encoding\s*:\s*([\w-]+)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)


def header(message: Message, name: str) -> str:
    """The first of this name; empty where there is none."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return readable_header(raw)


def readable_header(raw: str) -> str:
    """ "=?utf-8?q?Caf=C3=A9?=" is "Café"; line breaks, and characters that are none, become blanks."""
    text = _decoded(raw.encode("utf-8", "surrogateescape"))
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        pieces = [(text, None)]
    words = (piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)
    return " ".join(re.sub(r"[\x00-\x1f\x7f\ufffd]", " ", "".join(words)).split())


def type_of(part: Message) -> str:
    """The whole header that says what kind of content it is, in lower case."""
    return next((str(value).lower() for key, value in part.raw_items() if key.lower() == "content-type"), "")


def charset_of(part: Message) -> str | None:
    """What a part says of its text, also where the header goes on without a semicolon."""
    found = _CHARSET.search(type_of(part))
    return found[1] if found else None


def encoding_of(part: Message) -> str:
    """How a part says it is encoded, also where that has slipped into the header before."""
    found = _ENCODING.search(type_of(part))
    words = header(part, "Content-Transfer-Encoding").split()
    return words[0].rstrip(";") if words else found[1] if found else ""


def file_name(part: Message) -> str:
    """As the sender named it, without folders; empty where it has no name."""
    name = readable_header(part.get_filename() or "")
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _decoded(data: bytes, charset: str | None = None) -> str:
    try:
        return decode(data, declared=charset)
    except LoadError:
        return data.decode("ascii", "replace")
