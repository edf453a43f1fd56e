"""E-mail (.eml), and web pages that browsers save as messages (.mht): who wrote what to whom, and what is attached.

Knows the parts of a message and which of them a person reads; `letters` knows how its text is put down, `load`
how attachments are read. Python's older mail policy is used: the newer one stumbles over broken headers.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from ingest.readers.extraction import Extraction
from ingest.readers.inner import Inner, InnerFiles
from ingest.readers.mail.headers import charset_of, encoding_of, file_name, header, type_of
from ingest.readers.mail.letters import LOCKED, combined, letter, opened, sealed, unwrapped
from ingest.readers.markup.html import read_html
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import EncryptedFile, LoadError, NoText, UnknownFormat

__all__ = ["read_mail"]

_LINES = ("From", "To", "Cc", "Date")
_UNREAD = re.compile(
    r"application/(pgp-signature|pgp-keys|x-pkcs7-signature|pkcs7-signature)|text/(x-amp-html|rfc822-headers|calendar)"
    r"|message/(delivery-status|disposition-notification|feedback-report|partial|external-body)"
)
"""Parts that are there for programs."""
_SAVED_PAGE = re.compile(r"<?Saved by ", re.IGNORECASE)


@dataclass(slots=True)
class _Parts:
    """What a message is made of, each in its order."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Message] = field(default_factory=list)
    locks: list[LoadError] = field(default_factory=list)
    """Why texts of it cannot be read."""


def read_mail(data: bytes, *, stem: str, options: Options, inner: Inner) -> Extraction:
    """One page for the message, then those of what is attached, labelled with its name: "terms.pdf, p. 3"."""
    message = message_from_bytes(data)
    if not message.keys():
        raise LoadError("is not what its ending says: it has no headers, as every e-mail has. Save it again.")
    parts = _Parts()
    try:
        _sort(message, parts, options)
    except RecursionError as exc:
        raise LoadError("is damaged: its parts are nested without end.") from exc
    body, locked = opened("\n\n".join(filter(None, parts.texts)))
    locks = [*parts.locks, *([EncryptedFile(LOCKED)] if locked else [])]
    if locks and not body:
        raise locks[0]
    files = _attached(parts.attachments, inner)
    return letter(header(message, "Subject"), _lines(message), body, stem=stem, files=files, locks=locks)


def _lines(message: Message) -> list[tuple[str, str]]:
    """A page that was saved as a message has been sent by nobody."""
    names = () if _SAVED_PAGE.match(header(message, "From")) else _LINES
    return [(name, header(message, name)) for name in names]


def _sort(part: Message, parts: _Parts, options: Options) -> None:
    kind = part.get_content_type()
    if kind in ("multipart/encrypted", "application/pgp-encrypted"):
        parts.locks.append(EncryptedFile(LOCKED))
    elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        parts.locks.append(sealed(type_of(part)))
    elif kind == "multipart/alternative":
        _choose(part, parts, options)
    elif part.is_multipart() and part.get_content_maintype() != "message":
        for child in _children(part):
            _sort(child, parts, options)
    elif _is_body(part):
        try:
            parts.texts.append(_text(part, options))
        except LoadError as exc:
            parts.locks.append(exc)
    elif not _UNREAD.fullmatch(kind):
        parts.attachments.append(part)


def _choose(part: Message, parts: _Parts, options: Options) -> None:
    """The same text in several forms."""
    plain: list[str] = []
    pages: list[str] = []
    for child in _children(part):
        form = _Parts()
        _sort(child, form, options)
        (plain if child.get_content_type() == "text/plain" else pages).extend(form.texts)
        parts.attachments += form.attachments
        parts.locks += form.locks
    parts.texts.append(combined("\n\n".join(plain), "\n\n".join(pages)))


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    return (child for child in payload if isinstance(child, Message)) if isinstance(payload, list) else iter(())


def _is_body(part: Message) -> bool:
    """A part without a name that is text; also one that claims to have parts, and has none."""
    kind = part.get_content_type()
    if part.is_multipart() or part.get_content_disposition() == "attachment" or file_name(part):
        return False
    return kind in ("text/plain", "text/html", "text/enriched") or kind.startswith("multipart/")


def _text(part: Message, options: Options) -> str:
    text = decode(_payload(part), declared=charset_of(part))
    if part.get_content_type() != "text/html":
        return unwrapped(text, flowed="flowed" in type_of(part))
    try:
        return read_html(text.encode(), stem="", options=options).text
    except NoText:
        return ""


def _payload(part: Message) -> bytes:
    encoding = encoding_of(part)
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = encoding  # for `email` takes no blanks around it
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _attached(attachments: Iterable[Message], inner: Inner) -> InnerFiles:
    """Pictures in the text are passed over, and so is what there is no reader for: most of it is decoration."""
    files = InnerFiles(inner)
    for part in attachments:
        picture = part.get_content_maintype() == "image"
        if picture and ("Content-ID" in part or part.get_content_disposition() != "attachment"):
            continue
        data = _forwarded(part) if part.get_content_maintype() == "message" else _payload(part)
        if data:
            files.read(_name(part), data, silent=(LoadError,) if picture else (UnknownFormat,))
    return files


def _forwarded(part: Message) -> bytes:
    children = list(_children(part))
    try:
        return children[0].as_bytes() if children else _payload(part)
    except (LookupError, ValueError, TypeError, AttributeError):  # headers so broken that they cannot be written
        return b""


def _name(part: Message) -> str:
    if name := file_name(part):
        return name
    if part.get_content_maintype() == "message":
        subject = next((header(child, "Subject") for child in _children(part)), "")
        return f"{subject.replace('/', '-') or 'forwarded message'}.eml"
    return f"attachment{mimetypes.guess_extension(part.get_content_type()) or ''}"
