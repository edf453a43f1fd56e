"""Finding: from a question and its conversation to what the documents hold on it, and whether that is enough.

The first part of every answer, whoever writes it. Knows retrieval, reading and evidence; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from phi_assistant.evidence import Threshold, evidence, threshold_of
from phi_assistant.reading import Reading, read
from phi_assistant.retrieval import Asked, Retriever, checked
from phi_assistant.schema import Turn

HITS = 10
"""Chunks consulted for an answer, where nobody says how many."""

Rewrite = Callable[[str, Sequence[Turn]], str]
"""A follow-up and the turns before it in, a question that can be understood alone out (see `rewriting`)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question with its conversation, and what was found for it."""

    reading: Reading
    history: tuple[Turn, ...] = ()
    refused: str | None = None
    """Why it should not be answered; None where the evidence is enough."""
    began: float = 0.0
    """When it was asked, on the clock of `time.perf_counter`."""
    retrieval_s: float = 0.0


def find(
    question: str, history: Sequence[Turn], retriever: Retriever, *, k: int = HITS, rewrite: Rewrite | None = None
) -> Found:
    """What is found for a question; `rewrite` changes what is searched for, never what is answered.

    Raises `QuestionError` for a question that cannot be asked.
    """
    began = perf_counter()
    asked = _asked(question, history, retriever, rewrite)
    hits = retriever.search(asked, k=k)
    seconds = perf_counter() - began
    reading = read(asked, hits, retriever)
    return Found(reading, tuple(history), _too_thin(reading, threshold_of(retriever.store)), began, seconds)


def _asked(question: str, history: Sequence[Turn], retriever: Retriever, rewrite: Rewrite | None) -> Asked:
    if not (rewrite and history):
        return retriever.ask(question, history)
    plain = checked(question)
    alone = rewrite(plain, history)
    return replace(retriever.ask(alone, history), text=plain)


def _too_thin(reading: Reading, threshold: Threshold) -> str | None:
    found = evidence(reading)
    if found >= threshold.value:
        return None
    return f"evidence {found:.2f} is below {threshold.value:.2f}, the threshold of this collection"
