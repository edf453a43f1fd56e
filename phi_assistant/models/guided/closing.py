"""Ending a guided text in time: at any moment a short way to complete it is known, and is taken if need be.

A grammar alone does not promise text that parses: a string may go on until the tokens are used up. So after each
token the way to the end is looked for again, and a token after which the rest would not suffice is replaced by the
next one of the way that does. Nearly always the way of before still holds, which takes some 20 µs to see, whatever
the vocabulary.

Works inside the model's process on llguidance's matcher; knows nothing of models, and of JSON only what to try first.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

_LONGEST = 16_384
"""Bytes after which a way is given up: three hundred keys of a schema, or a third of a second in one without an end."""

_COMPARED = 24
"""Choices that are compared at a step of the straight way."""

_EXPANDED = 100
"""States that are looked at where the straight way leads nowhere."""

_STRUCTURE = b'}],1"nft[0{-:23456789'
"""What brings JSON to its end, the shortest first. 1 before 0, for there is no year 0."""

_ENDS = (b"}", b"]", b'"')
"""What is taken at once where it may come: it closes something. (A string is opened by it only where nothing may be
closed, and to close that again is the next step.)"""

_TEXT = b'" 1a.-@'
"""The same within a string; where it is too short to end, spaces, of which many are one token."""

_PROBES = bytes(dict.fromkeys(_STRUCTURE + _TEXT + b"ABFZbz+/\\_eEuT\x80\xa0\xc3\xe2"))
"""States that allow the same of these are taken for one and the same in a search, lest it look at all texts."""

_PARTS = re.compile(rb"\xff\[\d+\]|[^\xff]+")
"""llguidance writes a special token as its number, like this, among the bytes of the others."""

_WHOLE = re.compile("[^\udc80-\udcff]+|[\udc80-\udcff]")
"""Whole characters, or one byte of a broken one, as Python's `surrogateescape` gives it."""

Kind = tuple[bytes, bytes]
"""What a state forces and allows."""


class Closer:
    """Of one text that is being written."""

    def __init__(self, matcher: LLMatcher, tokenizer: LLTokenizer, most: int | None = None) -> None:
        """Raises ValueError if the grammar has no end that can be found, or none within `most` tokens."""
        self._matcher, self._tokenizer = matcher, tokenizer
        self._of_byte = {byte: token for byte in range(256) for token in _alone(tokenizer, byte)}
        self.cut = False
        """Whether the text had to be ended before its time."""
        way = self._search(_LONGEST)
        if way is None:
            raise ValueError("no text within this grammar ever ends, or none that is reasonably short")
        if most is not None and len(way) > most:
            raise ValueError(f"an answer of this form takes at least {len(way)} tokens, and `max_tokens` allows {most}")
        self._way = way

    @property
    def shortest(self) -> int:
        """Tokens that complete the text from here."""
        return len(self._way)

    def take(self, token: int, left: int) -> int:
        """Takes the next token, or another one if the text could not be completed after it; says which it took.

        `left` are the tokens that the text may still have, this one included. The matcher must allow the token, and
        has consumed the one that is returned.
        """
        if self._fits(token, left - 1):
            return token
        self.cut = True
        token = self._way.pop(0) if self._way else int(self._tokenizer.eos_token)
        self._consume(token)
        return token

    def _fits(self, token: int, left: int) -> bool:
        self._consume(token)
        if self._way[:1] == [token]:
            del self._way[0]
            return True
        if self._matcher.is_stopped():  # nothing may follow
            self._way = []
            return True
        if len(self._way) <= left and self._completes(self._way):
            return True
        way = self._search(left)
        if way is None:
            self._matcher.rollback(1)
            return False
        self._way = way
        return True

    def _consume(self, token: int) -> None:
        if not self._matcher.consume_token(token):
            raise ValueError(self._matcher.get_error().partition("\n")[0])

    def _completes(self, way: Sequence[int]) -> bool:
        """Whether the text would be complete after these tokens."""
        tokens = list(way)
        if self._matcher.validate_tokens(tokens) < len(tokens):
            return False
        self._matcher.consume_tokens(tokens)
        complete = bool(self._matcher.is_accepting())
        self._matcher.rollback(len(tokens))
        return complete

    def _search(self, most: int) -> list[int] | None:
        """A way to the end of at most so many tokens, if one is found."""
        longest = min(_LONGEST, 16 * most + 64)
        written = self._straight(longest)
        if written is None:
            written = self._wide(longest)
        if written is None:
            return None
        way = self._tokens(written)
        return way if len(way) <= most and self._completes(way) else None

    def _straight(self, longest: int) -> bytes | None:
        """What comes of taking the best at each step, and the less trodden where there is none."""
        written, steps, trodden = b"", 0, Counter[Kind]()
        while not (complete := self._matcher.is_accepting()) and len(written) <= longest:
            more = self._matcher.compute_ff_bytes() or self._best(trodden)
            if not more:
                break
            steps += self._write(more)
            written += more
        self._matcher.rollback(steps)
        return written if complete else None

    def _best(self, trodden: Counter[Kind]) -> bytes:
        """The first choice; now and then, and at once where it leads in a circle, the one that leads to the newest."""
        best, best_kind, often = b"", (b"", b""), 0
        for choice in islice(self._choices(), _COMPARED):
            if choice in _ENDS:
                return choice
            kind = self._kind_after(choice)
            if not best or trodden[kind] < often:
                best, best_kind, often = choice, kind, trodden[kind]
            if often == 0 or often.bit_count() > 1:  # else 1, 2, 4, 8 …: lest a string of forty digits take its time
                break
        trodden[best_kind] += 1
        return best

    def _wide(self, longest: int) -> bytes | None:
        """What comes of looking at the shortest texts first, at one of each kind."""
        texts = [(0, b"")]
        for _ in range(_EXPANDED):
            if not texts or texts[0][0] > longest:
                return None
            written = heapq.heappop(texts)[1]
            steps = self._write(written)
            complete = self._matcher.is_accepting()
            for more in () if complete else self._unlike():
                heapq.heappush(texts, (len(written + more), written + more))
            self._matcher.rollback(steps)
            if complete:
                return written
        return None

    def _unlike(self) -> list[bytes]:
        """What may come next, one of those that lead to the same."""
        if forced := self._matcher.compute_ff_bytes():
            return [forced]
        kinds: dict[Kind, bytes] = {}
        for choice in self._choices():
            kinds.setdefault(self._kind_after(choice), choice)
        return list(kinds.values())

    def _kind_after(self, choice: bytes) -> Kind:
        self._write(choice)
        kind = self._matcher.compute_ff_bytes(), bytes(byte for byte in _PROBES if self._allows(byte))
        self._matcher.rollback(1)
        return kind

    def _choices(self) -> Iterator[bytes]:
        """The bytes that may come next, the best first."""
        first = _TEXT if self._allows(ord("z")) or self._allows(ord("Z")) else _STRUCTURE
        for byte in dict.fromkeys([*first, *range(32, 256), *range(32)]):
            if self._allows(byte):
                yield bytes([byte])

    def _allows(self, byte: int) -> bool:
        token = self._of_byte.get(byte)
        return token is not None and self._matcher.validate_tokens([token]) == 1

    def _write(self, written: bytes) -> int:
        """Has the matcher consume it byte by byte; says how many tokens that were."""
        tokens: list[int] = []
        for part in _PARTS.findall(written):
            tokens += [_number(part)] if part[0] == 0xFF else [self._of_byte[byte] for byte in part]
        self._matcher.consume_tokens(tokens)
        return len(tokens)

    def _tokens(self, written: bytes) -> list[int]:
        """As the model's own tokenizer cuts it."""
        tokens: list[int] = []
        for part in _PARTS.findall(written):
            if part[0] == 0xFF:
                tokens.append(_number(part))
                continue
            for whole in _WHOLE.findall(part.decode("utf-8", "surrogateescape")):
                byte = self._of_byte.get(ord(whole) - 0xDC00) if whole > "\udc7f" and len(whole) == 1 else None
                tokens += self._tokenizer.tokenize_bytes(whole.encode()) if byte is None else [byte]
        return tokens


def _number(special: bytes) -> int:
    return int(special[2:-1])


def _alone(tokenizer: LLTokenizer, byte: int) -> list[int]:
    """The token that is this byte alone, if there is one."""
    tokens = tokenizer.tokenize_bytes(bytes([byte]))
    return tokens if len(tokens) == 1 and tokenizer.decode_bytes(tokens) == bytes([byte]) else []
