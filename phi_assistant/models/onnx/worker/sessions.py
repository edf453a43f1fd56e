"""Conversations that were read, found again by the ids that were fed: only what is new has to be read.

A session is a sequence of the runtime with its key-value cache. A prompt takes the idle session that it shares the
longest beginning with; what differs is taken back. It may take only a session of which it keeps at least half:
another person's conversation that merely has the same system prompt is left alone. A cache cannot be copied
(0.18 gives out copies and takes none in), so that the beginning which all conversations share is read into a spare
session while nobody waits (see `spare`).

Memory is a budget in bytes. A session takes all of its memory when it is made, in steps of `STEP` tokens, so that
it is made for the prompt, the answer and a further turn, never for the whole context of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from phi_assistant.models.onnx.shape import SWITCH, Shape
from phi_assistant.models.onnx.worker.sampling import Scores

STEP = 1024
"""Tokens by which capacities differ."""

HEADROOM = 256
"""Tokens that a session is made larger for the next turn."""


class Reads(Protocol):
    """What a session needs of a sequence."""

    def read(self, ids: Sequence[int]) -> None: ...
    def rewind(self, length: int) -> None: ...
    def logits(self) -> Scores: ...


@dataclass(slots=True, eq=False)
class Session:
    """A sequence, the ids in it, and whether somebody is using it."""

    sequence: Reads
    capacity: int
    """Tokens."""
    ids: list[int]
    used: int
    """Higher is more recent."""
    busy: bool = True

    def read(self, ids: Sequence[int]) -> None:
        self.sequence.read(ids)
        self.ids.extend(ids)

    def keep(self, length: int) -> None:
        """Takes back all but the first ids."""
        if length == len(self.ids):
            return
        self.sequence.rewind(length)
        del self.ids[length:]


class Sessions:
    """All of them, within the budget."""

    def __init__(self, make: Callable[[int], Reads], shape: Shape, budget: int, *, window: int | None = None) -> None:
        self._make, self._shape = make, shape
        self.budget = budget
        """Bytes."""
        self.evicted = 0
        self._limit = window or shape.context_length
        self._all: list[Session] = []
        self._reserved = 0
        self._clock = count(1)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def bytes(self) -> int:
        """What all of them take, with what is reserved for batches."""
        return self._reserved + sum(session.capacity for session in self._all) * self._shape.token_bytes

    def shared(self, ids: Sequence[int], most: int) -> int:
        """How many of the ids would not have to be read."""
        return max((length for session, length in self._usable(ids) if session.capacity >= most), default=0)

    def take(self, ids: Sequence[int], most: int) -> Session | None:
        """A session for a prompt and an answer of `most` tokens together, holding what they share; None if all
        memory is in use by others."""
        session, length = self._best(ids)
        if session and session.capacity < most:  # its conversation goes on in a larger one
            self.drop(session)
            session = None
        session = session or self.new(most)
        if session is None:
            return None
        session.keep(length if session.ids else 0)
        session.busy, session.used = True, next(self._clock)
        return session

    def new(self, most: int, *, evict: bool = True) -> Session | None:
        """An empty session, if there is room for it or room can be made."""
        capacity = self.capacity(most)
        if not self.reserve(capacity, evict=evict, hold=False):
            return None
        session = Session(self._make(capacity), capacity, [], next(self._clock))
        self._all.append(session)
        return session

    def reserve(self, tokens: int, *, evict: bool = True, hold: bool = True) -> bool:
        """Room for this many tokens, to be given back with `release`. The very first always has room."""
        wanted = tokens * self._shape.token_bytes
        while self.bytes + wanted > self.budget and self.bytes:
            if not (evict and self._evict()):
                return False
        self._reserved += wanted * hold
        return True

    def release(self, tokens: int) -> None:
        self._reserved -= tokens * self._shape.token_bytes

    def has(self, session: Session) -> bool:
        """Whether it is still here, and nobody uses it."""
        return session in self._all and not session.busy

    def holds(self, ids: Sequence[int]) -> bool:
        """Whether an idle session has read just this."""
        return any(not session.busy and session.ids == ids for session in self._all)

    def give_back(self, session: Session, *, whole: bool = True) -> None:
        """Nobody uses it any more; it is kept for the next turn, unless something went wrong in it."""
        session.busy = False
        if not session.ids or not whole:
            self.drop(session)

    def drop(self, session: Session) -> None:
        """Frees its memory."""
        self._all.remove(session)

    def capacity(self, most: int) -> int:
        """Of a session for a prompt and an answer of `most` tokens together."""
        return max(most, min(-(-(most + HEADROOM) // STEP) * STEP, self._limit))

    def _best(self, ids: Sequence[int]) -> tuple[Session | None, int]:
        """The idle session that saves most reading, the one that loses least among equals, and what it keeps."""
        return max(self._usable(ids), key=lambda each: (each[1], -len(each[0].ids)), default=(None, 0))

    def _usable(self, ids: Sequence[int]) -> list[tuple[Session, int]]:
        kept = [(session, self._kept(session, ids)) for session in self._all if not session.busy]
        return [(session, length) for session, length in kept if length and 2 * length >= len(session.ids)]

    def _kept(self, session: Session, ids: Sequence[int]) -> int:
        """How many ids can stay. One at least is read again: what comes next is known after reading only."""
        length = min(common(session.ids, ids), len(ids) - 1)
        if not self._shape.rewinds and length < len(session.ids):
            return 0
        if self._shape.switches and len(ids) > SWITCH and length <= SWITCH:
            return 0  # keys on this side of the switch are of no use beyond it
        if self._shape.switches and len(ids) <= SWITCH < len(session.ids):
            return 0
        return length

    def _evict(self) -> bool:
        """Frees the idle session that was not used for longest."""
        idle = [session for session in self._all if not session.busy]
        if not idle:
            return False
        self.drop(min(idle, key=lambda session: session.used))
        self.evicted += 1
        return True


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the beginning that two sequences share."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next(at for at in range(shorter) if one[at] != other[at])
