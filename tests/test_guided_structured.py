"""Structured output, on a chat model that has no understanding but keeps to what it is bound to."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, Field, field_validator
from scribbler import KINDS, Scribbler

from phi_assistant.errors import ConfigError


class Joke(BaseModel):
    """Joke to tell user."""

    setup: str = Field(description="question to set up a joke")
    punchline: str | None = None
    stars: int = Field(ge=1, le=5)


class JokeDict(TypedDict):
    """Joke to tell user."""

    setup: Annotated[str, ..., "question to set up a joke"]
    punchline: Annotated[str, ..., "answer to resolve the joke"]


class Impossible(BaseModel):
    text: str

    @field_validator("text")
    @classmethod
    def _never(cls, value: str) -> str:
        raise ValueError("no text is good enough")


class Chain(BaseModel):
    name: str
    next: Chain | None = None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_pydantic_class_comes_back_as_one_of_it(method: str, kind: str) -> None:
    for seed in range(5):
        chat = Scribbler(kind=kind, seed=seed).with_structured_output(Joke, method=method)
        assert isinstance(chat.invoke("Tell me a joke."), Joke)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("schema", [JokeDict, convert_to_json_schema(JokeDict)], ids=["TypedDict", "JSON schema"])
def test_any_other_schema_comes_back_as_a_dict(schema: Any, method: str) -> None:
    said = Scribbler(seed=1).with_structured_output(schema, method=method).invoke("Tell me a joke.")
    assert set(said) == {"setup", "punchline"}


def test_a_dict_grows_while_it_is_streamed() -> None:
    chat = Scribbler(seed=1, budget=80).with_structured_output(JokeDict)
    grown = list(chat.stream("Tell me a joke."))
    lengths = [len(json.dumps(each)) for each in grown]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 5
    assert set(grown[-1]) == {"setup", "punchline"}


def test_json_mode_promises_json_and_no_more() -> None:
    chat = Scribbler(seed=2).with_structured_output(None, method="json_mode")
    assert isinstance(chat.invoke("Answer with JSON."), dict)


def test_the_raw_answer_comes_with_what_was_made_of_it() -> None:
    both = Scribbler().with_structured_output(Joke, include_raw=True).invoke("Tell me a joke.")
    assert isinstance(both["raw"], AIMessage)
    assert both["parsed"] == Joke(**json.loads(both["raw"].content))
    assert both["parsing_error"] is None


def test_what_the_class_itself_refuses_is_an_error_or_beside_the_raw_answer() -> None:
    with pytest.raises(OutputParserException, match="no text is good enough"):
        Scribbler().with_structured_output(Impossible).invoke("Try.")
    both = Scribbler().with_structured_output(Impossible, include_raw=True).invoke("Try.")
    assert both["parsed"] is None
    assert "no text is good enough" in str(both["parsing_error"])


def test_a_class_that_contains_itself_is_kept_to() -> None:
    assert isinstance(Scribbler(seed=4).with_structured_output(Chain).invoke("Make one."), Chain)


def test_those_who_watch_are_told_the_schema() -> None:
    bound = Scribbler().with_structured_output(Joke).first
    assert bound.kwargs["ls_structured_output_format"]["schema"] == convert_to_json_schema(Joke)
    assert bound.kwargs["response_format"]["json_schema"]["name"] == "Joke"


@pytest.mark.parametrize(
    ("schema", "given", "said"),
    [
        (Joke, {"method": "yaml"}, "no method 'yaml'.*json_schema"),
        (None, {}, "No schema was given"),
        ({"title": "t", "type": "object", "properties": {"a": {"not": {}}}}, {}, "#/properties/a"),
        (3, {}, "what an answer is to look like"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(schema: Any, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Scribbler().with_structured_output(schema, **given)
