"""Answers: how often what is quoted, without any language model, holds a gold answer (squad2, answerable)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.data import EvalSet, Query
from benchmarks.pool import Collection, progress, readings, strided
from benchmarks.results import Bar, table
from phi_assistant.evaluation.measures import normalised
from phi_assistant.evidence import evidence, threshold_of
from phi_assistant.extractive import SAME, choose, rank
from phi_assistant.reading import Reading, Sentence

SET = "squad2"
BARS = (0.80, 0.87)


@dataclass(frozen=True)
class Quoted:
    """What was quoted for one question."""

    first: bool
    """Whether the first sentence holds a gold answer."""
    second: bool
    """Whether one of the first two does."""
    chosen: bool
    """Whether one that is really quoted does."""
    sentences: int
    """How many are really quoted."""
    refused: bool
    """Whether the assistant would have said that the documents do not say."""


def measure(collections: Sequence[Collection], sets: dict[str, EvalSet], quick: int | None) -> tuple[str, list[Bar]]:
    """A row for each collection; the first decides."""
    queries = strided([query for query in sets[SET].queries() if query.answerable], quick)
    rows = [_row(each, queries) for each in collections]
    header = [f"{len(queries)} questions", "1st sentence", "first two", "as quoted", "sentences quoted", "refused"]
    shares = (float(rows[0][1]), float(rows[0][2]))
    names = ("a gold answer in the first sentence quoted", "a gold answer in the first two")
    return table(header, rows), [Bar(*each) for each in zip(names, shares, BARS, strict=True)]


def _row(within: Collection, queries: Sequence[Query]) -> list[str | float]:
    threshold = threshold_of(within.retriever.store).value
    quoted = [_quoted(query, reading, threshold) for query, reading in readings(queries, within.retriever)]
    progress(f"answers, {within.name}: done")
    return [
        f"collection {within.name}",
        fmean(each.first for each in quoted),
        fmean(each.second for each in quoted),
        fmean(each.chosen for each in quoted),
        fmean(each.sentences for each in quoted),
        fmean(each.refused for each in quoted),
    ]


def _quoted(query: Query, reading: Reading, threshold: float) -> Quoted:
    gold = [f" {answer} " for text in query.record["answers"] if (answer := normalised(text))]
    ranked = rank(reading)
    chosen = choose(ranked)
    two = _distinct([each.sentence for each in ranked], 2)
    return Quoted(
        first=_holds(two[:1], gold),
        second=_holds(two, gold),
        chosen=_holds(chosen, gold),
        sentences=len(chosen),
        refused=evidence(reading) < threshold,
    )


def _holds(sentences: Sequence[Sentence], gold: Sequence[str]) -> bool:
    texts = [f" {normalised(sentence.text)} " for sentence in sentences]
    return any(answer in text for answer in gold for text in texts)


def _distinct(ranked: Sequence[Sentence], most: int) -> list[Sentence]:
    """The best, without those that say what a better one says, as `choose` leaves them out."""
    kept: list[Sentence] = []
    for each in ranked:
        if len(kept) < most and not any(_same(each, other) for other in kept):
            kept.append(each)
    return kept


def _same(one: Sentence, other: Sentence) -> bool:
    return len(one.stems & other.stems) >= SAME * max(1, len(one.stems | other.stems))
