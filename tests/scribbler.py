"""A writer without any understanding, for tests of what keeps it in order: each token is drawn at random from those
that llguidance allows, as a model's worst day would have it. The tokenizers are those of the tiny models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from tiny_phi import tokenizer as tiny
from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from phi_assistant.models.guided.closing import Closer
from phi_assistant.models.guided.forms import form_of
from phi_assistant.models.guided.guidance import guidance
from phi_assistant.models.guided.reading import Reader
from phi_assistant.models.guided.structured import structured

KINDS = ("phi3", "phi4")


@cache
def tokenizers(kind: str) -> tuple[Tokenizer, LLTokenizer]:
    """Phi-3's kind, with bytes as tokens of their own, or Phi-4-mini's, of bytes throughout."""
    vocabulary = {"phi3": tiny.phi3, "phi4": tiny.phi4}[kind]()
    text = vocabulary.tokenizer.to_str()
    return vocabulary.tokenizer, LLTokenizer(text, n_vocab=len(vocabulary), eos_token=vocabulary.end_ids)


@dataclass(frozen=True)
class Written:
    ids: list[int]
    cut: bool
    """Whether it had to be ended."""
    complete: bool


def write(kind: str, grammar: str, budget: int, seed: int, *, eager: float = 0.2, wanted: str = "") -> Written:
    """A text within a grammar and a budget, or the shortest if the budget is below that.

    `eager` is how often a special token is taken where one may come, `wanted` what is written as far as it may be.
    """
    _, tokenizer = tokenizers(kind)
    matcher, random = LLMatcher(tokenizer, grammar), np.random.default_rng(seed)
    assert not matcher.is_error(), matcher.get_error()
    closer = Closer(matcher, tokenizer)
    ids: list[int] = []
    plan = tokenizer.tokenize_str(wanted)[::-1]
    for left in range(max(budget, closer.shortest), 0, -1):
        allowed = _allowed(matcher, tokenizer)
        special = [each for each in allowed if tokenizer.is_special_token(int(each))]
        drawn = int(random.choice(special if special and random.random() < eager else allowed))
        token = closer.take(plan.pop() if plan and plan[-1] in allowed else drawn, left)
        if token in tokenizer.eos_tokens:
            break
        ids.append(token)
        if matcher.is_stopped():
            break
    return Written(ids, closer.cut, matcher.is_accepting() or matcher.is_stopped())


def text(kind: str, written: Written) -> str:
    """With its special tokens."""
    raw: bytes = tokenizers(kind)[1].decode_bytes(written.ids)
    return raw.decode("utf-8", "replace")


def _allowed(matcher: LLMatcher, tokenizer: LLTokenizer) -> Any:
    mask = allocate_token_bitmask(1, tokenizer.vocab_size)
    fill_next_token_bitmask(matcher, mask)
    return np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little")[: tokenizer.vocab_size])


class Scribbler(BaseChatModel):
    """The same as a LangChain chat model."""

    kind: str = "phi3"
    budget: int = 60
    seed: int = 0

    @property
    def _llm_type(self) -> str:
        return "scribbler"

    def bind_tools(self, tools: Any, *, tool_choice: Any = None, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def with_structured_output(self, schema: Any, *, include_raw: bool = False, **kwargs: Any) -> Any:
        return structured(self, schema, include_raw=include_raw, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        ls_structured_output_format: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        tokenizer, _ = tokenizers(self.kind)
        form = form_of(tokenizer.get_vocab(), "tools" if self.kind == "phi4" else "")
        guided = guidance(messages, form, **kwargs)
        assert guided.grammar
        written = write(self.kind, guided.grammar, self.budget, self.seed)
        stream, reader = DecodeStream(skip_special_tokens=False), Reader(form)
        for token in written.ids:
            piece = stream.step(tokenizer, token) or ""
            yield _chunk(reader.take(piece) if guided.calls else AIMessageChunk(content=piece))
        yield _chunk(reader.rest())

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))


def _chunk(message: AIMessageChunk) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=message)


def as_tool(name: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """As OpenAI writes it."""
    return {"type": "function", "function": {"name": name, "description": f"Does {name}.", "parameters": parameters}}
