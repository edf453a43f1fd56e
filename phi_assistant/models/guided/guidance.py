"""One call of a chat model, as its process needs it: the turns that are read, and the grammar of the answer.

Puts together what schemas, tools and prompt forms know; the one thing of this package that a chat model calls before
it asks. `reading` is for afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from phi_assistant.models.guided.form import Form, Turn
from phi_assistant.models.guided.grammar import json_grammar, json_rule, lark_grammar
from phi_assistant.models.guided.schema import Schema, brief, schema_of_format
from phi_assistant.models.guided.tools import Toolbox, toolbox


@dataclass(frozen=True, slots=True)
class Guidance:
    """How one answer is asked for."""

    turns: list[Turn]
    """For the chat template; `Form.parts` says what in an assistant's turn is control."""
    grammar: str | None = None
    """What the answer stays within; None is free."""
    calls: bool = False
    """Whether the answer may hold calls: read it with a `Reader`."""
    prose: bool = True
    """Whether the answer may be free text, in which stop strings and loops mean something."""


def guidance(
    messages: Sequence[BaseMessage],
    form: Form,
    *,
    tools: Sequence[Mapping[str, Any]] = (),
    tool_choice: Any = None,
    parallel_tool_calls: bool = True,
    response_format: Mapping[str, Any] | None = None,
) -> Guidance:
    """Raises `ConfigError` for messages, tools, choices and schemas that cannot be."""
    box = toolbox(tools, tool_choice, several=parallel_tool_calls)
    schema = schema_of_format(response_format) if response_format and response_format.get("type") != "text" else None
    turns = form.turns(messages, box.tools if box else ())
    if schema is not None and not (box and box.must):
        turns = _with_schema(turns, schema, only=box is None)
    return Guidance(turns, _grammar(form, box, schema), calls=box is not None, prose=_is_prose(box, schema))


def _grammar(form: Form, box: Toolbox | None, schema: Schema | None) -> str | None:
    if box is not None:
        return lark_grammar(form.grammar(box, None if schema is None else json_rule(schema)))
    return None if schema is None else json_grammar(schema)


def _is_prose(box: Toolbox | None, schema: Schema | None) -> bool:
    return schema is None and not (box and box.must)


def _with_schema(turns: Sequence[Turn], schema: Schema, *, only: bool) -> list[Turn]:
    """The schema with the last question: a grammar alone lets a model stumble into its first key unprepared.

    Not in the system prompt, which stays the same then as in other calls and need not be read again.
    """
    told = f"{'Answer' if only else 'If you need no function, answer'} with JSON only"
    told += (
        "."
        if schema == {"type": "object"}
        else f", of this JSON schema: {json.dumps(brief(schema), ensure_ascii=False)}"
    )
    last = max((at for at, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    if last is None:
        return [*turns, {"role": "user", "content": told}]
    asked = {**turns[last], "content": f"{turns[last]['content']}\n\n{told}"}
    return [*turns[:last], asked, *turns[last + 1 :]]
