"""How a prompt is read: in which pieces, and what of an earlier one can be kept.

Pieces are as long as about a quarter of a second allows (measured: chunks of 64 tokens and more cost nothing), so
that others have their turn and a cancelled call ends soon. The long-context types turn their keys by other factors
beyond `SWITCH` tokens, and keys on either side do not mix: a prompt that passes it is read beyond it in one piece, and
nothing is kept across it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from phi_assistant.models.onnx.shape import SWITCH, Shape

PIECE_S = 0.25
LEAST, FIRST, MOST = 32, 64, 512
"""Tokens of a piece: at least, before the pace is known, at most."""


class Pace:
    """How fast the model reads, as measured while it does."""

    def __init__(self) -> None:
        self.known = False
        self.rate = FIRST / PIECE_S
        """Tokens a second."""

    @contextmanager
    def measured(self, tokens: int) -> Iterator[None]:
        """While so many tokens are read."""
        began = time.perf_counter()
        yield
        rate = tokens / max(time.perf_counter() - began, 1e-6)
        if tokens >= FIRST or (2 * tokens >= LEAST and not self.known):
            self.rate, self.known = rate, True
        elif 2 * tokens >= LEAST:  # few are read less efficiently: no sign that the model has become slower
            self.rate = max(rate, 0.9 * self.rate)


def piece(done: int, total: int, shape: Shape, pace: Pace, *, seconds: float = PIECE_S, least: int = LEAST) -> int:
    """Tokens to read next of a prompt: pieces of the same length, none too small to be worth it."""
    if beyond(total, shape) and done <= SWITCH:
        return SWITCH + 1 - done
    left = total - done
    longest = int(min(max(pace.rate * seconds, least), MOST))
    return -(-left // -(-left // longest))


def kept(known: Sequence[int], wanted: Sequence[int], shape: Shape) -> int:
    """How many ids of what was read can stay for another prompt.

    One at least is read again: what comes next is known after reading only.
    """
    length = min(common(known, wanted), len(wanted) - 1)
    if not shape.rewinds and length < len(known):
        return 0
    if beyond(len(wanted), shape) != beyond(len(known), shape):
        return 0
    return 0 if beyond(len(wanted), shape) and length <= SWITCH else length


def beyond(length: int, shape: Shape) -> bool:
    """Whether a sequence of this length is on the far side of the switch."""
    return shape.switches and length > SWITCH


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the beginning that two sequences share."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next(at for at in range(shorter) if one[at] != other[at])
