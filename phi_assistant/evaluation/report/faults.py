"""What went wrong, for a person who wants to mend it: kinds of faults, and the plainest questions of each.

Chooses and words; draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten

from phi_assistant.evaluation.questions import Place, Question, QuestionSet
from phi_assistant.evaluation.run import Evaluation, ModelRun, Outcome
from phi_assistant.evaluation.scoring import is_found, shown
from phi_assistant.evaluation.verdict import FAULTS, Verdict
from phi_assistant.schema import Citation, Turn

EACH = 8
"""Questions of a kind and a model that are shown whole."""
_PASSAGES, _LONG = 6, 900
"""Passages that are shown of a question, and characters of each."""
_ANSWERS, _TURNS = 3, 4


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage that was shown."""

    source: str
    text: str
    is_relevant: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A question that went wrong."""

    id: str
    question: str
    history: tuple[Turn, ...]
    expected: tuple[str, ...]
    wanted: tuple[str, ...]
    """Where the answer stands."""
    answer: str
    cited: tuple[str, ...]
    why: tuple[str, ...]
    passages: tuple[Seen, ...]
    others: tuple[tuple[str, str], ...]
    """How it went with the other models."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault of one model."""

    verdict: Verdict
    count: int
    cases: tuple[Case, ...]


def faults_of(run: ModelRun, evaluation: Evaluation) -> list[Fault]:
    """The kinds that there are, worst first, each with its plainest questions."""
    elsewhere = [{each.question: each.verdict for each in other.outcomes} for other in evaluation.runs]
    others = {
        other.model: verdicts for other, verdicts in zip(evaluation.runs, elsewhere, strict=True) if other is not run
    }
    found: list[Fault] = []
    for verdict in FAULTS:
        outcomes = [each for each in run.outcomes if each.verdict is verdict]
        worst = sorted(outcomes, key=_plainness)[:EACH]
        if outcomes:
            cases = tuple(_case(each, evaluation.questions, others) for each in worst)
            found.append(Fault(verdict, len(outcomes), cases))
    return found


def _plainness(outcome: Outcome) -> tuple[float, float]:
    """Little of what was expected, though much of it was shown, comes first."""
    return outcome.scores.f1 or 0.0, -(outcome.scores.coverage or 0.0)


def _case(outcome: Outcome, chosen: QuestionSet, others: Mapping[str, Mapping[Question, Verdict]]) -> Case:
    question, answer = outcome.question, outcome.answer
    return Case(
        id=question.id,
        question=question.text,
        history=tuple(replace(turn, text=shorten(turn.text, _LONG // 2)) for turn in question.history[-_TURNS:]),
        expected=question.answers[:_ANSWERS] if question.answerable else (),
        wanted=tuple(_wanted(question, chosen)),
        answer=answer.text if answer else "",
        cited=tuple(_cited(answer.citations)) if answer else (),
        why=tuple(_why(outcome, chosen)),
        passages=tuple(_seen(outcome, chosen)),
        others=tuple((model, verdicts[question].title) for model, verdicts in others.items() if question in verdicts),
    )


def _cited(citations: Sequence[Citation]) -> Iterator[str]:
    """Each document once, after the numbers that it is cited with."""
    numbers: dict[str, list[int]] = {}
    for each in citations:
        numbers.setdefault(each.source, []).append(each.number)
    for source, cited in numbers.items():
        yield f"{''.join(f'[{number}]' for number in dict.fromkeys(cited))} {source}"


def _wanted(question: Question, chosen: QuestionSet) -> Iterator[str]:
    """The places that hold the answer, with their text if the set has it."""
    if question.spans:
        for span in question.spans:
            yield _quoted(span.place.source, span.place, chosen)
        return
    passages = [each for file in chosen.passages.values() for each in file if each.name in question.relevant]
    if question.whole or not passages:
        yield from sorted(question.relevant)
        return
    for each in passages:
        yield _quoted(each.name, each.place, chosen)


def _quoted(name: str, place: Place, chosen: QuestionSet) -> str:
    return f"{name}: “{shorten(chosen.documents[place.source][place.start : place.end], _LONG // 2)}”"


def _why(outcome: Outcome, chosen: QuestionSet) -> Iterator[str]:
    """What is known of the reason, in sentences."""
    question, answer, scores = outcome.question, outcome.answer, outcome.scores
    if answer is None:
        yield outcome.error
        return
    if answer.reason:
        yield f"Refused: {answer.reason}."
    if question.relevant or question.spans:
        among = "is" if is_found(question, answer.hits, chosen) else "is not"
        yield f"The right place {among} among the {len(answer.hits)} that were consulted."
    if scores.coverage is not None:
        yield f"The passages shown hold {scores.coverage:.0%} of the words that answer it."
    if scores.f1 is not None and not answer.abstained:
        yield f"The answer has {scores.held or 0:.0%} of the expected words (F1 {scores.f1:.2f})."
    for sentence in answer.unsupported:
        yield f"No passage supports “{sentence}”"


def _seen(outcome: Outcome, chosen: QuestionSet) -> Iterator[Seen]:
    if outcome.answer is None:
        return
    for place, text in shown(outcome.answer)[:_PASSAGES]:
        names = chosen.names(place, whole=outcome.question.whole)
        relevant = any(name in outcome.question.relevant for name in names)
        yield Seen(place.source, shorten(text, _LONG), relevant)
