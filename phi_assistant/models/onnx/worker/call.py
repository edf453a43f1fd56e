"""One call: what was asked, what was answered so far, and when it is over.

Knows nothing of how its tokens come about; see `answer` for one alone and `batch` for several together.
"""

from __future__ import annotations

import time

from phi_assistant.models.onnx.shape import Shape
from phi_assistant.models.onnx.wire import Began, Ended, Progress, Refused, Start, Told
from phi_assistant.models.onnx.worker.outbox import Outbox, Probability


class Call:
    """A request and its answer so far."""

    def __init__(self, start: Start, shape: Shape, outbox: Outbox) -> None:
        self.start = start
        self.generated: list[int] = []
        self.cached = 0
        self.over = self.failed = False
        self._ends, self._outbox = frozenset(shape.end_ids), outbox
        self.admitted_at = self._arrived = time.perf_counter()
        """When it got its place."""
        self._began = False

    @property
    def number(self) -> int:
        return self.start.call

    @property
    def ids(self) -> list[int]:
        """Prompt and answer so far."""
        return self.start.ids + self.generated

    @property
    def length(self) -> int:
        """Tokens of prompt and answer so far."""
        return len(self.start.ids) + len(self.generated)

    @property
    def left(self) -> int:
        """Tokens that the answer may still have."""
        return self.start.max_tokens - len(self.generated)

    @property
    def most(self) -> int:
        """Tokens that prompt and answer may have together."""
        return len(self.start.ids) + self.start.max_tokens

    def admitted(self, *, cached: int) -> None:
        """It need not wait any longer, and this much is known from before."""
        self.cached, self.admitted_at = cached, time.perf_counter()

    def reading(self, read: int) -> None:
        """The prompt was read up to there."""
        self._outbox.say(Told(self.number, Progress(read, len(self.start.ids))))

    def was_read(self) -> None:
        """The prompt was read; says so once."""
        if self._began:
            return
        self._began = True
        now = time.perf_counter()
        self._outbox.say(Began(self.number, self.cached, self.admitted_at - self._arrived, now - self.admitted_at))
        if self.start.read_only:
            self.end("stop")

    def take(self, token: int, probability: Probability | None = None) -> None:
        """The next token; an end token, or the last one that there is room for, ends the call."""
        if token in self._ends:
            self.end("stop")
            return
        self.generated.append(token)
        self._outbox.token(self.number, token, probability)
        if self.left <= 0:
            self.end("length")

    def end(self, reason: str) -> None:
        """There is no more."""
        if not self.over:
            self.over = True
            self._outbox.say(Ended(self.number, reason))
            self._outbox.forget(self.number)

    def refuse(self, kind: str, why: str) -> None:
        """It cannot be answered, or not to its end."""
        if not self.over:
            self.over = self.failed = True
            self._outbox.say(Refused(self.number, kind, why))
            self._outbox.forget(self.number)

    def cancel(self) -> None:
        """Nobody waits for it."""
        self.over = True
        self._outbox.forget(self.number)
