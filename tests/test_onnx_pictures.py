"""Phi-3.5-vision is read for its text alone: a folder of another kind, that says to a text what its decoder says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel
from tiny_phi import TinyModels
from tiny_phi.pictures import with_pictures

from phi_assistant.errors import ConfigError
from phi_assistant.models.onnx import ChatPhiOnnx

QUESTION = HumanMessage("What is the answer?")
LONG = HumanMessage("word " * 300)
"""Read in several pieces."""


@pytest.fixture(scope="module")
def text(tiny: TinyModels) -> Iterator[ChatPhiOnnx]:
    with closing(ChatPhiOnnx(model=str(tiny.folder("random")), max_tokens=24)) as chat:
        yield chat


@pytest.fixture(scope="module")
def seeing(tiny: TinyModels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatPhiOnnx]:
    folder = with_pictures(tiny.own("random", tmp_path_factory.mktemp("seeing")))
    with closing(ChatPhiOnnx(model=str(folder), max_tokens=24)) as chat:
        yield chat


@pytest.mark.parametrize("question", [QUESTION, LONG])
def test_a_question_is_answered_as_by_the_text_model_within(seeing, text, question):
    assert seeing.invoke([question]).content == text.invoke([question]).content


def test_a_follow_up_only_reads_what_is_new(seeing, text):
    turns = [QUESTION, seeing.invoke([QUESTION]), HumanMessage("And now?")]
    answer = seeing.invoke(turns)
    assert answer.usage_metadata["input_token_details"]["cache_read"] > 20
    assert answer.content == text.invoke(turns).content


def test_an_edited_history_is_read_anew_for_nothing_can_be_taken_back(seeing, text):
    seeing.invoke([LONG])
    edited = [HumanMessage(f"{LONG.content}, and another")]
    answer = seeing.invoke(edited)
    assert answer.usage_metadata["input_token_details"]["cache_read"] == 0
    assert answer.content == text.invoke(edited).content


def test_several_at_once_each_get_their_own_answer(seeing, text):
    questions = [f"question {number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = [answer.content for answer in pool.map(seeing.invoke, questions)]
    assert together == [text.invoke(question).content for question in questions]


def test_a_schema_is_kept_to(seeing):
    class Answer(BaseModel):
        number: int

    assert isinstance(seeing.with_structured_output(Answer).invoke("Which?").number, int)


def test_a_picture_is_refused_and_not_left_out(seeing):
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(ConfigError, match="reads text only"):
        seeing.invoke([HumanMessage([picture])])
    assert seeing.profile["image_inputs"] is False
