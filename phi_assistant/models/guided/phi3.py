"""The form of models that were made without tools (Phi-3, Phi-3.5, Phi-4): everything about them is said in words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from langchain_core.messages import BaseMessage, ToolMessage

from phi_assistant.models.content import text_of
from phi_assistant.models.guided.form import Form, Turn
from phi_assistant.models.guided.tools import Tool

_TOLD = """You can call these functions:
{functions}

If you need one of them to answer, write only this, with all its arguments, and the results will be given to you:
<tool_call>[{{"name": "the function", "arguments": {{…}}}}]</tool_call>
If not, answer in words."""


class Phi3Form(Form):
    """Calls between marks of plain text."""

    opening, closing, special = "<tool_call>", "</tool_call>", False

    def _told(self, turns: list[Turn], tools: Sequence[Tool]) -> list[Turn]:
        functions = "\n".join(json.dumps(tool.told(), ensure_ascii=False) for tool in tools)
        told = _TOLD.format(functions=functions)
        first = next((at for at, turn in enumerate(turns) if turn["role"] == "system"), None)
        if first is None:
            return [{"role": "system", "content": told}, *turns]
        system = {**turns[first], "content": f"{turns[first]['content']}\n\n{told}"}
        return [*turns[:first], system, *turns[first + 1 :]]

    def _results(self, messages: Sequence[BaseMessage]) -> list[Turn]:
        """One turn of the user's, since a template may insist that roles alternate."""
        results = (f"<tool_response>{_result(message)}</tool_response>" for message in messages)
        return [{"role": "user", "content": "\n".join(results)}]

    def _free(self) -> str:
        called = f"opened calls {self._mark(self.closing)}"  # lazy: the first opening mark is one, whatever else fits
        return f"start: TEXT | {called}\nopened[lazy]: TEXT {self._mark(self.opening)}\nTEXT: /(.|\\n)*/\n"


def _result(message: BaseMessage) -> str:
    failed = isinstance(message, ToolMessage) and message.status == "error"
    named = {"name": message.name} if message.name else {}
    return json.dumps({**named, "error" if failed else "result": text_of(message)}, ensure_ascii=False)
