"""The extractive answerer: the right sentence, word for word, with the place where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from samples import entry, put

from phi_assistant import Answer, Assistant, ChunkStore, Citation, Embedder, ExtractiveAnswerer, Retriever, open_store
from phi_assistant.extractive import deciding, is_heading, rank
from phi_assistant.reading import read
from phi_assistant.words import Analyzer

Say = Callable[..., tuple[str, tuple[Citation, ...]]]


@pytest.fixture
def say(embedder: Embedder, tmp_path) -> Say:
    """Answers a question from these texts, each a source of its own."""

    def answer(question: str, *texts: str) -> tuple[str, tuple[Citation, ...]]:
        with open_store(tmp_path, create=True) as store:
            put(store, *(entry(f"{n}.md", text) for n, text in enumerate(texts)), embedder=embedder)
            retriever = Retriever(store, embedder)
            asked = retriever.ask(question)
            return ExtractiveAnswerer(store.analyzer).answer(read(asked, retriever.search(asked), retriever))

    return answer


ANSWERS = {
    "How long do I have to return something?": "45 days",
    "What does error code E3 mean?": "boiler is too hot",
    "When does the warranty start?": "day of delivery",
    "When is an invoice due?": "30 days",
    "What happens if a card is declined three times?": "24 hours",
    "What does it cost if the machine comes back dirty?": "€25",
}


@pytest.fixture(scope="module")
def answers(demo: Retriever) -> dict[str, Answer]:
    assistant = Assistant(demo, ExtractiveAnswerer(demo.store.analyzer))
    return {question: assistant.ask(question) for question in ANSWERS}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_first_sentence_quoted_answers(answers, question):
    assert ANSWERS[question] in answers[question].citations[0].quote


def test_a_quote_is_what_stands_in_the_source(demo, answers):
    citations = [citation for answer in answers.values() for citation in answer.citations]
    assert len(citations) >= len(ANSWERS)
    for citation in citations:
        assert citation.quote == source_text(demo.store, citation.source)[citation.start : citation.end]
    for citation in citations:
        _, path = demo.store.sources()[citation.source]
        if path.suffix in (".md", ".txt"):
            assert citation.quote == path.read_text("utf-8")[citation.start : citation.end]


def source_text(store: ChunkStore, id_: str) -> str:
    """The text of a source, as far as its chunks hold it, each at its offset."""
    chunks = store.neighbours(id_, range(1000)).values()
    text = [" "] * max(chunk.end for chunk in chunks)
    for chunk in chunks:
        text[chunk.start : chunk.end] = chunk.text
    return "".join(text)


def test_marks_lie_within_the_quote_on_whole_words(answers):
    for answer in answers.values():
        for citation in answer.citations:
            assert citation.marks
            for start, end in citation.marks:
                assert 0 <= start < end <= len(citation.quote)
                assert citation.quote[start:end] == citation.quote[start:end].strip()


def test_every_citation_has_its_marker_in_the_text_and_there_are_at_most_three(answers):
    for answer in answers.values():
        assert 1 <= len(answer.citations) <= 3
        assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        assert all(f" [{citation.number}]" in answer.text for citation in answer.citations)


def test_when_prefers_the_sentence_with_the_date(say):
    text = "The bridge was opened by the mayor to great applause. The bridge was opened on 4 June 1931. It is red."
    _, citations = say("When was the bridge opened?", text)
    assert citations[0].quote == "The bridge was opened on 4 June 1931."
    [(start, end)] = citations[0].marks
    assert citations[0].quote[start:end] == "4 June 1931"


def test_a_heading_is_never_chosen_before_a_statement(say):
    _, citations = say("How are refunds paid?", "# How are refunds paid?\n\nRefunds are paid to the card you used.\n")
    assert citations[0].quote == "Refunds are paid to the card you used."


def test_what_two_files_say_alike_is_quoted_once(say):
    same = "The tank of the machine holds two litres of water."
    text, citations = say("How much water does the tank hold?", same, same, "Our shop is in Ellerhaven.")
    assert text == f"{same} [1]"
    assert len(citations) == 1


def test_an_item_of_a_list_is_read_without_its_mark_and_cited_with_it(say):
    text, citations = say("What holds two litres?", "Facts\n\n- The tank holds two litres of water.\n")
    assert text.startswith("The tank holds two litres of water. [1]")
    assert citations[0].quote == "- The tank holds two litres of water."


def test_a_quote_that_runs_over_lines_is_read_on_one(say):
    text, citations = say("How much does the tank hold?", "The tank of our larger\r\nmachine holds two litres.")
    assert text == "The tank of our larger machine holds two litres. [1]"
    assert "\r\n" in citations[0].quote


def test_nothing_found_is_nothing_said(say):
    assert say("Anything?") == ("", ())


def test_no_sentence_is_ranked_where_nothing_was_found(embedder, tmp_path):
    with open_store(tmp_path, create=True) as store:
        retriever = Retriever(store, embedder)
        assert rank(read(retriever.ask("Anything?"), [], retriever)) == []


@pytest.mark.parametrize(
    ("question", "quote", "marked"),
    [
        ("How much is shipping?", "Shipping costs €4.95 in our country.", ["€4.95"]),
        ("Who founded the workshop?", "The workshop was founded by Mara Lind.", ["Mara Lind"]),
        ("Is the pump covered?", "The pump is not covered here.", ["pump", "covered"]),
        ("Is it?", "Nothing of the kind.", []),
    ],
)
def test_the_words_that_decide_are_marked(question, quote, marked):
    assert [quote[start:end] for start, end in deciding(question, quote, Analyzer("en"))] == marked


@pytest.mark.parametrize("text", ["# Returns", "Opening hours", "How do I return it?", "You need:", "هل؟"])
def test_headings_are_known(text):
    assert is_heading(text)


@pytest.mark.parametrize("text", ["It is paid.", "- a filter", "| E3 | hot |", "退货。", "word " * 20])
def test_statements_are_no_headings(text):
    assert not is_heading(text)
