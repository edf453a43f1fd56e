"""Models whose words are known beforehand: a Markov chain over tokens, written into the output matrix.

The blocks contribute nothing, so that the next token depends on the last one alone: each token's embedding says
which row of probabilities follows it, and the output matrix holds the rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiny_phi.tokenizer import Vocabulary
from tiny_phi.weights import Matrix, Rope, Weights, silent

NEVER = -1e4
"""The logit of what does not come, however hot it is sampled."""

_ROOM = 64
"""The vocabulary of a model is larger than its tokenizer's, as real ones are, by at least so many."""


class Chain:
    """Which token follows which."""

    def __init__(self, vocabulary: Vocabulary, otherwise: Mapping[str, float] | None = None) -> None:
        """`otherwise` are logits, by token, that follow every token of which nothing else is said; the end token
        follows them if they are not given."""
        self.vocabulary = vocabulary
        self._size = -(-(len(vocabulary) + _ROOM) // 64) * 64
        self._rows = [self._row(otherwise or {vocabulary.ends[0]: 10.0})]
        self._row_of: dict[int, int] = {}

    def after(self, token: str, logits: Mapping[str, float]) -> Chain:
        """What follows a token."""
        return self._after(self.vocabulary.id(token), self._row(logits))

    def says(self, text: str, *, then: str | None = None) -> Chain:
        """The text is what an answer begins with; `then` is the token that follows it, the end token if it is none.

        Each of its tokens must occur once, for one has no memory.
        """
        ids = self.vocabulary.ids(text)
        last = self.vocabulary.id(then or self.vocabulary.ends[0])
        for token, following in zip(ids, [*ids[1:], last], strict=True):
            self._after(token, self._certain(following))
        return self.starts_with(ids[0])

    def starts_with(self, token: int) -> Chain:
        """What comes first, whether or not the template has a newline after the last control token."""
        for opening in {self.vocabulary.id("<|assistant|>"), self.vocabulary.ids("\n")[-1]}:
            self._after(opening, self._certain(token))
        return self

    def starts_like(self, token: str) -> Chain:
        """An answer begins with what follows this token."""
        for opening in {self.vocabulary.id("<|assistant|>"), self.vocabulary.ids("\n")[-1]}:
            self._row_of[opening] = self._row_of[self.vocabulary.id(token)]
        return self

    def weights(self, *, context: int = 4096, layers: int = 1, intermediate: int = 16, kv_heads: int = 1) -> Weights:
        """The model; more layers and wider ones take longer and say the same."""
        hidden = -(-len(self._rows) // 16) * 16
        embed = np.zeros((self._size, hidden), np.float32)
        embed[:, 0] = 100.0
        for token, row in self._row_of.items():
            embed[token] = 0.0
            embed[token, row] = 100.0
        head = np.zeros((hidden, self._size), np.float32)
        head[: len(self._rows)] = np.stack(self._rows) / np.sqrt(hidden)  # what the norm makes of a single number
        shape = {"heads": kv_heads, "kv_heads": kv_heads, "size": 32}
        blocks = silent(hidden=hidden, layers=layers, intermediate=intermediate, **shape)
        return Weights(embed, blocks, head, **shape, rope=Rope(context))

    def _after(self, token: int, row: Matrix) -> Chain:
        assert token not in self._row_of, f"two things follow {self.vocabulary.tokenizer.id_to_token(token)!r}"
        self._row_of[token] = len(self._rows)
        self._rows.append(row)
        return self

    def _certain(self, token: int) -> Matrix:
        row = np.full(self._size, 0.0, np.float32)
        row[token] = 30.0
        return row

    def _row(self, logits: Mapping[str, float]) -> Matrix:
        row = np.full(self._size, NEVER, np.float32)
        for token, logit in logits.items():
            row[self.vocabulary.id(token)] = logit
        return row
