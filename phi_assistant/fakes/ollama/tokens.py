"""The tokens of a fake model: words, so that a reader can count them.

A token is a word with the space before it, a control token such as `<|end|>`, or any other single character:
"hello, <|end|>\\n" has five ("hello", ",", " ", "<|end|>", "\\n").
"""

from __future__ import annotations

import re
from typing import Protocol

_PIECES = re.compile(r"<\|[^|<>]*\|>| ?\w+|.", re.DOTALL)


class Tokenizer(Protocol):
    """Text to ids and back."""

    def encode(self, text: str) -> list[int]: ...

    def decode(self, ids: list[int]) -> str: ...


class WordTokenizer:
    """Words, numbered from 1 as they first come.

    >>> words = WordTokenizer()
    >>> words.encode("a cat, a cat")
    [1, 2, 3, 4, 2]
    >>> words.decode([1, 2])
    'a cat'
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._pieces = [""]

    def encode(self, text: str) -> list[int]:
        return [self._id(piece) for piece in split(text)]

    def decode(self, ids: list[int]) -> str:
        """Ids that were never given out are nothing."""
        return "".join(self._pieces[each] for each in ids if 0 <= each < len(self._pieces))

    def _id(self, piece: str) -> int:
        if piece not in self._ids:
            self._ids[piece] = len(self._pieces)
            self._pieces.append(piece)
        return self._ids[piece]


def split(text: str) -> list[str]:
    """The tokens as text; together they are the whole.

    >>> split("The answer is forty-two.")
    ['The', ' answer', ' is', ' forty', '-', 'two', '.']
    """
    return _PIECES.findall(text)
