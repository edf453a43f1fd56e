"""What a fake model writes when a format is asked: the smallest value of the schema, its strings being what it says."""

from __future__ import annotations

import json
from typing import Any

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.errors import ApiError, from_llama

_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}


def fitting(form: Any, text: str) -> str:
    """The text itself if it is JSON already. Raises `ApiError` for a format that cannot be."""
    schema = _schema(form)
    try:
        json.loads(text)
    except ValueError:
        value = {"answer": text} if schema is None else _value(schema, text, schema)
        return json.dumps(value, ensure_ascii=False)
    return text


def check(form: Any) -> None:
    """Raises `ApiError` for a format that cannot be."""
    fitting(form, "")


def _schema(form: Any) -> dict[str, Any] | None:
    if form == "json":
        return None
    if not isinstance(form, dict):
        raise ApiError(
            500, f'invalid format: {go.encode(go.encode(form))}; expected "json" or a valid JSON Schema object'
        )
    return form


def _value(schema: Any, text: str, root: dict[str, Any]) -> Any:
    if not isinstance(schema, dict):
        return text
    if "$ref" in schema:
        return _value(_referred(schema["$ref"], root), text, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return _value(schema[key][0], text, root)
    return _typed(schema, text, root)


def _typed(schema: dict[str, Any], text: str, root: dict[str, Any]) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind not in _TYPES:
        raise from_llama(
            400,
            "Field 'json_schema': \"json_schema\": JSON schema conversion failed:\n"
            f"JSON schema error at #: unrecognized type {kind}",
        )
    if kind == "object":
        return {name: _value(each, text, root) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value(schema.get("items", {}), text, root)] * max(1, schema.get("minItems", 1))
    if kind == "string":
        return text[: schema.get("maxLength")].ljust(schema.get("minLength", 0), ".")
    if kind in ("number", "integer"):
        return max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
    return True if kind == "boolean" else None


def _referred(reference: str, root: dict[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(part, {}) if part else found
    return found
