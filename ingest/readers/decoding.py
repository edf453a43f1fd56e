"""From bytes to text: which character set a file is written in.

Knows byte order marks, UTF-8, what a document declares, and the guess of charset-normalizer.
No newline is translated and nothing but a byte order mark is removed, so that character offsets
are those of `path.read_bytes().decode(...)`.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from phi_assistant.errors import LoadError

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WESTERN = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿ€‚„…‘’“”•–—™§©®°·«»¿¡£±²³½¼\xa0ŠšŽžŒœŸ]*")
_NO_TEXT = (
    "is not a text file: it holds binary data, or a character set that cannot be told. "
    "Save it as UTF-8, or give it the ending of its real format."
)


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of a file; `declared` is the character set that a document says it has."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(encoding, "replace"))
    for claimed in ("utf-8", declared, _unmarked_utf16(data)):
        text = _strictly(data, claimed) if claimed else None
        if text is not None and "\x00" not in text:
            return _checked(text)
    return _checked(_nearly_utf8(data) or _guess(data))


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        name = codecs.lookup(encoding).name
        # The web reads "iso-8859-1" as Windows-1252, which differs from it in the quotation marks.
        return data.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
    except (LookupError, UnicodeError):
        return None


def _unmarked_utf16(data: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in every other byte; only its first kilobytes are looked at."""
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) > 0.05 * len(sample) or max(even, odd) < 0.2 * len(sample):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _nearly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few damaged bytes is still UTF-8: they become U+FFFD, and the rest stays readable."""
    text = data.decode("utf-8", "replace")
    wide = sum(character > "\x7f" for character in text)
    return text if text.count("�") <= 0.02 * wide else None


def _guess(data: bytes) -> str:
    matches = from_bytes(data)
    best = matches.best()
    coherence = {match.encoding: match.coherence for match in matches}
    if best is not None and "cp1252" in coherence and best.coherence > coherence["cp1252"] + 0.1:
        return str(best)
    return _western(data) or (str(best) if best is not None else "\x00")


def _western(data: bytes) -> str | None:
    """Windows-1252, where it gives letters and quotation marks only, among mostly unaccented ones.

    charset-normalizer prefers cp1250 or worse for short texts ("naďve", "5 Ђ").
    """
    text = _strictly(data, "cp1252")
    wide = sum(byte > 0x7F for byte in data)
    plain = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    return text if text is not None and _WESTERN.fullmatch(text) and wide <= max(plain, 4) else None


def _checked(text: str) -> str:
    if "\x00" in text or len(_CONTROL.findall(text)) > 0.01 * len(text):
        raise LoadError(_NO_TEXT)
    return text
