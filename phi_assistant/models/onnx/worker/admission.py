"""Who waits, and what they are given: a session each, or a place in a batch together.

Calls come in the order in which they came; one that finds no memory holds up those behind it, so that none starves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile

from phi_assistant.models.onnx.worker.answer import Answer
from phi_assistant.models.onnx.worker.batch import MOST_CALLS, MOST_TOKENS, YOUNG, Batch, fits
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.guide import Guides
from phi_assistant.models.onnx.worker.reading import FIRST, Pace
from phi_assistant.models.onnx.worker.runtime import Runtime
from phi_assistant.models.onnx.worker.sessions import Sessions

ACTIVE, WAITING = 8, 32
"""Calls that are answered at once, and that may wait besides; one more is refused as busy."""

READING_S = 4.0
"""What reading the prompts of a batch may take, for nobody else has a turn meanwhile."""


class Admission:
    """The line of those who wait."""

    def __init__(self, runtime: Runtime, sessions: Sessions, guides: Guides, pace: Pace) -> None:
        self._runtime, self._sessions, self._guides, self._pace = runtime, sessions, guides, pace
        self._waiting: deque[Call] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, call: Call, *, active: int) -> None:
        """To the end of the line, or refused."""
        if len(self) + active >= ACTIVE + WAITING:
            call.refuse("busy", f"{active} calls are being answered and {len(self)} are waiting already")
        else:
            self._waiting.append(call)

    def drop(self, number: int) -> None:
        """Out of the line, if it is there."""
        self._waiting = deque(call for call in self._waiting if call.number != number)

    def answers(self, places: int) -> list[Answer]:
        """Those who come next, at most so many, as far as there is memory."""
        given: list[Answer] = []
        while self._waiting and len(given) < places:
            call = self._waiting[0]
            try:
                answer = self._answer(call)
            except ValueError as exc:  # of the grammar that was given
                call.refuse("grammar", str(exc))
            except (RuntimeError, MemoryError) as exc:
                call.refuse("failed", str(exc) or type(exc).__name__)
            else:
                if answer is None:
                    break
                given.append(answer)
            self._waiting.popleft()
        return given

    def batch(self, answers: Sequence[Answer], places: int, begun: Batch | None) -> tuple[Batch | None, list[Answer]]:
        """Those who begin together, with those of a batch that has hardly begun; and which of the answers written
        alone so far moved into it. Nobody is passed over: those behind one who must be written alone wait for him."""
        if begun and not begun.young:
            return None, []
        together = [call for call in begun.calls if not call.over] if begun else []
        young = [each for each in answers if _is_young(each)]
        fresh = list(islice(takewhile(lambda call: fits(call) and not self._is_known(call), self._waiting), places))
        calls = self._few_enough([*together, *(each.call for each in young), *fresh])
        if len(calls) < 2 or not any(call in calls for call in fresh):
            return None, []
        tokens = sum(call.most for call in calls if call not in together)
        if not self._sessions.reserve(tokens):
            return None, []
        try:
            batch = Batch(self._runtime.model, calls, vocabulary=self._runtime.shape.vocabulary)
        except RuntimeError:  # the Engine is particular; alone, everyone is told what it is about
            self._sessions.release(tokens)
            return None, []
        self._waiting = deque(call for call in self._waiting if call not in calls)
        return batch, [each for each in young if each.call in calls]

    def _answer(self, call: Call) -> Answer | None:
        start = call.start
        session = self._sessions.take(start.ids, call.most)
        if session is None:
            return None
        try:
            guide = self._guides.guide(start.grammar, start.max_tokens) if start.grammar else None
        except ValueError:
            self._sessions.give_back(session)
            raise
        return Answer(call, session, self._runtime.shape, guide)

    def _is_known(self, call: Call) -> bool:
        """Whether most of its prompt need not be read: a batch would read it."""
        return 2 * self._sessions.shared(call.start.ids, call.most) > len(call.start.ids)

    def _few_enough(self, calls: Sequence[Call]) -> list[Call]:
        chosen: list[Call] = []
        room = min(MOST_TOKENS, self._pace.rate * READING_S) if self._pace.known else 2 * FIRST
        for call in calls[:MOST_CALLS]:
            room -= call.length
            if room >= 0:
                chosen.append(call)
        return chosen


def _is_young(answer: Answer) -> bool:
    call = answer.call
    return fits(call) and len(call.generated) <= YOUNG and 2 * call.cached <= len(call.start.ids)
