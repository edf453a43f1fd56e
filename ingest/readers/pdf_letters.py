"""Letters that a PDF takes apart or turns round, put right: what is printed, as it would be typed.

Knows accents drawn beside their letter, ligatures, letters spaced out, and Arabic and Hebrew; knows
characters and boxes, nothing of lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise
from statistics import median

from ingest.readers.lines import HYPHEN
from ingest.readers.pdf_characters import Character

__all__ = ["clean", "mended", "right_to_left"]

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(f"[{_RTL}]")
_BORDER = re.compile(f"(?<=[{_RTL}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_RTL}])")
_COMBINING = {
    **{"`": "\u0300", "´": "\u0301", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303", "¯": "\u0304"},
    **{"˘": "\u0306", "˙": "\u0307", "¨": "\u0308", "˚": "\u030a", "˝": "\u030b", "ˇ": "\u030c", "¸": "\u0327"},
    **{"˛": "\u0328"},
}
"""The accents that old typesetters print as characters of their own."""
_DOTLESS = {"ı": "i", "ȷ": "j"}
_BULLETS = str.maketrans(dict.fromkeys("\uf0b7\uf0a7\uf0a8\uf0d8\uf0fc\uf076\uf0e0\uf02d", "•"))
"""Word's bullets, in the private area of its symbol fonts."""
_LIGATURE = re.compile("[\ufb00-\ufb06\ufb1d-\ufbff\ufc00-\ufdff\ufe70-\ufefc]+")
_LEADER = re.compile(r"(?:\s?\.){5,}")
_CONTROL = re.compile(rf"[\x00-\x1f\x7f\u200b\u2060\ufeff\ufffe\uffff\ue000-\uf8ff](?<!{HYPHEN})")
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] +){3,}[^\W\d_](?!\S)")
_BLANKS = re.compile(r"\s+")


def right_to_left(text: str) -> bool:
    return bool(_RIGHT_TO_LEFT.search(text))


def mended(characters: list[Character], size: float) -> list[Character]:
    """The characters of one run, in the order and with the blanks in which they would be typed."""
    text = "".join(character.text for character in characters)
    if not text.isascii() or "^" in text or "~" in text or "`" in text:
        if right_to_left(text):
            characters = list(_marked(list(_turned(characters)), size))
        characters = list(_accented(characters))
        text = "".join(character.text for character in characters)
    return _tight(characters, text) if _SPACED.search(text) else characters


def clean(text: str) -> str:
    """Halves of surrogate pairs put together; control characters, runs of blanks and dot leaders cut."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(_BULLETS)
        text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
        text = _BORDER.sub(" ", unicodedata.normalize("NFC", text))
        text = re.sub("\xad(?=.)", "", text)
    return _BLANKS.sub(" ", _LEADER.sub(" …", _CONTROL.sub(" ", text))).strip()


def _turned(characters: list[Character]) -> Iterator[Character]:
    """One glyph that stands for several letters, as lam-alef does: PDFium spells it out backwards."""
    for _, same in groupby(characters, key=lambda each: (each.left, each.right, right_to_left(each.text))):
        letters = list(same)
        yield from reversed(letters) if right_to_left(letters[0].text) else letters


def _marked(characters: list[Character], size: float) -> Iterator[Character]:
    """A vowel sign drawn over the letter after it is typed after that letter, with no blank between."""
    index = 0
    while index < len(characters):
        blank = characters[index].text.isspace()
        at = index + blank
        if at + 1 < len(characters) and _stands_on(characters[at], characters[at + 1]):
            gap = characters[index - 1].left - characters[at + 1].right if index else 0.0
            if blank and gap > 0.15 * size:
                yield characters[index]
            yield from (characters[at + 1], characters[at])
            index = at + 2
        else:
            yield characters[index]
            index += 1


def _stands_on(mark: Character, letter: Character) -> bool:
    if unicodedata.category(mark.text) != "Mn" or unicodedata.category(letter.text) != "Lo":
        return False
    return letter.left <= (mark.left + mark.right) / 2 <= letter.right and mark[1:3] != letter[1:3]


def _accented(characters: list[Character]) -> Iterator[Character]:
    """An accent drawn over the letter before or after it becomes part of it."""
    waiting: list[Character] = []
    for character in characters:
        accent = waiting[-1] if waiting and not waiting[-1].text.isspace() else waiting[-2] if waiting[1:] else None
        if accent is not None and accent.text in _COMBINING and _is_over(accent, character):
            while waiting and waiting[-1] is not accent:
                waiting.pop()
            waiting.pop()
            waiting.append(character._replace(text=_composed(character.text, accent.text)))
        elif waiting and character.text in _COMBINING and _is_over(character, waiting[-1]):
            waiting[-1] = waiting[-1]._replace(text=_composed(waiting[-1].text, character.text))
        else:
            waiting.append(character)
    yield from waiting


def _is_over(accent: Character, letter: Character) -> bool:
    return letter.text.isalpha() and letter.left < (accent.left + accent.right) / 2 < letter.right


def _composed(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _COMBINING[accent])


def _tight(characters: list[Character], text: str) -> list[Character]:
    """ "C H A P T E R  O N E" without the blanks that are only wide spacing of its letters."""
    kept = list(characters)
    for match in reversed(list(_SPACED.finditer(text))):
        part = [each for each in characters[match.start() : match.end()] if not each.text.isspace()]
        gaps = [after.left - before.right for before, after in pairwise(part)]
        word = 1.5 * median(gaps)
        spaced = [part[0]]
        for letter, gap in zip(part[1:], gaps, strict=True):
            if gap > word:
                spaced.append(Character(" ", spaced[-1].right, letter.left, letter.bottom, letter.top))
            spaced.append(letter)
        kept[match.start() : match.end()] = spaced
    return kept
