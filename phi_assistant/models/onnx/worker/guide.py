"""Keeping an answer within a grammar: what may come next, and when it is complete.

llguidance (https://github.com/guidance-ai/llguidance) says which tokens may come; the choice among them stays with
the sampler. It works on what is written, not on what was read, so that guided answers use read prompts as others do.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from phi_assistant.models.guided.closing import Closer
from phi_assistant.models.onnx.shape import Shape
from phi_assistant.models.onnx.worker.sampling import Scores


class Guides:
    """Makes guides for one model; its tokenizer is loaded when the first is wanted."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self._file, self._shape = folder / "tokenizer.json", shape
        self._tokenizer: LLTokenizer | None = None

    def guide(self, grammar: str, most: int) -> Guide:
        """Raises ValueError for a grammar that cannot be, or of which no text is within so many tokens."""
        if self._tokenizer is None:
            ends = [each for each in self._shape.end_ids if each < self._shape.vocabulary]
            self._tokenizer = LLTokenizer(self._file.read_text("utf-8"), n_vocab=self._shape.vocabulary, eos_token=ends)
        return Guide(LLMatcher(self._tokenizer, grammar), self._tokenizer, most)


class Guide:
    """Of one answer."""

    def __init__(self, matcher: LLMatcher, tokenizer: LLTokenizer, most: int) -> None:
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        self._matcher = matcher
        self._mask = allocate_token_bitmask(1, tokenizer.vocab_size)
        self._closer = Closer(matcher, tokenizer, most)

    @property
    def complete(self) -> bool:
        """Whether nothing more may come."""
        return bool(self._matcher.is_stopped())

    @property
    def cut(self) -> bool:
        """Whether the answer was completed for want of tokens, not because the model had said all."""
        return self._closer.cut

    def allowed(self, scores: Scores) -> Scores:
        """The scores with everything out that may not come."""
        fill_next_token_bitmask(self._matcher, self._mask)
        bits = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[: len(scores)]
        return np.where(bits, scores, np.float32(-np.inf))

    def take(self, token: int, left: int) -> int:
        """The token, or the one that has to come instead if the answer is to be whole within what is left."""
        return self._closer.take(token, left)
