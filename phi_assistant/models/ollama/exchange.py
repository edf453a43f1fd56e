"""One call of a model behind a server, without waiting: what is sent, what came of it, whether to try again.

Tried again is only what may pass (a busy server, a connection that broke before the first word, a model that was only
loaded), and never after something was said: it would be said twice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from langchain_core.messages import AIMessageChunk

from phi_assistant.errors import PhiAssistantError
from phi_assistant.models.base import Request
from phi_assistant.models.errors import ChatError, ModelBusy, ModelDied
from phi_assistant.models.ollama.calls import Calls
from phi_assistant.models.ollama.connection import BrokenOff, Late, Line, Status
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.failures import broken_off, late, too_long
from phi_assistant.models.ollama.questions import Question, failing
from phi_assistant.models.ollama.reply import Failed, Reply
from phi_assistant.models.ollama.request import Asked, asked

FAILURES = (Status, BrokenOff, Late, Failed, ModelDied)
"""What ends an answer before its time; `Exchange.error` says what it stands for."""

_FIRST_S, _LONGEST_S = 0.25, 8.0
"""Before another try; twice as long each time, and a little by chance, so that not all come back at once."""

_MOST_BYTES = 24
"""A token of a prompt stands for fewer bytes than this on average, whatever the language; what the server counted
must be more than that, or it has left something out."""


class Exchange:
    """The state of one call."""

    def __init__(
        self,
        request: Request,
        *,
        model: str,
        url: str,
        think: bool | str | None,
        keep_alive: float | str | None,
        retries: int,
    ) -> None:
        timeout = request.options.timeout
        self.deadline = None if timeout is None else time.monotonic() + timeout
        """Of the whole call, by `time.monotonic`."""
        self._request, self._model, self._url = request, model, url
        self._think, self._keep_alive = think, keep_alive
        self._left, self._tries = retries, 0
        self._asked: Asked | None = None
        self._reply: Reply | None = None
        self._room = 0

    @property
    def body(self) -> Line:
        """What is sent."""
        return self._asked.body if self._asked else {}

    @property
    def cut(self) -> bool:
        """Whether it was ended here, while the server goes on."""
        return self._reply is not None and self._reply.reason == "repetition"

    def prepare(self, known: Known) -> None:
        """From the beginning. Raises `ConfigError` for what the model cannot do."""
        self._room = known.context
        self._asked = asked(
            self._request,
            known.facts,
            model=self._model,
            context=known.context,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        calls = Calls(forced=self._asked.forced, free=self._asked.calls)
        guard = self._request.options.repetition_guard and "format" not in self._asked.body
        self._reply = Reply(self._model, calls, guard=guard)

    def take(self, line: Line) -> Iterator[AIMessageChunk]:
        """The chunks that a line becomes."""
        assert self._reply
        for chunk in self._reply.take(line):
            if chunk.usage_metadata:
                self._check(chunk.usage_metadata["input_tokens"])
            yield chunk

    def end(self) -> None:
        """The connection has ended. Raises `BrokenOff` if the answer had not."""
        if not (self._reply and self._reply.reason):
            raise BrokenOff("the server ended it without its last line")

    def pause(self, error: PhiAssistantError) -> float | None:
        """Seconds until another try; None if there is none."""
        may_pass = isinstance(error, ModelBusy | ModelDied)
        if (self._reply and self._reply.begun) or not may_pass or self._left <= 0:
            return None
        self._left, self._tries = self._left - 1, self._tries + 1
        wait = float(min(_LONGEST_S, _FIRST_S * 2 ** (self._tries - 1)) * random.uniform(0.5, 1.0))
        if self.deadline is not None and time.monotonic() + wait >= self.deadline:
            return None
        return wait

    def error(self, exc: Exception) -> Question[PhiAssistantError]:
        """What went wrong, as one of our errors, with the text so far."""
        error = yield from self._error(exc)
        if isinstance(error, ChatError) and self._reply:
            error.text = self._reply.text
        return error

    def _error(self, exc: Exception) -> Question[PhiAssistantError]:
        if isinstance(exc, PhiAssistantError):
            return exc
        if isinstance(exc, Late):
            return late(self._model, self._url, self._request.options.timeout or 0.0)
        if isinstance(exc, BrokenOff):
            return broken_off(self._model, str(exc))
        status = exc if isinstance(exc, Status) else Status(500, exc.body if isinstance(exc, Failed) else str(exc))
        return (yield from failing(status, self._model, url=self._url, tokens=self._tokens, limit=self._room))

    @property
    def _tokens(self) -> int:
        """About how many the prompt has."""
        return self._asked.text_bytes // 4 if self._asked else 0

    def _check(self, counted: int) -> None:
        """Raises `PromptTooLong` if the server has read a part of the prompt only."""
        if self._asked and 0 < counted * _MOST_BYTES < self._asked.text_bytes:
            raise too_long(self._model, self._tokens, self._room, exact=False)
