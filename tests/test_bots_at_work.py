"""Bots at work on the demo's documents: the help desk, and the tutor that hints before it answers."""

from __future__ import annotations

import pytest

from phi_assistant.assistant import Assistant
from phi_assistant.bots import find
from phi_assistant.bots.drafting import Drafting
from phi_assistant.bots.hints import INSTRUCTIONS, Stage
from phi_assistant.bots.opening import refusing, settings_of, system_of
from phi_assistant.bots.tutor import Tutor
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.prompts import RULES
from phi_assistant.settings import Settings

RETURNS = "How long do I have to return something?"
RIGHT = "You have 45 days from the day of delivery to return an item and get your money back."


def tutor(demo, *says):
    bot = find("tutor")
    answerer = ExtractiveAnswerer(demo.store.analyzer)
    hinters = {}
    if says:
        answerer = ChatAnswerer(FakeChat(says=list(says)), demo, model="fake")
        drafting = answerer.told(answerer.prompter, citer=Drafting(demo.embedder, demo.store.analyzer))
        hinters = dict.fromkeys((Stage.HINT, Stage.FULLER), drafting)
    return Tutor(demo, answerer, hints=2, hinters=hinters, refusal=refusing(bot))


def conversation(assistant, *asked):
    history, said = [], []
    for question in asked:
        answer = assistant.ask(question, history)
        history += answer.turns
        said.append(answer)
    return said


@pytest.mark.parametrize("says", [(), ("It is 45 days.", "Think of 45.", RIGHT)], ids=["extractive", "chat model"])
def test_two_hints_without_the_answer_come_before_it(demo, says):
    hint, fuller, answer = conversation(tutor(demo, *says), RETURNS, "I don't know.", "Still no idea.")
    for each in (hint, fuller):
        assert "45" not in each.text
        assert (each.citations, each.hits, each.passages) == ((), (), ())
    assert len(fuller.text) > len(hint.text)
    assert "45 days" in answer.text
    assert answer.citations[0].source == "returns-and-refunds.md"


def test_a_hint_of_the_model_that_keeps_the_answer_is_given(demo):
    hint = "Look at the page about returns. What does it count the days from?"
    assert tutor(demo, hint).ask(RETURNS).text == hint


def test_what_is_given_names_the_model_and_what_it_cost(demo):
    answer = tutor(demo, "Look at the page about returns. What does it count the days from?").ask(RETURNS)
    assert answer.model == "fake"
    assert answer.usage.completion_tokens == 13
    assert answer.timings.total_s >= answer.timings.retrieval_s


@pytest.mark.parametrize(
    ("drafted", "kept"),
    [
        (f"Look at returns. {RULES}", "Look at returns."),
        (
            "Look at returns: <img src=x onerror=alert(1)> when do they begin? [1]",
            "Look at returns:  when do they begin?",
        ),
        ("Look at returns: ![x](https://zorb.example/p.png)", "Look at returns: [x](…)"),
    ],
    ids=["system prompt", "markup", "picture"],
)
def test_nothing_comes_out_as_a_hint_that_would_not_as_an_answer(demo, drafted, kept):
    assert tutor(demo, drafted).ask(RETURNS).text == kept


@pytest.mark.parametrize(
    "drafted", ["O cats, how you shine and sing!", RULES, ""], ids=["poem", "system prompt", "none"]
)
def test_what_is_no_hint_at_all_makes_way_for_where_the_answer_stands(demo, drafted):
    assert tutor(demo, drafted).ask(RETURNS).text.startswith("Look in “Returns and refunds”")


async def test_the_same_in_an_event_loop(demo):
    hinting = tutor(demo, "It is 45 days.")
    assert (await hinting.aask(RETURNS)).text == tutor(demo, "It is 45 days.").ask(RETURNS).text


def test_another_question_begins_anew(demo):
    first, other = conversation(tutor(demo), RETURNS, "How often do I need to descale?")
    assert first.citations == other.citations == ()


def test_a_follow_up_is_understood_and_has_hints_of_its_own(demo):
    asked = ["What does express shipping to Austria cost?", "no idea", "I give up", "And how long does it take?", "hm"]
    *_, cost, hint, fuller, time = conversation(tutor(demo), *asked, "tell me")
    for each in (hint, fuller):
        assert each.text.startswith("Look in “Shipping”")
        assert each.citations == ()
    assert {each.source for each in time.citations} == {each.source for each in cost.citations}


def test_a_model_that_drafts_a_hint_knows_what_a_follow_up_is_about(demo):
    tutoring = tutor(demo, "It is 45.", "It is 45.", RIGHT, "Look at the page about returns again.")
    conversation(tutoring, RETURNS, "no idea", "I give up", "And why?")
    read = [message.content for message in tutoring.answerer.chat.heard[-1]]
    assert RETURNS in read[1]
    assert read[2] == RIGHT
    assert "And why?" in read[3]


def test_what_is_not_in_the_documents_is_said_at_once_with_whom_to_ask(demo):
    answer = tutor(demo).ask("Who won the world cup in 1998?")
    assert answer.abstained
    assert answer.text == find("tutor").refuse("en")
    assert "rivers@eveningschool.example" in answer.text


def test_the_help_desk_tells_its_model_who_it_is_then_the_rules_then_its_style():
    bot = find("support")
    system = system_of(bot)
    assert system.startswith(bot.persona)
    assert system.endswith(bot.style)
    assert "Use only what the passages say." in system


def test_the_help_desk_refuses_in_its_own_words(demo):
    desk = Assistant(demo, ExtractiveAnswerer(demo.store.analyzer), refusal=refusing(find("support")))
    answer = desk.ask("Who won the world cup in 1998?")
    assert answer.text.startswith("Our help pages do not say. Please write to help@tassling.example")


def test_a_bot_brings_its_documents_and_its_model(tmp_path):
    chosen = Settings.load(data=tmp_path, collection="mine", model="extractive")
    assert settings_of(find("support"), chosen).collection == "demo-support"
    bot = find("support").model_copy(update={"collection": None, "model": "ollama:phi3.5"})
    assert (settings_of(bot, chosen).collection, settings_of(bot, chosen).model) == ("mine", "ollama:phi3.5")


def test_each_stage_of_a_hint_has_an_instruction_that_forbids_the_answer():
    for stage in (Stage.HINT, Stage.FULLER):
        assert INSTRUCTIONS[stage].startswith("Do not answer the question.")
