r"""Pages of HTML within Rich Text, as Outlook keeps the body of a letter that it received as a page.

Knows which of its words are the page ("\htmltag") and which show it to programs that know no HTML ("\htmlrtf").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ingest.readers.rtf.tables import Font, codec_of, read_fonts
from ingest.readers.rtf.tokens import Token, Tokens

__all__ = ["page_in", "text_in"]

_FROM = re.compile(rb"\{\\rtf[^{}]*(?:\{[^{}]*\}[^{}]*)?\\from(html1|text)\b")
_SKIPPED = frozenset("colortbl stylesheet info pict listtable listoverridetable revtbl object themedata".split())
_SIGNS = {
    "par": "\n", "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "endash": "–", "emdash": "—", "~": "\xa0", "_": "\u2011",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _State:
    """What holds until the group ends."""

    shown: bool = True
    """To programs that know HTML."""
    in_tag: bool = False
    font: int | None = None
    fallback: int = 1
    """How many characters after "\\u" stand for it, for programs that know no Unicode."""


def page_in(data: bytes) -> str:
    """The page; empty where the Rich Text was none."""
    return _Reading(data).text() if _made_from(data) == b"html1" else ""


def text_in(data: bytes) -> str:
    """The plain text that the Rich Text was made from; empty where it was none."""
    return _Reading(data).text() if _made_from(data) == b"text" else ""


def _made_from(data: bytes) -> bytes:
    found = _FROM.match(data[:1000])
    return found[1] if found else b""


class _Reading:
    def __init__(self, data: bytes) -> None:
        self._tokens, self._state, self._outer = Tokens(data), _State(), list[_State]()
        self._codec, self._fonts = "cp1252", dict[int, Font]()
        self._pieces, self._bytes = list[str](), bytearray()
        self._to_skip = 0

    def text(self) -> str:
        begins = starred = False
        for token in self._tokens:
            if token.text:
                self._bytes += token.text[self._to_skip :] if self._state.shown else b""
                self._to_skip = max(self._to_skip - len(token.text), 0)
                begins = False
                continue
            self._flush()
            self._to_skip = 0
            if token.word == "{":
                self._outer.append(self._state)
                begins, starred = True, False
            elif token.word == "}":
                self._state = self._outer.pop() if self._outer else self._state
                begins = False
            elif begins and token.word == "*":
                starred = True
            else:
                self._take(token, begins=begins, starred=starred)
                begins = False
        self._flush()
        # Characters beyond U+FFFF came as two halves.
        return "".join(self._pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _take(self, token: Token, *, begins: bool, starred: bool) -> None:
        word, number = token.word, token.number
        if begins and word == "fonttbl":
            self._fonts = read_fonts(self._tokens.rest_of_group())
        elif begins and word == "htmltag":
            self._state = replace(self._state, in_tag=True)
        elif begins and (starred or word in _SKIPPED):
            self._tokens.rest_of_group()
        elif word == "htmlrtf":
            self._state = replace(self._state, shown=number == 0)
        elif word == "ansicpg":
            self._codec = codec_of(number) or self._codec
        elif word in ("f", "plain"):
            self._state = replace(self._state, font=number if word == "f" else None)
        elif word == "uc":
            self._state = replace(self._state, fallback=max(number or 0, 0))
        elif word == "u":
            self._put(chr((number or 0) % 0x10000))
            self._to_skip = self._state.fallback
        elif word in _SIGNS:
            self._put(_SIGNS[word])

    def _flush(self) -> None:
        """Characters of several bytes come in several tokens."""
        if self._bytes:
            font = None if self._state.in_tag or self._state.font is None else self._fonts.get(self._state.font)
            self._pieces.append(self._bytes.decode(font.codec if font and font.codec else self._codec, "replace"))
            self._bytes.clear()

    def _put(self, text: str) -> None:
        if self._state.shown:
            self._pieces.append(text)
