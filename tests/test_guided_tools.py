"""Tools in each prompt form: what the model is told, what it may write, and how that is shown to it again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from scribbler import Scribbler, as_tool, text, write

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.form import Form
from phi_assistant.models.guided.forms import form_of
from phi_assistant.models.guided.guidance import Guidance, guidance
from phi_assistant.models.guided.phi3 import Phi3Form
from phi_assistant.models.guided.phi4_mini import Phi4MiniForm
from phi_assistant.models.guided.reading import Reader

FORMS: dict[str, Form] = {"phi3": Phi3Form(), "phi4": Phi4MiniForm()}


@tool
def get_weather(city: str, days: int = 1) -> str:
    """The weather of a city."""
    return f"Rain in {city} for {days} days."


@tool
def get_time() -> str:
    """What time it is."""
    return "Noon."


TOOLS = [convert_to_openai_tool(each) for each in (get_weather, get_time)]
CALL = {"name": "get_weather", "args": {"city": "Köln"}, "id": "1", "type": "tool_call"}
ASKED = HumanMessage("Is it raining in Köln?")
RESULT = ToolMessage("Yes.", tool_call_id="1", name="get_weather")


def guided(kind: str, messages: list[BaseMessage] | None = None, **asked: Any) -> Guidance:
    return guidance(messages or [ASKED], FORMS[kind], **{"tools": TOOLS, **asked})


def drawn(kind: str, seed: int, budget: int = 60, **asked: Any) -> AIMessageChunk:
    """What a model without understanding answers."""
    grammar = guided(kind, **asked).grammar
    assert grammar
    reader = Reader(FORMS[kind])
    said = text(kind, write(kind, grammar, budget, seed))
    return reader.take(said) + reader.rest()


def test_the_form_is_told_from_tokens_and_template() -> None:
    tokens = {"<|tool_call|>", "<|/tool_call|>", "<|tool_response|>"}
    assert isinstance(form_of(tokens, "… message['tools'] …"), Phi4MiniForm)
    assert isinstance(form_of(tokens, "no word of them"), Phi3Form)
    assert isinstance(form_of({"<|end|>"}, "… message['tools'] …"), Phi3Form)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("choice", ["any", "required", True])
def test_a_call_that_must_be_made_is_made(kind: str, choice: Any) -> None:
    for seed in range(15):
        message = drawn(kind, seed, budget=1 + 5 * seed, tool_choice=choice)
        assert message.content == ""
        assert message.tool_calls
        assert not message.invalid_tool_calls
        for call in message.tool_calls:
            {"get_weather": get_weather, "get_time": get_time}[call["name"]].invoke(call["args"])


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("choice", ["get_time", {"type": "function", "function": {"name": "get_time"}}])
def test_the_tool_that_was_chosen_is_called(kind: str, choice: Any) -> None:
    for seed in range(5):
        assert {call["name"] for call in drawn(kind, seed, tool_choice=choice).tool_calls} == {"get_time"}


@pytest.mark.parametrize("kind", FORMS)
def test_one_call_at_a_time_if_only_one_is_wanted(kind: str) -> None:
    many = [len(drawn(kind, seed, 90, tool_choice="get_time").tool_calls) for seed in range(15)]
    assert max(many) > 1
    one = [drawn(kind, seed, 90, tool_choice="get_time", parallel_tool_calls=False) for seed in range(15)]
    assert {len(message.tool_calls) for message in one} == {1}


def test_free_text_may_turn_into_calls_and_those_are_whole() -> None:
    messages = [drawn("phi4", seed, budget=3 * seed, tool_choice="auto") for seed in range(40)]
    assert any(message.content and message.tool_calls for message in messages)
    assert any(not message.tool_calls for message in messages)
    assert not any(message.invalid_tool_calls for message in messages)


def test_after_an_opening_mark_of_plain_text_only_calls_may_follow() -> None:
    grammar = guided("phi3").grammar
    assert grammar
    for seed in range(10):
        written = write("phi3", grammar, 60, seed, wanted="Well, <tool_call>nonsense")
        message = Reader(FORMS["phi3"]).take(text("phi3", written))
        assert message.content == "Well, "
        assert message.tool_calls


@pytest.mark.parametrize("choice", ["none", False])
def test_without_tools_to_call_nothing_is_told_or_kept(choice: Any) -> None:
    assert guided("phi3", tool_choice=choice) == guidance([ASKED], FORMS["phi3"])


def test_an_answer_that_is_no_call_is_of_the_schema_that_was_asked_for() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    asked = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    messages = [drawn("phi4", seed, **asked) for seed in range(30)]
    assert any(message.tool_calls for message in messages)
    assert all(message.tool_calls or set(json.loads(str(message.content))) == {"city"} for message in messages)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"tool_choice": "get_whether"}, "names no tool.*get_weather, get_time"),
        ({"tool_choice": "any", "tools": []}, "no tools were given"),
        ({"tools": [{"type": "web_search"}]}, "cannot be called by a local model"),
        ({"tools": [as_tool("f"), as_tool("f")]}, "Two tools are called 'f'"),
        ({"tools": [as_tool("do it")]}, "cannot be called 'do it'"),
        ({"tools": [as_tool("f", {"properties": {"x": {"not": {}}}})]}, "'f' cannot be called.*#/properties/x"),
    ],
)
def test_what_cannot_be_called_is_said_at_once(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        guided("phi3", **asked)


def test_a_model_without_tools_of_its_own_is_told_in_the_system_prompt() -> None:
    system, question = guided("phi3", [SystemMessage("Be brief."), ASKED]).turns
    assert system["content"].startswith("Be brief.\n\nYou can call these functions:\n")
    assert '{"name": "get_weather", "description": "The weather of a city.", "parameters"' in system["content"]
    assert question == {"role": "user", "content": ASKED.content}
    assert guided("phi3").turns[0]["role"] == "system"


def test_phi4_mini_finds_its_tools_beside_the_system_prompt() -> None:
    system, _ = guided("phi4", [SystemMessage("Be brief."), ASKED]).turns
    assert system["content"] == "Be brief."
    assert [told["name"] for told in json.loads(system["tools"])] == ["get_weather", "get_time"]
    assert guided("phi4").turns[0]["role"] == "system"


CALLED = '[{"name": "get_weather", "arguments": {"city": "Köln"}}]'


def test_calls_and_results_are_shown_in_words_to_models_without_tools() -> None:
    failed = ToolMessage("No such city.", tool_call_id="2", status="error")
    _, _, called, results = guided("phi3", [ASKED, AIMessage("", tool_calls=[CALL]), RESULT, failed]).turns
    assert FORMS["phi3"].whole(called) == f"<tool_call>{CALLED}</tool_call>"
    assert not any(control for _, control in FORMS["phi3"].parts(called))
    first, second = results["content"].split("\n")
    assert (results["role"], first) == (
        "user",
        '<tool_response>{"name": "get_weather", "result": "Yes."}</tool_response>',
    )
    assert second == '<tool_response>{"error": "No such city."}</tool_response>'


def test_calls_and_results_are_shown_between_its_tokens_to_phi4_mini() -> None:
    _, _, called, result = guided("phi4", [ASKED, AIMessage("So: ", tool_calls=[CALL]), RESULT]).turns
    assert FORMS["phi4"].parts(called) == [
        ("So: ", False),
        ("<|tool_call|>", True),
        (CALLED, False),
        ("<|/tool_call|>", True),
    ]
    assert result == {"role": "tool_response", "content": "Yes."}


@pytest.mark.parametrize("kind", FORMS)
def test_what_the_model_wrote_is_shown_to_it_to_the_letter(kind: str) -> None:
    form = FORMS[kind]
    written = '[{"name": "get_weather", "arguments": {"city": "K\\u00f6ln", "days": 1e0}}]'
    said = f"Let me see. {form.opening}{written}{form.closing}"
    reader = Reader(form)
    message = reader.take(said) + reader.rest()
    assert form.whole(form.turns([ASKED, message])[-1]) == said
    message.tool_calls[0]["args"]["city"] = "Bonn"  # somebody has changed it
    assert '"city": "Bonn"' in form.whole(form.turns([ASKED, message])[-1])


def test_a_schema_stands_with_the_last_question() -> None:
    format_ = {
        "type": "json_schema",
        "json_schema": {"schema": {"type": "object", "properties": {"rain": {"type": "boolean"}}}},
    }
    turns = guidance([SystemMessage("Be brief."), ASKED], FORMS["phi3"], response_format=format_).turns
    assert turns[0]["content"] == "Be brief."
    assert turns[1]["content"].endswith('JSON schema: {"type": "object", "properties": {"rain": {"type": "boolean"}}}')


def test_stop_strings_and_loops_mean_nothing_where_there_is_no_prose() -> None:
    assert guided("phi3").prose
    assert guidance([ASKED], FORMS["phi3"]).prose
    assert not guided("phi3", tool_choice="any").prose
    assert not guidance([ASKED], FORMS["phi3"], response_format={"type": "json_object"}).prose


@pytest.mark.parametrize("kind", FORMS)
def test_calls_stream_and_their_sum_is_the_whole_call(kind: str) -> None:
    chat = Scribbler(kind=kind, seed=3).bind_tools([get_weather], tool_choice="any", parallel_tool_calls=False)
    chunks = list(chat.stream("Is it raining?"))
    whole = chat.invoke("Is it raining?")
    names = [call["name"] for chunk in chunks for call in chunk.tool_call_chunks if call["name"]]
    assert names == ["get_weather"]
    assert len([chunk for chunk in chunks if chunk.tool_call_chunks]) > 3
    total = sum(chunks[1:], chunks[0])
    assert total.tool_calls[0]["args"] == whole.tool_calls[0]["args"]
