"""ChatOpenAICompatible: a LangChain chat model over a server that speaks OpenAI's API.

langchain-openai does the speaking. What is added: an answer without its end is an error, what a model thinks is told
from what it says, tokens are counted without fetching a tokenizer, and errors are those of this package.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import ModelError
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, SecretStr

from phi_assistant.errors import MissingExtra
from phi_assistant.models.openai.failures import broken_off, told
from phi_assistant.models.openai.server import base_url
from phi_assistant.models.thoughts import Thoughts
from phi_assistant.settings import Settings

try:
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import OpenAIError
except ImportError as exc:
    raise MissingExtra(
        "langchain-openai",
        extra="openai",
        purpose="A server that speaks OpenAI's API (in containers: PHI_EXTRAS=openai, `docker compose up -d --build`)",
    ) from exc

_SILENCE_S, _CONNECT_S = 120.0, 5.0
_UNPOOLED = httpx2.Limits(max_keepalive_connections=0)
_TOKENS = 512
"""Of an answer at most, as with our other chat models."""


class ChatOpenAICompatible(BaseChatOpenAI):
    """A chat model of vLLM, llama.cpp's server, LM Studio, or whoever else speaks OpenAI's API.

    >>> ChatOpenAICompatible(model="microsoft/Phi-4-mini-instruct", base_url="http://gpu:8000/v1", api_key="none")

    Takes what langchain-openai's `ChatOpenAI` takes. Raises `ModelAway`, `ModelBusy`, `ModelDied`, `ModelTimedOut`,
    `ModelFailed`, `ModelUnavailable`, `PromptTooLong` and `ConfigError`.
    """

    http_async_client: Any = Field(default_factory=lambda: httpx2.AsyncClient(limits=_UNPOOLED), exclude=True)
    """A connection for each call: one that is kept belongs to its event loop, and the next call may be of another."""

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, rather too many: whose they are the server does not tell."""
        return -(-len(text.encode("utf-8", "surrogatepass")) // 3)

    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None, **kwargs: Any) -> int:
        """About how many tokens these messages have, rather too many."""
        return sum(self.get_num_tokens(str(message.content)) + 8 for message in messages)

    def with_structured_output(self, schema: Any = None, *, method: Any = "json_schema", **kwargs: Any) -> Any:
        """The model with answers of this schema, which the server sees to; few have tools besides."""
        return super().with_structured_output(schema, method=method, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        answer = _Answer()
        with self._telling(answer):
            for chunk in super()._stream(messages, stop, **kwargs):
                answer.take(chunk)
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        yield from self._end(answer)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        answer = _Answer()
        with self._telling(answer):
            async for chunk in super()._astream(messages, stop, **kwargs):
                answer.take(chunk)
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        for chunk in self._end(answer):
            yield chunk

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return generate_from_stream(self._stream(messages, *args, **kwargs))

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, *args, **kwargs))

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        """With what the server has told from the answer as thoughts, under either of the two names that are in use."""
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if made is not None and (choices := chunk.get("choices")):
            delta = choices[0].get("delta") or {}
            if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                made.message.additional_kwargs["reasoning_content"] = thought
        return made

    @property
    def _url(self) -> str:
        return str(self.openai_api_base)

    @contextmanager
    def _telling(self, answer: _Answer) -> Iterator[None]:
        try:
            yield
        except (ModelError, OpenAIError, httpx2.HTTPError) as exc:
            raise told(exc, model=self.model_name, url=self._url, text=answer.text) from exc

    def _end(self, answer: _Answer) -> Iterator[ChatGenerationChunk]:
        if not answer.ended:
            error = broken_off(self.model_name, self._url, "without saying that it had ended")
            error.text = answer.text
            raise error
        if rest := answer.rest():
            yield rest


class _Answer:
    """What has come of one, with its thoughts told from what it says."""

    def __init__(self) -> None:
        self.text = ""
        self.ended = False
        self._thoughts = Thoughts()

    def take(self, chunk: ChatGenerationChunk) -> None:
        """Parts the text of a chunk, in place."""
        message = chunk.message
        if isinstance(message.content, str) and message.content:
            said, thought = self._thoughts.take(message.content)
            self._write(chunk, said, thought)
        self.ended = self.ended or "finish_reason" in (chunk.generation_info or {})

    def rest(self) -> ChatGenerationChunk | None:
        """What waited for what would follow it."""
        said, thought = self._thoughts.rest()
        if not said and not thought:
            return None
        chunk = ChatGenerationChunk(message=AIMessageChunk(content=""))
        self._write(chunk, said, thought)
        return chunk

    def _write(self, chunk: ChatGenerationChunk, said: str, thought: str) -> None:
        chunk.message.content = chunk.text = said
        self.text += said
        if thought:
            before = chunk.message.additional_kwargs.get("reasoning_content", "")
            chunk.message.additional_kwargs["reasoning_content"] = before + thought


def served(name: str, settings: Settings) -> ChatOpenAICompatible:
    """The model of this name at the server of the settings. Raises `ConfigError` if none is named there."""
    return ChatOpenAICompatible(
        model=name,
        base_url=base_url(settings),
        api_key=SecretStr(settings.openai_secret or "none"),  # else one of the environment, for another server, is sent
        temperature=0.0,
        max_tokens=_TOKENS,
        timeout=httpx2.Timeout(_SILENCE_S, connect=_CONNECT_S),
        stream_usage=True,
        use_responses_api=False,
    )
