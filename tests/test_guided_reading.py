"""Answers with calls in them, read as they come, in pieces of any length."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from phi_assistant.models.guided.phi3 import Phi3Form
from phi_assistant.models.guided.phi4_mini import Phi4MiniForm
from phi_assistant.models.guided.reading import Reader

TWO = 'Let me <see>. <tool_call>[{"name": "a", "arguments": {"x": "}]\\"</tool_call>", "y": [1, {}]}}, {"name": "b", "arguments": {}}]</tool_call>'  # noqa: E501

Calls = list[tuple[str | None, Any]]


def pieces(*texts: str) -> list[AIMessageChunk]:
    reader = Reader(Phi3Form())
    return [*map(reader.take, texts), reader.rest()]


def read(*texts: str) -> AIMessageChunk:
    first, *others = pieces(*texts)
    return sum(others, first)  # type: ignore[return-value]


def calls(message: AIMessageChunk) -> Calls:
    return [(call["name"], call["args"]) for call in message.tool_calls]


def invalid(message: AIMessageChunk) -> Calls:
    return [(call["name"], call["args"]) for call in message.invalid_tool_calls]


def test_words_and_calls_are_told_apart() -> None:
    message = read(TWO)
    assert message.content == "Let me <see>. "
    assert calls(message) == [("a", {"x": '}]"</tool_call>', "y": [1, {}]}), ("b", {})]
    assert len({call["id"] for call in message.tool_calls}) == 2


def test_the_marks_of_phi4_mini_are_its_tokens() -> None:
    reader = Reader(Phi4MiniForm())
    message = reader.take('<|tool_call|>[{"name": "a", "arguments": {"x": 1}}]<|/tool_call|>')
    assert calls(message) == [("a", {"x": 1})]
    assert reader.calls == 1


LENIENT: dict[str, tuple[str, Calls]] = {
    "one call without a list": ('<tool_call>{"name": "a", "arguments": {"x": 1} }\n</tool_call>', [("a", {"x": 1})]),
    "parameters": ('<tool_call>[{"name": "a", "parameters": {"x": 1}}]</tool_call>', [("a", {"x": 1})]),
    "arguments first": ('<tool_call>[{"arguments": {"x": 1}, "name": "a"}]</tool_call>', [("a", {"x": 1})]),
    "arguments in a string": ('<tool_call>[{"name": "a", "arguments": "{\\"x\\": 1}"}]</tool_call>', [("a", {"x": 1})]),
    "no arguments": ('<tool_call>[{"name": "a"}]</tool_call>', [("a", {})]),
    "more keys": ('<tool_call>[{"id": 3, "type": "function", "name": "a", "arguments": {}}]</tool_call>', [("a", {})]),
    "no closing mark": ('<tool_call>[{"name": "a", "arguments": {"x": 1}}]', [("a", {"x": 1})]),
    "no calls": ("<tool_call>[]</tool_call>", []),
}


@pytest.mark.parametrize("case", LENIENT)
def test_calls_are_read_in_the_ways_models_write_them(case: str) -> None:
    text, wanted = LENIENT[case]
    message = read(text)
    assert calls(message) == wanted
    assert not message.invalid_tool_calls


BROKEN: dict[str, tuple[str, str | None]] = {
    "no JSON": ("<tool_call>get the weather</tool_call>", None),
    "no name": ('<tool_call>{"x": 1}</tool_call>', None),
    "ends in a string": ('<tool_call>[{"name": "a", "arguments": {"x": [1, {"b": "cut', "a"),
    "ends at a backslash": ('<tool_call>[{"name": "a", "arguments": {"x": "cut\\', "a"),
    "ends between arguments": ('<tool_call>[{"name": "a", "arguments": {"x": 1, ', "a"),
    "ends before arguments": ('<tool_call>[{"name": "a", "argu', "a"),
    "ends before the name": ('<tool_call>[{"na', None),
}


@pytest.mark.parametrize("case", BROKEN)
def test_half_a_call_is_never_called(case: str) -> None:
    text, name = BROKEN[case]
    message = read(text)
    assert not message.tool_calls
    assert [named for named, _ in invalid(message)] == [name]


def test_words_after_a_call_are_words() -> None:
    assert read('a<tool_call>{"name": "f"}</tool_call>b<tool_call>nonsense</tool_call>c').content == "abc"


def test_half_a_mark_is_held_back_until_it_is_known_to_be_one() -> None:
    said = pieces("well <tool", "_call", ">", '[{"name": "f', '"', ', "arguments": {"x"', ": 1}", "}]")
    assert [chunk.content for chunk in said[:3]] == ["well ", "", ""]
    found = [call for chunk in said for call in chunk.tool_call_chunks]
    assert [(call["name"], call["args"]) for call in found] == [("f", ""), (None, '{"x"'), (None, ": 1}")]


def test_half_a_mark_at_the_end_was_none() -> None:
    assert read("a <tool", "_cal").content == "a <tool_cal"


@given(st.sampled_from([TWO, *(text for text, _ in [*LENIENT.values(), *BROKEN.values()])]), st.data())
def test_pieces_of_any_length_give_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, message = read(text), read(*parts)
    assert (message.content, calls(message), invalid(message)) == (whole.content, calls(whole), invalid(whole))
    assert message.additional_kwargs == whole.additional_kwargs
