"""Embedders: from texts to unit vectors, behind LangChain's `Embeddings` interface.

`open_embedder` turns a spec into one; the heavy packages are imported by the one that needs them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from phi_assistant.errors import ConfigError

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder

__all__ = ["DEFAULT_SPEC", "open_embedder"]

DEFAULT_SPEC = "onnx:all-minilm-l6-v2"


def open_embedder(spec: str = DEFAULT_SPEC, *, models: Path, ollama: str | None = None) -> Embedder:
    """The embedder that a spec `backend:name` names.

    >>> open_embedder("onnx:all-minilm-l6-v2", models=Path("models"))  # built in `models` at first
    >>> open_embedder("sentence-transformers:intfloat/e5-small-v2", models=Path("models"))

    >>> open_embedder("ollama:nomic-embed-text", models=Path("models"))  # of the server at `ollama`, or in the settings

    Raises `ConfigError` for a spec that names none, `ModelUnavailable`, `MissingExtra` or `ModelDied` if it cannot be
    had.
    """
    backend, _, name = spec.partition(":")
    if spec == DEFAULT_SPEC:
        from phi_assistant.embeddings.minilm import minilm
        from phi_assistant.embeddings.onnx import OnnxEmbedder

        return OnnxEmbedder(spec, folder=minilm(models))
    if backend == "sentence-transformers" and name:
        from phi_assistant.embeddings.sentence_transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(name)
    if backend == "ollama" and name:
        from phi_assistant.embeddings.ollama import OllamaEmbedder

        return OllamaEmbedder(name, base_url=ollama)
    raise ConfigError(
        f"{spec!r} names no embedder. Use {DEFAULT_SPEC!r}, or 'ollama:' or 'sentence-transformers:' and a model name."
    )
