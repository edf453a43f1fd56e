"""Charts as numbers: what stands where; the template draws them as SVG.

A drawing is `WIDTH` wide and scales with the page. Knows figures and outcomes; knows no colours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from phi_assistant.evaluation.run import Evaluation, ModelRun
from phi_assistant.evaluation.verdict import FAULTS, Verdict
from phi_assistant.schema import Answer

WIDTH, HEIGHT = 360.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 12.0, 36.0
"""Room around the lines of a plot."""

_FIRST = 10
"""Places for which recall is drawn."""
_STEPS = 80
"""Points of a line of times; more cannot be told apart."""
_ORDER = (Verdict.RIGHT, *reversed(FAULTS), Verdict.UNKNOWN)
_NEAR = 34.0
"""Numbers below an axis that are nearer to each other would overlap."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar."""

    verdict: Verdict
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: its name, and its points as SVG writes them."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines with their axes; what is upwards is a share from 0 to 1."""

    title: str
    below: str
    """What the lower axis is."""
    lines: tuple[Line, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]


def stack(run: ModelRun) -> list[Piece]:
    """How the questions of a model went, as parts of one bar."""
    counted = Counter(each.verdict for each in run.outcomes)
    shown = [verdict for verdict in _ORDER if counted[verdict]]
    starts = np.cumsum([0, *(counted[verdict] for verdict in shown)]) * WIDTH / max(1, len(run.outcomes))
    return [
        Piece(verdict, counted[verdict], float(start), float(end - start))
        for verdict, start, end in zip(shown, starts[:-1], starts[1:], strict=True)
    ]


def plots(evaluation: Evaluation) -> list[Plot]:
    """Those that the evaluation has numbers for."""
    made = [
        _recall(evaluation),
        _times(evaluation, "Time to the first word", lambda answer: answer.timings.first_token_s),
        _times(evaluation, "Time to the last word", lambda answer: answer.timings.total_s),
    ]
    return [plot for plot in made if plot]


def _recall(evaluation: Evaluation) -> Plot | None:
    known = [each for each in evaluation.rankings if each]
    if not known:
        return None
    shares = [(k, fmean(each.recall(k) for each in known)) for k in range(1, _FIRST + 1)]
    across = _scale(1, _FIRST)
    ticks = tuple(Tick(across(k), str(k)) for k in (1, 3, 5, 10))
    return Plot("Found among the first k", "k", (Line("retrieval", _points(shares, across)),), ticks, _SHARES)


def _times(evaluation: Evaluation, title: str, of: Callable[[Answer], float]) -> Plot | None:
    """Which share of the answers had come after how long; seconds in powers of ten."""
    taken = {run.model: [max(1e-3, of(each.answer)) for each in run.outcomes if each.answer] for run in evaluation.runs}
    every = [seconds for times in taken.values() for seconds in times]
    if not every:
        return None
    low, high = math.log10(min(every)), math.log10(max(every))
    middle, half = (low + high) / 2, max(0.2, (high - low) / 2)
    across = _scale(middle - half, middle + half)
    lines = tuple(Line(name, _points(_shares(times), across)) for name, times in taken.items() if times)
    ticks = _apart(Tick(across(math.log10(each)), f"{each:g}") for each in _round(middle - half, middle + half))
    return Plot(title, "seconds (logarithmic)", lines, ticks, _SHARES)


def _shares(times: Sequence[float]) -> list[tuple[float, float]]:
    shares = np.linspace(0, 1, min(_STEPS, max(2, len(times))))
    return [(math.log10(float(np.quantile(times, share))), float(share)) for share in shares]


def _round(low: float, high: float) -> Iterator[float]:
    """1, 2, 5, 10 … between two powers of ten."""
    for power in range(math.floor(low), math.ceil(high) + 1):
        for digit in (1, 2, 5):
            if low <= math.log10(digit) + power <= high:
                yield digit * 10.0**power


def _apart(ticks: Iterable[Tick]) -> tuple[Tick, ...]:
    kept: list[Tick] = []
    for tick in ticks:
        if not kept or tick.at - kept[-1].at >= _NEAR:
            kept.append(tick)
    return tuple(kept)


def _points(values: Iterable[tuple[float, float]], across: Callable[[float], float]) -> str:
    return " ".join(f"{across(x):.1f},{_up(y):.1f}" for x, y in values)


def _scale(low: float, high: float) -> Callable[[float], float]:
    return lambda value: LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


_SHARES = tuple(Tick(_up(share), f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1))
