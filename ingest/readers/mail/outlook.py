"""Messages saved from Outlook (.msg): who wrote what to whom, and what is attached.

Knows which properties make a letter, and in which of its forms its body is kept; `mapi` knows how properties are
stored, `letters` how a letter is put down, `load` how attachments are read.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterator
from email import message_from_string
from email.utils import format_datetime
from functools import partial
from io import BytesIO

import olefile

from ingest.readers.damages import DAMAGED
from ingest.readers.extraction import Extraction, Problem
from ingest.readers.inner import Inner, InnerFiles
from ingest.readers.mail.compressed_rtf import unpacked_rtf
from ingest.readers.mail.headers import header
from ingest.readers.mail.letters import LOCKED, combined, letter, opened, sealed, unwrapped
from ingest.readers.mail.mapi import Item
from ingest.readers.mail.page_in_rtf import page_in, text_in
from ingest.readers.markup.html import read_html
from ingest.readers.options import Options
from ingest.readers.rtf.document import read_rtf
from phi_assistant.errors import EncryptedFile, LoadError, UnknownFormat

__all__ = ["read_msg"]

_SUBJECT, _HEADERS = 0x0037, 0x007D
_PLAIN, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_SENDER = ((0x0042, 0x5D02, 0x0064, 0x0065), (0x0C1A, 0x5D01, 0x0C1E, 0x0C1F))
"""On whose behalf, and who sent it: name, address, and another address with its kind before it."""
_RECIPIENT = (0x3001, 0x39FE, 0x3002, 0x3003)
_KIND = 0x0C15
_LINES = {"To": (1, 0x0E04), "Cc": (2, 0x0E03)}
"""The kind of recipient, and all their names in one."""
_SENT, _DELIVERED = 0x0039, 0x0E06
_DATA, _METHOD, _NAMES, _TYPE, _CONTENT_ID, _HIDDEN = 0x3701, 0x3705, (0x3707, 0x3704, 0x3001), 0x370E, 0x3712, 0x7FFE
_BY_REFERENCE = (2, 3, 4, 7)
_PICTURE = re.compile(r"\.(png|jpe?g|gif|bmp|tiff?|webp|emf|wmf)$", re.IGNORECASE)
_RIGHTS = "is encrypted, with rights that only Outlook grants. Save its text, and add that."
_LINKED = "is not in the message, which only says where it lies. Add it by itself."
_DEEPEST = 3
"""Messages within messages; below, nobody looks."""


def read_msg(data: bytes, *, stem: str, options: Options, inner: Inner) -> Extraction:
    """One page for the message, then those of what is attached, labelled with its name: "terms.pdf, p. 3"."""
    try:
        file = olefile.OleFileIO(BytesIO(data))
    except Exception as exc:  # olefile raises whatever damaged data leads it into
        raise LoadError(DAMAGED) from exc
    with file:
        message = Item(file, file.root)
        if not message.is_message:
            raise LoadError("is not what its ending says: it holds no message of Outlook. Save it again.")
        return _read(message, stem=stem, options=options, inner=inner, depth=0)


def _read(message: Item, *, stem: str, options: Options, inner: Inner, depth: int) -> Extraction:
    if depth > _DEEPEST:
        raise LoadError("lies too deep, in messages within messages. Save it by itself, and add that.")
    attached = list(message.parts("attach"))
    body, locked = opened(_body(message, options))
    locks = [*filter(None, map(_lock, attached)), *([EncryptedFile(LOCKED)] if locked else [])]
    if locks and not body:
        raise locks[0]
    files = InnerFiles(inner)
    for part in attached:
        if not _lock(part):
            _attach(files, part, partial(_read, options=options, inner=inner, depth=depth + 1))
    return letter(_subject(message), _lines(message), body, stem=stem, files=files, locks=locks)


def _subject(message: Item) -> str:
    return " ".join(message.text(_SUBJECT).split())


def _lines(message: Item) -> Iterator[tuple[str, str]]:
    """As they came over the internet; else as Outlook keeps them, which it does for all."""
    sent = message_from_string(message.text(_HEADERS).lstrip())
    yield "From", header(sent, "From") or next(filter(None, (_person(message, tags) for tags in _SENDER)), "")
    people = [(part.number(_KIND), _person(part, _RECIPIENT)) for part in message.parts("recip")]
    for name, (kind, all_names) in _LINES.items():
        known = "; ".join(person for number, person in people if number == kind and person)
        yield name, header(sent, name) or known or message.text(all_names)
    date = message.time(_SENT) or message.time(_DELIVERED)
    yield "Date", header(sent, "Date") or (format_datetime(date) if date else "")


def _person(item: Item, tags: tuple[int, int, int, int]) -> str:
    """ "Ada Lovelace <ada@example.org>"; the addresses of Exchange itself mean nothing to people."""
    name, smtp, kind, other = map(item.text, tags)
    address = smtp or (other if kind.upper() == "SMTP" else "")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _body(message: Item, options: Options) -> str:
    plain = message.text(_PLAIN)
    page = message.page(_HTML)
    rich = message.data(_RTF)
    try:
        rtf = unpacked_rtf(rich) if rich and not page else b""
        page = page or page_in(rtf)
        if page:
            shown = read_html(page.encode("utf-8", "replace"), stem="", options=options).text
        else:
            plain = plain or text_in(rtf)
            shown = "" if plain or not rtf else read_rtf(rtf, stem="", options=options).text
    except LoadError:
        if not plain.strip():
            raise
        shown = ""
    return combined(unwrapped(plain), shown)


def _lock(part: Item) -> LoadError | None:
    """What is attached may be the letter itself, sealed."""
    kind = part.text(_TYPE).lower()
    if kind.startswith(("application/pkcs7-mime", "application/x-pkcs7-mime")):
        return sealed(kind)
    return EncryptedFile(_RIGHTS) if kind == "application/x-microsoft-rpmsg-message" else None


def _attach(files: InnerFiles, part: Item, read: Callable[..., Extraction]) -> None:
    """Pictures in the text are passed over, and so is what there is no reader for: most of it is decoration."""
    name = part.text(*_NAMES).replace("\\", "/").rpartition("/")[2]
    message = part.within(_DATA)
    if message is not None and message.is_message:
        name = name or _subject(message) or "attached message"
        files.add(name, partial(read, message, stem=name))
        return
    data = part.data(_DATA)
    picture = bool(_PICTURE.search(name)) or part.text(_TYPE).startswith("image/")
    if picture and (part.text(_CONTENT_ID) or part.number(_HIDDEN)):
        return
    if data:
        name = name or f"attachment{mimetypes.guess_extension(part.text(_TYPE)) or ''}"
        files.read(name, data, silent=(LoadError,) if picture else (UnknownFormat,))
    elif part.number(_METHOD) in _BY_REFERENCE:
        files.problems.append(Problem(name or "an attachment", _LINKED))
