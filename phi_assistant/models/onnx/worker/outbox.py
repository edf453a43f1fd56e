"""What goes back to the caller: tokens gathered for a moment, everything else at once.

A message costs both processes time that the model could use (measured: 6 % of the speed at 150 tokens a second if
they are sent every 30 ms), so that the tokens of an answer travel together if they come within `TOGETHER_S`, which a
reader does not notice; the first one goes at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from phi_assistant.models.onnx.wire import Began, Ended, Message, Refused, Tokens, Told

TOGETHER_S = 0.08

Probability = tuple[float, list[tuple[int, float]]]


@dataclass(slots=True)
class _Gathered:
    sent: float = 0.0
    ids: list[int] = field(default_factory=list)
    logprobs: list[Probability] = field(default_factory=list)


class Outbox:
    """Sends."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._gathered: dict[int, _Gathered] = {}

    def say(self, message: Told | Began | Ended | Refused) -> None:
        """At once, after what the same call has gathered."""
        self.flush(message.call)
        self._send(message)

    def token(self, call: int, token: int, probability: Probability | None) -> None:
        """Soon."""
        gathered = self._gathered.setdefault(call, _Gathered())
        gathered.ids.append(token)
        if probability is not None:
            gathered.logprobs.append(probability)
        if time.perf_counter() - gathered.sent >= TOGETHER_S:
            self.flush(call)

    def flush(self, call: int) -> None:
        """Sends what a call has gathered."""
        gathered = self._gathered.get(call)
        if gathered and gathered.ids:
            self._gathered[call] = _Gathered(sent=time.perf_counter())
            self._send(Tokens(call, gathered.ids, gathered.logprobs))

    def flush_all(self) -> None:
        """Before something that takes long."""
        for call in list(self._gathered):
            self.flush(call)

    def forget(self, call: int) -> None:
        """The call is over."""
        self._gathered.pop(call, None)
