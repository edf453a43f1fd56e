"""Guided answers of a real model with random weights: what it would say is nonsense, what it may say is not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from pydantic import BaseModel, Field

from phi_assistant.errors import ConfigError
from phi_assistant.models.onnx import ChatPhiOnnx


class Person(BaseModel):
    """Someone."""

    name: str
    born: int = Field(ge=1900, le=2030)
    friends: list[str] = Field(max_length=3)


def get_weather(city: str, days: int = 1) -> str:
    """The weather of a city."""
    return f"Rain in {city} for {days} days."


@pytest.mark.parametrize("temperature", [0.0, 1.0, 5.0])
def test_structured_output_parses_however_little_may_be_written(
    chat: Callable[..., ChatPhiOnnx], temperature: float
) -> None:
    for seed in range(6):
        asked = chat("random", temperature=temperature, seed=seed, max_tokens=60 + 10 * seed)
        both = asked.with_structured_output(Person, include_raw=True).invoke("Who are you?")
        assert isinstance(both["parsed"], Person)
        assert both["raw"].usage_metadata["output_tokens"] <= 60 + 10 * seed


def test_an_answer_that_had_to_be_completed_says_so(chat: Callable[..., ChatPhiOnnx]) -> None:
    raw = chat("random", max_tokens=80).with_structured_output(Person, include_raw=True).invoke("Who are you?")["raw"]
    assert json.loads(raw.content)
    assert raw.response_metadata["finish_reason"] == "length"


def test_a_budget_that_no_answer_fits_into_is_refused(chat: Callable[..., ChatPhiOnnx]) -> None:
    with pytest.raises(ConfigError, match=r"at least \d+ tokens.*max_tokens.* allows 5"):
        chat("random", max_tokens=5).with_structured_output(Person).invoke("Who are you?")


def test_a_call_is_made_answered_and_read_again_without_reading_all(chat: Callable[..., ChatPhiOnnx]) -> None:
    caller = chat("random", max_tokens=80).bind_tools([get_weather])
    asked = HumanMessage("Will it rain?")
    called = caller.invoke([asked], tool_choice="any", parallel_tool_calls=False)
    assert called.response_metadata["finish_reason"] == "tool_calls"
    (call,) = called.tool_calls
    result = ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"], name="get_weather")
    again = caller.invoke([asked, called, result], max_tokens=3)
    read, written = called.usage_metadata, again.usage_metadata
    assert read
    assert written
    assert written["input_token_details"]["cache_read"] >= read["input_tokens"] + read["output_tokens"] - 1
