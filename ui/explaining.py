"""Why a hit ranks where it does: what meaning and words give to its score, and its place by each alone.

Searches as `Retriever.search` does, and keeps what that throws away. Knows no Streamlit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from phi_assistant.retrieval import DENSE_SHARE
from phi_assistant.schema import Hit

if TYPE_CHECKING:
    from phi_assistant.retrieval import Retriever


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with the reasons for its place."""

    hit: Hit
    meaning: float
    """What its nearness in meaning gives to its score, 0 to `DENSE_SHARE`."""
    words: float
    """What the words that it shares with the question give, 0 to the rest."""
    place_by_meaning: int
    """From 1, among all candidates."""
    place_by_words: int
    """The same; 0 where it shares no word."""
    shared: tuple[str, ...]
    """Words of the question that it holds in one form or another, the rarest first."""


def ranked(retriever: Retriever, question: str, *, k: int = 10) -> list[Ranked]:
    """The hits for a question, best first, each explained. Raises `QuestionError`."""
    asked = retriever.ask(question)
    store = retriever.store
    found = store.search(asked.vectors, asked.terms)
    dense, lexical = found.dense[:, 0], found.lexical[:, 0]
    weights = store.weights(asked.terms[0])
    words = _as_written(question, sorted(weights, key=lambda stem: -weights[stem]), retriever)
    return [
        _explained(hit, dense, lexical, _shared(hit, words, retriever)) for hit in retriever.best(asked, found, k=k)
    ]


def _explained(hit: Hit, dense: np.ndarray, lexical: np.ndarray, shared: list[str]) -> Ranked:
    return Ranked(
        hit=hit,
        meaning=DENSE_SHARE * _part(hit.dense, dense),
        words=(1 - DENSE_SHARE) * _part(hit.lexical, lexical),
        place_by_meaning=_place(hit.dense, dense),
        place_by_words=_place(hit.lexical, lexical) if hit.lexical > 0 else 0,
        shared=tuple(shared),
    )


def _part(value: float, among: np.ndarray) -> float:
    """Of the greatest, 0 to 1."""
    return float(max(value, 0.0) / max(float(among.max(initial=0)), 1e-9))


def _place(value: float, among: np.ndarray) -> int:
    return 1 + int((among > value + 1e-6).sum())


def _as_written(question: str, stems: list[str], retriever: Retriever) -> dict[str, str]:
    """Stems in their order, each with a word of the question that it is of."""
    written = {stem: word for word in re.findall(r"\w+", question) for stem in retriever.store.analyzer.stems(word)}
    return {stem: written.get(stem, stem) for stem in stems}


def _shared(hit: Hit, words: dict[str, str], retriever: Retriever) -> list[str]:
    held = set(retriever.store.analyzer.stems(hit.chunk.embedded))
    return [word for stem, word in words.items() if stem in held]
