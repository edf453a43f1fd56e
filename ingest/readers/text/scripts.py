"""Cyrillic, Greek, Hebrew, Arabic and Thai letters of one byte each: which reading of the bytes is written language.

Programs for guessing character sets want a page of text. Here a reading is the better the more common its letters
are in one language, which tells from a sentence.
"""

from __future__ import annotations

import re

__all__ = ["script_charset"]

_CHARACTER_SETS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac_cyrillic"): (
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",  # Russian
        "оанивертслкдпумязьбгчйхцжіїюєшщфґ",  # Ukrainian
        "аоиентрвслкпдмзъгбучцяжщшюхйьф",  # Bulgarian
        "аоиенртсјвукдлмпзбгцчшжхњћљђфџ",  # Serbian
    ),
    ("cp1253", "iso8859-7"): ("αοιετσνηυρπκμλςίόάέδήγώχωθφύβζξψϊϋΐΰ",),
    ("cp1255", "iso8859-8"): ("יוהלאמרתבשנםכעדחקפטגןצזסךףץ",),
    ("cp1256", "iso8859-6"): ("اليمونترةبعدسفهكقأحجشطصىخإذئزثضغءظؤآلًَُِّ،؛؟",),
    ("cp874",): ("านรกเงอยมลวดทสตะปบคหแจพชขใไโผณซถธภศษญฎฐฏฒฉฝฟฮฬ่้ัิีืุูำ์็ๆฯ",),
}
"""With the letters of their languages, the most common first; in a reading, case tells nothing."""
_SIGNS = frozenset("«»„“”‘’–—…№§©®°€\xa0·")
_FIRST, _FALL = 0.11, 0.9
"""How often the first letter comes, and how much rarer each is than the one before it: near enough for all."""
_STRANGE = -0.2
_LIKELY = 0.03
"""The mean from which on a reading is language; letters by chance have half of it."""
_ENOUGH = 2000
_FEWEST = 4
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_PLAIN = re.compile(rb"[A-Za-z]+")


def script_charset(data: bytes) -> str | None:
    """None where none makes language of these bytes; accented letters stand among plain ones, these do not."""
    written = b" ".join(_WORD.findall(data[: 50 * _ENOUGH]))[:_ENOUGH]
    words = _PLAIN.sub(b"", written)
    letters = len(words.replace(b" ", b""))
    if letters <= max(len(written) - len(words), _FEWEST):
        return None
    scores = {
        name: max(_score(text, language) for language in languages)
        for names, languages in _CHARACTER_SETS.items()
        for name in names
        if (text := _reading(words, name)) is not None
    }
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best and scores[best] >= _LIKELY else None


def _score(text: str, language: str) -> float:
    """The mean of how common its letters are; a capital after a small letter is none of a word."""
    common = {letter: _FIRST * _FALL**rank for rank, letter in enumerate(language)}
    total, count = 0.0, 0
    for before, character in zip(" " + text, text, strict=False):
        if character != " ":
            capital = character.isupper() and before.islower()
            other = 0.0 if character in _SIGNS else _STRANGE
            total += _STRANGE if capital else common.get(character.lower(), other)
            count += 1
    return total / count if count else 0.0


def _reading(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None
