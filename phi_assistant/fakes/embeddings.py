"""Embeddings that a reader can compute in the head."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from phi_assistant.embeddings.base import Embedder, Vectors, unit


class WordLengthEmbeddings(Embedder):
    """Counts the words of each length: "a cat sat" has one word of 1 letter and two of 3.

    >>> WordLengthEmbeddings().embed(["a cat sat"])[0][[0, 2]].round(2).tolist()
    [0.45, 0.89]
    """

    spec = "fake:word-length"
    dimensions = 16
    """Words longer than this count as being this long."""

    def embed(self, texts: Iterable[str]) -> Vectors:
        return unit(np.array([self._counts(text) for text in texts], np.float32).reshape(-1, self.dimensions))

    def _counts(self, text: str) -> list[float]:
        lengths = [min(len(word), self.dimensions) for word in re.findall(r"\w+", text)]
        return [float(lengths.count(length)) for length in range(1, self.dimensions + 1)]
