"""What every embedder is: a name, a size, and `embed`.

LangChain's methods stand on `embed`, so every embedder of ours fits wherever LangChain takes `Embeddings`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Embeddings):
    """From texts to vectors of length one, so that a dot product is a cosine."""

    spec: str
    """`backend:name`; a store remembers which embedder filled it by this."""

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    @abstractmethod
    def embed(self, texts: Iterable[str]) -> Vectors:
        """float32 of shape (number of texts, `dimensions`), each row of length one."""

    def embed_questions(self, texts: Iterable[str]) -> Vectors:
        """The same for what is searched with, where a model wants the two told apart."""
        return self.embed(texts)

    def count_tokens(self, text: str) -> int:
        """How long a text is, however long; about four bytes a token where nothing better is known."""
        return -(-len(text.encode("utf-8", "surrogatepass")) // 4)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_questions([text])[0].tolist()  # type: ignore[no-any-return]


def unit(vectors: Vectors) -> Vectors:
    """Each row at length one; a row of zeros stays zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled
