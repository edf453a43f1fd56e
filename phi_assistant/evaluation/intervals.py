"""Intervals: between which numbers a figure would lie, 95 times of 100, with other questions of the same kind.

By bootstrap: as many questions are drawn from those that were asked, some of them twice, and summed up again, a
thousand times; always the same ones, so that a report that is made twice is the same. Where all came out alike, that
tells nothing, and there is no interval. Knows numbers; knows nothing of questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDS, AT_ONCE, SEED = 1000, 100, 7
SURE = 0.95

Numbers = NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
"""One number for each sample: what it is given has the samples along its first axis, the questions along its second."""


def interval(rows: Sequence[float] | Sequence[Sequence[float]], of: Statistic) -> tuple[float, float] | None:
    """Of a statistic of these rows, one for each question."""
    values = np.asarray(rows, np.float64)
    if len(values) < 2 or (values == values[0]).all():
        return None
    random = np.random.default_rng(SEED)
    drawn = (random.integers(len(values), size=(AT_ONCE, len(values))) for _ in range(ROUNDS // AT_ONCE))
    low, high = np.quantile(np.concatenate([of(values[each]) for each in drawn]), ((1 - SURE) / 2, (1 + SURE) / 2))
    return float(low), float(high)
