"""One call, from its messages to the chunks of LangChain: what is asked of the process, and what its answers become.

Without threads and waiting, so that `chat` can wait in a thread or in an event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from phi_assistant.models.base import Request
from phi_assistant.models.errors import ModelTimedOut
from phi_assistant.models.guided.guidance import Guidance, guidance
from phi_assistant.models.guided.reading import Reader
from phi_assistant.models.onnx.link import Deliver, Gone, Said
from phi_assistant.models.onnx.local import LocalModel
from phi_assistant.models.onnx.plan import planned, window_of
from phi_assistant.models.onnx.reply import Piece, Reply, Token, timed_out
from phi_assistant.models.onnx.wire import Ended, Progress, Refused, Sampling, Start


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for all calls of a chat model; see `ChatPhiOnnx`."""

    context_length: int | None = None
    cache_memory: int | None = None
    on_progress: Callable[[Progress], None] | None = None


class Exchange:
    """The state of one call."""

    def __init__(
        self, request: Request, local: LocalModel, terms: Terms, *, name: str, read_only: bool = False
    ) -> None:
        """Raises `PromptTooLong` and `ConfigError`, before anything is asked."""
        self._began = time.monotonic()
        self._options, self._local, self._terms = request.options, local, terms
        self._name, self._read_only = name, read_only
        asked = guided(request, local)
        prompt = local.prompts.prompt(asked.turns)
        only_opening = read_only and all(message.type == "system" for message in request.messages)
        self._plan = planned(
            prompt.ids[: prompt.opening] if only_opening else prompt.ids,
            self._options.max_tokens,
            shape=local.shape,
            window=window_of(local.shape, terms.context_length),
            filler=local.prompts.filler,
        )
        self._prompt_tokens = len(prompt.ids)
        self._fillers = 0 if only_opening else len(self._plan.ids) - len(prompt.ids)
        self._opening = 0 if self._fillers or read_only else prompt.opening
        self._grammar = asked.grammar
        self._reader = Reader(local.prompts.form) if asked.calls else None
        thoughts = local.prompts.thoughts() if asked.prose else None  # a schema leaves no room for them
        shown = (*(local.prompts.marks if asked.calls else ()), *(local.prompts.tags if thoughts else ()))
        self._reply = Reply(
            local.prompts.vocabulary.stream(shown),
            self._options.stop or () if asked.prose else (),
            guard=self._options.repetition_guard and asked.prose,
            model=name,
            folder=local.folder,
            thoughts=thoughts,
        )
        self._done = False
        local.host.start()

    @property
    def over(self) -> bool:
        """Whether all has been said."""
        return self._reply.reason is not None

    @property
    def seconds_left(self) -> float | None:
        """Of the timeout; None is for ever."""
        timeout = self._options.timeout
        return None if timeout is None else max(0.0, self._began + timeout - time.monotonic())

    @contextmanager
    def asked(self, deliver: Deliver) -> Iterator[None]:
        """While the process is at it; what it says is delivered from another thread. It ends with this."""
        number = self._local.host.call(self._start, deliver)
        try:
            yield
        finally:
            self._local.host.leave(number, cancel=not self._done)

    def take(self, said: Said) -> Iterator[AIMessageChunk]:
        """The chunks that it becomes. Raises the error that it stands for."""
        self._done = isinstance(said, Ended | Refused | Gone)
        news = self._reply.take(said)
        if isinstance(news, Progress) and self._terms.on_progress:
            self._terms.on_progress(news)
        elif isinstance(news, Piece) and not self._read_only:
            yield from self._chunks(news)

    def timed_out(self) -> ModelTimedOut:
        """The call took longer than it may."""
        error = timed_out(self._name, self._options.timeout or 0.0)
        error.text = self._reply.text
        return error

    def _start(self, number: int) -> Start:
        options = self._options
        return Start(
            call=number,
            ids=self._plan.ids,
            max_tokens=self._plan.max_tokens,
            sampling=Sampling(
                temperature=options.temperature,
                top_p=options.top_p,
                top_k=options.top_k,
                repetition_penalty=options.repetition_penalty,
                seed=options.seed,
            ),
            read_only=self._read_only,
            opening=self._opening,
            grammar=self._grammar,
            logprobs=options.top_logprobs if options.logprobs else None,
            cache_memory=self._terms.cache_memory,
        )

    def _chunks(self, piece: Piece) -> Iterator[AIMessageChunk]:
        chunk = self._reader.take(piece.text) if self._reader else AIMessageChunk(content=piece.text)
        chunk.response_metadata = self._probabilities(piece.tokens)
        if piece.thought:
            chunk.additional_kwargs["reasoning_content"] = piece.thought
        if not _is_empty(chunk):
            yield chunk
        if self.over:
            if self._reader and not _is_empty(rest := self._reader.rest()):
                yield rest
            self._local.prompts.remember(self._reply.text, self._reply.ids)
            yield self._last()

    def _last(self) -> AIMessageChunk:
        """What is said once, at the end."""
        reply = self._reply
        metadata = {
            "model_name": self._name,
            "model_provider": "onnx",
            "finish_reason": "tool_calls" if self._reader and self._reader.calls else reply.reason,
            "timings": asdict(reply.timings),
        }
        read, written = self._prompt_tokens, len(reply.ids)
        usage = UsageMetadata(
            input_tokens=read,
            output_tokens=written,
            total_tokens=read + written,
            input_token_details=InputTokenDetails(cache_read=max(0, reply.cached - self._fillers)),
        )
        return AIMessageChunk(content="", response_metadata=metadata, usage_metadata=usage, chunk_position="last")

    def _probabilities(self, tokens: list[Token]) -> dict[str, Any]:
        """As OpenAI writes them."""
        if not tokens:
            return {}
        written = [
            self._written(token.id, token.logprob)
            | {"top_logprobs": [self._written(number, logprob) for number, logprob in token.alternatives]}
            for token in tokens
        ]
        return {"logprobs": {"content": written}}

    def _written(self, number: int, logprob: float) -> dict[str, Any]:
        piece = self._local.prompts.vocabulary.piece(number)
        return {"token": piece.decode("utf-8", "replace"), "bytes": list(piece), "logprob": logprob}


def guided(request: Request, local: LocalModel) -> Guidance:
    """The turns and the grammar of a request. Raises `ConfigError` for what cannot be."""
    return guidance(
        request.messages,
        local.prompts.form,
        tools=request.tools,
        tool_choice=request.tool_choice,
        parallel_tool_calls=request.parallel_tool_calls,
        response_format=request.response_format,
    )


def count_tokens(request: Request, local: LocalModel) -> int:
    """Of the prompt that a request becomes."""
    return len(local.prompts.prompt(guided(request, local).turns).ids)


def _is_empty(chunk: AIMessageChunk) -> bool:
    return not (chunk.content or chunk.tool_call_chunks or chunk.response_metadata or chunk.additional_kwargs)
