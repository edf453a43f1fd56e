"""The assistant: a question in, a cited answer or a plain refusal out.

Joins retrieval, evidence and an answerer; each of them can be replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Protocol

from phi_assistant.evidence import Threshold, evidence, threshold_of
from phi_assistant.reading import Reading, read
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Answer, Citation, Timings, Turn

REFUSAL = "Your documents do not say."


class Answerer(Protocol):
    """Who writes the answer."""

    model: str
    """Its model spec."""

    def answer(self, reading: Reading) -> tuple[str, tuple[Citation, ...]]:
        """The text with markers such as "[1]", and the citations they point to."""


class Assistant:
    """Answers from one store.

    >>> with open_store(folder) as store:
    ...     assistant = Assistant(Retriever(store, embedder), ExtractiveAnswerer(store.analyzer))
    ...     print(assistant.ask("How long do I have to return something?").text)
    """

    def __init__(self, retriever: Retriever, answerer: Answerer, *, hits: int = 10) -> None:
        self.retriever = retriever
        self.answerer = answerer
        self._hits = hits

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answers, or abstains where the evidence is too thin. Raises `QuestionError`."""
        began = perf_counter()
        asked = self.retriever.ask(question, history)
        hits = self.retriever.search(asked, k=self._hits)
        retrieved = perf_counter() - began
        reading = read(asked, hits, self.retriever)
        reason = _too_thin(evidence(reading), threshold_of(self.retriever.store))
        text, citations = (REFUSAL, ()) if reason else self.answerer.answer(reading)
        total = perf_counter() - began
        return Answer(
            question=asked.text,
            text=text,
            abstained=bool(reason),
            reason=reason,
            citations=citations,
            hits=reading.hits,
            model=self.answerer.model,
            timings=Timings(retrieved, total, total),
        )


def _too_thin(found: float, threshold: Threshold) -> str | None:
    if found >= threshold.value:
        return None
    return f"evidence {found:.2f} is below {threshold.value:.2f}, the threshold of this collection"
