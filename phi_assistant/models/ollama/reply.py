"""An answer on its way from the server: lines of JSON become chunks of LangChain.

Without waiting and connections, so that a thread and an event loop read alike. An answer is whole only with its
`done` line; whatever ends before it is an error that carries the text so far.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from phi_assistant.models.ollama.calls import Calls
from phi_assistant.models.ollama.lines import Line
from phi_assistant.models.stops import LoopGuard
from phi_assistant.models.thoughts import Thoughts

_NANO = 1e9

_LOOPED = 30
"""So many equal tokens in a row, and the server ends an answer without a word."""


class Failed(Exception):
    """A line that is an error, or an end that is none; with the body that says why."""

    def __init__(self, body: str) -> None:
        super().__init__(body)
        self.body = body


class Reply:
    """The state of one answer."""

    def __init__(self, model: str, calls: Calls, *, guard: bool, whole: bool, began: float, prompt: int) -> None:
        """`whole`: plain text may come in one chunk. `began` is a time of `time.perf_counter`. `prompt` is about how
        many tokens were asked, for an answer that is over before the server has counted them."""
        self._texts: list[str] = []
        self._gathered: list[str] = []
        self._whole = whole
        self.begun = False
        """Whether something was said."""
        self.reason: str | None = None
        """Why it is over; None while it is not."""
        self._model, self._calls = model, calls
        self._thoughts = Thoughts()
        self._guard = LoopGuard() if guard else None
        self._asked, self._prompt = began, prompt
        self._first = 0.0
        self._written = 0
        self._last, self._same = "", 0

    @property
    def text(self) -> str:
        """All so far, thoughts and calls that were written into it included."""
        return "".join(self._texts)

    @property
    def loops(self) -> bool:
        """Whether it ended in the middle because the server does not let a model say the same for ever."""
        return self.reason is None and self._same >= _LOOPED

    def take(self, lines: Sequence[Line]) -> Iterator[AIMessageChunk]:
        """The chunks that lines become which have come together: plain text becomes one. Raises `Failed`."""
        for line in lines:
            yield from self._line(line)
            if self.reason:
                return
        if not self._whole:
            yield from self._flush()

    def _line(self, line: Line) -> Iterator[AIMessageChunk]:
        if "error" in line:
            yield from self._flush()
            raise Failed(json.dumps(line))
        message = line.get("message") or {}
        text, thought = message.get("content") or "", message.get("thinking") or ""
        native = message.get("tool_calls") or []
        if text or thought or native:
            self._count(text)
            yield from self._said(text, thought, native, line.get("logprobs") or [])
        if line.get("done"):
            yield from self._end(line, line.get("done_reason") or "stop")
        elif self._guard and text and self._guard.take(hash(text)):
            yield from self._end(line, "repetition")

    def _count(self, text: str) -> None:
        if not self.begun:
            self.begun, self._first = True, time.perf_counter()
        self._written += 1
        self._texts.append(text)
        self._same = self._same + 1 if text == self._last else 1
        self._last = text

    def _said(self, text: str, thought: str, native: list[Line], probabilities: list[Line]) -> Iterator[AIMessageChunk]:
        said, more = self._thoughts.take(text)
        if not (thought or more or native or probabilities):
            self._gathered.append(said)
            return
        yield from self._flush()
        chunk = self._calls.take(said, native)
        if thought or more:
            chunk.additional_kwargs["reasoning_content"] = thought + more
        if probabilities:
            chunk.response_metadata = {"logprobs": {"content": [_probability(each) for each in probabilities]}}
        if not _is_empty(chunk):
            yield chunk

    def _flush(self) -> Iterator[AIMessageChunk]:
        """The plain text that was gathered, as one chunk."""
        if self._gathered:
            chunk = self._calls.take("".join(self._gathered), [])
            self._gathered.clear()
            if not _is_empty(chunk):
                yield chunk

    def _end(self, line: Line, reason: str) -> Iterator[AIMessageChunk]:
        if reason == "load":
            raise Failed("the server has loaded the model and said nothing")
        said, thought = self._thoughts.rest()
        self._gathered.append(said)
        yield from self._flush()
        rest = self._calls.rest()
        if thought:
            rest.additional_kwargs["reasoning_content"] = thought
        if not _is_empty(rest):
            yield rest
        self.reason = reason
        usage, estimated = self._usage(line)
        yield AIMessageChunk(
            content="",
            response_metadata={
                "model_name": self._model,
                "model_provider": "ollama",
                "finish_reason": "tool_calls" if self._calls.count else reason,
                "timings": self._timings(line),
                **({"estimated": estimated} if estimated else {}),
            },
            usage_metadata=usage,
            chunk_position="last",
        )

    def _usage(self, line: Line) -> tuple[UsageMetadata, list[str]]:
        """The tokens, and the names of what the server has not counted: it does so in its last line."""
        read, written = line.get("prompt_eval_count") or 0, line.get("eval_count") or 0
        guessed = {"input_tokens": 0 if read else self._prompt, "output_tokens": 0 if written else self._written}
        read, written = read or self._prompt, written or self._written
        usage = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        return usage, [name for name, tokens in guessed.items() if tokens]

    def _timings(self, line: Line) -> dict[str, float]:
        """Seconds; what the server did not count of the time before the first token was waiting."""
        load, prompt, writing = (
            (line.get(f"{name}_duration") or 0) / _NANO for name in ("load", "prompt_eval", "eval")
        )
        now = time.perf_counter()
        first = self._first or now
        tokens, writing = (line["eval_count"], writing) if line.get("eval_count") else (self._written, now - first)
        return {
            "queue_s": max(0.0, first - self._asked - load - prompt),
            "load_s": load,
            "prompt_s": prompt,
            "first_token_s": first - self._asked,
            "total_s": now - self._asked,
            "tokens_per_s": tokens / writing if writing else 0.0,
        }


def _probability(entry: Line) -> Line:
    """As OpenAI writes it."""
    alternatives = [_probability(each) for each in entry.get("top_logprobs") or []]
    own = {"token": entry.get("token", ""), "bytes": entry.get("bytes") or [], "logprob": entry.get("logprob", 0.0)}
    return own | ({"top_logprobs": alternatives} if "top_logprobs" in entry else {})


def _is_empty(chunk: AIMessageChunk) -> bool:
    return not (chunk.content or chunk.tool_call_chunks or chunk.response_metadata or chunk.additional_kwargs)
