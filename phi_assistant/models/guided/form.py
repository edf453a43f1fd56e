"""How a model is told of tools, how it writes calls, and how it reads what came of them: its prompt form.

What all forms share is here; each has a module of its own, which knows the words and marks. Turns are what a chat
template takes: `role`, `content`, and `calls` with an assistant's turn that holds some, as text between the marks.
All of it is data, which must not become control when the template's text is turned into tokens; only the marks are
control, where they are special tokens.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from phi_assistant.errors import ConfigError
from phi_assistant.models.content import text_of
from phi_assistant.models.guided.tools import Tool, Toolbox

Turn = dict[str, Any]

WRITTEN = "tool_calls_text"
"""Where an answer keeps, in `additional_kwargs`, what its model wrote between the marks, so that the model finds
exactly that again in the next turn, and need not read it anew."""


class Form(ABC):
    """Of one kind of model."""

    opening: ClassVar[str]
    closing: ClassVar[str]
    """The marks around calls."""
    special: ClassVar[bool]
    """Whether the marks are special tokens."""

    def turns(self, messages: Sequence[BaseMessage], tools: Sequence[Tool] = ()) -> list[Turn]:
        """A conversation as a chat template takes it. Raises `ConfigError` for what is not text."""
        turns: list[Turn] = []
        for is_result, group in groupby(messages, key=lambda message: isinstance(message, ToolMessage)):
            alike = list(group)
            turns += self._results(alike) if is_result else map(_turn, alike)
        return self._told(turns, tools) if tools else turns

    def grammar(self, toolbox: Toolbox, answer: str | None = None) -> str:
        """The rules of an answer that may hold calls; without them it is free text, or within the rule `answer`."""
        called = f"{self._mark(self.opening)} calls {self._mark(self.closing)}"
        if toolbox.must:
            start = f"start: {called}\n"
        elif answer:
            start = f"start: answer | {called}\nanswer: {answer}\n"
        else:
            start = self._free()
        return start + toolbox.rules()

    def whole(self, turn: Mapping[str, Any]) -> str:
        """All of an assistant's turn, as its model has written it."""
        return "".join(text for text, _ in self.parts(turn))

    def parts(self, turn: Mapping[str, Any]) -> list[tuple[str, bool]]:
        """The same in pieces, each with whether it is control."""
        parts = [(str(turn["content"]), False)]
        if calls := turn.get("calls"):
            parts += [(self.opening, self.special), (str(calls), False), (self.closing, self.special)]
        return parts

    @abstractmethod
    def _told(self, turns: list[Turn], tools: Sequence[Tool]) -> list[Turn]:
        """The turns with what the model must know of its tools."""

    @abstractmethod
    def _results(self, messages: Sequence[BaseMessage]) -> list[Turn]:
        """What came of calls."""

    @abstractmethod
    def _free(self) -> str:
        """The rule of free text with calls at its end, or without."""

    def _mark(self, mark: str) -> str:
        return mark if self.special else json.dumps(mark)


def _turn(message: BaseMessage) -> Turn:
    turn: Turn = {"role": _role(message), "content": text_of(message)}
    if isinstance(message, AIMessage) and message.tool_calls:
        turn["calls"] = _calls(message)
    return turn


def _role(message: BaseMessage) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    kinds = ((SystemMessage, "system"), (HumanMessage, "user"), (AIMessage, "assistant"))
    for kind, role in kinds:
        if isinstance(message, kind):
            return role
    raise ConfigError(f"A {type(message).__name__} is nothing that a model can read. Leave it out.")


def _calls(message: AIMessage) -> str:
    """The calls as the model has written them, if they are still the same, else as it would have."""
    calls = [{"name": call["name"], "arguments": call["args"]} for call in message.tool_calls]
    written = message.additional_kwargs.get(WRITTEN)
    if isinstance(written, str) and _loaded(written) == calls:
        return written
    return json.dumps(calls, ensure_ascii=False)


def _loaded(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:
        return None
