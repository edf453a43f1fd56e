"""Whatever is drawn from what a grammar allows, the text parses, is of the schema, and keeps within its budget."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from llguidance import LLMatcher
from pydantic import TypeAdapter
from scribbler import KINDS, text, tokenizers, write

from phi_assistant.models.guided.closing import Closer
from phi_assistant.models.guided.grammar import json_grammar, lark_grammar
from phi_assistant.models.guided.schema import schema_of

TREE = {
    "$ref": "#/$defs/Tree",
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {
                "label": {"type": "string", "minLength": 2},
                "left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
                "more": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
            "required": ["label", "left", "more"],
        }
    },
}


def _object(**properties: Any) -> dict[str, Any]:
    """One that must have all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Any, least: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, **more}


CASES: dict[str, dict[str, Any]] = {
    "any object": {"type": "object"},
    "anything": {},
    "a tree": TREE,
    "either contains itself": {"anyOf": [_object(deeper={"$ref": "#"}), _object(end={"const": 1})]},
    "a tuple": _list(False, 2, prefixItems=[{"type": "integer"}, {"type": "string"}]),
    "a long list": _list(_list({"type": "boolean"}, 2), 5),
    "a few": _list({"enum": ["a", 3, None, "ü😀"]}, 1, maxItems=3),
    "a loop in a pattern": {"type": "string", "pattern": "^(a+b){3}$"},
    "a code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
    "long enough": {"type": "string", "minLength": 40},
    "short enough": {"type": "string", "maxLength": 3},
    "numbers": _object(
        share={"type": "number", "minimum": 3, "maximum": 9},
        dozens={"type": "integer", "multipleOf": 12, "minimum": 1},
    ),
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    "texts in Chinese": _object(**{"名前": {"const": "你好"}, '"quoted"\n': {"type": "string"}}),
    **{form: {"type": "string", "format": form} for form in ("email", "ipv4", "ipv6")},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_what_is_drawn_at_random_is_of_the_schema_within_any_budget(case: str, kind: str) -> None:
    schema = schema_of(CASES[case])
    grammar = json_grammar(schema)
    for seed in range(12):
        budget = 3 + 7 * seed
        written = write(kind, grammar, budget, seed)
        value = json.loads(text(kind, written))
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)
        assert len(written.ids) <= max(budget, _shortest(kind, grammar))


@pytest.mark.parametrize("python", [date, datetime, time, timedelta, UUID, int, bool | None], ids=str)
def test_what_is_drawn_for_a_type_of_python_is_read_by_it(python: Any) -> None:
    adapter = TypeAdapter[Any](python)
    grammar = json_grammar(schema_of(adapter.json_schema()))
    for seed in range(60):
        adapter.validate_json(text("phi4", write("phi4", grammar, 3 + seed, seed)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_is_never_ended_is_closed_where_its_budget_ends(kind: str) -> None:
    grammar = json_grammar(schema_of(_object(a=_list({"type": "string"}, 1))))
    written = write(kind, grammar, 60, 0, wanted='{"a": ["again' + " and again" * 50)
    said = json.loads(text(kind, written))
    assert said["a"][0].startswith("again and again")
    assert len(written.ids) in (59, 60)
    assert written.cut


def test_a_text_that_ends_in_time_is_left_alone() -> None:
    tokenizer = tokenizers("phi4")[1]
    matcher = LLMatcher(tokenizer, json_grammar({"type": "integer"}))
    closer = Closer(matcher, tokenizer)
    wanted = [*tokenizer.greedy_tokenize("42"), tokenizer.eos_token]
    assert [closer.take(token, 10 - at) for at, token in enumerate(wanted)] == wanted
    assert not closer.cut


def test_what_could_not_be_closed_any_more_is_not_begun() -> None:
    many = {f"field_{at}": {"type": "integer"} for at in range(20)}
    schema = {"type": "array", "items": {"type": "object", "properties": many, "required": list(many)}}
    for seed in range(20):
        written = write("phi4", json_grammar(schema), 40, seed)
        assert json.loads(text("phi4", written)) == []


def test_a_budget_below_the_shortest_text_is_refused_with_both_numbers() -> None:
    tokenizer = tokenizers("phi3")[1]
    grammar = json_grammar({"const": "a sentence that is longer than that"})
    with pytest.raises(ValueError, match=r"at least \d+ tokens, and `max_tokens` allows 3"):
        Closer(LLMatcher(tokenizer, grammar), tokenizer, 3)


def test_a_grammar_without_an_end_is_refused() -> None:
    tokenizer = tokenizers("phi3")[1]
    endless = LLMatcher(tokenizer, lark_grammar('start: "a" start\n'), log_level=0)
    with pytest.raises(ValueError, match="ever ends"):
        Closer(endless, tokenizer)


_LEAVES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "maxLength": 5},
    {"type": "integer"},
    {"type": "integer", "minimum": 10, "maximum": 99},
    {"type": "number"},
    {"type": "boolean"},
    {"type": "null"},
    {"enum": ["red", "green", "größer", 7]},
    {"type": "string", "format": "date"},
]


@st.composite
def _objects(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
    properties = draw(st.dictionaries(keys, inner, max_size=4))
    return {**_object(**properties), "required": [key for key in properties if draw(st.booleans())]}


@st.composite
def _lists(draw: st.DrawFn, inner: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    least = draw(st.integers(0, 3))
    return _list(draw(inner), least, maxItems=least + draw(st.integers(0, 3)))


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    either = st.lists(inner, min_size=1, max_size=3).map(lambda some: {"anyOf": some})
    return st.one_of(_objects(inner), _lists(inner), either)


_SCHEMAS = st.recursive(st.sampled_from(_LEAVES), _nested, max_leaves=6)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(schema=_SCHEMAS, kind=st.sampled_from(KINDS), budget=st.integers(1, 120), seed=st.integers(0, 2**32 - 1))
def test_any_schema_is_kept_within_any_budget(schema: dict[str, Any], kind: str, budget: int, seed: int) -> None:
    closed = schema_of(schema)
    grammar = json_grammar(closed)
    written = write(kind, grammar, budget, seed)
    assert written.complete
    assert len(written.ids) <= max(budget, _shortest(kind, grammar))
    Draft202012Validator(schema).validate(json.loads(text(kind, written)))


def _shortest(kind: str, grammar: str) -> int:
    tokenizer = tokenizers(kind)[1]
    return Closer(LLMatcher(tokenizer, grammar), tokenizer).shortest
