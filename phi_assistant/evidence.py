"""Evidence: how well what was found supports a question, and from where on that is enough.

    evidence = best passage cosine + best sentence cosine + 0.6 × coverage

Coverage is the share of the question's words, by their rarity, that the best passage holds; a word the
collection lacks counts as its rarest. Of a follow-up that is counted for the question alone, and half of what its
conversation adds (see `LENT`). The threshold is fitted to each collection by asking it everyday
questions on many subjects, almost none of which it can answer: it lies a margin above the median of those
that it does not answer. A fifth of them answered after all moves it by .01, and no user's question is needed.
Knows readings; writes no answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phi_assistant.reading import HITS, Reading, Sentence, read_all
from phi_assistant.retrieval import Retriever, between
from phi_assistant.sentences import QUESTION_MARKS
from phi_assistant.store import ChunkStore

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder

COVERAGE = 0.6
"""What coverage weighs beside the two cosines; logistic regressions over four sets gave 1 : 1.05 : 0.58."""

HALF_PROOF = 3.0
"""Added to the weight of a question's words, so that one common word that matches is no full coverage."""

HISTORY_TERM = 0.4
"""What a word of earlier turns weighs beside one of the question."""

LENT, WORDS = 0.5, 3
"""Which part of what the conversation adds to its evidence a follow-up with so many words of content has; with fewer
it has more, with none all of it. What the turns before it are about would else answer whatever is asked next:
follow-ups to be refused are told from others with an AUROC of .854 by all that the conversation adds, of .870 by
none, of .898 by half."""

FAMILIAR = (0.15, 0.3)
"""Cosines of a question without its history to the sentence next to it: up to the first it is about something else, and
the conversation lends it nothing, from the second on all of its part. Only a sentence that asks: "No, not yet" is near
to nothing, and goes on. Of small talk and questions on other subjects in the middle of a conversation .72 are refused
for it instead of .35, and .009 more of the follow-ups of doc2dial."""

_ASKS = (*QUESTION_MARKS, "\u037e")
"""The last is Greek."""

MARGIN, LOWEST, HIGHEST = 0.49, 0.65, 1.2
"""How far above the median of everyday questions the threshold lies, and its bounds. On the cosine scale of
all-MiniLM-L6-v2; chosen on five collections, of which a constant threshold would refuse .06 to .27 wrongly."""

STALE = 0.1
"""A collection that has grown or shrunk by less than this keeps its threshold."""

_NOTE = "threshold"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What evidence must reach in one collection."""

    value: float
    answered: float
    """The estimated share of unrelated questions that reach it all the same."""
    asked: int
    """How many everyday questions it was fitted on; 0 before any fit."""
    chunks: int
    """How many chunks the collection had then."""


def evidence(reading: Reading) -> float:
    """From about 0 to 2.6; 0 where nothing was found."""
    if not reading.sentences:
        return 0.0
    asked, rarity = reading.asked, reading.weights
    own = {stem: rarity[stem] for stem in asked.terms[0]}
    earlier = {stem: HISTORY_TERM * rarity[stem] for stem in asked.terms[-1]}
    together = _strength(reading, [hit.dense for hit in reading.hits], reading.cosines, earlier | own)
    if len(asked.forms) == 1:
        return together
    alone = _strength(reading, [hit.alone for hit in reading.hits], reading.alone, own)
    lent = 1 - (1 - LENT) * min(1.0, asked.content / WORDS)
    return alone + lent * _goes_on(reading) * (together - alone)


def _goes_on(reading: Reading) -> float:
    """From 0 for a question about something that the collection knows nothing near to, to 1 for a follow-up."""
    asked = reading.asked
    if not asked.content or not asked.text.rstrip().endswith(_ASKS):
        return 1.0
    return between(max(reading.alone), FAMILIAR)


def _strength(
    reading: Reading, passages: Sequence[float], sentences: Sequence[float], weights: dict[str, float]
) -> float:
    return max(passages) + max(sentences) + COVERAGE * _coverage(reading, weights)


def _coverage(reading: Reading, weights: dict[str, float]) -> float:
    """The share of these words, by weight, that the best passage holds, 0 to 1."""
    held = [sum(weights[stem] for stem in weights.keys() & stems) for stems in _passages(reading.sentences)]
    return max(held, default=0.0) / (sum(weights.values()) + HALF_PROOF)


def threshold_of(store: ChunkStore) -> Threshold:
    """The threshold that was fitted when the collection last changed much."""
    note = store.note(_NOTE)
    return Threshold(**json.loads(note)) if note else Threshold(HIGHEST, 0.0, 0, 0)


def is_stale(store: ChunkStore) -> bool:
    """Whether the threshold was never fitted, or to a collection much smaller or larger."""
    fitted, chunks = threshold_of(store), store.count()
    return bool(chunks) and abs(chunks - fitted.chunks) >= STALE * fitted.chunks


def fit(store: ChunkStore, embedder: Embedder) -> Threshold:
    """The threshold of a collection: fitted anew and kept there, unless the collection is much as it was."""
    fitted, chunks = threshold_of(store), store.count()
    if is_stale(store):
        retriever = Retriever(store, embedder)
        asked = retriever.ask_all([(question, ()) for question in everyday_questions()])
        readings = read_all([(each, retriever.search(each, k=HITS)) for each in asked], retriever)
        fitted = _fitted([evidence(reading) for reading in readings], chunks)
        store.set_note(_NOTE, json.dumps(asdict(fitted)))
    return fitted


def everyday_questions() -> list[str]:
    """Questions on some sixty subjects, from cooking to tax, written for this purpose."""
    text = resources.files(__package__).joinpath("everyday_questions.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _fitted(scores: Sequence[float], chunks: int) -> Threshold:
    """The lower half of everyday questions is surely unrelated: a logistic tail of its spread says how many
    unrelated questions lie beyond the threshold, within a factor of two of what was measured."""
    values = np.asarray(scores)
    value = _above(values)
    low, quarter, middle = (float(quantile) for quantile in np.quantile(values, (0.1, 0.25, 0.5)))
    spread = max(0.02, 1.25 * ((middle - low) + (middle - quarter)) / (math.log(9) + math.log(3)))
    return Threshold(value, 1 / (1 + math.exp((value - middle) / spread)), len(scores), chunks)


def _above(scores: NDArray[np.float64]) -> float:
    """A margin above the median of the scores that lie below the outcome, which is found in a few rounds."""
    value = HIGHEST
    for _ in range(4):
        below = scores[scores < value]
        middle = float(np.median(below)) if below.size else 0.0
        value = min(HIGHEST, max(LOWEST, middle + MARGIN))
    return value


def _passages(sentences: Sequence[Sentence]) -> list[frozenset[str]]:
    """The stems of each passage, its title and headings among them."""
    stems: dict[str, frozenset[str]] = {}
    for sentence in sentences:
        id_ = sentence.hit.chunk.id
        stems[id_] = stems.get(id_, frozenset()) | sentence.around
    return list(stems.values())
