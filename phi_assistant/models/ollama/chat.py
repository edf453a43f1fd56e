"""ChatPhiOllama: a LangChain chat model over an Ollama server, which never loses a word.

The prompt arrives whole or not at all, an answer without its end is an error, and every call ends within its time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from typing import Any, Literal

from langchain_core.language_models import ModelProfile
from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import Field, PrivateAttr, SecretStr

from phi_assistant.models.base import ChatPhi, Request
from phi_assistant.models.catalogue import InOllama, lookup
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.connection import Connection, Line, connection_to, whole
from phi_assistant.models.ollama.exchange import FAILURES, Exchange
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.questions import Question, aasked, asked, learning
from phi_assistant.settings import Settings


class ChatPhiOllama(ChatPhi):
    """A Phi model, or any other chat model, of an Ollama server.

    >>> chat = ChatPhiOllama(model="phi3.5", max_tokens=200)
    >>> chat.invoke("Why is the sky blue?").content
    >>> ChatPhiOllama(model="phi4-mini", base_url="https://me:secret@gpu-box.example/ollama")

    Options, streaming, async, usage, finish reason, probabilities and errors are those of `ChatPhiOnnx`.
    """

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

    _connection: Connection | None = PrivateAttr(default=None)

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
        return Address.parse(self.base_url or Settings.load().ollama_address)

    @property
    def name_there(self) -> str:
        """The model's name on the server: that of the catalogue is translated, any other taken as it is."""
        known = lookup(self.model)
        return (
            known.ollama.name
            if known and known.name == self.model and isinstance(known.ollama, InOllama)
            else self.model
        )

    def close(self) -> None:
        """Closes the connections to the server; the next call opens new ones."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, rather too many: the server does not count without reading."""
        return -(-len(text.encode()) // 3)

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
        there, exchange = self._there(), self._exchange(request)

        def ask(path: str, body: Line | None) -> Line:
            return whole(there.lines(path, body, deadline=exchange.deadline))

        while True:
            try:
                exchange.prepare(asked(self._learning(there), ask))
                with closing(there.lines("/api/chat", exchange.body, deadline=exchange.deadline)) as lines:
                    for line in lines:
                        yield from exchange.take(line)
                        if exchange.cut:
                            break
                exchange.end()
                return
            except FAILURES as exc:
                error = asked(exchange.error(exc), ask)
                wait = exchange.pause(error)
                if wait is None:
                    raise error from exc
            time.sleep(wait)

    async def _achunks(self, request: Request) -> AsyncGenerator[AIMessageChunk]:
        there, exchange = self._there(), self._exchange(request)

        async def ask(path: str, body: Line | None) -> Line:
            return whole([line async for line in there.alines(path, body, deadline=exchange.deadline)])

        while True:
            try:
                exchange.prepare(await aasked(self._learning(there), ask))
                async with aclosing(there.alines("/api/chat", exchange.body, deadline=exchange.deadline)) as lines:
                    async for line in lines:
                        for chunk in exchange.take(line):
                            yield chunk
                        if exchange.cut:
                            break
                exchange.end()
                return
            except FAILURES as exc:
                error = await aasked(exchange.error(exc), ask)
                wait = exchange.pause(error)
                if wait is None:
                    raise error from exc
            await asyncio.sleep(wait)

    def _there(self) -> Connection:
        if self._connection is None:
            headers = {name: value.get_secret_value() for name, value in self.headers.items()}
            if self.api_key:
                headers["authorization"] = f"Bearer {self.api_key.get_secret_value()}"
            self._connection = connection_to(self.address, headers)
        return self._connection

    def _exchange(self, request: Request) -> Exchange:
        return Exchange(
            request,
            model=self.name_there,
            url=self.address.url,
            think=self.think,
            keep_alive=self.keep_alive,
            retries=self.max_retries,
        )

    def _learning(self, there: Connection) -> Question[Known]:
        """What is known of the model, asked once in this process."""
        key = (self.name_there, self.context_length)
        if key not in there.known:
            there.known[key] = yield from learning(self.name_there, self.context_length, address=there.address)
        return there.known[key]

    def __getstate__(self) -> dict[Any, Any]:
        """Without connections: a copy opens its own."""
        return {**super().__getstate__(), "__pydantic_private__": {"_connection": None}}
