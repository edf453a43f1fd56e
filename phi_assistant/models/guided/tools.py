"""The tools that a model may call in an answer, and the grammar of its calls.

A call is written `{"name": …, "arguments": {…}}`, and calls stand in a list between two marks; which marks is the
prompt form's (see `form`). Knows nothing of prompts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.grammar import json_rule
from phi_assistant.models.guided.schema import Schema, brief, schema_of

_NAME = re.compile(r"[\w.:/-]{1,128}")


@dataclass(frozen=True, slots=True)
class Tool:
    """What can be called."""

    name: str
    description: str
    parameters: Schema

    def told(self) -> dict[str, Any]:
        """As a model reads it."""
        return {"name": self.name, "description": self.description, "parameters": brief(self.parameters)}


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of one answer."""

    tools: tuple[Tool, ...]
    allowed: tuple[Tool, ...]
    """Those that may be called: all, or the one that was chosen."""
    must: bool
    """Whether one has to be called."""
    several: bool
    """Whether more than one may be called at once."""

    def rules(self) -> str:
        """The rule `calls`, a list of calls, in llguidance's dialect of Lark. Raises `ConfigError`, naming the tool."""
        more = ' (", " call)*' if self.several else ""
        either = " | ".join(f"call_{at}" for at in range(len(self.allowed)))
        each = "".join(f"call_{at}: {_call_rule(tool)}\n" for at, tool in enumerate(self.allowed))
        return f'calls: "[" call{more} "]"\ncall: {either}\n{each}'


def toolbox(tools: Sequence[Mapping[str, Any]], choice: Any = None, *, several: bool = True) -> Toolbox | None:
    """The tools (as OpenAI writes them) under a `tool_choice`; None if nothing may be called.

    `choice` is None or "auto", "none" or False, "any", "required" or True, the name of a tool, or OpenAI's dict of one.
    Raises `ConfigError` for any other, and for tools that cannot be called.
    """
    found = tuple(_tool(each) for each in tools)
    _check_names([tool.name for tool in found])
    if not found or choice in ("none", False):
        _check_forced(found, choice)
        return None
    if choice in (None, "auto", "any", "required", True):
        return Toolbox(found, found, must=choice not in (None, "auto"), several=several)
    name = _chosen(choice)
    allowed = tuple(tool for tool in found if tool.name == name)
    if not allowed:
        known = ", ".join(tool.name for tool in found)
        raise ConfigError(f"The tool_choice {choice!r} names no tool that was given. Given were {known}.")
    return Toolbox(found, allowed, must=True, several=several)


def _tool(given: Mapping[str, Any]) -> Tool:
    function = given.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise ConfigError(
            f"The tool {given!r} cannot be called by a local model. Give a function, with name and parameters."
        )
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    schema = schema_of(dict(parameters), strict=function.get("strict"))
    return Tool(function["name"], str(function.get("description") or ""), schema)


def _check_names(names: Sequence[str]) -> None:
    for at, name in enumerate(names):
        if not _NAME.fullmatch(name):
            raise ConfigError(f"A tool cannot be called {name!r}. Use letters, digits, _ and - only.")
        if name in names[:at]:
            raise ConfigError(f"Two tools are called {name!r}, and nobody could tell which is meant. Rename one.")


def _check_forced(tools: Sequence[Tool], choice: Any) -> None:
    if not tools and choice not in (None, "auto", "none", False):
        raise ConfigError(
            f"The tool_choice {choice!r} asks for a call, but no tools were given. Give some with `tools=`."
        )


def _chosen(choice: Any) -> Any:
    if isinstance(choice, Mapping):
        function = choice.get("function", choice)
        return function.get("name") if isinstance(function, Mapping) else None
    return choice


def _call_rule(tool: Tool) -> str:
    before = f'{{"name": {json.dumps(tool.name, ensure_ascii=False)}, "arguments": '
    try:
        return f'{json.dumps(before, ensure_ascii=False)} {json_rule(tool.parameters)} "}}"'
    except ConfigError as exc:
        raise ConfigError(f"The tool {tool.name!r} cannot be called. {exc}") from exc
