"""The text of a message, whichever of LangChain's ways it is written in."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage

from phi_assistant.errors import ConfigError

_BESIDES = {"tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "reasoning", "thinking"}
"""What the content of an answer may repeat of its tool calls and thoughts."""


def text_of(message: BaseMessage) -> str:
    """All text of a message. Raises `ConfigError` for what is no text, which would be lost otherwise."""
    content = message.content
    if isinstance(content, str):
        return content
    return "".join(_text(part, message.type) for part in content)


def _text(part: str | dict[str, Any], kind: str) -> str:
    if isinstance(part, str):
        return part
    what = part.get("type")
    if what == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    if what in _BESIDES:
        return ""
    raise ConfigError(
        f"A message of the kind {kind!r} holds something of the type {what!r}, and this model reads text only. "
        "Take it out, or say in words what is in it."
    )
