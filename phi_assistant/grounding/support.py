"""Support: how well passages stand behind one sentence of an answer, and which of their sentences do.

    0.5 × cosine to the nearest sentence
    + 0.25 × share of its words that this sentence and what stands around it hold
    + 0.25 × share of its words that the passages hold

is stretched so that 0.4, where nothing is supported, is 0, and 0.8 is 1. Words are the stems of content, facts
other than names left aside: those have a gate of their own. Knows sentences and vectors; knows nothing of markers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from phi_assistant.grounding.layout import spoken
from phi_assistant.grounding.values import Fact
from phi_assistant.reading import Sentence
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Vectors

NEAREST, AROUND, ANYWHERE = 0.5, 0.25, 0.25
"""The weights above. Equal parts of cosine and words; fitted ones were no better on the votes of people
(`benchmarks/RESULTS.md`)."""

NONE, FULL = 0.4, 0.8
"""Where sums of the three begin and end to say anything."""

NEW, MOST, NEAR = 0.2, 3, 0.1
"""A further sentence is cited if it holds so great a part of the words and facts that the ones before it lack, and
its cosine is at least `NEAR`; at most so many are."""

ALIKE = 0.4
"""How far a sentence may be behind the best, in the sum of cosine and words, to be what a statement is about."""


@dataclass(frozen=True, slots=True)
class Support:
    """What stands behind a sentence."""

    value: float
    """0 to 1."""
    sentences: tuple[int, ...]
    """The sentences of the passages that it rests on, best first."""
    evidence: frozenset[int]
    """Every sentence that may be what it is about, and those beside it."""


def support(
    text: str,
    facts: Sequence[tuple[Fact, frozenset[int]]],
    sentences: Sequence[Sentence],
    cosines: Vectors,
    analyzer: Analyzer,
) -> Support:
    """Of one sentence, each of its facts given with the sentences that hold it."""
    if not sentences:
        return Support(0.0, (), frozenset())
    words = content(text, facts, analyzer)
    near = np.clip(cosines, 0, 1)
    around = np.array([_share(words, each.around) for each in sentences])
    anywhere = _share(words, frozenset().union(*(each.around for each in sentences)))
    total = float(np.max(NEAREST * near + AROUND * around)) + ANYWHERE * anywhere
    value = min(1.0, max(0.0, (total - NONE) / (FULL - NONE)))
    chosen = _chosen(words, facts, sentences, near)
    own = near + np.array([_share(words, each.stems) for each in sentences])
    evidence = {*chosen, *np.flatnonzero(own >= own.max() - ALIKE).tolist()}
    beside = {place + step for place in evidence for step in (-1, 0, 1)}
    return Support(value, tuple(chosen), frozenset(beside))


def content(text: str, facts: Sequence[tuple[Fact, frozenset[int]]], analyzer: Analyzer) -> frozenset[str]:
    """The stems that say what a sentence is about; names count, numbers do not."""
    for fact, _ in facts:
        if fact.kind != "name":
            text = text.replace(fact.text, " ")
    return frozenset(stem for stem in analyzer.content(spoken(text)) if not re.search(r"\d", stem))


def _share(words: frozenset[str], held: frozenset[str]) -> float:
    """The share of the words that is held; all of none."""
    return len(words & held) / len(words) if words else 1.0


def _chosen(
    words: frozenset[str], facts: Sequence[tuple[Fact, frozenset[int]]], sentences: Sequence[Sentence], near: Vectors
) -> list[int]:
    """The sentence that holds most, and those that hold much of what is left."""
    left: set[str | int] = {*words, *range(len(facts))}
    total = max(1, len(left))
    holds: list[set[str | int]] = [
        {*(words & each.stems), *(number for number, (_, places) in enumerate(facts) if place in places)}
        for place, each in enumerate(sentences)
    ]
    chosen: list[int] = []
    while len(chosen) < MOST:
        gains = np.array([len(left & held) / total for held in holds])
        enough = (gains >= NEW) & (near >= NEAR) if chosen else np.ones(len(near), bool)
        if not enough.any():
            break
        best = int(np.argmax(np.where(enough, gains + near, -1)))
        chosen.append(best)
        left -= holds[best]
    return chosen
