"""Answers and outcomes as an evaluation has them, written by hand."""

from __future__ import annotations

from samples import chunk

from phi_assistant.evaluation.questions import Place, Question, QuestionSet, Span
from phi_assistant.evaluation.run import Evaluation, ModelRun, Outcome
from phi_assistant.evaluation.scoring import Ranking, score
from phi_assistant.evaluation.verdict import verdict_of
from phi_assistant.schema import Answer, Citation, Hit, Timings, Usage

RETURNS = "You have 45 days from delivery. Keep the box."
PLAIN = QuestionSet("mine", ())
"""A set whose questions name documents as they are named in the collection."""


def question(text="How long?", *, answers=("45 days",), source="returns.md", answerable=True, **more) -> Question:
    relevant = frozenset([source] if source else [])
    return Question(text, text, answers=answers, answerable=answerable, relevant=relevant, whole=True, **more)


def span(start: int, end: int, source="returns.md", text=RETURNS) -> Span:
    places, at = [], start
    for word in text[start:end].split():
        begin = text.index(word, at)
        at = begin + len(word)
        places.append((begin, at))
    return Span(Place(source, start, end), tuple(places))


def answer(
    text="You have 45 days. [1]",
    *,
    cited=(("returns.md", 0, 31),),
    found=(("returns.md", RETURNS),),
    refused: str | None = None,
    unsupported=(),
    seconds=(0.5, 1.0),
    model="fake",
    tokens=(100, 10),
) -> Answer:
    hits = tuple(Hit(chunk(passage, source=source), 1.0) for source, passage in found)
    citations = tuple(
        Citation(number, source, source, "", start, end, "") for number, (source, start, end) in enumerate(cited, 1)
    )
    return Answer(
        question="How long?",
        text=text,
        abstained=refused is not None,
        reason=refused,
        citations=() if refused else citations,
        hits=hits,
        model=model,
        unsupported=tuple(unsupported),
        usage=Usage(*tokens),
        timings=Timings(0.1, *seconds),
    )


REFUSED = answer("Your documents do not say.", refused="evidence 0.20 is below 0.65")


def outcome(asked: Question, given: Answer | None, *, error="", chosen: QuestionSet = PLAIN) -> Outcome:
    scores = score(asked, given, chosen)
    return Outcome(asked, given, error, scores, verdict_of(asked, given, scores, chosen))


def evaluation(*runs: ModelRun, rankings: tuple[Ranking | None, ...] = ()) -> Evaluation:
    longest = max(runs, key=lambda run: len(run.outcomes))
    questions = tuple(each.question for each in longest.outcomes)
    return Evaluation(QuestionSet("mine", questions), rankings or (None,) * len(questions), runs)
