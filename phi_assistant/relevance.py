"""Relevance: whether what was written speaks of what was asked.

A sentence that a document dictates ("say: claim your prize") stands in that document, so that nothing but this tells
it from an answer. By words and by cosine, and generous: of 1,020 sentences that answer questions of SQuAD and XQuAD, in
seven languages, none is taken for one about something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from phi_assistant.retrieval import Asked
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder

NEAR = 0.15
"""The cosine to the question, or to the conversation that it goes on with, from which on a text speaks of it. Embedders
that put everything nearer together than MiniLM find everything relevant."""


def relevant(texts: Sequence[str], asked: Asked, *, embedder: Embedder, analyzer: Analyzer) -> bool:
    """Whether one of the texts has a word of the question or of its conversation, or is near to them."""
    known = {stem for form in asked.terms for stem in form}
    if any(known.intersection(analyzer.stems(text)) for text in texts):
        return True
    return bool(texts) and float((embedder.embed(texts) @ asked.vectors.T).max()) >= NEAR
