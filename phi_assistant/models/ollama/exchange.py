"""One call of a model behind a server, without waiting: what is sent, what came of it, whether to try again.

Tried again is only what may pass (a busy server, a connection that broke before the first word, a model that was only
loaded), and never after something was said: it would be said twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessageChunk

from phi_assistant.errors import PhiAssistantError
from phi_assistant.models.base import Request
from phi_assistant.models.errors import ChatError
from phi_assistant.models.ollama.calls import Calls
from phi_assistant.models.ollama.connection import FAILURES, Status
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.failures import too_long
from phi_assistant.models.ollama.lines import BrokenOff, Line
from phi_assistant.models.ollama.questions import Question, failing
from phi_assistant.models.ollama.reply import Failed, Reply
from phi_assistant.models.ollama.request import Asked, asked, size_of
from phi_assistant.models.patience import Patience

FAILED = (*FAILURES, Failed)
"""What ends an answer before its time; `Exchange.error` says what it stands for."""

_MOST_BYTES, _FREE_BYTES = 24, 1_000
_MOST_BYTES_LONG, _LONG = 8, 3
"""A token of a prompt stands for fewer bytes than this on average, whatever the language: 24, and 8 in a prompt that
takes a third of the room or more. What the server counted must be more than that, or it has left something out."""

_STEP = 256
"""The server makes a context length a multiple of this."""


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
        self._began = time.perf_counter()
        timeout = request.options.timeout
        self.deadline = None if timeout is None else time.monotonic() + timeout
        """Of the whole call, by `time.monotonic`."""
        self.model = model
        """What it is called on the server."""
        self._request, self._url = request, url
        self._think, self._keep_alive = think, keep_alive
        self._patience = Patience(retries, self.deadline)
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
            model=self.model,
            context=known.context,
            think=self._think,
            keep_alive=self._keep_alive,
        )
        calls = Calls(forced=self._asked.forced, free=self._asked.calls)
        guard = self._request.options.repetition_guard and "format" not in self._asked.body
        self._reply = Reply(
            self.model, calls, guard=guard, whole=self._request.whole, began=self._began, prompt=self._tokens
        )

    def take(self, lines: Sequence[Line]) -> Iterator[AIMessageChunk]:
        """The chunks that lines become which have come together."""
        assert self._reply
        for chunk in self._reply.take(lines):
            if chunk.usage_metadata and "input_tokens" not in chunk.response_metadata.get("estimated", ()):
                self._check(chunk.usage_metadata["input_tokens"])
            yield chunk

    def end(self) -> None:
        """The connection has ended. Raises `BrokenOff` if the answer had not."""
        if self._reply and self._reply.loops:
            raise BrokenOff("the model said the same again and again, and the server gave up: set `repetition_penalty`")
        if not (self._reply and self._reply.reason):
            raise BrokenOff("the server ended it without its last line")

    def pause(self, exc: Exception, error: PhiAssistantError) -> float:
        """Seconds until another try. Raises the error if there is none."""
        wait = None if self._reply and self._reply.begun else self._patience.pause(error)
        if wait is not None:
            return wait
        if error is exc:
            raise error
        raise error from exc

    def error(self, exc: Exception) -> Question[PhiAssistantError]:
        """What went wrong, as one of our errors, with the text so far."""
        if isinstance(exc, Failed):
            exc = Status(500, exc.body)
        error = yield from failing(
            exc,
            self.model,
            url=self._url,
            seconds=self._request.options.timeout or 0.0,
            tokens=self._tokens,
            limit=self._room,
        )
        if isinstance(error, ChatError) and self._reply:
            error.text = self._reply.text
        return error

    @property
    def _tokens(self) -> int:
        """About how many the prompt has."""
        return max(1, self._asked.text_bytes // 4) if self._asked else 0

    def _check(self, counted: int) -> None:
        """Raises `PromptTooLong` if the server has read a part of the prompt only."""
        if not self._asked:
            return
        if counted >= -(-self._room // _STEP) * _STEP:  # a prompt that fits leaves room for an answer
            raise too_long(self.model, self._tokens, self._room, exact=False)
        if self._asked.text_bytes <= _MOST_BYTES_LONG * counted:
            return
        written = sum(size_of(_squeezed(str(each.get("content", "")))) for each in self._asked.body["messages"])
        is_long = counted * _LONG >= self._room
        if written > (_MOST_BYTES_LONG * counted if is_long else _MOST_BYTES * counted + _FREE_BYTES):
            raise too_long(self.model, self._tokens, self._room, exact=False)


def _squeezed(text: str) -> str:
    """Without the rules and blanks of which a single token may stand for dozens."""
    return re.sub(r"(\s)\s+|(.)\2{3,}", r"\1\2", text)
