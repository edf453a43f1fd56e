"""What is read ahead, while nobody waits: the beginning of the next conversation, and conversations that outgrew their
memory.

A bot's system prompt is the same for everyone, and a cache cannot be copied: whoever begins a conversation takes the
session that holds it, and the next one is read when there is nothing else to do. A conversation whose next turn would
not fit its session is read into a larger one, so that the turn itself reads only what is new. For whoever begins with
something else, memory is taken. All this uses only memory that nobody uses. It begins after a moment of silence, unless
the conversation has outgrown its memory: taking that of a long one can last a second, and nobody is answered then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from phi_assistant.models.onnx.shape import Shape
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.reading import Pace, beyond, piece
from phi_assistant.models.onnx.worker.sessions import HEADROOM, STEP, Session, Sessions

WORTH = 32
"""Tokens; less is read in no time."""

PIECE_S, LEAST = 0.05, 8
"""Pieces are small: whoever calls has to wait for the end of one."""

SILENCE_S = 0.25
"""A program asks its next question sooner; a person never does."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to read ahead."""

    ids: list[int]
    most: int
    """Tokens that the session has to have room for."""
    goes_on: bool = False
    """Whether the next turn of a conversation would otherwise have to read all of it again."""


class Ahead:
    """Reads ahead."""

    def __init__(self, sessions: Sessions, shape: Shape) -> None:
        self._sessions, self._shape = sessions, shape
        self._tasks: list[Task] = []
        self._reading: Session | None = None
        self._silent_at = 0.0

    @property
    def pause(self) -> float | None:
        """Seconds to wait for a call before the next step; None if there is nothing to read."""
        if not self._tasks:
            return None
        return 0.0 if self._tasks[0].goes_on else max(0.0, self._silent_at - time.perf_counter())

    def learn(self, call: Call, session: Session | None) -> None:
        """The call has its answer. Its next turn may come, and others that begin like it."""
        if call.failed or call.start.read_only:
            return
        opening, most = call.start.ids[: call.start.opening], call.most
        tasks = [Task(opening, most)] if len(opening) >= WORTH and not beyond(most, self._shape) else []
        if session and not beyond(len(session.ids), self._shape):
            turn = len(session.ids) + _expected(call) + call.start.max_tokens
            if session.capacity < turn <= self._shape.window:
                tasks.insert(0, Task(list(session.ids), turn, goes_on=True))
        self._tasks = [*tasks, Task([], most)]
        self._silent_at = time.perf_counter() + SILENCE_S

    def forget(self) -> None:
        """Something went wrong; nothing is read ahead until the next answer."""
        if self._reading and self._sessions.has(self._reading):
            self._sessions.drop(self._reading)
        self._tasks, self._reading = [], None

    def step(self, pace: Pace) -> None:
        """Reads a piece, if there is something to read and room for it. Whoever calls meanwhile can have the part
        that was read."""
        task = self._tasks[0]
        session = self._session(task)
        if session and not task.ids:
            self._sessions.give_back(session)
        if session is None or len(session.ids) == len(task.ids):
            self._tasks, self._reading = self._tasks[1:], None
            return
        done = len(session.ids)
        session.read(
            task.ids[done : done + piece(done, len(task.ids), self._shape, pace, seconds=PIECE_S, least=LEAST)]
        )
        self._sessions.give_back(session)
        self._reading = session
        if len(session.ids) == len(task.ids):
            self._sessions.drop_outgrown(session)

    def _session(self, task: Task) -> Session | None:
        """The one that is being read, unless somebody took it; a new one if there is room and none is whole."""
        reading = self._reading
        if reading and self._sessions.has(reading) and reading.ids == task.ids[: len(reading.ids)]:
            return reading
        if self._sessions.holds(task.ids, task.most):
            return None
        return self._sessions.new(task.most, evict=False)


def _expected(call: Call) -> int:
    """Tokens that the next turn may bring: as many as this one, which had passages with its question or had none."""
    return max(HEADROOM, min(STEP, len(call.start.ids) - call.cached))
