"""Letters that a PDF takes apart or turns round, put right: what is printed, as it would be typed.

Knows accents drawn beside their letter, ligatures, letters spaced out, and Arabic and Hebrew; knows
pieces and boxes, nothing of lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise
from statistics import median

from ingest.readers.pdf.characters import DELICATE, Piece
from ingest.readers.pdf.lines import HYPHEN

__all__ = ["clean", "mended", "right_to_left"]

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(f"[{_RTL}]")
_BORDER = re.compile(f"(?<=[{_RTL}])(?=[A-Za-z])|(?<=[A-Za-z])(?=[{_RTL}])")
_OPENING = re.compile(r"(?<!\S)[)\]](?=\w)")
_CLOSING = re.compile(r"(?<=\w)[(\[](?=[\s.,;:!?،؛؟]|$)")
_MIRROR = str.maketrans("()[]", ")(][")
_STOP_BEFORE = re.compile(r"(?<!\S)([.,;:!?،؛؟]+)(\d[\d.,/%:-]*(?!\S)|[A-Za-z]\w*$)")
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
_CONTROL = re.compile(rf"[\x00-\x1f\x7f\ufffe\uffff\ue000-\uf8ff](?<!{HYPHEN})")
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] +){3,}[^\W\d_](?!\S)")
_LONGER_THAN_A_FORMULA = 6
_BLANKS = re.compile(r"\s+")


def right_to_left(text: str) -> bool:
    return bool(_RIGHT_TO_LEFT.search(text))


def mended(pieces: list[Piece], size: float) -> list[Piece]:
    """The pieces of one run, in the order and with the blanks in which they would be typed."""
    if not DELICATE.search("".join([piece.text for piece in pieces])):
        return pieces
    if any(right_to_left(piece.text) for piece in pieces):
        pieces = list(_marked(list(_turned(pieces)), size))
    return _tight(list(_accented(pieces)))


def clean(text: str) -> str:
    """Halves of surrogate pairs put together; control characters, runs of blanks and dot leaders cut."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(_BULLETS)
        text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
        text = unicodedata.normalize("NFC", text)
        text = _turned_signs(text) if right_to_left(text) else text
        text = re.sub("\xad(?=.)|[\u200b\u2060\ufeff]", "", text)
    return _BLANKS.sub(" ", _LEADER.sub(" …", _CONTROL.sub(" ", text))).strip()


def _turned_signs(text: str) -> str:
    """Signs of a line that runs from right to left: brackets face the words they enclose, a stop follows them.

    Beside numbers and Latin words PDFium leaves them as they look.
    """
    text = _OPENING.sub(lambda match: match[0].translate(_MIRROR), text)
    text = _CLOSING.sub(lambda match: match[0].translate(_MIRROR), text)
    return _BORDER.sub(" ", _STOP_BEFORE.sub(r"\2\1", text))


def _turned(pieces: list[Piece]) -> Iterator[Piece]:
    """One glyph that stands for several letters, as lam-alef does: PDFium spells it out backwards."""
    for _, same in groupby(pieces, key=lambda each: (each.left, each.right, right_to_left(each.text))):
        letters = list(same)
        yield from reversed(letters) if right_to_left(letters[0].text) else letters


def _marked(pieces: list[Piece], size: float) -> Iterator[Piece]:
    """A vowel sign drawn over the letter after it is typed after that letter, with no blank between."""
    index = 0
    while index < len(pieces):
        blank = pieces[index].text.isspace()
        at = index + blank
        if at + 1 < len(pieces) and _stands_on(pieces[at], pieces[at + 1]):
            gap = pieces[index - 1].left - pieces[at + 1].right if index else 0.0
            if blank and gap > 0.15 * size:
                yield pieces[index]
            yield from (pieces[at + 1], pieces[at])
            index = at + 2
        else:
            yield pieces[index]
            index += 1


def _stands_on(mark: Piece, letter: Piece) -> bool:
    if unicodedata.category(mark.text) != "Mn" or unicodedata.category(letter.text) != "Lo":
        return False
    return letter.left <= (mark.left + mark.right) / 2 <= letter.right and mark[1:3] != letter[1:3]


def _accented(pieces: list[Piece]) -> Iterator[Piece]:
    """An accent drawn over the letter before or after it becomes part of it."""
    waiting: list[Piece] = []
    for piece in pieces:
        accent = waiting[-1] if waiting and not waiting[-1].text.isspace() else waiting[-2] if waiting[1:] else None
        if accent is not None and accent.text in _COMBINING and _is_over(accent, piece):
            while waiting and waiting[-1] is not accent:
                waiting.pop()
            waiting.pop()
            waiting.append(piece._replace(text=_composed(piece.text, accent.text)))
        elif waiting and piece.text in _COMBINING and _is_over(piece, waiting[-1]):
            waiting[-1] = waiting[-1]._replace(text=_composed(waiting[-1].text, piece.text))
        else:
            waiting.append(piece)
    yield from waiting


def _is_over(accent: Piece, letter: Piece) -> bool:
    return letter.text.isalpha() and letter.left < (accent.left + accent.right) / 2 < letter.right


def _composed(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _COMBINING[accent])


def _tight(pieces: list[Piece]) -> list[Piece]:
    """ "C H A P T E R  O N E" without the blanks that are only wide spacing of its letters.

    Such blanks are not typed, and have no width. Those between the letters of a formula have none either.
    """
    kept, text = list(pieces), "".join([piece.text for piece in pieces])
    for match in reversed(list(_SPACED.finditer(text))):
        span = pieces[match.start() : match.end()]
        letters = [each for each in span if not each.text.isspace()]
        typed = any(each.text.isspace() and each.right > each.left for each in span)
        if not typed and (match[0].isupper() or len(letters) > _LONGER_THAN_A_FORMULA):
            kept[match.start() : match.end()] = _respaced(letters)
    return kept


def _respaced(letters: list[Piece]) -> Iterator[Piece]:
    gaps = [after.left - before.right for before, after in pairwise(letters)]
    word = 1.5 * median(gaps)
    for letter, gap in zip(letters, [*gaps, 0.0], strict=True):
        yield letter
        if gap > word:
            yield Piece(" ", letter.right, letter.right, letter.bottom, letter.top)
