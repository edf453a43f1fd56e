"""The numbers of a model of Phi-3's shape: random ones, or such that its words are known beforehand.

Matrices multiply from the right (x @ W), so that those of PyTorch are the transposed ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Rope:
    """How positions turn keys; with factors it is LongRoPE, which has two ways of it."""

    context: int
    theta: float = 10_000.0
    short: tuple[float, ...] = ()
    long: tuple[float, ...] = ()
    original: int = 4096
    """Tokens up to which the short factors hold."""

    def angles(self, size: int, *, beyond: bool) -> tuple[Matrix, Matrix]:
        """Cosines and sines of all positions, on one side of the switch."""
        factors = np.asarray((self.long if beyond else self.short) or 1.0, np.float64)
        turns = np.outer(np.arange(self.context), 1 / (factors * self.theta ** (np.arange(0, size, 2) / size)))
        return (np.cos(turns) * self._scale).astype(np.float32), (np.sin(turns) * self._scale).astype(np.float32)

    @property
    def _scale(self) -> float:
        """What LongRoPE does to attention (Ding et al. 2024)."""
        stretch = self.context / self.original
        return float(np.sqrt(1 + np.log(stretch) / np.log(self.original))) if self.long and stretch > 1 else 1.0


@dataclass(frozen=True)
class Layer:
    """One block."""

    qkv: Matrix
    out: Matrix
    gate: Matrix
    up: Matrix
    down: Matrix


@dataclass(frozen=True)
class Weights:
    """All of a model."""

    embed: Matrix
    layers: tuple[Layer, ...]
    head: Matrix
    heads: int
    kv_heads: int
    size: int
    """Of a head."""
    rope: Rope

    @property
    def vocabulary(self) -> int:
        return len(self.embed)

    @property
    def hidden(self) -> int:
        return self.embed.shape[1]

    @property
    def token_bytes(self) -> int:
        """What a token takes in the key-value cache."""
        return 2 * len(self.layers) * self.kv_heads * self.size * 4


def silent(*, hidden: int, layers: int, heads: int, kv_heads: int, size: int, intermediate: int) -> tuple[Layer, ...]:
    """Blocks that contribute nothing and cost what others cost; all share the same zeros."""
    zeros = [
        np.zeros(shape, np.float32)
        for shape in (
            (hidden, (heads + 2 * kv_heads) * size),
            (heads * size, hidden),
            (hidden, intermediate),
            (intermediate, hidden),
        )
    ]
    qkv, out, gate, down = zeros
    return (Layer(qkv, out, gate, gate, down),) * layers


def random(vocabulary: int, *, seed: int, rope: Rope, layers: int = 2) -> Weights:
    """Weights drawn at random, large enough for every token to depend on all before it."""
    draw = np.random.default_rng(seed)
    hidden, heads, kv_heads, size, intermediate = 64, 4, 2, 16, 96

    def matrix(rows: int, columns: int) -> Matrix:
        return (draw.standard_normal((rows, columns)) * 1.5 / np.sqrt(rows)).astype(np.float32)

    blocks = [
        Layer(
            matrix(hidden, (heads + 2 * kv_heads) * size),
            matrix(heads * size, hidden),
            matrix(hidden, intermediate),
            matrix(hidden, intermediate),
            matrix(intermediate, hidden),
        )
        for _ in range(layers)
    ]
    embed = draw.standard_normal((vocabulary, hidden)).astype(np.float32)
    return Weights(embed, tuple(blocks), matrix(hidden, vocabulary) * 2, heads, kv_heads, size, rope)
