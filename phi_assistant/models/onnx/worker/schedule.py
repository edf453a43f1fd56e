"""Whose turn it is: everyone who is being answered, a little each, in one thread.

The trade that was chosen. Prompts are read one at a time, the one with the least left first (who waits gains on
it with the time), in pieces of a quarter of a second; between two pieces, those who are being answered share
`WRITING` of the time that the piece took. A newcomer's first word comes after about 1 + `WRITING` times what reading
takes alone, and the others go on meanwhile at over a third of their speed, instead of waiting for a whole prompt.
While nobody reads, everyone has a token in turn: together as many as one alone would have. Plain requests with short
prompts that start together are written together instead, at about twice the speed (see `batch`); a call that has
hardly begun is moved into such a batch with what it has.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from phi_assistant.models.onnx.wire import Metrics, Start
from phi_assistant.models.onnx.worker.admission import ACTIVE, Admission
from phi_assistant.models.onnx.worker.ahead import Ahead
from phi_assistant.models.onnx.worker.answer import Answer
from phi_assistant.models.onnx.worker.batch import Batch
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.guide import Guides
from phi_assistant.models.onnx.worker.machine import resident
from phi_assistant.models.onnx.worker.outbox import Outbox
from phi_assistant.models.onnx.worker.reading import Pace
from phi_assistant.models.onnx.worker.runtime import Runtime
from phi_assistant.models.onnx.worker.sessions import Session, Sessions

logger = logging.getLogger(__name__)

WRITING = 0.6
"""Of the time of a piece of reading, for those who are being answered."""


class Scheduler:
    """All calls of one model."""

    def __init__(self, runtime: Runtime, sessions: Sessions, guides: Guides, outbox: Outbox) -> None:
        self._shape, self._sessions, self._outbox = runtime.shape, sessions, outbox
        self._pace = Pace()
        self._line = Admission(runtime, sessions, guides, self._pace)
        self._ahead = Ahead(sessions, runtime.shape)
        self._answers: list[Answer] = []
        self._batch: Batch | None = None
        self._totals = {"prompt_tokens": 0, "reused_tokens": 0, "generated_tokens": 0}

    @property
    def pause(self) -> float | None:
        """Seconds to wait for a message before the next turn; None if there is nothing to do until one comes."""
        return 0.0 if len(self._line) or self._answers or self._batch else self._ahead.pause

    def start(self, start: Start) -> None:
        """A call comes in."""
        if start.cache_memory is not None:
            self._sessions.budget = start.cache_memory
        self._line.add(Call(start, self._shape, self._outbox), active=self._active)

    def cancel(self, number: int) -> None:
        """Nobody waits for this call any more."""
        self._line.drop(number)
        for answer in self._answers:
            if answer.call.number == number:
                answer.call.cancel()
        if self._batch:
            self._batch.cancel(number)
        self._sweep()

    def turn(self) -> None:
        """A little for everyone: a quarter of a second or so, but for the prompts of a batch."""
        self._admit()
        if not self._answers and not self._batch:
            self._read_ahead()
            return
        seconds = self._read_one()
        self._write_all(WRITING * seconds)
        self._sweep()

    def metrics(self) -> Metrics:
        """How things are."""
        return Metrics(
            pid=os.getpid(),
            sessions=len(self._sessions),
            cache_bytes=self._sessions.bytes,
            cache_budget=self._sessions.budget,
            evicted=self._sessions.evicted,
            active=self._active,
            waiting=len(self._line),
            resident_bytes=resident(),
            **self._totals,
        )

    @property
    def _active(self) -> int:
        return len(self._answers) + (self._batch.active if self._batch else 0)

    def _admit(self) -> None:
        if not len(self._line):
            return
        batch, moved = self._line.batch(self._answers, ACTIVE - self._active, self._batch)
        if batch:
            self._replace_batch(batch)
        for answer in moved:
            self._answers.remove(answer)
            self._sessions.give_back(answer.session)
        self._answers += self._line.answers(ACTIVE - self._active)

    def _replace_batch(self, batch: Batch) -> None:
        """A batch in the place of the one that it goes on with, if there was one."""
        old, self._batch = self._batch, batch
        if old:
            old.close()
            for call in old.calls:
                if call.over:
                    self._sessions.release(call.most)
                    self._finished(call, None)

    def _read_ahead(self) -> None:
        """A piece of what may be wanted next; what goes wrong there is nobody's loss."""
        if self._ahead.pause is None:
            return
        try:
            self._ahead.step(self._pace)
        except (RuntimeError, MemoryError):
            logger.warning("Nothing is read ahead for now", exc_info=True)
            self._ahead.forget()

    def _read_one(self) -> float:
        """A piece of the prompt that has the least left; the seconds that it took."""
        readers = [answer for answer in self._answers if answer.unread]
        if not readers:
            return 0.0
        self._outbox.flush_all()
        began = time.perf_counter()
        nearest = min(readers, key=lambda each: each.unread - self._pace.rate * (began - each.call.admitted_at))
        self._guarded([nearest.call], lambda: nearest.read(self._pace))
        return time.perf_counter() - began

    def _write_all(self, seconds: float) -> None:
        """A token of everyone whose prompt was read, and more while the time lasts that reading leaves them."""
        until = time.perf_counter() + seconds
        while self._write_round() and time.perf_counter() < until:
            pass

    def _write_round(self) -> int:
        """A token each; how many had one."""
        writers = [answer for answer in self._answers if not answer.unread and not answer.call.over]
        for answer in writers:
            self._guarded([answer.call], answer.write)
        batch = self._batch
        if batch and not batch.over:
            if batch.unread:
                self._outbox.flush_all()
            self._guarded(batch.calls, lambda: batch.step(self._pace))
            return len(writers) + 1
        return len(writers)

    def _guarded(self, calls: list[Call], work: Callable[[], None]) -> None:
        """Does some work for these calls; what the runtime refuses ends them, not the process."""
        try:
            work()
        except (RuntimeError, ValueError, MemoryError) as exc:
            for call in calls:
                call.refuse("failed", str(exc) or type(exc).__name__)

    def _sweep(self) -> None:
        """Gives back what those who are done have held."""
        done = [answer for answer in self._answers if answer.call.over]
        self._answers = [answer for answer in self._answers if not answer.call.over]
        for answer in done:
            self._sessions.give_back(answer.session, whole=not answer.call.failed)
            self._finished(answer.call, answer.session)
        batch = self._batch
        if batch and batch.over:
            batch.close()
            self._sessions.release(batch.tokens)
            self._batch = None
            for call in batch.calls:
                self._finished(call, None)

    def _finished(self, call: Call, session: Session | None) -> None:
        self._totals["prompt_tokens"] += len(call.start.ids)
        self._totals["reused_tokens"] += call.cached
        self._totals["generated_tokens"] += len(call.generated)
        self._ahead.learn(call, session)
