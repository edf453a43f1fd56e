"""Evidence: enough for what the documents say, too little for what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from samples import entry, put

from phi_assistant import Embedder, Retriever, Turn, open_store
from phi_assistant.evidence import (
    HIGHEST,
    LOWEST,
    Threshold,
    everyday_questions,
    evidence,
    fit,
    is_stale,
    threshold_of,
)
from phi_assistant.reading import Reading, read

OWN = """How long do I have to return something?
What does error code E3 mean?
How do I descale the machine?
How much is shipping to Germany?
How long is the warranty on the pump?
Can I cancel my order?
When is the workshop open?
How do I reset my password?
Can I pay in three instalments?
How long is a gift card valid?
Which grind setting is right for espresso?
What do I get with Drops?""".splitlines()

UNRELATED = """Who won the football World Cup in 1966?
When was the Eiffel Tower built?
What is the capital of Australia?
How do plants make sugar from light?
Who wrote War and Peace?
What is the boiling point of mercury?
How do I knit a scarf?
Which planets have rings?
Why did the dinosaurs die out?
How do I tie a bow tie?
Are you hiring at the moment?
How many strings does a violin have?""".splitlines()


def reading(retriever: Retriever, question: str, history: Sequence[Turn] = ()) -> Reading:
    asked = retriever.ask(question, history)
    return read(asked, retriever.search(asked), retriever)


@pytest.mark.parametrize("question", OWN)
def test_what_the_documents_say_lies_above_the_threshold(demo, question):
    assert evidence(reading(demo, question)) > threshold_of(demo.store).value


@pytest.mark.parametrize("question", UNRELATED)
def test_what_they_do_not_say_lies_below(demo, question):
    assert evidence(reading(demo, question)) < threshold_of(demo.store).value


def test_the_threshold_of_a_collection_is_fitted_when_it_is_ingested(demo):
    fitted = threshold_of(demo.store)
    assert LOWEST < fitted.value < HIGHEST
    assert 0 < fitted.answered < 0.1
    assert fitted.asked == len(everyday_questions()) > 100
    assert fitted.chunks == demo.store.count()


def test_words_that_a_passage_holds_are_evidence(demo):
    answered, unheard_of = reading(demo, "How long is the warranty?"), reading(demo, "zyzzyva quokka")
    assert evidence(answered) - max(answered.cosines) - max(hit.dense for hit in answered.hits) > 0.3
    assert evidence(unheard_of) == max(unheard_of.cosines) + max(hit.dense for hit in unheard_of.hits)


def test_a_question_has_the_same_evidence_whatever_was_asked_before(demo):
    once, again = (Retriever(demo.store, demo.embedder) for _ in range(2))
    for other in OWN[1:5]:
        reading(again, other)
    assert reading(again, OWN[0]).cosines == reading(once, OWN[0]).cosines


CONVERSATION = [
    Turn("user", "How long do I have to return something?"),
    Turn("assistant", "You have 45 days from the day of delivery to return an item and get your money back."),
]


@pytest.mark.parametrize("question", ["and for gift cards?", "Who pays for the label?", "When do I get the money?"])
def test_a_follow_up_may_borrow_from_the_conversation(demo, question):
    assert evidence(reading(demo, question, CONVERSATION)) > threshold_of(demo.store).value


@pytest.mark.parametrize("question", UNRELATED[:6])
def test_another_subject_may_borrow_only_little(demo, question):
    assert evidence(reading(demo, question, CONVERSATION)) < threshold_of(demo.store).value


def test_what_a_conversation_adds_counts_by_the_words_of_a_follow_up_and_not_for_a_question_on_something_else(demo):
    def strengths(question: str) -> tuple[float, float, float]:
        """Of the question alone, as it counts, and of the question with all that was said before it."""
        said = reading(demo, question, CONVERSATION)
        alone = replace(said.asked, forms=said.asked.forms[:1], terms=said.asked.terms[:1])
        hits = tuple(replace(hit, dense=hit.alone) for hit in said.hits)
        nothing = replace(said, asked=alone, hits=hits, cosines=said.alone)
        everything = replace(said, asked=replace(said.asked, content=0))
        return evidence(nothing), evidence(said), evidence(everything)

    nothing, counted, everything = strengths("Yes, please.")
    assert nothing < counted == everything
    nothing, counted, everything = strengths("Planets have bright rings.")
    assert counted == pytest.approx((nothing + everything) / 2)
    nothing, counted, everything = strengths("Which planets have bright rings?")
    assert nothing == counted < everything


def test_a_threshold_is_kept_until_the_collection_changes_by_a_tenth(embedder: Embedder, tmp_path):
    def pages(first: int, last: int) -> None:
        put(store, *(entry(f"{n}.md", f"Page {n} is about boilers.") for n in range(first, last)), embedder=embedder)

    with open_store(tmp_path, create=True) as store:
        pages(0, 20)
        first = fit(store, embedder)
        assert (first.chunks, is_stale(store)) == (20, False)
        pages(20, 21)
        assert fit(store, embedder) == threshold_of(store) == first
        pages(21, 22)
        assert is_stale(store)
        assert fit(store, embedder).chunks == 22
        store.remove([f"{n}.md" for n in range(3)])
        assert fit(store, embedder).chunks == 19


def test_an_empty_collection_answers_nothing(embedder: Embedder, tmp_path):
    with open_store(tmp_path, create=True) as store:
        assert fit(store, embedder) == Threshold(HIGHEST, 0.0, 0, 0)
        assert evidence(reading(Retriever(store, embedder), OWN[0])) == 0
