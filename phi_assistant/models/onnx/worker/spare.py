"""The beginning that all conversations share, read while nobody waits.

A bot's system prompt is the same for everyone, and a cache cannot be copied: whoever begins a conversation takes
the spare session that holds it, and the next one is read when there is nothing else to do. It takes only memory that
nobody uses.
"""

from __future__ import annotations

from phi_assistant.models.onnx.worker.answer import Pace
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.sessions import Session, Sessions

WORTH = 32
"""Tokens; less is read in no time."""

PIECE_S, LEAST = 0.05, 8
"""Pieces are small: whoever calls has to wait for the end of one."""


class Spare:
    """The session for whoever comes next."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._opening: list[int] = []
        self._most = 0
        self._reading: Session | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is something to read."""
        return bool(self._opening)

    def learn(self, call: Call) -> None:
        """The call is over; one that begins like it may come."""
        if call.start.opening >= WORTH:
            self._opening, self._most = call.start.ids[: call.start.opening], call.most

    def step(self, pace: Pace) -> None:
        """Reads a piece, if there is something to read and room for it. Whoever calls meanwhile can have the part
        that was read."""
        session = self._session()
        if session is None or len(session.ids) == len(self._opening):
            self._opening, self._reading = [], None
            return
        done = len(session.ids)
        session.read(self._opening[done : done + pace.piece(len(self._opening) - done, seconds=PIECE_S, least=LEAST)])
        self._sessions.give_back(session)
        self._reading = session

    def _session(self) -> Session | None:
        """The one that is being read, unless somebody took it; a new one if there is room and none is whole."""
        reading = self._reading
        if reading and self._sessions.has(reading) and reading.ids == self._opening[: len(reading.ids)]:
            return reading
        if not self._opening or self._sessions.holds(self._opening):
            return None
        return self._sessions.new(self._most, evict=False)
