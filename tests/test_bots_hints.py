"""The tutor's rule: first hints, then the answer with its page, and no hint that holds the answer."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from conftest import DEMO, Unwatched

from ingest.run import run
from phi_assistant import Answer, Assistant, Chunk, Citation, ExtractiveAnswerer, Hit, Retriever, Turn, open_store
from phi_assistant.bots.hints import Hint, Stage, Step, hidden, hint_for, step_of
from phi_assistant.bots.secrets import given_away, secret_of
from phi_assistant.sentences import split_sentences
from phi_assistant.words import Analyzer

ENGLISH = Analyzer("en")


def answered(
    question: str, quote: str, *, mark: str = "", title: str = "Chapter 2: Why rivers flood", label: str = "p. 3"
):
    start = quote.find(mark)
    marks = ((start, start + len(mark)),) if mark else ()
    citation = Citation(1, "chapter-2.md", title, label, 100, 100 + len(quote), quote, marks)
    hit = Hit(Chunk("chapter-2.md", 0, title, label, (), 100, 100 + len(quote), quote), 0.9)
    return Answer(question, f"{quote} [1]", False, None, (citation,), (hit,), "extractive")


FLOOD = answered(
    "What does a 100-year flood mean?",
    "A 100-year flood has a 1 percent chance of being reached in any one year.",
)
DRY = answered(
    "Why does a river keep flowing in a dry month?",
    "A river keeps flowing because groundwater seeps into its bed and banks.",
    mark="because groundwater seeps into its bed and banks",
)
EDGE = answered("What is the edge of a drainage basin called?", "Its edge is the *watershed*, which runs along ridges.")
WHO = answered("Who teaches the course?", "The course is taught by Ida Brannock in room 12.", mark="Ida Brannock")
BEND = answered("Which bank of a bend is steep?", "The outer bank is eroded and becomes steep.")
BUS = answered("When does the bus leave?", "The bus leaves at 9:30 from the school.")


def leaks(text: str, answer: Answer) -> tuple[str, ...]:
    return given_away(text, secret_of(answer, ENGLISH), ENGLISH)


@pytest.mark.parametrize(
    ("answer", "draft"),
    [
        (FLOOD, "Its yearly chance is 1 %."),
        (FLOOD, "Think of one percent."),
        (FLOOD, "Think of 1.0 percent, in section 2.4."),
        (DRY, "Groundwater seeps in from below; why would that help?"),
        (DRY, "What could seep into the banks?"),
        (EDGE, "The word is Watershed. What does it mean?"),
        (EDGE, "It is a line that runs along ridges."),
        (WHO, "Her first name is Ida."),
        (WHO, "Ask in room 12."),
        (BEND, "Think of the outer one."),
        (BUS, "It leaves at half past nine, at 09:30."),
        (BUS, "At 9.30 am?"),
        (FLOOD, "It has a chance of being reached that is small."),  # a quotation
    ],
)
def test_a_draft_that_holds_the_answer_is_replaced(answer, draft):
    hint = hint_for(answer, Stage.HINT, analyzer=ENGLISH, draft=draft)
    assert hint.gave_away
    assert hint.text.startswith("Look in “Chapter 2: Why rivers flood”, “p. 3”. What does it say about your question")
    assert leaks(hint.text, answer) == ()


@pytest.mark.parametrize(
    ("answer", "draft"),
    [
        (FLOOD, "Look at section 2.4 of chapter 1: is the name about time, or about chance?"),
        (FLOOD, "Which one of the two words in the name misleads?"),
        (DRY, "Where else can water come from when it does not rain? Think of the slowest path."),
        (DRY, "Does groundwater play a part?"),  # one word of a long reason
        (EDGE, "Look at section 1.1. Which word is printed in italics there?"),
        (WHO, "The syllabus names the teacher. Who is it?"),
        (BEND, "On which side is the water fast?"),
        (BUS, "Look at the safety rules: what time do they give?"),
    ],
)
def test_a_draft_that_keeps_the_answer_is_given(answer, draft):
    assert hint_for(answer, Stage.HINT, analyzer=ENGLISH, draft=f" {draft}\n") == Hint(draft)


def test_a_fuller_hint_says_what_is_looked_for_and_how_the_sentence_begins():
    hint = hint_for(DRY, Stage.FULLER, analyzer=ENGLISH)
    assert hint.text == (
        "Look in “Chapter 2: Why rivers flood”, “p. 3”. You are looking for a reason. The sentence begins "
        "“A river keeps flowing …”. What does it say about your question: "
        "“Why does a river keep flowing in a dry month?”?"
    )
    assert "begins “The course is …”" in hint_for(WHO, Stage.FULLER, analyzer=ENGLISH).text


def test_a_place_that_holds_the_answer_is_not_named():
    told = replace(EDGE.citations[0], label="The watershed")
    hint = hint_for(replace(EDGE, citations=(told,)), Stage.HINT, analyzer=ENGLISH)
    assert hint.text.startswith("Look in “Chapter 2: Why rivers flood”. What")
    told = replace(told, title="The *watershed*", source="watershed.md")
    hint = hint_for(replace(EDGE, citations=(told,)), Stage.HINT, analyzer=ENGLISH)
    assert hint.text.startswith("Read the chapter once more with your question in mind: “What is the edge")


def test_a_document_without_a_title_is_named_by_its_file():
    told = replace(FLOOD.citations[0], title="")
    hint = hint_for(replace(FLOOD, citations=(told,)), Stage.HINT, analyzer=ENGLISH)
    assert hint.text.startswith(f"Look in “{told.source}”.")


def test_an_answer_without_citations_has_hints_too():
    hint = hint_for(replace(FLOOD, citations=()), Stage.FULLER, analyzer=ENGLISH)
    assert hint.text.startswith("Look in “Chapter 2: Why rivers flood”, “p. 3”.")
    bare = hint_for(replace(FLOOD, citations=(), hits=()), Stage.FULLER, analyzer=ENGLISH)
    assert bare.text.startswith("Read the chapter once more")


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("Was ist ein 100-jähriges Hochwasser?", "Schau in"),
        ("¿Qué es una crecida de 100 años?", "Mira en"),
        ("Ano ang ibig sabihin ng 100-taong baha?", "Tingnan sa"),
        ("Что такое паводок?", "Look in"),
    ],
)
def test_a_hint_is_in_the_language_of_the_question(question, begins):
    assert hint_for(replace(FLOOD, question=question), Stage.HINT, analyzer=ENGLISH).text.startswith(begins)


def test_a_hint_is_shown_without_the_quotes_and_passages_in_which_the_answer_stands():
    shown = hidden(FLOOD, Hint("Look."))
    assert (shown.question, shown.text) == (FLOOD.question, "Look.")
    assert (shown.citations, shown.hits, shown.unsupported, shown.passages) == ((), (), (), ())
    assert shown.turns == (Turn("user", FLOOD.question), Turn("assistant", "Look."))


@pytest.mark.slow
def test_no_hint_about_the_documents_of_the_demo_holds_the_answer_and_no_answer_passes_as_one(embedder, tmp_path):
    questions = [
        "What does a 100-year flood mean?",
        "Where in a channel is the water fastest?",
        "Why does a river keep flowing in a dry month?",
        "How much is late work penalised?",
        "When does the bus leave on the field day?",
        "Who teaches the course?",
        "What is discharge?",
        "How deep must fast water be to knock an adult off their feet?",
        "What percentage does the written test count?",
    ]
    with closing(open_store(tmp_path / "course", create=True)) as course:
        run([DEMO / "course"], course, lambda: embedder, Unwatched())
        assistant = Assistant(Retriever(course, embedder), ExtractiveAnswerer(course.analyzer))
        for answer in map(assistant.ask, questions):
            assert not answer.abstained
            for stage in (Stage.HINT, Stage.FULLER):
                hint = hint_for(answer, stage, analyzer=course.analyzer)
                assert hint.text.startswith("Look in “")
                assert leaks(hint.text.split(" What does it say")[0], answer) == ()
            quotes = [citation.quote for citation in answer.citations]
            firsts = [quote[slice(*split_sentences(quote)[0])] for quote in quotes[:1]]
            for draft in [answer.text, *firsts]:
                assert hint_for(answer, Stage.HINT, analyzer=course.analyzer, draft=draft).gave_away


# Stages


def talk(*texts: str) -> list[Turn]:
    """Each message of a student with a reply; "-" before one says that it was refused."""
    turns = []
    for text in texts:
        turns.append(Turn("user", text.removeprefix("-")))
        if not text.startswith("-"):
            turns.append(Turn("assistant", "Look in chapter 2."))
    return turns


FLOODS = "What does a 100-year flood mean?"


def step(asked: str, *before: str) -> Step:
    """Where a tutor with two hints is; what it takes for said before is another matter."""
    return replace(step_of(asked, talk(*before), hints=2, analyzer=ENGLISH), before=())


def test_a_question_goes_from_a_hint_over_a_fuller_one_to_the_answer():
    assert step(FLOODS) == Step(FLOODS, Stage.HINT)
    assert step("I don't know", FLOODS) == Step(FLOODS, Stage.FULLER)
    assert step("Is it the risk?", FLOODS, "no idea") == Step(FLOODS, Stage.ANSWER)
    assert step("How does a levee work?", FLOODS, "no idea") == Step("How does a levee work?", Stage.HINT)
    assert step("more", FLOODS, "no idea", "How does a levee work?") == Step("How does a levee work?", Stage.FULLER)


def test_what_follows_an_answer_is_a_question_of_its_own():
    before = FLOODS, "no idea", "I give up"
    assert step("Because of what?", *before) == Step("Because of what?", Stage.HINT)


def test_what_a_follow_up_is_about_are_questions_with_their_answers_without_hints():
    asked = talk(FLOODS, "no idea", "I give up", "How does a levee work?")
    questions = Turn("user", FLOODS), Turn("assistant", "Look in chapter 2."), Turn("user", "How does a levee work?")
    assert step_of("And why?", asked[:6], hints=2, analyzer=ENGLISH).before == questions[:2]
    assert step_of("no idea", asked, hints=2, analyzer=ENGLISH).before == questions[:2]
    assert step_of("What is an oxbow lake?", asked, hints=2, analyzer=ENGLISH).before == questions


def test_a_refusal_does_not_count_as_a_hint():
    before = (f"-{FLOODS}",)
    assert step("I don't know", *before) == Step("I don't know", Stage.HINT)
    before = FLOODS, "-more"
    assert step("more", *before) == Step(FLOODS, Stage.FULLER)


@pytest.mark.parametrize(
    ("hints", "stages"),
    [
        (0, [Stage.ANSWER, Stage.ANSWER]),
        (1, [Stage.HINT, Stage.ANSWER]),
        (2, [Stage.HINT, Stage.FULLER, Stage.ANSWER]),
    ],
)
def test_a_bot_says_how_many_hints_there_are(hints, stages):
    said = [FLOODS, "help", "please tell me"]
    for place, stage in enumerate(stages):
        assert step_of(said[place], talk(*said[:place]), hints=hints, analyzer=ENGLISH).stage == stage


@pytest.mark.parametrize(
    "text",
    [
        "I don’t know",
        "another hint please",
        "I give up, just tell me the answer",
        "what does a 100 year flood mean",
        "Because of the rain?",
        "Is it the groundwater?",
        "So it is stored in lakes?",
        "a flood every century",
        "Ich weiß es nicht",
        "no sé",
        "hindi ko alam",
        "hmm",
        "",
    ],
)
def test_a_try_and_a_cry_for_help_go_on_with_the_question(text):
    assert step(text, FLOODS) == Step(FLOODS, Stage.FULLER)


@pytest.mark.parametrize(
    "text",
    [
        "What is an oxbow lake?",
        "Explain meanders",
        "ok, and how does a levee work",
        "tell me about levees",
        "Can you explain what infiltration means?",
        "oxbow lakes?",
    ],
)
def test_another_question_begins_with_a_hint_again(text):
    assert step(text, FLOODS) == Step(text, Stage.HINT)
