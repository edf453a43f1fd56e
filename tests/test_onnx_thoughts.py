"""What a model thinks before it answers is kept apart from the answer, where it is known to think."""

from __future__ import annotations

from functools import reduce
from operator import add

import pytest
from tiny_phi.models import ANSWER, THOUGHT, model

from phi_assistant import ChatPhiOnnx

WRITTEN = f"<think> {THOUGHT}</think>  {ANSWER}"


def whole(answer):
    """The thoughts and the words."""
    return answer.additional_kwargs.get("reasoning_content", "").strip(), answer.content


@pytest.mark.parametrize("name", ["thinking", "opened"])
async def test_thoughts_are_parted_from_the_answer(chat, name):
    speaker = chat(name)
    chunks = list(speaker.stream("Hello"))
    answers = [reduce(add, chunks), speaker.invoke("Hello"), await speaker.ainvoke("Hello")]
    assert [whole(answer) for answer in answers] == [(THOUGHT, ANSWER)] * 3
    assert not any("<" in chunk.content or ">" in chunk.content for chunk in chunks)  # not half a tag either
    assert {"reasoning", "text"} == {block["type"] for block in answers[0].content_blocks}


def test_what_is_thought_is_counted_and_has_probabilities(chat):
    answer = chat("thinking").invoke("Hello", logprobs=True)
    tokens = [each["token"] for each in answer.response_metadata["logprobs"]["content"]]
    assert "".join(tokens) == WRITTEN
    assert answer.usage_metadata["output_tokens"] == len(tokens)


def test_a_stop_string_is_looked_for_in_the_answer_alone(chat):
    assert whole(chat("thinking").invoke("Hello", stop=["two three", "forty"])) == (THOUGHT, "The answer is ")


def test_an_answer_that_ends_while_it_is_thought_is_empty(chat):
    answer = chat("thinking").invoke("Hello", max_tokens=4)
    assert whole(answer) == ("one two", "")
    assert answer.response_metadata["finish_reason"] == "length"


def test_where_nothing_says_that_it_thinks_a_tag_is_text(chat, tmp_path):
    assert whole(chat("tagging").invoke("Hello")) == ("", WRITTEN)
    named = ChatPhiOnnx(model=str(model("tagging").write(tmp_path / "phi-4-mini-reasoning")))
    assert whole(named.invoke("Hello")) == (THOUGHT, ANSWER)
    named.close()


def test_a_conversation_goes_on_without_what_was_thought(chat):
    speaker = chat("thinking")
    first = speaker.invoke("Hello")
    second, plain = (speaker.invoke([("user", "Hello"), said, ("user", "Again")]) for said in (first, ("ai", ANSWER)))
    assert whole(second) == (THOUGHT, ANSWER)
    assert second.usage_metadata["input_tokens"] == plain.usage_metadata["input_tokens"]
