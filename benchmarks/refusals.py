"""Refusals: the questions of all other sets asked of one, and its own.

The threshold was fitted at ingestion, on everyday questions; it has seen neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from benchmarks.data import EvalSet, Query
from benchmarks.pool import Collection, progress, readings, strided
from benchmarks.results import Bar, table
from phi_assistant.evidence import evidence, threshold_of

SETS = ("doc2dial", "openstax_ap")
REFUSED, FALSE = 0.95, 0.05


def measure(collections: Sequence[Collection], sets: dict[str, EvalSet], quick: int | None) -> tuple[str, list[Bar]]:
    """A column for each collection, which bears the name of its set."""
    asked = {name: strided(each.queries(), quick) for name, each in sets.items()}
    columns = {each.name: _column(each, asked) for each in collections}
    names = list(next(iter(columns.values())))
    rows = [[name, *(column[name] for column in columns.values())] for name in names]
    shown = table(["", *(f"asked of {name}" for name in columns)], rows)
    return shown, [bar for name, column in columns.items() for bar in _bars(name, column)]


def _bars(name: str, column: dict[str, str | float]) -> list[Bar]:
    return [
        Bar(f"foreign questions that {name} refuses", float(column["**refused, foreign questions**"]), REFUSED),
        Bar(f"own questions that {name} refuses", float(column["**refused, own questions**"]), FALSE, at_most=True),
    ]


def _column(within: Collection, asked: dict[str, list[Query]]) -> dict[str, str | float]:
    fitted = threshold_of(within.retriever.store)
    refused = {name: _refused(within, queries, fitted.value) for name, queries in asked.items()}
    own = refused.pop(within.name)
    return {
        **{f"refused, of {name}": fmean(refused[name]) if name in refused else "own" for name in asked},
        "**refused, foreign questions**": fmean(each for part in refused.values() for each in part),
        "refused, mean of the foreign sets": fmean(fmean(part) for part in refused.values()),
        "**refused, own questions**": fmean(own),
        "threshold": fitted.value,
        "its estimate of unrelated questions answered": fitted.answered,
        "everyday questions it was fitted on": str(fitted.asked),
        "chunks": str(fitted.chunks),
    }


def _refused(within: Collection, queries: Sequence[Query], threshold: float) -> list[bool]:
    """Of its own set, the answerable questions only."""
    put = [query for query in queries if query.set != within.name or query.answerable]
    refused = [evidence(reading) < threshold for _, reading in readings(put, within.retriever)]
    progress(f"refusals, {within.name}, questions of {put[0].set}: {fmean(refused):.3f} of {len(put):,}")
    return refused
