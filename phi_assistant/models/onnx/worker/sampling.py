"""Which token comes next: penalties, temperature, top-k and top-p over the numbers that the model gives.

The order is that of OpenAI's and Hugging Face's implementations: repetition penalty (Keskar et al. 2019, CTRL),
temperature, top-k, top-p (Holtzman et al. 2019). Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from phi_assistant.models.onnx.wire import Sampling

Scores = NDArray[np.float32]

CANDIDATES = 1024
"""Sorting this many of the likeliest is enough for top-p nearly always; 200,000 take 15 ms to sort."""


class Sampler:
    """Chooses the tokens of one answer."""

    def __init__(self, sampling: Sampling, prompt: Iterable[int]) -> None:
        self._how = sampling
        self._random = np.random.default_rng(sampling.seed)
        self._seen = set(prompt) if sampling.repetition_penalty != 1.0 else set()

    def choose(self, scores: Scores) -> int:
        """The next token of these scores; remembers it."""
        if self._how.repetition_penalty != 1.0:
            scores = self._penalised(scores)
        token = int(scores.argmax()) if self._how.temperature == 0 else self._drawn(scores)
        if self._how.repetition_penalty != 1.0:
            self._seen.add(token)
        return token

    def _penalised(self, scores: Scores) -> Scores:
        seen = np.fromiter((each for each in self._seen if each < len(scores)), np.int64)
        scores = scores.copy()
        known = scores[seen]
        penalty = np.float32(self._how.repetition_penalty)
        scores[seen] = np.where(known > 0, known / penalty, known * penalty)
        return scores

    def _drawn(self, scores: Scores) -> int:
        tokens, shares = self._likeliest(scores.astype(np.float64) / self._how.temperature)
        sums = np.cumsum(shares)
        return int(tokens[np.searchsorted(sums[:-1], self._random.random() * sums[-1], side="right")])

    def _likeliest(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The tokens that may come and their shares, the likeliest first where that matters."""
        everything = np.exp(scores - scores.max())
        total = everything.sum()
        if self._how.top_k == 0 and self._how.top_p >= 1:
            return np.arange(len(scores)), everything / total
        count = min(self._how.top_k or CANDIDATES, len(scores))
        tokens, shares = _first(everything, count)
        if self._how.top_k:
            total = shares.sum()
        elif shares.sum() / total < self._how.top_p:
            tokens, shares = _first(everything, len(scores))
        shares = shares / total
        if self._how.top_p < 1:
            kept = int(np.searchsorted(np.cumsum(shares), self._how.top_p)) + 1
            tokens, shares = tokens[:kept], shares[:kept]
        return tokens, shares


def log_probabilities(scores: Scores, token: int, alternatives: int) -> tuple[float, list[tuple[int, float]]]:
    """Of a token, and of the likeliest ones, under the model's own distribution."""
    values = scores.astype(np.float64)
    values -= values.max()
    values -= np.log(np.exp(values).sum())
    likeliest, _ = _first(values, min(alternatives, len(values)))
    return float(values[token]), [(int(each), float(values[each])) for each in likeliest]


def _first(values: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The highest `count`, highest first."""
    if count == 0:
        return np.empty(0, np.intp), np.empty(0)
    found = np.argpartition(values, -count)[-count:] if count < len(values) else np.arange(len(values))
    found = found[np.argsort(-values[found], kind="stable")]
    return found, values[found]
