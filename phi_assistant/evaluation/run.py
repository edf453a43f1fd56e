"""Asking: every question put to every model, and what came of it.

One question that fails is counted and the next is asked. A run that is stopped keeps what it has, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from phi_assistant.errors import PhiAssistantError, QuestionError
from phi_assistant.evaluation.questions import Question, QuestionSet
from phi_assistant.evaluation.scoring import LOOKED_AT, Ranking, Scores, ranking_of, score
from phi_assistant.evaluation.verdict import Verdict, verdict_of
from phi_assistant.schema import Answer, Hit

if TYPE_CHECKING:
    from phi_assistant.assistant import Assistant
    from phi_assistant.retrieval import Retriever

IN_VAIN = 10
"""Questions in a row that fail: whoever fails them is not asked any further."""

INTERRUPTED = "interrupted"

Watch = Callable[[int, int], None]
"""Told how many questions were asked, and how many of them failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    question: Question
    answer: Answer | None
    """None where it failed."""
    error: str
    """Why it failed; empty where it did not."""
    scores: Scores
    verdict: Verdict


@dataclass(frozen=True)
class ModelRun:
    """One model with all its outcomes."""

    model: str
    outcomes: tuple[Outcome, ...]
    stopped: str = ""
    """Why not every question was asked; empty if every one was."""


@dataclass(frozen=True)
class Evaluation:
    """All that was measured."""

    questions: QuestionSet
    rankings: tuple[Ranking | None, ...]
    """Of each question; None where nobody knows what should be found."""
    runs: tuple[ModelRun, ...]
    unread: tuple[str, ...] = ()
    """Documents of the set that could not be read."""

    @property
    def is_complete(self) -> bool:
        return not any(run.stopped for run in self.runs)


def rank(chosen: QuestionSet, retriever: Retriever, watch: Watch) -> tuple[Ranking | None, ...]:
    """Where what is relevant is found, whoever answers then."""
    rankings: list[Ranking | None] = []
    for question in chosen.questions:
        rankings.append(ranking_of(question, _hits(question, retriever), chosen) if question.relevant else None)
        watch(len(rankings), 0)
    return tuple(rankings)


def ask_all(assistant: Assistant, chosen: QuestionSet, watch: Watch) -> ModelRun:
    """Every question, asked of one assistant. Nothing is raised: what stops it is in the run."""
    outcomes: list[Outcome] = []
    stopped, failed = "", 0
    try:
        for question in chosen.questions:
            outcomes.append(_ask(assistant, question, chosen))
            failed += outcomes[-1].answer is None
            watch(len(outcomes), failed)
            if _in_vain(outcomes) and len(outcomes) < len(chosen.questions):
                stopped = f"{IN_VAIN} questions failed one after another"
                break
    except KeyboardInterrupt:
        stopped = INTERRUPTED
    except PhiAssistantError as exc:
        stopped = str(exc)
    return ModelRun(assistant.answerer.model, tuple(outcomes), stopped)


def _ask(assistant: Assistant, question: Question, chosen: QuestionSet) -> Outcome:
    from phi_assistant.models.errors import ChatError

    answer, error = None, ""
    try:
        answer = assistant.ask(question.text, question.history)
    except (ChatError, QuestionError) as exc:
        error = str(exc)
    scores = score(question, answer, chosen)
    return Outcome(question, answer, error, scores, verdict_of(question, answer, scores, chosen))


def _hits(question: Question, retriever: Retriever) -> list[Hit]:
    """A question that cannot be asked finds nothing."""
    try:
        return retriever.retrieve(question.text, question.history, k=LOOKED_AT)
    except QuestionError:
        return []


def _in_vain(outcomes: Sequence[Outcome]) -> bool:
    return len(list(takewhile(lambda each: each.answer is None, reversed(outcomes)))) >= IN_VAIN
