"""Verdicts: how a question went, as one word, with what a person can do about it.

The first that fits is given: what failed before the answer was written is not blamed on the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from phi_assistant.evaluation.questions import Question, QuestionSet
from phi_assistant.evaluation.scoring import Scores, is_found
from phi_assistant.schema import Answer

HELD, ALIKE = 0.6, 0.5
"""An answer says what was expected if it holds this share of its words, or has this F1 with it."""

SHOWN = 0.5
"""Below this share of the words that hold the answer, it was not shown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a verdict means."""

    title: str
    advice: str
    is_fault: bool = True


class Verdict(Enum):
    """How a question went, worst first."""

    FAILED = Kind("no answer came", "The error says what to do.")
    ANSWERED = Kind(
        "answered, though it should refuse",
        "If the passages do hold the answer, say in your questions that it is answerable. If not, a bot with "
        "“strict = true” leaves out what no passage supports.",
    )
    REFUSED = Kind(
        "refused, though it should answer",
        "The evidence was too weak, or the model found nothing in it. Add the words of the question to the document "
        "that answers it, best to its headings.",
    )
    NOT_FOUND = Kind(
        "the right document was not found",
        "See what is found instead with “phi-assistant search”. Add the words of the question to the right document, "
        "and check with “phi-assistant doctor” that it is stored whole.",
    )
    NOT_SHOWN = Kind(
        "found, but the right part was not shown",
        "Raise the settings “hits” and “context_tokens”, or put what belongs together under one heading.",
    )
    ELSEWHERE = Kind(
        "rests on another document",
        "Two documents may say the same, or one of them is out of date. If both are right, name both as sources.",
    )
    MISSED = Kind(
        "shown, but not said as expected",
        "Try another model. If the answer is right all the same, write the expected one as it is worded.",
    )
    UNSUPPORTED = Kind(
        "right, with something that no passage supports",
        "A bot with “strict = true” leaves such sentences out.",
    )
    RIGHT = Kind("right", "", is_fault=False)
    UNKNOWN = Kind(
        "nothing to compare with", "Give an answer, a source, or yes or no for “answerable”.", is_fault=False
    )

    @property
    def title(self) -> str:
        return self.value.title

    @property
    def advice(self) -> str:
        return self.value.advice

    @property
    def is_fault(self) -> bool:
        return self.value.is_fault


FAULTS = tuple(verdict for verdict in Verdict if verdict.is_fault)


def verdict_of(question: Question, answer: Answer | None, scores: Scores, chosen: QuestionSet) -> Verdict:
    """How it went."""
    if answer is None:
        return Verdict.FAILED
    if question.answerable is None:
        return Verdict.UNKNOWN
    if not question.answerable:
        return Verdict.RIGHT if answer.abstained else Verdict.ANSWERED
    if answer.abstained:
        return Verdict.REFUSED
    return _of_answer(question, answer, scores, chosen)


def _of_answer(question: Question, answer: Answer, scores: Scores, chosen: QuestionSet) -> Verdict:
    if _is_right(scores):
        return Verdict.UNSUPPORTED if scores.unsupported else Verdict.RIGHT
    if (question.relevant or question.spans) and not is_found(question, answer.hits, chosen):
        return Verdict.NOT_FOUND
    if scores.coverage is not None and scores.coverage < SHOWN:
        return Verdict.NOT_SHOWN
    if scores.f1 is not None:
        return Verdict.MISSED
    return Verdict.UNKNOWN if scores.citation_recall is None else Verdict.ELSEWHERE


def _is_right(scores: Scores) -> bool:
    """By its words where an answer is expected, else by what it rests on."""
    if scores.f1 is not None:
        return (scores.held or 0) >= HELD or scores.f1 >= ALIKE
    return bool(scores.citation_recall)
