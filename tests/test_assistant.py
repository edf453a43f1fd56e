"""The assistant on the demo's help pages: cited answers, follow-ups, refusals."""

from __future__ import annotations

import pytest

from phi_assistant import Assistant, ExtractiveAnswerer, Retriever, Turn
from phi_assistant.errors import QuestionError


@pytest.fixture
def assistant(demo: Retriever) -> Assistant:
    return Assistant(demo, ExtractiveAnswerer(demo.store.analyzer))


def test_an_answer_quotes_the_page_that_a_reader_would_turn_to(assistant):
    answer = assistant.ask("What does error code E3 mean?")
    assert "the boiler is too hot" in answer.text
    assert (answer.citations[0].source, answer.citations[0].label) == ("pip-manual.pdf", "p. 5")
    assert answer.text.endswith("[1]")


def test_a_follow_up_is_about_what_was_asked_before(assistant):
    first = assistant.ask("How long do I have to return something?")
    answer = assistant.ask("and for gift cards?", [Turn("user", first.question), Turn("assistant", first.text)])
    assert "14 days" in answer.text
    assert answer.citations[0].source == "gift-cards.html"


def test_what_the_documents_do_not_say_is_not_answered(assistant):
    answer = assistant.ask("Are you hiring at the moment?")
    assert answer.abstained
    assert answer.text == "Your documents do not say."
    assert answer.citations == ()
    assert answer.hits
    assert "threshold" in (answer.reason or "")


def test_a_refusal_does_not_stick_to_the_next_question(assistant):
    history = [Turn("user", "Are you hiring at the moment?")]
    assert not assistant.ask("How long do I have to return something?", history).abstained


def test_a_conversation_may_change_its_subject(assistant):
    """What was said last is nearest to whatever comes next, and is no answer to it for that."""
    history = []

    def asked(question):
        answer = assistant.ask(question, history)
        history.extend(answer.turns)
        return answer

    assert "45 days" in asked("How long do I have to return something?").text
    assert asked("and for gift cards?").citations[0].source == "gift-cards.html"
    assert asked("Are you hiring at the moment?").abstained
    assert asked("What does error code E3 mean?").citations[0].source == "pip-manual.pdf"
    assert asked("Who is the CEO?").abstained
    assert "invoice" in asked("How do I pay by invoice as a company?").citations[0].quote


def test_a_row_of_a_table_is_answered_with_the_names_of_its_columns(assistant):
    answer = assistant.ask("What does express shipping to Austria cost?")
    assert "Express: €22" in answer.text
    assert answer.citations[0].quote.startswith("|")


def test_a_sentence_that_points_back_is_quoted_with_the_one_before_it(assistant):
    for citation in assistant.ask("Do I have to pay tax on a gift card?").citations:
        assert not citation.quote.startswith(("It ", "They ", "This "))


def test_the_timings_add_up(assistant):
    times = assistant.ask("How long is the warranty?").timings
    assert 0 < times.retrieval_s <= times.first_token_s <= times.total_s


@pytest.mark.parametrize("question", ["", "  \n", "long " * 20_000])
def test_a_question_that_cannot_be_asked_is_an_error(assistant, question):
    with pytest.raises(QuestionError):
        assistant.ask(question)
