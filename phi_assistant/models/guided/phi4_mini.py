"""The form of Phi-4-mini and Phi-4-multimodal, which were trained with tools and have special tokens for them.

Tools are a JSON list in the key `tools` of the system message, which the chat template puts between `<|tool|>` and
`<|/tool|>` (https://huggingface.co/microsoft/Phi-4-mini-instruct); calls stand between `<|tool_call|>` and
`<|/tool_call|>`; what came of them is a turn of the role `tool_response`, for which there is a token as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from langchain_core.messages import BaseMessage, ToolMessage

from phi_assistant.models.content import text_of
from phi_assistant.models.guided.form import Form, Turn
from phi_assistant.models.guided.tools import Tool

_SYSTEM = "You are a helpful assistant with some tools."


class Phi4MiniForm(Form):
    """Calls between special tokens."""

    opening, closing, special = "<|tool_call|>", "<|/tool_call|>", True

    def __init__(self, result_role: str = "tool_response") -> None:
        self._result_role = result_role

    def _told(self, turns: list[Turn], tools: Sequence[Tool]) -> list[Turn]:
        told = json.dumps([tool.told() for tool in tools], ensure_ascii=False)
        if not any(turn["role"] == "system" for turn in turns):
            turns = [{"role": "system", "content": _SYSTEM}, *turns]
        first = next(at for at, turn in enumerate(turns) if turn["role"] == "system")
        return [*turns[:first], {**turns[first], "tools": told}, *turns[first + 1 :]]

    def _results(self, messages: Sequence[BaseMessage]) -> list[Turn]:
        return [{"role": self._result_role, "content": _result(message)} for message in messages]

    def _free(self) -> str:
        return f"start: TEXT ({self.opening} calls {self.closing})?\nTEXT: /(.|\\n)*/\n"


def _result(message: BaseMessage) -> str:
    text = text_of(message)
    failed = isinstance(message, ToolMessage) and message.status == "error"
    return json.dumps({"error": text}, ensure_ascii=False) if failed else text
