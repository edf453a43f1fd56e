"""What an answer is to look like, however it is written down: as a JSON schema that a grammar can keep to.

A pydantic class, a TypedDict, a JSON schema or an OpenAI function in; one dict out. Objects are closed (no keys but
those named) unless they say otherwise: a small model would go on inventing keys. That is narrower than the schema, so
that what is written is valid for both. Knows nothing of grammars.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, PydanticUserError
from typing_extensions import is_typeddict

from phi_assistant.errors import ConfigError

Schema = dict[str, Any]

BY_NAME = ("$defs", "definitions", "properties", "patternProperties")
IN_ORDER = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE = ("items", "additionalProperties")
"""Keywords that hold schemas."""

_ANY_STRING = {"path", "password", "binary", "file-path", "directory-path"}
"""Formats that pydantic writes for strings of any form."""


def schema_of(wanted: Any, *, strict: bool | None = None) -> Schema:
    """The JSON schema of a pydantic class, a TypedDict, an OpenAI function or a JSON schema.

    `strict=False` leaves objects open that do not say otherwise. Raises `ConfigError` for anything else.
    """
    schema = changed(_as_json_schema(wanted), _plain)
    return schema if strict is False else _closed(schema)


def schema_of_format(response_format: Mapping[str, Any]) -> Schema:
    """Of OpenAI's `response_format`: `{"type": "json_object"}` or `{"type": "json_schema", "json_schema": {…}}`."""
    kind, given = response_format.get("type"), response_format.get("json_schema")
    if kind == "json_object":
        return {"type": "object"}
    if kind == "json_schema" and isinstance(given, Mapping) and isinstance(given.get("schema"), Mapping):
        return schema_of(dict(given["schema"]), strict=given.get("strict"))
    raise ConfigError(
        f"The response format {response_format!r} is not known. Known are {{'type': 'json_object'}} and "
        "{'type': 'json_schema', 'json_schema': {'schema': …}}; `with_structured_output` makes the latter."
    )


def name_of(wanted: Any) -> str:
    """What the thing is called, for messages and tools."""
    if isinstance(wanted, Mapping):
        return str(wanted.get("title") or wanted.get("name") or "answer")
    return str(getattr(wanted, "__name__", "answer"))


def _as_json_schema(wanted: Any) -> Schema:
    if isinstance(wanted, type) and is_basemodel_subclass(wanted):
        return _of_pydantic(wanted)
    if is_typeddict(wanted):
        schema = convert_to_json_schema(wanted)
        return {"required": list(schema.get("properties", ())), **schema}
    if isinstance(wanted, Mapping):
        function = wanted.get("function", wanted)
        inner = function.get("parameters") if "name" in function else wanted.get("input_schema")
        return dict(inner if isinstance(inner, Mapping) else wanted)
    raise ConfigError(
        f"{wanted!r} says not what an answer is to look like. Give a pydantic class, a TypedDict or a JSON schema."
    )


def _of_pydantic(wanted: Any) -> Schema:
    try:
        schema: Schema = wanted.model_json_schema() if issubclass(wanted, BaseModel) else wanted.schema()
    except PydanticUserError as exc:
        raise ConfigError(
            f"{wanted.__name__} has no JSON schema, which answers could be kept within: {exc.message} "
            "Describe that field by a type that has one."
        ) from exc
    return changed(schema, _as_list)


def _as_list(schema: Schema, alone: bool) -> Schema:
    """Without `uniqueItems`, which pydantic writes for sets: it makes a set of any list."""
    return {key: value for key, value in schema.items() if key != "uniqueItems" or "minItems" in schema}


def _plain(schema: Schema, alone: bool) -> Schema:
    """Without what says nothing about the text: `uniqueItems: false`, formats that any string has, and that only one
    of some schemas may fit where they are told apart by a key of their own."""
    idle = [("uniqueItems", False), *(("format", name) for name in _ANY_STRING)]
    kept = {
        key: value for key, value in schema.items() if not isinstance(value, str | bool) or (key, value) not in idle
    }
    if "oneOf" in kept and kept.pop("discriminator", None) and "anyOf" not in kept:
        kept["anyOf"] = kept.pop("oneOf")
    return kept


def _closed(schema: Schema) -> Schema:
    """With every object closed that stands alone: nothing could be added to one that is combined with others."""
    combined: set[str] = set()
    while found := _combined(schema, combined) - combined:
        combined |= found
    return changed(schema, _close, combined=combined)


def _close(schema: Schema, alone: bool) -> Schema:
    if alone and "properties" in schema and not any(each in schema for each in ("anyOf", "oneOf", "allOf", "$ref")):
        return {"additionalProperties": False, **schema}
    return schema


def _combined(schema: Schema, known: set[str]) -> set[str]:
    """The definitions that are combined with something where they are referred to."""
    found: set[str] = set()

    def note(node: Schema, alone: bool) -> Schema:
        if "$ref" in node and (not alone or "properties" in node):
            found.add(node["$ref"])
        return node

    changed(schema, note, combined=known)
    return found


def changed(
    schema: Mapping[str, Any],
    change: Callable[[Schema, bool], Schema],
    *,
    alone: bool = True,
    combined: Collection[str] = (),
) -> Schema:
    """The schema with each one in it changed, the innermost first. `change` is told whether the schema stands alone."""

    def within(value: Any, alone: bool) -> Any:
        return changed(value, change, alone=alone, combined=combined) if isinstance(value, Mapping) else value

    built: Schema = {}
    for keyword, value in schema.items():
        if keyword in BY_NAME and isinstance(value, Mapping):
            built[keyword] = {name: within(sub, f"#/{keyword}/{name}" not in combined) for name, sub in value.items()}
        elif keyword in IN_ORDER and isinstance(value, list):
            lone = keyword == "prefixItems" or (alone and "properties" not in schema and _sole(schema, keyword))
            built[keyword] = [within(sub, lone) for sub in value]
        elif keyword in SINGLE:
            built[keyword] = within(value, True)
        else:
            built[keyword] = value
    return change(built, alone)


def _sole(schema: Mapping[str, Any], keyword: str) -> bool:
    """Whether what this keyword holds is combined with nothing else; `allOf` of one is only a way to describe it."""
    others = [each for each in ("anyOf", "oneOf", "allOf", "$ref") if each in schema and each != keyword]
    return not others and (keyword != "allOf" or len(schema["allOf"]) == 1)


def brief(schema: Schema) -> Schema:
    """The schema in few words, to be read by a model: without titles, which say nothing that the keys do not."""
    return changed(schema, _untitled)


def _untitled(schema: Schema, alone: bool) -> Schema:
    return {
        key: value
        for key, value in schema.items()
        if key != "title" and (key, value) != ("additionalProperties", False)
    }
