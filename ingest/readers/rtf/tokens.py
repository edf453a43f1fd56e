r"""The tokens of Rich Text: groups, control words, and bytes of text.

Knows how they are written ("\par", "\u8364", "\'e9", "{", "}"); knows the meaning of "\bin" only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?\d{1,10})?[ ]?"  # a control word, and the blank that ends it
    rb"|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    rb"|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_NESTING = re.compile(rb"\\bin(\d{1,9})[ ]?|\\.|[{}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    word: str = ""
    """The name of a control word, the sign of a control symbol; "{" and "}" for groups."""
    number: int | None = None
    text: bytes = b""
    """What is no control: bytes in the character set of the font."""


class Tokens:
    """The tokens of some data, one after another; whole groups can be passed over, as pictures are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __iter__(self) -> Iterator[Token]:
        while match := _TOKEN.match(self._data, self._at):
            self._at = match.end()
            word, number, code, sign, brace, text = match.groups()
            if word == b"bin":
                self._at += max(int(number or 0), 0)
            elif word:
                yield Token(word.decode(), int(number) if number else None)
            elif code:
                yield Token(text=bytes((int(code, 16),)))
            elif text or (sign and sign in b"{}\\"):
                yield Token(text=text or sign)
            elif brace:
                yield Token(brace.decode())
            elif sign:
                yield Token(sign.decode("latin-1"))

    def rest_of_group(self) -> bytes:
        """What stands before the brace that ends this group; that brace comes next."""
        begin, depth = self._at, 0
        for match in _NESTING.finditer(self._data, begin):
            if match.start() < self._at:  # within binary data
                continue
            if match[1]:
                self._at = match.end() + int(match[1])
            depth += (match[0] == b"{") - (match[0] == b"}")
            if depth < 0:
                self._at = match.start()
                return self._data[begin : self._at]
        self._at = len(self._data)
        return self._data[begin:]
