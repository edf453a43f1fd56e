"""ChatOpenAICompatible: a LangChain chat model over a server that speaks OpenAI's API.

langchain-openai does the speaking. What is added: an answer without its end is an error, what a model thinks is told
from what it says, tokens are counted without fetching a tokenizer, errors are those of this package, and what the
environment holds for OpenAI's own server stays here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, closing, contextmanager
from typing import Any, Self, cast

import httpx2
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import ModelError
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, SecretStr, model_validator

from phi_assistant.errors import ConfigError
from phi_assistant.models.errors import ChatError
from phi_assistant.models.guided.structured import response_format, structured
from phi_assistant.models.openai.answer import Answer
from phi_assistant.models.openai.failures import broken_off, not_installed, told
from phi_assistant.models.openai.server import base_url, key_of
from phi_assistant.models.patience import Patience
from phi_assistant.settings import Settings

try:
    from langchain_openai.chat_models.base import BaseChatOpenAI
    from openai import OpenAIError

    from phi_assistant.models.openai.connection import TIMEOUT, async_client, client, keep_apart
except ImportError as exc:
    raise not_installed() from exc

_TOKENS = 512
"""Of an answer at most, as with our other chat models."""

_FAILURES = (ModelError, OpenAIError, httpx2.HTTPError, TimeoutError, ValueError)
"""What a call raises; the last one where the server sends what nobody can read."""


class ChatOpenAICompatible(BaseChatOpenAI):
    """A chat model of vLLM, llama.cpp's server, LM Studio, or whoever else speaks OpenAI's API.

    >>> ChatOpenAICompatible(model="microsoft/Phi-4-mini-instruct", base_url="http://gpu:8000/v1")

    Takes what langchain-openai's `ChatOpenAI` takes, but for organizations. Raises `ModelAway`, `ModelBusy`,
    `ModelDied`, `ModelTimedOut`, `ModelFailed`, `ModelUnavailable`, `PromptTooLong` and `ConfigError`.
    """

    openai_api_base: str = Field(alias="base_url")
    openai_api_key: SecretStr | Callable[[], Any] = Field(default=SecretStr("none"), alias="api_key")
    openai_proxy: None = None
    """OPENAI_PROXY is on the way to another server."""
    max_retries: int = Field(default=2, ge=0)
    """Of what may pass, before anything of an answer has come."""
    request_timeout: Any = Field(default=TIMEOUT, alias="timeout")
    stream_chunk_timeout: float | None = Field(default=TIMEOUT.read, exclude=True)
    stream_usage: bool | None = True
    use_responses_api: bool | None = False
    http_socket_options: Any = Field(default=(), exclude=True)
    """Of clients that are not made here."""
    http_client: Any = Field(default_factory=client, exclude=True)
    http_async_client: Any = Field(default_factory=async_client, exclude=True)

    @model_validator(mode="after")
    def _kept_apart(self) -> Self:
        self.openai_organization = None
        for speaker in (self.root_client, self.root_async_client):
            if speaker:  # a key that only an event loop can fetch leaves one of them out
                keep_apart(speaker, self.default_headers or {})
        return self

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def get_token_ids(self, text: str) -> list[int]:
        """Raises `ConfigError`: the server tells nobody the ids of its tokens."""
        raise ConfigError(
            "A server that speaks OpenAI's API does not tell the ids of tokens. To see what fits, take "
            "`get_num_tokens`, an estimate."
        )

    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, rather too many: whose they are the server does not tell."""
        return -(-len(text.encode("utf-8", "surrogatepass")) // 3)

    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None, **kwargs: Any) -> int:
        """About how many tokens these messages have, rather too many."""
        count = sum(self.get_num_tokens(str(message.content)) + 8 for message in messages)
        return count + (self.get_num_tokens(str(tools)) if tools else 0)

    def with_structured_output(self, schema: Any = None, *, include_raw: bool = False, **kwargs: Any) -> Any:
        """The model with answers of this schema, which the server sees to.

        `method` is `json_schema`, `json_mode`, or `function_calling`, for which not every such server is set up.
        """
        return structured(self, schema, include_raw=include_raw, **kwargs)

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        payload["messages"] = _sendable(payload["messages"])
        if form := payload.pop("response_format", None):
            # By that name the client would read the answer itself, and take thoughts for a part of it.
            wanted = form if isinstance(form, Mapping) else response_format(form)
            payload["extra_body"] = {**(payload.get("extra_body") or {}), "response_format": wanted}
        return payload

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        patience = Patience(self.max_retries, deadline=None)
        while True:
            answer = Answer()
            try:
                with closing(self._chunks(answer, messages, stop, kwargs)) as chunks:
                    for chunk in chunks:
                        if run_manager:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk, logprobs=_logprobs(chunk))
                        yield chunk
                return
            except ChatError as exc:
                wait = _wait(patience, answer, exc)
            time.sleep(wait)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        patience = Patience(self.max_retries, deadline=None)
        while True:
            answer = Answer()
            try:
                async with aclosing(self._achunks(answer, messages, stop, kwargs)) as chunks:
                    async for chunk in chunks:
                        if run_manager:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk, logprobs=_logprobs(chunk))
                        yield chunk
                return
            except ChatError as exc:
                wait = _wait(patience, answer, exc)
            await asyncio.sleep(wait)

    def _chunks(
        self, answer: Answer, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Generator[ChatGenerationChunk]:
        """Of one try; closing the generator ends the request."""
        spoken = cast("Generator[ChatGenerationChunk]", super()._stream(messages, stop, **options))
        with self._telling(answer), closing(spoken) as chunks:
            yield from map(answer.take, chunks)
        yield from answer.rest()

    async def _achunks(
        self, answer: Answer, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk]:
        spoken = cast("AsyncGenerator[ChatGenerationChunk]", super()._astream(messages, stop, **options))
        with self._telling(answer):
            async with aclosing(spoken) as chunks:
                async for chunk in chunks:
                    yield answer.take(chunk)
        for chunk in answer.rest():
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

    @contextmanager
    def _telling(self, answer: Answer) -> Iterator[None]:
        """Raises what goes wrong as an error of ours, and one of ours if the end of the answer has not come."""
        url, model = self.openai_api_base, self.model_name
        try:
            yield
            if not answer.ended:
                raise broken_off(model, url, "without saying that it had ended")
        except ChatError as exc:
            exc.text = answer.text
            raise
        except _FAILURES as exc:
            error = told(exc, model=model, url=url, begun=answer.begun)
            if isinstance(error, ChatError):
                error.text = answer.text
            raise error from exc


def served(name: str, settings: Settings) -> ChatOpenAICompatible:
    """The model of this name at the server of the settings. Raises `ConfigError` if none is named there."""
    return ChatOpenAICompatible(
        model=name,
        base_url=base_url(settings),
        api_key=SecretStr(key_of(settings) or "none"),
        temperature=0.0,
        max_tokens=_TOKENS,
    )


def _wait(patience: Patience, answer: Answer, error: ChatError) -> float:
    """Seconds until another try; raises the error if there is none."""
    wait = None if answer.begun else patience.pause(error)
    if wait is None:
        raise error
    return wait


def _logprobs(chunk: ChatGenerationChunk) -> Any:
    return (chunk.generation_info or {}).get("logprobs")


def _sendable(part: Any) -> Any:
    """With a question mark for half a character, as a file may hold it: no UTF-8 has it."""
    if isinstance(part, str):
        return part.encode("utf-8", "replace").decode()
    if isinstance(part, list):
        return [_sendable(each) for each in part]
    return {name: _sendable(each) for name, each in part.items()} if isinstance(part, dict) else part
