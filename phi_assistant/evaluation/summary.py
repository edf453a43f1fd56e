"""Figures: what all outcomes of a model come to, under names that tables, JSON and gates share.

The one place that knows every measure: its name, which way is better, and over which questions it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from phi_assistant.evaluation.intervals import Statistic, interval
from phi_assistant.evaluation.run import Evaluation, ModelRun, Outcome
from phi_assistant.evaluation.scoring import Ranking

Better = Literal["higher", "lower"]
Unit = Literal["share", "seconds", "tokens"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is measured."""

    name: str
    title: str
    meaning: str
    better: Better = "higher"
    unit: Unit = "share"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, how many questions it is taken over, and how far it can be relied on."""

    value: float | None
    """None where no question says anything about it."""
    over: int
    interval: tuple[float, float] | None = None
    """See `intervals`; None where these questions do not tell."""


RETRIEVAL = (
    Measure("ndcg_10", "nDCG@10", "how far in front what is relevant stands among the first ten"),
    Measure("recall_5", "recall@5", "share of what is relevant among the first five"),
    Measure("recall_10", "recall@10", "share of what is relevant among the first ten"),
    Measure("mrr_10", "MRR@10", "one divided by the place of the first that is relevant"),
)
ANSWERS = (
    Measure("coverage", "evidence coverage", "share of the words that hold the answer in the passages shown"),
    Measure("f1", "answer F1", "words in common with the expected answer, as SQuAD counts them; 0 if refused"),
    Measure("answer_recall", "answer recall", "share of the expected answer's words in the answer; 0 if refused"),
    Measure("citation_precision", "citation precision", "share of an answer's citations that are of what is relevant"),
    Measure("citation_recall", "citation recall", "share of what is relevant that the answer cites"),
    Measure("unsupported", "unsupported sentences", "share of the sentences that no passage supports", "lower"),
    Measure("refusals_right", "refused rightly", "share of the questions without an answer that were refused"),
    Measure("refusals_wrong", "refused wrongly", "share of the questions with an answer that were refused", "lower"),
    Measure("failed", "failed", "share of the questions that got no answer but an error", "lower"),
)
COSTS = (
    Measure("first_token_median_s", "first token, median", "until the first word", "lower", "seconds"),
    Measure("first_token_p95_s", "first token, p95", "19 of 20 began sooner", "lower", "seconds"),
    Measure("total_median_s", "whole answer, median", "until the last word", "lower", "seconds"),
    Measure("total_p95_s", "whole answer, p95", "19 of 20 ended sooner", "lower", "seconds"),
    Measure("prompt_tokens", "prompt tokens", "read by the model for a question, on average", "lower", "tokens"),
    Measure("completion_tokens", "completion tokens", "written by the model, on average", "lower", "tokens"),
)
MEASURES = (*RETRIEVAL, *ANSWERS, *COSTS)

Figures = dict[str, Figure]


def retrieval_figures(evaluation: Evaluation) -> Figures:
    """Of what is found, whoever answers."""
    take: dict[str, Callable[[Ranking], float]] = {
        "ndcg_10": Ranking.ndcg,
        "recall_5": lambda each: each.recall(5),
        "recall_10": lambda each: each.recall(10),
        "mrr_10": Ranking.reciprocal_rank,
    }
    known = [ranking for ranking in evaluation.rankings if ranking]
    return {name: _mean(map(of, known)) for name, of in take.items()}


def model_figures(run: ModelRun) -> Figures:
    """Of one model."""
    outcomes = run.outcomes
    return {
        "coverage": _mean(each.scores.coverage for each in outcomes),
        "f1": _mean(each.scores.f1 for each in outcomes),
        "answer_recall": _mean(each.scores.held for each in outcomes),
        "citation_precision": _mean(each.scores.citation_precision for each in outcomes),
        "citation_recall": _mean(each.scores.citation_recall for each in outcomes),
        "unsupported": _unsupported(outcomes),
        "refusals_right": _refused(outcomes, answerable=False),
        "refusals_wrong": _refused(outcomes, answerable=True),
        "failed": _mean(float(each.answer is None) for each in outcomes),
        **_costs(outcomes),
    }


def _costs(outcomes: Sequence[Outcome]) -> Figures:
    answers = [each.answer for each in outcomes if each.answer]
    first = [answer.timings.first_token_s for answer in answers]
    total = [answer.timings.total_s for answer in answers]
    return {
        "first_token_median_s": _quantile(first, 0.5),
        "first_token_p95_s": _quantile(first, 0.95),
        "total_median_s": _quantile(total, 0.5),
        "total_p95_s": _quantile(total, 0.95),
        "prompt_tokens": _mean(float(answer.usage.prompt_tokens) for answer in answers),
        "completion_tokens": _mean(float(answer.usage.completion_tokens) for answer in answers),
    }


def _mean(values: Iterable[float | None]) -> Figure:
    return _figure([value for value in values if value is not None], lambda drawn: drawn.mean(axis=1))


def _quantile(values: Sequence[float], share: float) -> Figure:
    return _figure(values, lambda drawn: np.quantile(drawn, share, axis=1))


def _unsupported(outcomes: Sequence[Outcome]) -> Figure:
    """Over all sentences of all answers, so that a long one counts as what it is."""
    given = [each.scores for each in outcomes if each.answer and not each.answer.abstained]
    counted = [(scores.unsupported, scores.sentences) for scores in given if scores.sentences]
    return _figure(counted, lambda drawn: drawn[..., 0].sum(axis=1) / drawn[..., 1].sum(axis=1))


def _refused(outcomes: Sequence[Outcome], *, answerable: bool) -> Figure:
    """Of the questions that have an answer, or have none; one that failed was not refused."""
    put = [each.answer for each in outcomes if each.question.answerable is answerable]
    return _mean(float(answer is not None and answer.abstained) for answer in put)


def _figure(rows: Sequence[float] | Sequence[Sequence[float]], of: Statistic) -> Figure:
    """Of rows, one for each question."""
    if not rows:
        return Figure(None, 0)
    return Figure(float(of(np.asarray([rows], np.float64))[0]), len(rows), interval(rows, of))
