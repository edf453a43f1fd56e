"""From bytes to text: which character set a file is written in.

Knows byte order marks, Unicode without them, what a document declares, and the guess of charset-normalizer;
`alphabets` and `scripts` know which letters go together. What is declared is often wrong: a server adds the same
to every page. No newline is translated and nothing but a byte order mark is removed, so that character offsets
are those of `path.read_bytes().decode(...)`.
"""

from __future__ import annotations

import codecs
import re
from unicodedata import category

from charset_normalizer import from_bytes

from ingest.readers.text.alphabets import fitness, latin_charset
from ingest.readers.text.scripts import script_charset
from phi_assistant.errors import LoadError

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_NEVER_WRITTEN = frozenset(("Cc", "Cn", "Co", "Cs"))
"""Categories of Unicode that text has none of, but for line ends and tabs."""
_JAPANESE = (b"\x1b$B", b"\x1b$@")
"""By which ISO-2022-JP, of seven bits, begins its characters."""
_SAMPLE = 4096
_BIG_ENDIAN_FIRST = ("utf-32-be", "utf-16-be", "utf-16-le", "utf-32-le")
_LATIN = ("ascii", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15", "cp1250", "cp1252", "cp1254", "cp1257")
_C1 = re.compile("[\x80-\x9f]")
"""Control characters that nobody writes: where they turn up, another character set was meant."""
_DOUBTFUL = 0.6
_BETTER = 0.2
"""Fitness by which another reading overrules what is declared."""
_NO_TEXT = (
    "is not a text file: it holds binary data, or a character set that cannot be told. "
    "Save it as UTF-8, or give it the ending of its real format."
)


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of a file; `declared` is the character set that a document says it has."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(encoding, "replace"))
    for claimed in ("iso2022_jp" if any(map(data.__contains__, _JAPANESE)) else "utf-8", _unmarked(data)):
        text = _strictly(data, claimed) if claimed else None
        if text is not None and "\x00" not in text:
            return _checked(text)
    return _checked(_declared(data, declared) or _nearly_utf8(data) or _guess(data))


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        name = codecs.lookup(encoding).name
        # The web reads "iso-8859-1" as Windows-1252, which differs from it in the quotation marks.
        return data.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
    except (LookupError, ValueError):  # a name that is none, or bytes that do not fit
        return None


def _unmarked(data: bytes) -> str | None:
    """UTF-32 or UTF-16 without a mark: blanks and line ends have zeros in the same places in every script."""
    sample = data[:_SAMPLE]
    if b"\0" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    order = ("utf-32-le", "utf-16-le", "utf-16-be", "utf-32-be") if odd > even else _BIG_ENDIAN_FIRST
    return next((encoding for encoding in order if _is_written(sample, encoding)), None)


def _is_written(sample: bytes, encoding: str) -> bool:
    """Whether the sample holds nothing in this encoding but characters that people write."""
    whole = sample[: len(sample) // 4 * 4 or len(sample)]
    text = _strictly(whole, encoding) or _strictly(whole[:-2], encoding) or ""  # a pair may have been cut in two
    plain = sum(character < "\x80" for character in text)  # a zero is to be half of one of these
    return plain >= max(1, sum(ord(character) % 0x100 == 0 for character in text)) and not any(
        category(character) in _NEVER_WRITTEN and character not in "\t\n\v\f\r" for character in text
    )


def _declared(data: bytes, declared: str | None) -> str | None:
    """What is declared, where it makes sense of all bytes, and words of those that may be many things."""
    text = _strictly(data, declared) if declared else None
    if declared is None or text is None or "\x00" in text or _C1.search(text):
        return None
    latin = codecs.lookup(declared).name in _LATIN
    return None if latin and (not _is_plain(data) or script_charset(data) or _fits_badly(data, text)) else text


def _fits_badly(data: bytes, text: str) -> bool:
    """Latin letters that are those of no language, or of one less than in another reading."""
    other = _latin(data)
    fits = fitness(text[:_SAMPLE])
    return fits < _DOUBTFUL or (other is not None and fitness(other[:_SAMPLE]) > fits + _BETTER)


def _nearly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few damaged bytes is still UTF-8: they become U+FFFD, and the rest stays readable."""
    text = data.decode("utf-8", "replace")
    wide = sum(character > "\x7f" for character in text)
    return text if text.count("�") <= 0.02 * wide else None


def _guess(data: bytes) -> str:
    """charset-normalizer knows scripts of many characters; `alphabets` and `scripts` know the others better."""
    if script := script_charset(data):
        return data.decode(script, "replace")
    matches = from_bytes(data)
    best = matches.best()
    coherence = {match.encoding: match.coherence for match in matches}
    surer = best is not None and "cp1252" in coherence and best.coherence > coherence["cp1252"] + 0.1
    if best is not None and surer and not _is_latin(str(best)[:_SAMPLE]):
        return str(best)
    return _latin(data) or (str(best) if best is not None else "\x00")


def _is_latin(text: str) -> bool:
    accented = [character for character in text if character > "\x7f" and character.isalpha()]
    return sum(character < "\u0250" for character in accented) > 0.5 * len(accented)


def _latin(data: bytes) -> str | None:
    """Latin letters, most of them unaccented, where that makes words."""
    charset = latin_charset(data) if _is_plain(data) else None
    return _strictly(data, charset) if charset else None


def _is_plain(data: bytes) -> bool:
    """Most of its letters are those of ASCII, as in every language of Latin letters."""
    wide = sum(byte > 0x7F for byte in data)
    return wide <= max(sum(chr(byte).isalpha() for byte in data if byte < 0x80), 4)


def _checked(text: str) -> str:
    if "\x00" in text or len(_CONTROL.findall(text)) > 0.01 * len(text):
        raise LoadError(_NO_TEXT)
    return text
