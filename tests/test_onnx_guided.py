"""Structured output and tools: whatever a model would say, what it says parses, and is what was asked for."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from tiny_phi import ANSWER
from typing_extensions import TypedDict

from phi_assistant.errors import ConfigError

HELLO = [("human", "Hello")]
FORMS = ["closing", "closing4"]
"""Models that have the prompt form of Phi-3, and that of Phi-4-mini."""


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Pet(BaseModel):
    """An animal that lives with somebody."""

    name: str
    kind: Literal["cat", "dog"]
    colour: Colour | None = None


class Person(BaseModel):
    """Somebody, and who lives with them."""

    name: str = Field(description="as they are called")
    age: int
    height: float
    married: bool
    pets: list[Pet]
    nickname: str | None = None
    home: Pet | int | None = None


class Point(TypedDict):
    """A place."""

    x: Annotated[int, ..., "to the right"]
    y: Annotated[int, ..., "up"]


@tool
def weather(city: str, days: int = 1) -> str:
    """The weather of the next days."""
    return f"Fine in {city} for {days} days."


@tool
def clock() -> str:
    """The time of day."""
    return "It is eight."


@pytest.fixture(params=FORMS)
def speaker(request, chat):
    return chat(request.param)


def schema_format(schema):
    return {"type": "json_schema", "json_schema": {"name": "wanted", "schema": schema}}


def test_an_answer_is_of_the_class_that_was_asked_for(speaker):
    person = speaker.with_structured_output(Person).invoke("Who?")
    assert isinstance(person, Person)
    assert speaker.invoke("Who?").content == ANSWER  # and without a schema it is free


def test_a_typed_dict_and_a_json_schema_give_dicts(speaker):
    for schema in (Point, {**Person.model_json_schema()}):
        answer = speaker.with_structured_output(schema).invoke("Where?")
        assert isinstance(answer, dict)
    jsonschema.validate(answer, Person.model_json_schema())


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
async def test_both_methods_work_from_threads_and_event_loops(speaker, method):
    runnable = speaker.with_structured_output(Pet, method=method)
    assert isinstance(runnable.invoke("Who?"), Pet)
    assert isinstance(await runnable.ainvoke("Who?"), Pet)
    assert all(isinstance(each, Pet) for each in runnable.batch(["Who?"] * 3))


def test_any_json_is_asked_for_with_json_mode(speaker):
    answer = speaker.with_structured_output(None, method="json_mode").invoke("What?")
    assert isinstance(answer, dict)


def test_dicts_are_streamed_as_they_grow(chat):
    pieces = list(chat("closing_slow4").with_structured_output(Person.model_json_schema()).stream("Who?"))
    assert len(pieces) > 1
    assert all(isinstance(piece, dict) for piece in pieces)
    jsonschema.validate(pieces[-1], Person.model_json_schema())


def test_the_raw_answer_comes_with_it_if_wanted(speaker):
    answer = speaker.with_structured_output(Pet, include_raw=True).invoke("Who?")
    assert isinstance(answer["parsed"], Pet)
    assert Pet.model_validate_json(answer["raw"].content) == answer["parsed"]
    assert answer["parsing_error"] is None
    assert answer["raw"].response_metadata["finish_reason"] == "stop"
    assert answer["raw"].usage_metadata["output_tokens"] > 5


def test_no_needless_space_is_written(speaker):
    text = speaker.invoke("Who?", response_format=schema_format(Person.model_json_schema())).content
    assert len(text) <= len(json.dumps(json.loads(text)))


def test_the_model_sees_the_schema_and_it_is_counted(speaker):
    bound = speaker.invoke("Who?", response_format=schema_format(Pet.model_json_schema()))
    assert bound.usage_metadata["input_tokens"] > speaker.invoke("Who?").usage_metadata["input_tokens"] + 20


SCHEMAS = {
    "nested": Person.model_json_schema(),
    "text": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    "list": {
        "type": "object",
        "properties": {"all": {"type": "array", "items": {"type": "integer"}, "minItems": 2}},
        "required": ["all"],
    },
    "either": {
        "type": "object",
        "properties": {"it": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}},
        "required": ["it"],
    },
    "itself": {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "under": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
                "required": ["name", "under"],
            }
        },
        "$ref": "#/$defs/node",
    },
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", SCHEMAS)
@given(seed=st.integers(0, 10_000), temperature=st.sampled_from([0.0, 0.7, 1.5, 5.0]), most=st.integers(70, 300))
def test_whatever_a_model_would_say_its_answer_parses(chat, name, seed, temperature, most):
    """One of random weights has no idea of JSON, and never an end."""
    schema = SCHEMAS[name]
    if name == "nested":
        most += 100
    options = {"seed": seed, "temperature": temperature, "max_tokens": most}
    answer = chat("random").invoke("Who?", response_format=schema_format(schema), **options)
    jsonschema.validate(json.loads(answer.content), schema)
    assert answer.usage_metadata["output_tokens"] <= most


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), temperature=st.sampled_from([0.0, 0.7, 1.5, 5.0]), most=st.integers(120, 300))
def test_and_so_do_its_calls(chat, seed, temperature, most):
    options = {"seed": seed, "temperature": temperature, "max_tokens": most}
    answer = chat("random").bind_tools([weather, clock], tool_choice="any").invoke("What?", **options)
    assert answer.tool_calls
    assert answer.invalid_tool_calls == []
    for call in answer.tool_calls:
        assert {"weather": weather, "clock": clock}[call["name"]].invoke(call["args"])


def test_what_cannot_be_kept_to_is_refused_before_anything_is_asked(own):
    speaker = own("closing")
    with pytest.raises(ConfigError, match="uniqueItems"):
        speaker.with_structured_output({"title": "a", "type": "array", "items": {}, "uniqueItems": True})
    with pytest.raises(ConfigError, match="method"):
        speaker.with_structured_output(Pet, method="prayer")
    with pytest.raises(ConfigError, match="response format"):
        speaker.invoke("Who?", response_format={"type": "xml"})
    assert speaker.metrics().pid == 0


def test_too_few_tokens_for_any_answer_of_the_schema_are_refused(speaker):
    with pytest.raises(ConfigError, match=r"at least \d+ tokens.*max_tokens.* allows 5"):
        speaker.with_structured_output(Person).invoke("Who?", max_tokens=5)
    with pytest.raises(ConfigError, match="max_tokens"):
        speaker.bind_tools([weather], tool_choice="any").invoke("How?", max_tokens=5)
    assert speaker.metrics().active == 0


def test_stop_strings_do_not_cut_what_has_to_parse(speaker):
    assert speaker.with_structured_output(Pet).invoke("Who?", stop=['"'])


def test_a_schema_and_tools_go_together(chat):
    answer = (
        chat("closing4").bind_tools([weather]).invoke("Who?", response_format=schema_format(Pet.model_json_schema()))
    )
    assert answer.tool_calls or Pet.model_validate_json(answer.content)


def test_probabilities_come_with_structured_output_as_well(speaker):
    answer = speaker.invoke("Who?", response_format=schema_format(Pet.model_json_schema()), logprobs=True)
    told = answer.response_metadata["logprobs"]["content"]
    assert b"".join(bytes(each["bytes"]) for each in told).decode().strip() == answer.content
