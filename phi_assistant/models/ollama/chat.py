"""ChatPhiOllama: a LangChain chat model over an Ollama server, which never loses a word.

The prompt arrives whole or not at all, an answer without its end is an error, and every call ends within its time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import aclosing, closing, contextmanager
from typing import Any, ClassVar, Literal

from langchain_core.language_models import ModelProfile
from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import Field, PrivateAttr, SecretStr

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.base import ChatPhi, Request
from phi_assistant.models.catalogue import lookup
from phi_assistant.models.errors import ModelFailed
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.connection import Connection, connection_to, whole
from phi_assistant.models.ollama.exchange import FAILED, Exchange
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.lines import Line
from phi_assistant.models.ollama.names import name_there
from phi_assistant.models.ollama.questions import Question, aasked, asked, learning
from phi_assistant.settings import Settings


class ChatPhiOllama(ChatPhi):
    """A Phi model, or any other chat model, of an Ollama server.

    >>> chat = ChatPhiOllama(model="phi3.5", max_tokens=200)
    >>> chat.invoke("Why is the sky blue?").content
    >>> ChatPhiOllama(model="phi4-mini", base_url="https://me:secret@gpu-box.example/ollama")

    Options, streaming, async, usage, finish reason, probabilities and errors are those of `ChatPhiOnnx`.
    """

    secret: ClassVar[frozenset[str]] = frozenset({"base_url", "api_key", "headers"})

    base_url: str | None = Field(default=None, repr=False)
    """Of the server; none takes `PHI_ASSISTANT_OLLAMA`, else `OLLAMA_HOST`, else this machine."""
    api_key: SecretStr | None = None
    """Sent as a bearer token, for a server behind a proxy that wants one."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Sent with every request."""
    context_length: int | None = Field(default=None, ge=1)
    """Tokens of prompt and answer. None chooses once per model: what it is loaded with, else up to 8,192."""
    think: bool | Literal["low", "medium", "high", "max"] | None = None
    """Whether a model that can think does, and how much; thoughts are in `additional_kwargs["reasoning_content"]`."""
    keep_alive: float | str | None = None
    """How long the server keeps the model loaded, in seconds or as "10m"; none takes the server's own."""
    max_retries: int = Field(default=2, ge=0)
    """Of what may pass, before the first word."""

    _held: tuple[Any, Connection] | None = PrivateAttr(default=None)
    """The connection, and what it was made from: a copy may be given another address."""

    @property
    def _llm_type(self) -> str:
        return "phi-ollama"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        own = {name: getattr(self, name) for name in ("context_length", "think")}
        return {**super()._identifying_params, **own, "base_url": self.address.url}

    @property
    def address(self) -> Address:
        """Of the server. Raises `ConfigError` for one that cannot be."""
        return self._there().address

    def close(self) -> None:
        """Closes the connections to the server, unless another instance uses them; the next call opens new ones.
        Those of an event loop are closed with it."""
        self._held = None

    def get_token_ids(self, text: str) -> list[int]:
        """Raises `ConfigError`: the server tells nobody the ids of its tokens."""
        raise ConfigError(
            "An Ollama server does not tell the ids of tokens. To see what fits, take `get_num_tokens`, an estimate; "
            "`ChatPhiOnnx` knows the ids."
        )

    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, rather too many: the server does not count without reading."""
        return -(-len(text.encode("utf-8", "surrogatepass")) // 3)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """About how many tokens these messages have, rather too many."""
        told = sum(self.get_num_tokens(str(message.content)) + 8 for message in messages)
        return told + (self.get_num_tokens(str(tools)) if tools else 0)

    def _resolve_model_profile(self) -> ModelProfile | None:
        known = lookup(self.model)
        return ModelProfile(
            name=self.model,
            max_input_tokens=max(1, (self.context_length or min(known.context if known else 8192, 8192)) - 128),
            max_output_tokens=self.context_length or 8192,
            text_inputs=True,
            text_outputs=True,
            tool_choice=True,
            structured_output=True,
            temperature=True,
        )

    def _chunks(self, request: Request) -> Generator[AIMessageChunk]:
        there = self._there()
        exchange = self._exchange(request, there)

        def ask(path: str, body: Line | None) -> Line:
            return whole(there.lines(path, body, deadline=exchange.deadline))

        with self._forgetting(there, exchange.model):
            while True:
                try:
                    exchange.prepare(asked(self._learning(there, exchange.model), ask))
                    with closing(there.lines("/api/chat", exchange.body, deadline=exchange.deadline)) as lines:
                        for together in lines:
                            yield from exchange.take(together)
                            if exchange.cut:
                                break
                    exchange.end()
                    return
                except FAILED as exc:
                    wait = exchange.pause(exc, asked(exchange.error(exc), ask))
                time.sleep(wait)

    async def _achunks(self, request: Request) -> AsyncGenerator[AIMessageChunk]:
        there = self._there()
        exchange = self._exchange(request, there)

        async def ask(path: str, body: Line | None) -> Line:
            return whole([each async for each in there.alines(path, body, deadline=exchange.deadline)])

        with self._forgetting(there, exchange.model):
            while True:
                try:
                    exchange.prepare(await aasked(self._learning(there, exchange.model), ask))
                    async with aclosing(there.alines("/api/chat", exchange.body, deadline=exchange.deadline)) as lines:
                        async for together in lines:
                            for chunk in exchange.take(together):
                                yield chunk
                            if exchange.cut:
                                break
                    exchange.end()
                    return
                except FAILED as exc:
                    wait = exchange.pause(exc, await aasked(exchange.error(exc), ask))
                await asyncio.sleep(wait)

    @contextmanager
    def _forgetting(self, there: Connection, model: str) -> Iterator[None]:
        """A model that could not do it may be made anew meanwhile, or be fetched."""
        try:
            yield
        except (ConfigError, ModelUnavailable, ModelFailed):
            there.known.pop((model, self.context_length), None)
            raise

    def _there(self) -> Connection:
        made_from = (self.base_url, self.api_key, tuple(self.headers.items()))
        if self._held is None or self._held[0] != made_from:
            headers = {name.lower(): value.get_secret_value() for name, value in self.headers.items()}
            if self.api_key:
                headers["authorization"] = f"Bearer {self.api_key.get_secret_value()}"
            address = Address.parse(self.base_url or Settings.load().ollama_address)
            self._held = made_from, connection_to(address, headers)
        return self._held[1]

    def _exchange(self, request: Request, there: Connection) -> Exchange:
        return Exchange(
            request,
            model=name_there(request.model or self.model),
            url=there.address.url,
            think=self.think,
            keep_alive=self.keep_alive,
            retries=self.max_retries,
        )

    def _learning(self, there: Connection, model: str) -> Question[Known]:
        """What is known of the model, asked once in this process."""
        key = (model, self.context_length)
        if key not in there.known:
            known = yield from learning(model, self.context_length, address=there.address)
            there.known.setdefault(key, known)  # of several that asked at once, all take what the first was told
        return there.known[key]

    def __getstate__(self) -> dict[Any, Any]:
        """Without connections: a copy opens its own."""
        return {**super().__getstate__(), "__pydantic_private__": {"_held": None}}
