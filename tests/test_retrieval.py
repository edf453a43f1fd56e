"""Retrieval: by meaning, by word, and in the course of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from samples import entry, places, put

from phi_assistant import Embedder, PhiRetriever, Retriever, Turn, open_store
from phi_assistant.errors import ConfigError, QuestionError
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.retrieval import LONGEST_QUESTION

PAGES = [
    entry("returns.md", "You can send an item back within 45 days of delivery.", "The money is paid after 5 days."),
    entry("gift-cards.md", "A gift card can be returned within 14 days.", "Gift cards are valid for 3 years."),
    entry("codes.md", "E3: the boiler is too hot.", "E4: the tank is empty.", title="Error codes"),
    entry("parts.md", "TP-2041 group gasket, 4.50 euro.", "TP-2042 shower screen, 9 euro.", title="Spare parts"),
    entry("doctor.md", "Physicians see patients on weekdays from nine."),
    entry("cleaning.md", "Descale the machine every two months.", "Use a cloth for the outside."),
    entry("shipping.md", "Parcels leave the workshop on the next working day.", title="Shipping"),
    entry("grinder.md", "The grinder has 40 settings, from fine to coarse."),
]


@pytest.fixture(scope="module")
def pages(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with open_store(tmp_path_factory.mktemp("pages"), create=True) as store:
        put(store, *PAGES, embedder=embedder)
        yield Retriever(store, embedder)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What does E3 mean?", "codes.md"),
        ("price of tp-2042", "parts.md"),
        ("TP 2041", "parts.md"),
    ],
)
def test_codes_are_found_by_their_letters(pages, question, source):
    assert places(pages.retrieve(question))[0] == source


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("When are the opening hours of the medical practice?", "doctor.md"),
        ("How do I get rid of limescale?", "cleaning.md"),
        ("coffee mill", "grinder.md"),
    ],
)
def test_what_shares_no_word_with_the_question_is_found_by_its_meaning(pages, question, source):
    assert places(pages.retrieve(question))[0] == source


def test_a_title_is_searched_too(pages):
    assert places(pages.retrieve("Shipping"))[0] == "shipping.md"


def test_a_follow_up_is_about_the_subject_before_it(pages):
    history = [Turn("user", "How long can I return a gift card?"), Turn("assistant", "Within 14 days.")]
    assert places(pages.retrieve("And how many years is it valid?", history))[0] == "gift-cards.md"
    assert pages.retrieve("And the other one?", history)[0].chunk.source == "gift-cards.md"


def test_a_new_subject_is_not_lost_in_the_conversation_before_it(pages):
    history = [Turn("user", "How long can I return a gift card?"), Turn("assistant", "Within 14 days.")]
    assert places(pages.retrieve("How often should I descale the machine?", history))[0] == "cleaning.md"


def test_yes_means_what_was_said_before_it(pages):
    asked = pages.ask("Yes, please", [Turn("user", "E3"), Turn("assistant", "Is the boiler hot?")])
    assert asked.forms == ("Yes, please", "E3 Is the boiler hot? Yes, please")
    hits = pages.search(asked)
    assert {hit.own for hit in hits} == {0.0}
    assert places(hits)[0] == "codes.md"


def test_only_the_last_turns_are_read(pages):
    history = [Turn("user", f"question {n}") for n in range(9)]
    history += [Turn("assistant", "an old answer"), Turn("assistant", "long " * 200), Turn("user", "  ")]
    earlier, question = pages.ask("Why?", history).forms[1].rsplit(" ", 1)
    assert earlier.startswith("question 6 question 7 question 8 long long")
    assert (len(earlier) < 450, question) == (True, "Why?")


@pytest.mark.parametrize("k", [1, 3, 100])
def test_no_more_hits_than_were_asked_for(pages, k):
    assert len(pages.retrieve("machine", k=k)) == min(k, pages.store.count())


def test_a_file_stored_under_two_names_is_answered_once(store):
    same = ["The boiler holds two litres.", "The pump makes fifteen bar."]
    put(store, entry("a.md", *same), entry("copies/a.md", *same), entry("b.md", "The boiler is made of brass."))
    hits = Retriever(store, WordLengthEmbeddings()).retrieve("How much does the boiler hold?", k=3)
    assert len(hits) == 3
    assert sorted(hit.chunk.text for hit in hits) == sorted([*same, "The boiler is made of brass."])
    store.remove(["a.md"])  # and the copy stands in for it
    hits = Retriever(store, WordLengthEmbeddings()).retrieve("How much does the boiler hold?", k=3)
    assert {hit.chunk.source for hit in hits} == {"copies/a.md", "b.md"}


def test_scores_lie_between_0_and_1_best_first(pages):
    for question in ("machine", "zzz", "退货", "🙂", "E3", "the"):
        scores = [hit.score for hit in pages.retrieve(question)]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1.0001 for score in scores)


def test_a_hit_says_how_near_it_is_in_meaning_and_in_words(pages):
    best = pages.retrieve("A gift card can be returned within 14 days.")[0]
    assert best.dense > 0.98
    assert best.lexical > 1
    assert all(hit.lexical == 0 for hit in pages.retrieve("giraffe"))


def test_many_questions_are_asked_as_one_by_one(pages):
    questions = [("E3", ()), ("And then?", [Turn("user", "E3")])]
    together = pages.ask_all(questions)
    assert [asked.forms for asked in together] == [pages.ask(*question).forms for question in questions]
    assert set(places(pages.search(together[0])[:5])) == set(places(pages.retrieve("E3")[:5]))


@pytest.mark.parametrize("question", ["", "  \n\t"])
def test_an_empty_question_is_refused(pages, question):
    with pytest.raises(QuestionError, match="The question is empty"):
        pages.retrieve(question)


def test_a_question_as_long_as_a_document_is_refused(pages):
    assert pages.retrieve("long " * (LONGEST_QUESTION // 5))
    with pytest.raises(QuestionError, match=r"has 8,001 characters, and at most 8,000"):
        pages.retrieve("x" * (LONGEST_QUESTION + 1))


def test_questions_of_strange_characters_are_only_text(pages):
    history = [Turn("user", "half a \ud800 character")]
    for question in ('"', "* AND (", "title:E3 OR key:1", "\0", "a\ud800b", "' OR 1=1 --", "[[", "~1"):
        assert pages.retrieve(question, history)


def test_a_retriever_with_another_embedder_is_refused(pages):
    with pytest.raises(ConfigError, match=r"'onnx:all-minilm-l6-v2'.*'fake:word-length'"):
        Retriever(pages.store, WordLengthEmbeddings())


# As LangChain sees it


def test_a_document_says_where_it_stands(pages):
    [document] = PhiRetriever(retriever=pages, k=1).invoke("What does E3 mean?")
    assert document.id == "codes.md#0"
    assert document.page_content == "E3: the boiler is too hot."
    assert document.metadata.pop("score") > 0.9
    assert document.metadata == {
        "source": "codes.md",
        "title": "Error codes",
        "label": "",
        "headings": [],
        "start": 0,
        "end": 26,
    }


def test_history_is_given_with_the_call(pages):
    history = [Turn("user", "How long can I return a gift card?")]
    documents = PhiRetriever(retriever=pages).invoke("And how long is it valid?", history=history)
    assert documents[0].metadata["source"] == "gift-cards.md"


class TestPhiRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _pages(self, pages: Retriever) -> None:
        self.pages = pages

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return PhiRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": self.pages}

    @property
    def retriever_query_example(self) -> str:
        return "How long do I have to return something?"
