"""One answer being written alone: its prompt is read in pieces, then a token at a time; each is a turn.

Pieces are as long as about a quarter of a second allows (measured: chunks of 64 tokens and more cost nothing), so
that others have their turn and a cancelled call ends soon. Beyond the switch of the long-context types the first
piece must pass it whole: keys on either side of it do not mix (see `shape.SWITCH`).
"""

from __future__ import annotations

import time

from phi_assistant.models.onnx.shape import SWITCH, Shape
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.guide import Guide
from phi_assistant.models.onnx.worker.sampling import Sampler, Scores, log_probabilities
from phi_assistant.models.onnx.worker.sessions import Session

PIECE_S = 0.25
_LEAST, _FIRST, _MOST = 32, 64, 512
"""Tokens of a piece: at least, before the pace is known, at most."""


class Pace:
    """How fast the model reads, as measured while it does."""

    def __init__(self) -> None:
        self.rate = _FIRST / PIECE_S
        """Tokens a second."""

    def piece(self, left: int, *, seconds: float = PIECE_S, least: int = _LEAST) -> int:
        """Tokens to read at a time, of so many: pieces of the same length, none too small to be worth it."""
        longest = int(min(max(self.rate * seconds, least), _MOST))
        return -(-left // -(-left // longest))

    def measured(self, tokens: int, seconds: float) -> None:
        if 2 * tokens >= _LEAST:  # fewer are read less efficiently
            self.rate = tokens / max(seconds, 1e-6)


class Answer:
    """A call with the session that it reads and writes in."""

    def __init__(self, call: Call, session: Session, shape: Shape, guide: Guide | None) -> None:
        self.call, self.session = call, session
        self._shape, self._guide = shape, guide
        self._sampler = Sampler(call.start.sampling, call.start.ids)
        call.admitted(cached=len(session.ids))

    @property
    def unread(self) -> int:
        """Tokens that are still to be read before the next one can be chosen."""
        return self.call.length - len(self.session.ids)

    def read(self, pace: Pace) -> None:
        """One piece of the prompt."""
        done, began = len(self.session.ids), time.perf_counter()
        piece = self.call.ids[done : done + self._piece(pace)]
        self.session.read(piece)
        pace.measured(len(piece), time.perf_counter() - began)
        if done > self.call.cached or self.unread:  # what is read at once is no progress to tell
            self.call.reading(done + len(piece))
        if not self.unread:
            self.call.was_read()

    def write(self) -> None:
        """One token of the answer, read as well unless it is the last."""
        scores = self.session.sequence.logits()
        token = self._chosen(scores)
        wanted = self.call.start.logprobs
        self.call.take(token, None if wanted is None else log_probabilities(scores, token, wanted))
        if self._guide and self._guide.complete:
            self.call.end("length" if self._guide.cut else "stop")
        if not self.call.over:
            self.session.read([token])

    def _chosen(self, scores: Scores) -> int:
        if self._guide is None:
            return self._sampler.choose(scores)
        return self._guide.take(self._sampler.choose(self._guide.allowed(scores)), self.call.left)

    def _piece(self, pace: Pace) -> int:
        if self._shape.switches and self.call.length > SWITCH and len(self.session.ids) <= SWITCH:
            return SWITCH + 1
        return pace.piece(self.unread)
