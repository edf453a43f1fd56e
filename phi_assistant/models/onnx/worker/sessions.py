"""Conversations that were read, found again by the ids that were fed: only what is new has to be read.

A session is a sequence of the runtime with its key-value cache. A prompt takes the idle session that it shares the
longest beginning with; what differs is taken back. It may take only a session of which it keeps at least half:
another person's conversation that merely has the same system prompt is left alone. A cache cannot be copied
(0.18 gives out copies and takes none in), so that the beginning which all conversations share is read into a
session of its own while nobody waits (see `ahead`).

Memory is a budget in bytes. A session takes all of its memory when it is made, in steps of `STEP` tokens, so that
it is made for the prompt, the answer and a further turn, never for the whole context of the model. Making one takes
as long as reading some tokens (measured: 25 ms for 100 MB, 300 ms on another machine), so that an empty one is kept
ready, and an evicted one of the same size is emptied instead of freed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from phi_assistant.models.onnx.shape import Shape
from phi_assistant.models.onnx.worker.reading import kept
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

    def __init__(self, make: Callable[[int], Reads], shape: Shape, budget: int) -> None:
        self._make, self._shape = make, shape
        self.budget = budget
        """Bytes."""
        self.evicted = 0
        self._all: list[Session] = []
        self._reserved = 0
        self._clock = count(1)

    def __len__(self) -> int:
        """Those that hold something."""
        return sum(bool(session.ids) for session in self._all)

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
        known = sorted(self._usable(ids), key=lambda each: (each[1], -len(each[0].ids)), reverse=True)
        session, length = next((each for each in known if each[0].capacity >= most), (None, 0))
        outgrown = known[0][0] if known and known[0][1] and known[0][0].capacity < most else None
        if session is None:
            session = self.new(most, instead=outgrown)
        if session is None:
            return None
        if outgrown in self._all:  # its conversation goes on in a larger one
            self._all.remove(outgrown)
        try:
            session.keep(length)
        except RuntimeError:
            self.drop(session)
            raise
        session.busy, session.used = True, next(self._clock)
        return session

    def new(self, most: int, *, evict: bool = True, instead: Session | None = None) -> Session | None:
        """An empty session, if there is room for it or room can be made, first of all by dropping `instead`."""
        capacity = self.capacity(most)
        dropped = self._make_room(capacity, evict=evict, first=instead)
        if dropped is None:
            return None
        again = next((each for each in dropped if each.capacity == capacity and self._shape.rewinds), None)
        dropped.clear()  # and with them their memory, before other is taken
        if again:
            again.keep(0)
        session = Session(again.sequence if again else self._make(capacity), capacity, [], next(self._clock))
        self._all.append(session)
        return session

    def reserve(self, tokens: int) -> bool:
        """Room for this many tokens, if it can be made; to be given back with `release`."""
        if self._make_room(tokens, evict=True, first=None) is None:
            return False
        self._reserved += tokens * self._shape.token_bytes
        return True

    def release(self, tokens: int) -> None:
        self._reserved -= tokens * self._shape.token_bytes

    def has(self, session: Session) -> bool:
        """Whether it is still here, and nobody uses it."""
        return session in self._all and not session.busy

    def holds(self, ids: Sequence[int], most: int) -> bool:
        """Whether an idle session has read just this, and has room for `most` tokens."""
        return any(not each.busy and each.ids == ids and each.capacity >= most for each in self._all)

    def drop_outgrown(self, whole: Session) -> None:
        """Drops the smaller sessions that have read nothing else than this one."""
        self._all = [
            each
            for each in self._all
            if each is whole or each.busy or each.capacity >= whole.capacity or each.ids != whole.ids
        ]

    def give_back(self, session: Session, *, whole: bool = True) -> None:
        """Nobody uses it any more; it is kept for the next turn, unless something went wrong in it."""
        session.busy = False
        if not whole:
            self.drop(session)

    def drop(self, session: Session) -> None:
        """Frees its memory."""
        self._all.remove(session)

    def capacity(self, most: int) -> int:
        """Of a session for a prompt and an answer of `most` tokens together."""
        return max(most, min(-(-(most + HEADROOM) // STEP) * STEP, self._shape.context_length))

    def _usable(self, ids: Sequence[int]) -> list[tuple[Session, int]]:
        """The idle sessions that may be taken for these ids, and how many each keeps."""
        found = [(session, kept(session.ids, ids, self._shape)) for session in self._all if not session.busy]
        return [(session, length) for session, length in found if 2 * length >= max(1, len(session.ids))] + [
            (session, 0) for session, _ in found if not session.ids
        ]

    def _make_room(self, tokens: int, *, evict: bool, first: Session | None) -> list[Session] | None:
        """Drops idle sessions, those that were not used for longest, until there is room: which; None, and none of
        them, if there cannot be. Where nobody else has anything, there always is."""
        wanted = tokens * self._shape.token_bytes
        idle = [each for each in self._all if not each.busy] if evict else []
        held = self.bytes - sum(each.capacity for each in idle) * self._shape.token_bytes
        if held and held + wanted > self.budget:
            return None
        idle.sort(key=lambda each: (each is not first, each.used))
        dropped: list[Session] = []
        while idle and self.bytes + wanted > self.budget:
            self.evicted += idle[0] is not first
            dropped.append(idle.pop(0))
            self.drop(dropped[-1])
        return dropped
