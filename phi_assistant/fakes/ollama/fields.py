"""Request bodies as Go reads them into its structs: which fields there are, of which type, and what it says if not."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.errors import ApiError

Body = dict[str, Any]


@dataclass(frozen=True)
class Struct:
    """A struct of Go; a field whose type is missing here takes anything, and null is as if it was not there."""

    name: str
    fields: dict[str, str | Struct | Many]


@dataclass(frozen=True)
class Many:
    """A list of one type."""

    name: str
    of: str | Struct


_FUNCTION = Struct(
    "api.ToolCallFunction", {"index": "int", "name": "string", "arguments": "api.ToolCallFunctionArguments"}
)
_CALL = Struct("api.ToolCall", {"id": "string", "function": _FUNCTION})
_IMAGES = Many("[]api.ImageData", "api.ImageData")
_MESSAGE = Struct(
    "api.Message",
    {
        **dict.fromkeys(("role", "content", "thinking", "tool_name", "tool_call_id"), "string"),
        "images": _IMAGES,
        "tool_calls": Many("[]api.ToolCall", _CALL),
    },
)
_COMMON: dict[str, str | Struct | Many] = {
    **dict.fromkeys(("stream", "truncate", "shift", "logprobs", "_debug_render_only"), "bool"),
    "model": "string",
    "options": "map[string]interface {}",
    "top_logprobs": "int",
}
CHAT = Struct(
    "ChatRequest",
    {**_COMMON, "messages": Many("[]api.Message", _MESSAGE), "tools": Many("api.Tools", "api.Tool")},
)
GENERATE = Struct(
    "GenerateRequest",
    {
        **_COMMON,
        **dict.fromkeys(("prompt", "suffix", "system", "template"), "string"),
        "raw": "bool",
        "context": Many("[]int", "int"),
        "images": _IMAGES,
    },
)
EMBED = Struct("EmbedRequest", {**_COMMON, "dimensions": "int"})
EMBEDDINGS = Struct("EmbeddingRequest", {**_COMMON, "prompt": "string"})
NAMED = Struct(
    "Request", {"model": "string", "name": "string", "stream": "bool", "insecure": "bool", "verbose": "bool"}
)
COPY = Struct("CopyRequest", {"source": "string", "destination": "string"})
OPENAI_CHAT = Struct(
    "ChatCompletionRequest",
    {
        "model": "string",
        "stream": "bool",
        "messages": Many("[]openai.Message", Struct("openai.Message", {"role": "string"})),
        "tools": Many("[]api.Tool", "api.Tool"),
        "max_tokens": "int",
        "temperature": "float64",
        "top_p": "float64",
        "seed": "int",
    },
)
OPENAI_EMBED = Struct("EmbedRequest", {"model": "string", "dimensions": "int"})

_VALUE = "looking for beginning of value"
_WHERE = {
    "Expecting property name": "looking for beginning of object key string",
    "Illegal trailing comma": "looking for beginning of object key string",
    "Expecting ':'": "after object key",
    "Expecting ','": "after object key:value pair",
}
"""What Python says of broken JSON, and what Go says."""
_KINDS = {"string": str, "bool": bool, "int": int, "float64": float}


def read(raw: bytes, struct: Struct) -> Body:
    """The body, without its nulls. Raises `ApiError` in Go's words."""
    value = _parsed(raw.decode("utf-8", "replace").lstrip(" \t\r\n"))
    if not isinstance(value, dict):
        raise ApiError(400, f"json: cannot unmarshal {_kind(value)} into Go value of type api.{struct.name}")
    return _struct(value, struct, struct.name)


def _parsed(text: str) -> Any:
    if not text:
        raise ApiError(400, "missing request body")
    try:
        return json.JSONDecoder(parse_constant=_constant).raw_decode(text)[0]
    except json.JSONDecodeError as exc:
        rest = text[exc.pos :].strip()
        if not rest or "Unterminated" in exc.msg:
            raise ApiError(400, "unexpected EOF") from exc
        where = next((ours for theirs, ours in _WHERE.items() if exc.msg.startswith(theirs)), _VALUE)
        raise ApiError(400, f"invalid character {rest[0]!r} {where}") from exc


def _constant(name: str) -> Any:
    raise ApiError(400, f"invalid character {name[0]!r} {_VALUE}")


def _struct(value: Body, struct: Struct, path: str) -> Body:
    present = {name: each for name, each in value.items() if each is not None}
    return {name: _value(each, struct.fields.get(name), f"{path}.{name}") for name, each in present.items()}


def _value(value: Any, kind: str | Struct | Many | None, path: str) -> Any:
    if isinstance(kind, Struct):
        return _struct(_must(value, dict, kind.name, path), kind, path)
    if isinstance(kind, Many):
        return [_value(each, kind.of, path) for each in _must(value, list, kind.name, path) if each is not None]
    if kind is None:
        return value
    if kind == "api.ImageData":
        return _image(_must(value, str, kind, path))
    if kind == "float64" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _must(value, _KINDS.get(kind, dict), kind, path)


def _must(value: Any, wanted: type, kind: str, path: str) -> Any:
    if isinstance(value, wanted) and isinstance(value, bool) <= (wanted is bool):
        return value
    shown = f"number {go.encode(value)}" if wanted is int and isinstance(value, float) else _kind(value)
    raise ApiError(400, f"json: cannot unmarshal {shown} into Go struct field {path} of type {kind}")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array", dict: "object"}.get(type(value), "null")


def _image(text: str) -> bytes:
    bad = re.search(r"[^A-Za-z0-9+/=\r\n]", text)
    try:
        if bad is None:
            return base64.b64decode(text, validate=False)
    except binascii.Error as exc:
        raise ApiError(400, f"illegal base64 data at input byte {len(text)}") from exc
    raise ApiError(400, f"illegal base64 data at input byte {bad.start()}")
