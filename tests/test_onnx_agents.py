"""LangChain's own agent on a model that is really asked: with tools, with an answer of a form, and with both."""

from __future__ import annotations

from itertools import islice

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, ToolMessage
from pydantic import BaseModel
from tiny_phi import ANSWER

from phi_assistant.errors import ConfigError

HELLO = {"messages": [("human", "Hello")]}


class Pet(BaseModel):
    """An animal that lives with somebody."""

    name: str
    age: int


def weather(city: str) -> str:
    """The weather of today."""
    return f"Rain in {city}."


def test_an_agent_that_needs_no_tool_answers(chat):
    said = create_agent(chat("answer"), tools=[weather]).invoke(HELLO)["messages"]
    assert said[-1].content == ANSWER


def test_an_agent_calls_its_tools_and_reads_what_they_say(chat):
    """This model calls again and again; two turns are enough."""
    agent = create_agent(chat("calls4"), tools=[weather])
    asked, told = islice(agent.stream(HELLO, stream_mode="updates"), 2)
    (call,) = asked["model"]["messages"]
    (result,) = told["tools"]["messages"]
    assert isinstance(call, AIMessage)
    assert isinstance(result, ToolMessage)
    assert call.tool_calls[0]["name"] == "weather"
    assert result.content == weather(**call.tool_calls[0]["args"])


WANTED = [Pet, ProviderStrategy(Pet), ProviderStrategy(Pet, strict=True)]


@pytest.mark.parametrize("name", ["closing", "closing4"])
@pytest.mark.parametrize("wanted", [*WANTED, ToolStrategy(Pet)])
def test_an_agent_answers_in_the_form_that_is_wanted(chat, name, wanted):
    agent = create_agent(chat(name), response_format=wanted)
    assert isinstance(agent.invoke(HELLO)["structured_response"], Pet)


@pytest.mark.parametrize("wanted", WANTED)
def test_an_agent_with_tools_does_as_well(chat, wanted):
    """Of the two, the one that would rather answer than call."""
    agent = create_agent(chat("closing4"), tools=[weather], response_format=wanted)
    assert isinstance(agent.invoke(HELLO)["structured_response"], Pet)


async def test_an_agent_of_an_event_loop_answers_so(chat):
    agent = create_agent(chat("closing"), response_format=Pet)
    assert isinstance((await agent.ainvoke(HELLO))["structured_response"], Pet)


@pytest.mark.parametrize("strict", [True, False, None])
def test_tools_may_be_strict_or_not(chat, strict):
    (call,) = chat("closing4").bind_tools([weather], tool_choice="any", strict=strict).invoke("Hello").tool_calls
    assert call["name"] == "weather"
    assert set(call["args"]) >= {"city"}


def test_tools_of_a_call_are_read_as_those_that_are_bound(chat):
    for tools in ([weather], (weather,), [Pet], [{"name": "weather", "description": "Of today."}]):
        assert chat("closing4").invoke("Hello", tools=tools, tool_choice="any").tool_calls


@pytest.mark.parametrize(
    "tools", ["weather", {"name": "weather"}, 5, weather, ["weather"], [5], [{"type": "function"}]]
)
def test_what_is_no_tool_is_refused(chat, tools):
    with pytest.raises(ConfigError, match="tool"):
        chat("answer").invoke("Hello", tools=tools)
    with pytest.raises(ConfigError, match="tool"):
        chat("answer").bind_tools(tools).invoke("Hello")


def test_a_function_whose_types_nobody_knows_is_refused_as_a_tool(chat):
    def odd(city: "Unknown") -> str:  # noqa: F821, UP037 - that is the point
        """Of today."""

    with pytest.raises(ConfigError, match=r"cannot be a tool.*Unknown"):
        chat("answer").invoke("Hello", tools=[odd])


def test_a_class_may_stand_for_the_form_of_an_answer(chat):
    assert Pet.model_validate_json(chat("closing").invoke("Hello", response_format=Pet).content)
    for wanted in (dict, 5, "json"):
        with pytest.raises(ConfigError, match="what an answer is to look like"):
            chat("closing").invoke("Hello", response_format=wanted)


@pytest.mark.parametrize("include_raw", [False, True])
def test_the_options_of_a_call_reach_a_model_that_answers_in_a_form(chat, include_raw):
    wanted = chat("closing").with_structured_output(Pet, include_raw=include_raw)
    with pytest.raises(ConfigError, match="max_tokens"):
        wanted.invoke("Hello", max_tokens=2)
    answer = wanted.invoke("Hello", max_tokens=200)
    assert isinstance(answer["parsed"] if include_raw else answer, Pet)
