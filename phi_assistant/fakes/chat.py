"""A chat model that says what it is told to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

Says = Callable[[Sequence[BaseMessage]], str]


class FakeChat(BaseChatModel):
    """Says its replies in turn, word by word, and the last one again; or what a function of the messages gives.

    >>> FakeChat(says=["Twenty days [1].", "I do not know."]).invoke("How long?").content
    'Twenty days [1].'

    A token is a word. `heard` has the messages of every call.
    """

    says: list[str] | Says = Field(default_factory=lambda: ["I do not know."])

    _heard: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def heard(self) -> list[list[BaseMessage]]:
        """What it was asked, call by call."""
        return self._heard

    @property
    def _llm_type(self) -> str:
        return "fake"

    def get_token_ids(self, text: str) -> list[int]:
        """A number for each word, counted from 0."""
        return list(range(len(text.split())))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self._reply(messages)
        message = AIMessage(text, usage_metadata=self._usage(messages, text))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        text = self._reply(messages)
        for word in re.findall(r"\s*\S+\s*$|\s*\S+", text):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=word))
            if run_manager:
                run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk
        usage = self._usage(messages, text)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage, chunk_position="last"))

    def _reply(self, messages: list[BaseMessage]) -> str:
        self._heard.append(list(messages))
        return self._said(messages)

    def _said(self, messages: Sequence[BaseMessage]) -> str:
        if callable(self.says):
            return self.says(messages)
        return self.says[min(len(self._heard), len(self.says)) - 1]

    def _usage(self, messages: Sequence[BaseMessage], text: str) -> UsageMetadata:
        read = sum(len(str(message.text).split()) for message in messages)
        written = len(text.split())
        return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
