"""What a call becomes on the wire of `/api/chat`, and what of it this model cannot do, said before it is asked.

A `tool_choice` that asks for a call is emulated: Ollama has none, so that the answer is kept within a schema of that
call (`format`). Pictures are sent from bytes and data URLs only: the client would read any path that a message names.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from phi_assistant.errors import ConfigError
from phi_assistant.models.base import Request
from phi_assistant.models.content import text_of
from phi_assistant.models.guided.schema import Schema, schema_of_format
from phi_assistant.models.guided.tools import Toolbox, toolbox
from phi_assistant.models.ollama.facts import Facts
from phi_assistant.models.options import Options

Body = dict[str, Any]

_PICTURES = {"image", "image_url"}
_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call, as it is sent."""

    body: Body
    forced: Toolbox | None
    """The tools of which the answer is a call, as JSON in its text."""
    calls: Toolbox | None
    """The tools that the model may call in its own way."""
    text_bytes: int
    """Of all messages."""


def asked(
    request: Request,
    facts: Facts,
    *,
    model: str,
    context: int,
    think: bool | str | None,
    keep_alive: float | str | None,
) -> Asked:
    """Raises `ConfigError` for what this model cannot do."""
    if "completion" not in facts.capabilities:
        raise ConfigError(f"The Ollama model {model!r} writes no answers. Take a chat model: `ollama pull phi3.5`.")
    box = toolbox(request.tools, request.tool_choice, several=request.parallel_tool_calls)
    schema = _schema(request)
    names = _called(request.messages)
    messages = [_message(message, facts, model, names) for message in request.messages]
    body: Body = {
        "model": model,
        "messages": messages,
        "stream": True,
        "options": _options(request.options, context),
        "truncate": False,  # a prompt that does not fit is refused, not cut
        "shift": False,  # and an answer that does not fit ends, instead of forgetting the question
    }
    if box and box.must:
        body["format"] = call_schema(box)
        body["messages"] = _told(messages, box)
    elif box:
        _check(facts, "tools", model, "It calls no tools by itself; with `tool_choice` a call can be enforced.")
        body["tools"] = list(request.tools)
    elif schema is not None:
        body["format"] = schema
        body["messages"] = _with_schema(messages, schema)
    if "format" not in body and request.options.stop:  # within JSON it would leave half of it
        # The model's own would be switched off.
        body["options"]["stop"] = list(dict.fromkeys([*facts.stop, *request.options.stop]))
    if think is not None:
        if think is not False:
            _check(facts, "thinking", model, "It does not think; leave out `think`.")
        body["think"] = think
    if keep_alive is not None:
        body["keep_alive"] = keep_alive
    if request.options.logprobs:
        body |= {"logprobs": True, "top_logprobs": request.options.top_logprobs}
    size = sum(size_of(str(each.get("content", ""))) for each in body["messages"])
    must = box is not None and box.must
    return Asked(body, forced=box if must else None, calls=None if must else box, text_bytes=size)


def call_schema(box: Toolbox) -> Schema:
    """Of one call of the tools that may be called."""
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool.name}, "arguments": tool.parameters},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in box.allowed
    ]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}


def _options(options: Options, context: int) -> Body:
    found: Body = {
        "num_ctx": context,
        "num_predict": min(options.max_tokens, context),
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": options.top_k,
        "repeat_penalty": options.repetition_penalty,
    }
    if options.repetition_penalty != 1:
        found["repeat_last_n"] = -1  # all of it, as everywhere else
    if options.seed is not None:
        found["seed"] = options.seed
    return found


def _schema(request: Request) -> Schema | None:
    wanted = request.response_format
    return schema_of_format(wanted) if wanted and wanted.get("type") != "text" else None


def size_of(text: str) -> int:
    """In bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def _called(messages: Sequence[BaseMessage]) -> dict[str | None, str]:
    """The names of the tools that were called, by the calls' ids."""
    return {call["id"]: call["name"] for each in messages if isinstance(each, AIMessage) for call in each.tool_calls}


def _message(message: BaseMessage, facts: Facts, model: str, names: Mapping[str | None, str]) -> Body:
    text, pictures = _parts(message)
    if pictures:
        _check(facts, "vision", model, "It reads text only.")
    sent: Body = {"role": _role(message), "content": text}
    if pictures:
        sent["images"] = pictures
    if isinstance(message, AIMessage) and message.tool_calls:
        sent["tool_calls"] = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": call["args"]}}
            for call in message.tool_calls
        ]
    if "thinking" in facts.capabilities and (thought := message.additional_kwargs.get("reasoning_content")):
        sent["thinking"] = thought
    if isinstance(message, ToolMessage):
        name = message.name or names.get(message.tool_call_id)
        sent |= {"tool_call_id": message.tool_call_id} | ({"tool_name": name} if name else {})
    return sent


def _role(message: BaseMessage) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    kinds = ((SystemMessage, "system"), (HumanMessage, "user"), (AIMessage, "assistant"), (ToolMessage, "tool"))
    for kind, role in kinds:
        if isinstance(message, kind):
            return role
    raise ConfigError(f"A {type(message).__name__} is nothing that a model can read. Leave it out.")


def _parts(message: BaseMessage) -> tuple[str, list[str]]:
    """The text of a message and its pictures, in base64."""
    if isinstance(message.content, str):
        return message.content, []
    blocks = [each for each in message.content if isinstance(each, dict) and each.get("type") in _PICTURES]
    rest = [each for each in message.content if each not in blocks]
    return text_of(message.model_copy(update={"content": rest})), [_picture(block) for block in blocks]


def _picture(block: Mapping[str, Any]) -> str:
    """In base64; from the block itself, never from a path or an address."""
    url = block.get("image_url")
    if isinstance(url, Mapping):
        url = url.get("url")
    url = url or block.get("url")
    found = _DATA_URL.fullmatch(url) if isinstance(url, str) else None
    data = found[1] if found else block.get("base64") or block.get("data")
    if isinstance(data, bytes):
        return base64.b64encode(data).decode()
    if (url and not found) or not isinstance(data, str):
        raise ConfigError(
            "A picture must be given as bytes, in base64 or as a data URL (data:image/png;base64,…). Paths and "
            "addresses are not followed: read the file yourself and send what is in it."
        )
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as exc:
        raise ConfigError(f"A picture's base64 is damaged ({exc}). Encode its bytes with base64.b64encode.") from exc
    return data


def _told(messages: Sequence[Body], box: Toolbox) -> list[Body]:
    """What can be called, with the last question."""
    tools = "\n".join(json.dumps(tool.told(), ensure_ascii=False) for tool in box.allowed)
    return _appended(
        messages, f'Answer with a call of a function, as JSON with "name" and "arguments". The functions:\n{tools}'
    )


def _with_schema(messages: Sequence[Body], schema: Schema) -> list[Body]:
    told = "" if schema == {"type": "object"} else f", of this JSON schema: {json.dumps(schema, ensure_ascii=False)}"
    return _appended(messages, f"Answer with JSON only{told or '.'}")


def _appended(messages: Sequence[Body], told: str) -> list[Body]:
    last = max((at for at, each in enumerate(messages) if each["role"] == "user"), default=None)
    if last is None:
        return [*messages, {"role": "user", "content": told}]
    asked = {**messages[last], "content": f"{messages[last]['content']}\n\n{told}"}
    return [*messages[:last], asked, *messages[last + 1 :]]


def _check(facts: Facts, wanted: str, model: str, why: str) -> None:
    if wanted not in facts.capabilities:
        can = ", ".join(sorted(facts.capabilities))
        raise ConfigError(f"The Ollama model {model!r} has no {wanted} (it has: {can}). {why}")
