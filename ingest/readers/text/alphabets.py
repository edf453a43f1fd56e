"""European alphabets: which of several readings of the same bytes is a language that people write.

Programs for guessing character sets look at whole scripts, and take "Zamìstnanci" or "naďve" for words. Here a
reading is the better the more of its accented letters one language has.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

__all__ = ["fitness", "latin_charset"]

CHARACTER_SETS = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "cp850", "cp852", "mac_roman")
"""Of Latin letters, the most used first."""

_LANGUAGES = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "àâæçéèêëîïôœùûüÿ",  # French
        "äöüßé",  # German
        "áéíñóúüï",  # Spanish
        "àáâãçéêíóôõúü",  # Portuguese
        "àáçèéíïòóúü",  # Catalan, and Italian
        "àèéìíîòóùú",  # Italian
        "áéëïóöúü",  # Dutch
        "åäöéæøüáó",  # Danish, Norwegian, Swedish, Finnish
        "áðéíóúýþæö",  # Icelandic
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţșț",  # Romanian
        "čćđšž",  # Croatian, Slovenian
        "çğıİöşüâî",  # Turkish
        "äõöüšž",  # Estonian
        "āčēģīķļņšūž",  # Latvian
        "ąčęėįšųūž",  # Lithuanian
    )
)
_SIGNS = frozenset("€„…‘’‚“”•–—™§©®°·«»‹›¿¡ºª£±²³½¼¾×÷µ¶\xa0\xad")
_INSIDE = frozenset("’·\xad\xa0–—…")
"""Signs that stand between letters as well: "l’eau"."""
_WORDS = 0.75
"""Fitness from which on a reading is one in words: names of other languages have letters of their own."""


_ACCENTED = re.compile(rb"[A-Za-z]?[\x80-\xff]+(?:[A-Za-z]+[\x80-\xff]+)*[A-Za-z]?")
_ENOUGH = 2000
"""Words that tell."""


def latin_charset(data: bytes) -> str | None:
    """None where none makes words of these bytes."""
    words = b" ".join(match[0] for match in islice(_ACCENTED.finditer(data), _ENOUGH))
    fits = {name: fitness(text) for name in CHARACTER_SETS if (text := _reading(words, name)) is not None}
    best = max(fits, key=lambda name: fits[name], default=None)
    return best if best and fits[best] >= _WORDS else None


def fitness(text: str) -> float:
    """0 to 1: how many of the characters beyond ASCII are letters of one language, or signs in their places."""
    letters, signs, strange = Counter[str](), 0, 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character <= "\x7f":
            continue
        if character in _SIGNS:
            placed = character in _INSIDE or not (before.isalpha() and after.isalpha())
            signs, strange = signs + placed, strange + (not placed)
        elif character.isalpha() and not (character.isupper() and before.islower()):
            letters[character] += 1
        else:
            strange += 1
    total = letters.total() + signs + strange
    known = max(sum(letters[letter] for letter in language) for language in _LANGUAGES)
    return (known + signs) / total if total else 1.0


def _reading(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None
