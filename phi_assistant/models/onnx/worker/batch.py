"""Several answers written together: one pass over the weights gives a token of each.

What was measured with the Engine of 0.18 on two cores (222 M parameters, prompts of 20 tokens): two to four requests
that start together give 1.9 to 2.2 times the tokens per second of one. Its price: a request that comes later waits
for the whole batch; prompts are read one after another, whole, before the first token of any; there are no seeds,
grammars or probabilities; and what was read is of no use afterwards. So only plain requests with short prompts that
start together are written this way, and whoever comes while they are answered has a sequence beside the batch: the
Engine and other sequences can share a model, with exactly the same tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime_genai as og

from phi_assistant.models.onnx.wire import Sampling
from phi_assistant.models.onnx.worker.call import Call
from phi_assistant.models.onnx.worker.reading import Pace
from phi_assistant.models.onnx.worker.sampling import CANDIDATES

MOST_CALLS, MOST_TOKENS = 4, 512
"""Calls in a batch (the Engine's own limit on a processor), and the tokens of their prompts together: they are read
without a pause."""

YOUNG = 8
"""Tokens up to which an answer may still move into a batch, or into a larger one."""

_TOKEN = int(og.EngineEventFlags.TOKEN)
_FINISHED = int(og.EngineEventFlags.TURN_FINISHED)


def fits(call: Call) -> bool:
    """Whether a call can be written in a batch at all."""
    start = call.start
    plain = start.grammar is None and start.logprobs is None and start.sampling.seed is None
    return plain and not start.read_only and len(call.ids) <= MOST_TOKENS


class Batch:
    """Some calls in one Engine."""

    def __init__(self, model: og.Model, calls: Sequence[Call], *, vocabulary: int) -> None:
        self.calls, self._vocabulary = list(calls), vocabulary
        self._engine = og.Engine(model)
        self._events = self._engine.create_event_buffer(4 * MOST_CALLS)
        self._requests = [self._request(call) for call in calls]
        self.unread = sum(call.length for call in calls)
        """Tokens of all prompts, until they are read."""
        for call in calls:
            call.admitted(cached=0)

    @property
    def tokens(self) -> int:
        """That its calls may have together."""
        return sum(call.most for call in self.calls)

    @property
    def active(self) -> int:
        """Calls that are not over."""
        return sum(not call.over for call in self.calls)

    @property
    def young(self) -> bool:
        """Whether it has hardly begun, so that others may still join: then all are read again, with what they have."""
        return all(len(call.generated) <= YOUNG for call in self.calls)

    @property
    def over(self) -> bool:
        return not self.active

    def step(self, pace: Pace) -> None:
        """A token of each; the first time, after reading all prompts."""
        with pace.measured(self.unread):
            self._engine.run(self._events)
        self.unread = 0
        for at in range(len(self._events)):
            event = self._events[at]
            call = self._call(event.request)
            flags = int(event.flags)
            if flags & _TOKEN and not call.over:
                call.was_read()
                call.take(event.token)
            if flags & _FINISHED:
                self._finish(call, event)

    def cancel(self, number: int) -> None:
        """One of them, if it is one, is no longer waited for."""
        for call, (request, turn) in zip(self.calls, self._requests, strict=True):
            if call.number == number and not call.over:
                call.cancel()
                request.cancel_turn(turn)

    def close(self) -> None:
        """Frees what it holds."""
        for request, _ in self._requests:
            request.close()

    def _request(self, call: Call) -> tuple[og.Request, int]:
        options = og.RequestOptions()
        options.set_max_session_tokens(call.most)
        request = self._engine.create_request(options=options)
        turn = og.TurnOptions(request)
        turn.set_max_generated_tokens(call.left)
        how = call.start.sampling
        turn.set_do_sample(how.temperature > 0)
        if how.temperature > 0:
            turn.set_temperature(how.temperature)
            turn.set_top_p(how.top_p)
            turn.set_top_k(self._top_k(how))
        turn.set_repetition_penalty(how.repetition_penalty)
        return request, request.begin_turn(np.asarray(call.ids, np.int32), turn)

    def _top_k(self, how: Sampling) -> int:
        """The Engine does not look at top-p without a top-k, and takes none beyond the vocabulary."""
        wanted = how.top_k or (CANDIDATES if how.top_p < 1 else 0)
        return min(wanted, self._vocabulary)

    def _call(self, request: og.Request) -> Call:
        return next(call for call, (each, _) in zip(self.calls, self._requests, strict=True) if each is request)

    def _finish(self, call: Call, event: og.EngineEvent) -> None:
        if event.finish_reason == og.FinishReason.FAILED:
            call.refuse("failed", f"the runtime's engine reports {event.error_code.name}")
        call.end("stop" if event.finish_reason == og.FinishReason.EOS else "length")
