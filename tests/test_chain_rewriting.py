"""Follow-ups that a model makes into questions of their own, where somebody has asked for that."""

from __future__ import annotations

import logging

import pytest
from langchain_core.runnables import RunnableLambda

from phi_assistant import Assistant, Settings, Turn
from phi_assistant.application import rewrite_of
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.fakes import FakeChat
from phi_assistant.finding import find
from phi_assistant.generative import ChatAnswerer
from phi_assistant.rewriting import Rewriter

RETURNS = "How long do I have to return something?"
HISTORY = [Turn("user", RETURNS), Turn("assistant", "You have 45 days from the day of delivery to return an item.")]
FOLLOW_UP = "and for gift cards?"
ALONE = "How long do I have to return a gift card?"


@pytest.mark.parametrize(
    "said",
    [
        ALONE,
        f'"{ALONE}"',
        f"Question: {ALONE}",
        f"Rewritten question: {ALONE}\n\nThis stands alone.",
        f"Here is the question:\n\n**{ALONE}**",
    ],
)
def test_the_question_is_taken_out_of_what_models_write_around_it(said):
    assert Rewriter(FakeChat(says=[said]))(FOLLOW_UP, HISTORY) == ALONE


@pytest.mark.parametrize(
    "said",
    [
        "",
        "…",
        "Napoleon was born on Corsica in the year after it became French.",
        f"See https://zorb.example/return. {ALONE}",
        "return " * 200,
    ],
)
def test_what_is_no_such_question_is_left_aside(said):
    assert Rewriter(FakeChat(says=[said]))(FOLLOW_UP, HISTORY) == FOLLOW_UP


def test_a_first_question_is_not_rewritten():
    chat = FakeChat(says=[ALONE])
    assert Rewriter(chat)(RETURNS, []) == RETURNS
    assert chat.heard == []


def test_a_model_that_fails_is_done_without_and_that_is_logged(caplog):
    def fails(messages):
        raise ConnectionError("the server is gone")

    with caplog.at_level(logging.WARNING):
        assert Rewriter(RunnableLambda(fails))(FOLLOW_UP, HISTORY) == FOLLOW_UP
    assert "the server is gone" in caplog.text


def test_it_is_searched_for_and_never_answered(demo):
    found = find(FOLLOW_UP, HISTORY, demo, rewrite=lambda question, history: ALONE)
    assert found.reading.asked.text == FOLLOW_UP
    assert ALONE in found.reading.asked.forms[0]
    assert found.reading.hits[0].chunk.source == "gift-cards.html"


def test_an_assistant_does_so_if_it_is_told_to(demo):
    chat = FakeChat(says=[ALONE, "Gift cards can be returned within 14 days."])
    answer = Assistant(demo, ChatAnswerer(chat, demo), rewrite=Rewriter(chat)).ask(FOLLOW_UP, HISTORY)
    assert answer.question == FOLLOW_UP
    assert f"Last question: {FOLLOW_UP}" in chat.heard[0][-1].content
    assert f"Question: {FOLLOW_UP}" in chat.heard[1][-1].content


@pytest.mark.parametrize("wanted", [True, False])
def test_it_is_a_setting_and_off_unless_somebody_wants_it(demo, wanted):
    settings = Settings.load(rewrite=wanted)
    assert bool(rewrite_of(ChatAnswerer(FakeChat(), demo), settings)) == wanted
    assert not Settings.load().rewrite
    assert rewrite_of(ExtractiveAnswerer(demo.store.analyzer), settings) is None
