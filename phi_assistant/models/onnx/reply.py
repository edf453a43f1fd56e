"""An answer on its way to the caller: what the process says about one call becomes pieces of text.

Without threads and waiting: whoever waits, in a thread or in an event loop, puts in each message as it comes and
takes out what can be said. Stop strings and loops are noticed here, where there is text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from phi_assistant.models.errors import (
    ChatError,
    ConfigError,
    ModelBusy,
    ModelDied,
    ModelFailed,
    ModelTimedOut,
    ModelUnavailable,
)
from phi_assistant.models.onnx.link import Gone, Said
from phi_assistant.models.onnx.vocabulary import TextStream
from phi_assistant.models.onnx.wire import Began, Ended, Metrics, Progress, Refused, Tokens, Unloadable
from phi_assistant.models.repair import repair
from phi_assistant.models.stops import LoopGuard, Stops
from phi_assistant.models.thoughts import Thoughts


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
    thought: str = ""
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

    def __init__(
        self,
        stream: TextStream,
        stop: Sequence[str],
        *,
        guard: bool,
        model: str,
        folder: Path,
        thoughts: Thoughts | None = None,
    ) -> None:
        """`stop` and what is said know nothing of `thoughts`."""
        self.ids: list[int] = []
        self.text = ""
        self.cached = 0
        self.reason: str | None = None
        """Why it is over: `stop`, `length` or `repetition`; None while it is not."""
        self._stream, self._stops, self._thoughts = stream, Stops(stop), thoughts
        self._model, self._folder = model, folder
        self._loop = LoopGuard() if guard else None
        self._asked = time.perf_counter()
        self._first = self._last = 0.0
        self._began = Began(0, 0, 0.0, 0.0)
        self._unsaid: list[tuple[int, Token]] = []
        self._length = self._aside = 0

    def take(self, said: Said) -> Piece | Progress | Metrics | None:
        """What can be said after something was heard.

        Raises the `ChatError`, `ConfigError` or `ModelUnavailable` that it stands for, with the text so far.
        """
        if isinstance(said, Tokens):
            return self._write(said)
        if isinstance(said, Ended):
            return self._end(said.reason)
        if isinstance(said, Began):
            self._began, self.cached = said, said.cached
            return None
        if isinstance(said, Progress | Metrics):
            return said
        error = failure(said, self._model, self._folder)
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
        said = thought = ""
        for at, number in enumerate(message.ids):
            if self.reason:
                break
            self.ids.append(number)
            text = self._stream.take(number)
            self._length += len(text)
            if message.logprobs:
                self._unsaid.append((self._length, Token(number, *message.logprobs[at])))
            new, more = self._parted(text)
            said, thought = said + self._stops.take(new), thought + more
            if self._stops.found:
                self.reason = "stop"
            elif self._loop and self._loop.take(number):
                self.reason = "repetition"
                new, more = self._parted("", last=True)
                said, thought = said + self._stops.take(new) + self._stops.rest(), thought + more
        return self._say(said, thought)

    def _end(self, reason: str) -> Piece:
        new, thought = self._parted(self._stream.rest(), last=True)
        said = self._stops.take(new)
        self.reason = "stop" if self._stops.found else reason
        return self._say(said + self._stops.rest(), thought)

    def _parted(self, text: str, *, last: bool = False) -> tuple[str, str]:
        """What is said of some more text, and what is thought."""
        if self._thoughts is None:
            return text, ""
        said, thought = self._thoughts.take(text)
        if last:
            rest = self._thoughts.rest()
            said, thought = said + rest[0], thought + rest[1]
        self._aside += len(text) - len(said)
        return said, thought

    def _say(self, text: str, thought: str) -> Piece:
        self.text += text
        told = len(self.text) + self._aside - (self._thoughts.held if self._thoughts else 0)
        whole = told if not self.reason or self._stops.found else self._length + 1
        tokens = [token for end, token in self._unsaid if end <= whole]
        self._unsaid = [(end, token) for end, token in self._unsaid if end > whole]
        return Piece(text, thought, tokens)


def failure(said: Refused | Unloadable | Gone, model: str, folder: Path) -> ChatError | ModelUnavailable | ConfigError:
    """The error that something stands for which is no answer."""
    if isinstance(said, Gone):
        return _death(said, model)
    if isinstance(said, Unloadable):
        return ModelUnavailable(
            f"The model {model} cannot be loaded ({said.why}), so that nothing can be answered with it. "
            f"Its folder may be damaged. {repair(folder)}"
        )
    if said.kind == "busy":
        return ModelBusy(f"The model {model} is busy: {said.why}. Try again in a moment, or ask fewer things at once.")
    if said.kind == "grammar":
        return ConfigError(
            f"The schema or the tools of this call cannot be kept to: {said.why}. Raise `max_tokens`, or ask for less."
        )
    return ModelFailed(
        f"The model {model} could not answer: {said.why}. If it says so again, "
        "see what is installed with `phi-assistant doctor`."
    )


def _death(gone: Gone, model: str) -> ModelDied:
    how = gone.signal or f"code {gone.code}"
    told = f"The process of the model {model} has ended while it was answering ({how}" + (
        f": {gone.last_words})" if gone.last_words else ")"
    )
    if gone.signal == "SIGKILL":  # which Linux sends when there is no memory left
        return ModelDied(
            f"{told}, perhaps for want of memory. The next question starts it again; a smaller `context_length` or "
            "`cache_memory`, or a smaller model (`phi-assistant models list`), takes less."
        )
    return ModelDied(
        f"{told}. The next question starts it again; if it ends so again, see what is installed with "
        "`phi-assistant doctor`."
    )


def timed_out(model: str, seconds: float) -> ModelTimedOut:
    """The call took longer than it may."""
    return ModelTimedOut(
        f"The model {model} did not finish within {seconds:g} seconds, and was stopped. Allow more with `timeout`, "
        "or ask for less: fewer passages, a smaller `max_tokens`."
    )
