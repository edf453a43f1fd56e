"""Calls of tools, wherever a model behind Ollama writes them: in the field for them, between marks, or as bare JSON.

A forced call is JSON from its first character on (see `request`). A model that may call does so in the field
`tool_calls` if its template is sound; some are not (phi4-mini in several releases), and then it stands in the text.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk

from phi_assistant.models.guided.phi4_mini import Phi4MiniForm
from phi_assistant.models.guided.reading import Reader
from phi_assistant.models.guided.tools import Toolbox


class Calls:
    """Tells words from calls, in the text and the field of one answer."""

    def __init__(self, *, forced: Toolbox | None, free: Toolbox | None) -> None:
        box = forced or free
        self._names = {tool.name for tool in box.allowed} if box else set()
        self._reader = Reader(Phi4MiniForm(), inside=forced is not None) if box else None
        self._may_be_bare = free is not None
        self._held = ""
        self._native = 0

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._native + (self._reader.calls if self._reader else 0)

    def take(self, text: str, native: list[dict[str, Any]]) -> AIMessageChunk:
        """What can be said after some more text and some more calls of the field."""
        chunk = self._read(text)
        return _sum(chunk, [self._chunk(each.get("function") or {}) for each in native]) if native else chunk

    def rest(self) -> AIMessageChunk:
        """What is left at the end."""
        held, self._held = self._held, ""
        if held and (found := self._bare(held)):
            return _sum(AIMessageChunk(content=""), [self._chunk(each) for each in found])
        if self._reader is None:
            return AIMessageChunk(content=held)
        said = self._reader.take(held)
        left = self._reader.rest()
        return said + left if held else left

    def _read(self, text: str) -> AIMessageChunk:
        if self._may_be_bare:
            start = (self._held + text).lstrip()
            if not start or start[0] in "[{":
                self._held += text
                return AIMessageChunk(content="")
            text, self._held, self._may_be_bare = self._held + text, "", False
        return self._reader.take(text) if self._reader else AIMessageChunk(content=text)

    def _bare(self, text: str) -> list[dict[str, Any]]:
        """The calls that a whole text is, if it is calls of the tools there are."""
        try:
            parsed = json.loads(text)
        except ValueError:
            return []
        calls = parsed if isinstance(parsed, list) else [parsed]
        known = all(isinstance(each, dict) and each.get("name") in self._names for each in calls)
        return calls if known else []

    def _chunk(self, call: dict[str, Any]) -> Any:
        arguments = call.get("arguments", call.get("parameters", {}))
        written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        self._native += 1
        return tool_call_chunk(
            name=call.get("name"), args=written, id=f"call_{uuid.uuid4().hex[:24]}", index=self.count - 1
        )


def _sum(chunk: AIMessageChunk, calls: list[Any]) -> AIMessageChunk:
    return AIMessageChunk(
        content=chunk.content,
        additional_kwargs=chunk.additional_kwargs,
        tool_call_chunks=[*chunk.tool_call_chunks, *calls],
    )
