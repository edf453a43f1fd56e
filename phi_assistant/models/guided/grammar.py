"""Grammars as llguidance takes them, and whether it can take them; the one place on this side that knows it.

JSON is written as `json.dumps` does, with a space after comma and colon and none elsewhere: models have seen it like
that, and endless whitespace is no way to use up tokens. Values that a schema allows and Python cannot read (a second
60, the year 0, an integer of a thousand digits) are left out. See https://github.com/guidance-ai/llguidance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llguidance import LLMatcher, LLTokenizer

if TYPE_CHECKING:
    from llguidance._lib import JsonCompileOptions

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.closing import Closer
from phi_assistant.models.guided.schema import BY_NAME, IN_ORDER, SINGLE, Schema, changed

_HOW: JsonCompileOptions = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


_GREATEST = 10**15
"""Of integers that the schema leaves unbounded; any program can read them, and llguidance knows none above 64 bits."""

_YEAR = r"([1-9]\d{3}|0[1-9]\d{2}|00[1-9]\d|000[1-9])"
_READABLE = {
    "date": f"^{_YEAR}-",
    "date-time": f"^{_YEAR}-.{{8}}:\\d\\d:[0-5]",
    "time": r"^\d\d:\d\d:[0-5]",
    "duration": r"^\D*(\d{1,4}\D+)*$",
}
"""Formats, and which of their texts Python reads: RFC 3339 knows leap seconds, and the year 0."""


def json_grammar(schema: Mapping[str, Any]) -> str:
    """JSON of this schema. Raises `ConfigError`, which names the part, for a schema that cannot be kept to."""
    check_schema(schema)
    grammar: str = LLMatcher.grammar_from_json_schema(_dumps(changed(schema, _readable)), overrides=_HOW)
    return grammar


def lark_grammar(rules: str) -> str:
    """What these rules allow, in llguidance's dialect of Lark."""
    grammar: str = LLMatcher.grammar_from_lark(rules)
    return grammar


def json_rule(schema: Mapping[str, Any]) -> str:
    """JSON of this schema, as a term of a rule. Raises `ConfigError` as `json_grammar` does."""
    check_schema(schema)
    return f"%json {_dumps({**changed(schema, _readable), 'x-guidance': _HOW})}"


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises `ConfigError` if llguidance cannot keep to it, or if no JSON of it ever ends."""
    if why := _refusal(schema):
        where, why = _smallest_part(schema, why)
        raise ConfigError(
            f"Answers cannot be kept within this schema: {where} is not supported ({why}). Describe it in another "
            "way there, or leave it out and check the answer yourself."
        )
    if not _ends(_dumps(schema)):
        raise ConfigError(
            "Answers cannot be kept within this schema: no JSON of it ever ends, or none that is reasonably "
            "short. Let a part that contains itself be optional, null or an empty list somewhere, or ask for less."
        )


def _refusal(schema: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> str:
    """Why it cannot be kept to; empty if it can."""
    grammar = LLMatcher.grammar_from_json_schema(_dumps({**(shared or {}), **schema}), overrides=_HOW)
    why = " ".join(str(LLMatcher.validate_grammar(grammar)).split())[:300]
    return why or ("nothing keeps it from writing one key twice for minProperties" if _counts_keys(schema) else "")


def _counts_keys(schema: Mapping[str, Any]) -> bool:
    counted = schema.get("minProperties", 0) > 1 and schema.get("additionalProperties") is not False
    return counted or any(_counts_keys(part) for _, part in _parts(schema))


@lru_cache(256)
def _ends(schema: str) -> bool:
    tokenizer = LLTokenizer("byte")
    try:
        Closer(LLMatcher(tokenizer, LLMatcher.grammar_from_json_schema(schema, overrides=_HOW), log_level=0), tokenizer)
    except ValueError:
        return False
    return True


def _smallest_part(schema: Mapping[str, Any], why: str) -> tuple[str, str]:
    """Where the innermost schema is that is refused by itself too, and why."""
    shared = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    where, part = "#", schema
    while True:
        refused = ((path, sub, no) for path, sub in _parts(part) if (no := _refusal(sub, shared)))
        found = next(refused, None)
        if found is None:
            return where, why
        path, part, why = found
        where = f"{where}/{path}"


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The schemas directly within one, definitions first, since others only refer to them."""
    for keyword in sorted(schema, key=lambda name: name not in ("$defs", "definitions")):
        value = schema[keyword]
        if keyword in BY_NAME and isinstance(value, Mapping):
            yield from ((f"{keyword}/{name}", sub) for name, sub in value.items() if isinstance(sub, Mapping))
        elif keyword in IN_ORDER and isinstance(value, list):
            yield from ((f"{keyword}/{at}", sub) for at, sub in enumerate(value) if isinstance(sub, Mapping))
        elif keyword in SINGLE and isinstance(value, Mapping):
            yield keyword, value


def _readable(schema: Schema, alone: bool) -> Schema:
    """Without the values that Python cannot read."""
    if schema.get("type") == "string" and "pattern" not in schema and schema.get("format") in _READABLE:
        return schema | {"pattern": _READABLE[schema["format"]]}
    if schema.get("type") in ("integer", ["integer", "null"]) and not {"enum", "const"} & schema.keys():
        return schema | _bounds(schema)
    return schema


def _bounds(schema: Schema) -> Schema:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    lower = {} if least is not None else {"minimum": min(-_GREATEST, most or 0)}
    return lower | ({} if most is not None else {"maximum": max(_GREATEST, least or 0)})


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
