"""Scores and verdicts of single questions, and what they come to, on answers small enough to count."""

from __future__ import annotations

import pytest
from evaluated import PLAIN, REFUSED, RETURNS, answer, evaluation, outcome, question, span

from phi_assistant.errors import QuestionError, StoreMoved
from phi_assistant.evaluation.questions import Passage, Place, Question, QuestionSet
from phi_assistant.evaluation.run import IN_VAIN, INTERRUPTED, ModelRun, ask_all, rank
from phi_assistant.evaluation.scoring import NOTHING, Ranking, ranking_of, score
from phi_assistant.evaluation.summary import MEASURES, model_figures, retrieval_figures
from phi_assistant.evaluation.verdict import Verdict
from phi_assistant.models.errors import ModelFailed


def test_markers_are_no_words_of_an_answer():
    # "you have 45 days" against "45 days": 2 of 4 and 2 of 2.
    assert score(question(), answer(), PLAIN).f1 == pytest.approx(2 / 3)
    assert score(question(), answer(), PLAIN).held == 1


def test_a_refusal_and_an_error_are_no_answer_where_there_is_one():
    assert (score(question(), REFUSED, PLAIN).f1, score(question(), REFUSED, PLAIN).held) == (0, 0)
    assert (score(question(), None, PLAIN).f1, score(question(), None, PLAIN).held) == (0, 0)


def test_what_nobody_said_is_not_measured():
    unknown = score(question(answers=(), source="", answerable=None), answer(), PLAIN)
    assert (unknown.f1, unknown.held, unknown.coverage, unknown.citation_precision, unknown.citation_recall) == (
        None,
    ) * 5
    assert score(question(answerable=False), None, PLAIN) == NOTHING
    assert score(question(answerable=False), answer(), PLAIN).f1 is None


def test_coverage_counts_the_words_of_a_span_by_their_places():
    asked = question(spans=(span(0, 31),))  # six words
    shown = answer(found=[("returns.md", RETURNS[:16]), ("other.md", RETURNS)])
    assert score(asked, shown, PLAIN).coverage == pytest.approx(4 / 6)  # "You have 45 days"


def test_coverage_without_spans_counts_the_words_of_an_answer_wherever_they_stand():
    shown = answer(found=[("other.md", "45 of them."), ("third.md", "More.")])
    assert score(question(), shown, PLAIN).coverage == 0.5


def test_citations_are_right_that_are_of_the_right_document():
    given = answer(cited=[("returns.md", 0, 5), ("other.md", 0, 5), ("returns.md", 9, 12)])
    scores = score(question(), given, PLAIN)
    assert (scores.citation_precision, scores.citation_recall) == (pytest.approx(2 / 3), 1)
    scores = score(question(), answer(cited=[]), PLAIN)
    assert (scores.citation_precision, scores.citation_recall) == (None, 0)


def test_citations_of_a_span_must_meet_it():
    asked = question(spans=(span(0, 31), span(32, 45)), source="")
    scores = score(asked, answer(cited=[("returns.md", 0, 31), ("other.md", 0, 31)]), PLAIN)
    assert (scores.citation_precision, scores.citation_recall) == (0.5, 0.5)


def test_hits_are_ranked_as_the_passages_they_stand_for():
    passages = {"a.md": [Passage(Place("a.md", 0, 10), "p0", "a"), Passage(Place("a.md", 10, 20), "p1", "a")]}
    chosen = QuestionSet("theirs", (), {"a.md": "x" * 20}, passages)
    hits = answer(found=[("a.md", "x" * 20), ("a.md", "x" * 9)]).hits
    asked = Question("q", "q", relevant=frozenset(["p1", "p9"]))
    assert ranking_of(asked, hits, chosen) == Ranking((2,), 2)
    assert ranking_of(Question("q", "q", relevant=frozenset(["a"]), whole=True), hits, chosen) == Ranking((1,), 1)
    assert ranking_of(Question("q", "q"), hits, chosen) is None


@pytest.mark.parametrize(
    ("asked", "given", "verdict"),
    [
        (question(), answer(), Verdict.RIGHT),
        (question(), answer(unsupported=["Keep it."]), Verdict.UNSUPPORTED),
        (question(), None, Verdict.FAILED),
        (question(), REFUSED, Verdict.REFUSED),
        (question(), answer("Forty."), Verdict.MISSED),
        (question(), answer("Forty.", found=[("returns.md", "Keep the box.")]), Verdict.NOT_SHOWN),
        (question(), answer("Forty.", found=[("other.md", "45 days")]), Verdict.NOT_FOUND),
        (question(answers=()), answer("Forty."), Verdict.RIGHT),
        (question(answers=()), answer("Forty.", cited=[("other.md", 0, 1)]), Verdict.ELSEWHERE),
        (question(answers=(), source=""), answer(), Verdict.UNKNOWN),
        (question(answers=(), source="", answerable=False), answer(), Verdict.ANSWERED),
        (question(answers=(), source="", answerable=False), REFUSED, Verdict.RIGHT),
        (question(answers=(), source="", answerable=None), REFUSED, Verdict.UNKNOWN),
    ],
)
def test_how_a_question_went(asked, given, verdict):
    assert outcome(asked, given).verdict is verdict


def test_figures_are_means_over_the_questions_that_say_something():
    nowhere = question("Hiring?", answers=(), source="", answerable=False)
    run = ModelRun(
        "fake",
        (
            outcome(question(), answer(seconds=(1, 2), unsupported=["Keep it."])),
            outcome(question("b"), REFUSED),
            outcome(question("c"), None, error="it broke"),
            outcome(nowhere, REFUSED),
            outcome(nowhere, answer("One. Two. Three.", seconds=(3, 4))),
        ),
    )
    figures = {name: (figure.value, figure.over) for name, figure in model_figures(run).items()}
    assert figures["f1"] == (pytest.approx(2 / 3 / 3), 3)
    assert figures["answer_recall"] == (pytest.approx(1 / 3), 3)
    assert figures["refusals_wrong"] == (pytest.approx(1 / 3), 3)
    assert figures["refusals_right"] == (0.5, 2)
    assert figures["failed"] == (0.2, 5)
    assert figures["unsupported"] == (0.25, 2)  # one of four sentences
    assert figures["citation_recall"] == (1, 1)
    assert figures["first_token_median_s"] == (pytest.approx(0.75), 4)  # of .5, .5, 1 and 3
    assert figures["total_p95_s"] == (pytest.approx(3.7), 4)  # of 1, 1, 2 and 4
    assert figures["prompt_tokens"] == (100, 4)
    assert figures["completion_tokens"] == (10, 4)


def test_every_measure_has_a_figure_and_every_figure_a_measure():
    made = evaluation(ModelRun("fake", (outcome(question(), answer()),)), rankings=(Ranking((2,), 1),))
    names = [*retrieval_figures(made), *model_figures(made.runs[0])]
    assert names == [measure.name for measure in MEASURES]
    assert {name: figure.value for name, figure in retrieval_figures(made).items()} == {
        "ndcg_10": pytest.approx(0.6309, abs=1e-4),
        "recall_5": 1,
        "recall_10": 1,
        "mrr_10": 0.5,
    }


# Asking


class Answerer:
    model = "fake"


class Failing:
    """An assistant that raises what it is told to, and answers otherwise."""

    answerer = Answerer()

    def __init__(self, *faults):
        self.faults, self.asked = list(faults), 0

    def ask(self, text, history):
        self.asked += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        return answer()


def many(count):
    return QuestionSet("mine", tuple(question(str(number)) for number in range(count)))


def test_a_question_that_fails_is_named_and_the_next_is_asked():
    seen = []
    faults = (ModelFailed("no memory"), None, QuestionError("too long"))
    run = ask_all(Failing(*faults), many(4), lambda done, failed: seen.append((done, failed)))
    assert [(each.error, each.verdict) for each in run.outcomes] == [
        ("no memory", Verdict.FAILED),
        ("", Verdict.RIGHT),
        ("too long", Verdict.FAILED),
        ("", Verdict.RIGHT),
    ]
    assert seen == [(1, 1), (2, 1), (3, 2), (4, 2)]
    assert run.stopped == ""


@pytest.mark.parametrize(
    ("fault", "said"), [(KeyboardInterrupt(), INTERRUPTED), (StoreMoved("it was moved"), "it was moved")]
)
def test_a_run_that_is_stopped_keeps_what_it_has(fault, said):
    run = ask_all(Failing(None, None, fault), many(5), lambda done, failed: None)
    assert (len(run.outcomes), run.stopped) == (2, said)
    assert not evaluation(run).is_complete


def test_who_fails_every_question_is_not_asked_all_of_them():
    failing = Failing(*[ModelFailed("gone")] * 50)
    run = ask_all(failing, many(50), lambda done, failed: None)
    assert (failing.asked, len(run.outcomes)) == (IN_VAIN, IN_VAIN)
    assert run.stopped == "10 questions failed one after another"


def test_where_sources_are_found_is_asked_of_the_collection(demo):
    asked = [question("How long do I have to return something?", source="returns-and-refunds.md"), question(" ")]
    first, blank, unknown = rank(QuestionSet("mine", (*asked, question(source=""))), demo, lambda done, failed: None)
    assert (first.ranks, first.relevant) == ((1,), 1)
    assert (blank.ranks, unknown) == ((), None)
