"""A chat model that says what it is told to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

Said = str | AIMessage
"""A message where tools are called."""

Says = Callable[[Sequence[BaseMessage]], Said]


class FakeChat(BaseChatModel):
    """Says its replies in turn, word by word, and the last one again; or what a function of the messages gives.

    >>> FakeChat(says=["Twenty days [1].", "I do not know."]).invoke("How long?").content
    'Twenty days [1].'

    A token is a word. `heard` has the messages of every call. Tools are called by a reply that says so:

    >>> call = AIMessage("", tool_calls=[{"name": "look_up", "args": {"word": "grinder"}, "id": "1"}])
    >>> create_agent(FakeChat(says=[call, "It grinds."]), tools=[look_up])
    """

    says: Sequence[Said] | Says = Field(default_factory=lambda: ["I do not know."])

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

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Takes them, and changes nothing of what is said."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        said = self._reply(messages)
        usage = self._usage(messages, str(said.text))
        message = AIMessage(said.text, tool_calls=said.tool_calls, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        said = self._reply(messages)
        text = str(said.text)
        for word in re.findall(r"\s*\S+\s*$|\s*\S+", text):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=word))
            if run_manager:
                run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk
        last = AIMessageChunk(
            content="",
            tool_calls=said.tool_calls,
            usage_metadata=self._usage(messages, text),
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=last)

    def _reply(self, messages: list[BaseMessage]) -> AIMessage:
        self._heard.append(list(messages))
        said = self._said(messages)
        return AIMessage(said) if isinstance(said, str) else said

    def _said(self, messages: Sequence[BaseMessage]) -> Said:
        if callable(self.says):
            return self.says(messages)
        return self.says[min(len(self._heard), len(self.says)) - 1]

    def _usage(self, messages: Sequence[BaseMessage], text: str) -> UsageMetadata:
        read = sum(len(str(message.text).split()) for message in messages)
        written = len(text.split())
        return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
