"""One answer being written alone: its prompt is read a piece at a time, then a token at a time; each is a turn."""

from __future__ import annotations

from phi_assistant.models.onnx.shape import Shape
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.guide import Guide
from phi_assistant.models.onnx.worker.reading import Pace, piece
from phi_assistant.models.onnx.worker.sampling import Sampler, Scores, log_probabilities
from phi_assistant.models.onnx.worker.sessions import Session


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
        done = len(self.session.ids)
        ids = self.call.ids[done : done + piece(done, self.call.length, self._shape, pace)]
        with pace.measured(len(ids)):
            self.session.read(ids)
        if done > self.call.cached or self.unread:  # what is read at once is no progress to tell
            self.call.reading(done + len(ids))
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
