"""An answer on its way to the caller: what the process says about one call becomes pieces of text.

Without threads and waiting: whoever waits, in a thread or in an event loop, puts in each message as it comes and
takes out what can be said. Stop strings and loops are noticed here, where there is text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from phi_assistant.models.errors import (
    ChatError,
    ConfigError,
    ModelBusy,
    ModelDied,
    ModelFailed,
    ModelTimedOut,
    ModelUnavailable,
)
from phi_assistant.models.stops import LoopGuard, Stops
from phi_assistant.models.onnx.vocabulary import TextStream
from phi_assistant.models.onnx.wire import Began, Ended, Message, Progress, Refused, Tokens, Unloadable


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the answer with its probability."""

    id: int
    logprob: float
    alternatives: Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some more of the answer."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    """Those that have been said whole with it, if probabilities were asked for."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds."""

    queue_s: float = 0.0
    prompt_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0
    tokens_per_s: float = 0.0


class Reply:
    """The state of one answer."""

    def __init__(self, stream: TextStream, stop: Sequence[str], *, guard: bool, model: str) -> None:
        self.ids: list[int] = []
        self.text = ""
        self.cached = 0
        self.reason: str | None = None
        """Why it is over: `stop`, `length` or `repetition`; None while it is not."""
        self._stream, self._stops, self._model = stream, Stops(stop), model
        self._loop = LoopGuard() if guard else None
        self._asked = time.perf_counter()
        self._first = self._last = 0.0
        self._began = Began(0, 0, 0.0, 0.0)
        self._unsaid: list[tuple[int, Token]] = []
        self._length = 0

    def take(self, message: Message | None, last_words: str = "") -> Piece | Progress | None:
        """What can be said after a message; `None` as a message is the end of the process.

        Raises the `ChatError`, `ConfigError` or `ModelUnavailable` that the message stands for, with the text so far.
        """
        if isinstance(message, Tokens):
            return self._write(message)
        if isinstance(message, Ended):
            return self._end(message.reason)
        if isinstance(message, Began):
            self._began, self.cached = message, message.cached
            return None
        if isinstance(message, Progress):
            return message
        error = failure(message, self._model, last_words)
        if isinstance(error, ChatError):
            error.text = self.text
        raise error

    @property
    def timings(self) -> Timings:
        """So far."""
        now = time.perf_counter()
        writing = self._last - self._first
        return Timings(
            queue_s=self._began.queue_s,
            prompt_s=self._began.prompt_s,
            first_token_s=(self._first or now) - self._asked,
            total_s=now - self._asked,
            tokens_per_s=(len(self.ids) - 1) / writing if writing > 0 else 0.0,
        )

    def _write(self, message: Tokens) -> Piece:
        self._last = time.perf_counter()
        self._first = self._first or self._last
        said = ""
        for at, number in enumerate(message.ids):
            if self.reason:
                break
            self.ids.append(number)
            text = self._stream.take(number)
            self._length += len(text)
            if message.logprobs:
                self._unsaid.append((self._length, Token(number, *message.logprobs[at])))
            said += self._stops.take(text)
            if self._stops.found:
                self.reason = "stop"
            elif self._loop and self._loop.take(number):
                self.reason = "repetition"
                said += self._stops.rest()
        return self._say(said)

    def _end(self, reason: str) -> Piece:
        said = self._stops.take(self._stream.rest())
        self.reason = "stop" if self._stops.found else reason
        return self._say(said + self._stops.rest())

    def _say(self, text: str) -> Piece:
        self.text += text
        whole = len(self.text) if not self.reason or self._stops.found else self._length + 1
        tokens = [token for end, token in self._unsaid if end <= whole]
        self._unsaid = [(end, token) for end, token in self._unsaid if end > whole]
        return Piece(text, tokens)


def failure(message: Message | None, model: str, last_words: str) -> ChatError | ModelUnavailable | ConfigError:
    """What a message that is no answer stands for; None is the end of the process."""
    if isinstance(message, Unloadable):
        return ModelUnavailable(
            f"The model {model} cannot be loaded ({message.why}), so that nothing can be answered with it. "
            "If its folder is damaged, fetch it again: `phi-assistant models pull NAME`."
        )
    if isinstance(message, Refused) and message.kind == "busy":
        return ModelBusy(
            f"The model {model} is busy: {message.why}. Try again in a moment, or ask fewer things at once."
        )
    if isinstance(message, Refused) and message.kind == "grammar":
        return ConfigError(
            f"The schema or the tools of this call cannot be kept to: {message.why}. Raise `max_tokens`, or ask for "
            "less."
        )
    if isinstance(message, Refused):
        return ModelFailed(
            f"The model {model} could not answer: {message.why}. If it says so again, "
            "see what is installed with `phi-assistant doctor`."
        )
    return ModelDied(
        f"The process of the model {model} has ended while it was answering"
        + (f" ({last_words})" if last_words else "")
        + ", perhaps for want of memory. The next question starts it again; a smaller `context_length` or "
        "`cache_memory`, or a smaller model (`phi-assistant models list`), takes less."
    )


def timed_out(model: str, seconds: float) -> ModelTimedOut:
    """The call took longer than it may."""
    return ModelTimedOut(
        f"The model {model} did not finish within {seconds:g} seconds, and was stopped. Allow more with `timeout`, "
        "or ask for less: fewer passages, a smaller `max_tokens`."
    )
