"""Any sentence-transformers model by name, on PyTorch: slower to start, and every language and domain."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from phi_assistant.embeddings.base import Embedder, Vectors, unit
from phi_assistant.errors import MissingExtra, ModelUnavailable
from phi_assistant.telemetry import silence_hub

try:
    silence_hub()
    from sentence_transformers import SentenceTransformer
except ImportError as exc:
    raise MissingExtra(
        "sentence-transformers", extra="embedded", purpose="An embedder of sentence-transformers"
    ) from exc


class SentenceTransformerEmbedder(Embedder):
    """Embeds with a model of the Hugging Face Hub, or of a folder."""

    def __init__(self, name: str) -> None:
        """Raises `ModelUnavailable` if the model is neither on this machine nor within reach."""
        self.spec = f"sentence-transformers:{name}"
        try:
            self._model = SentenceTransformer(name, device="cpu")
        except (OSError, ValueError) as exc:
            raise ModelUnavailable(
                f"The embedder {name!r} is neither on this machine nor within reach of it. "
                "Check the name, or use the default embedder: `--embedder onnx:all-minilm-l6-v2`."
            ) from exc

    @property
    def dimensions(self) -> int:
        return len(self.embed_query(""))

    def embed(self, texts: Iterable[str]) -> Vectors:
        rows = list(texts)
        if not rows:
            return np.zeros((0, self.dimensions), np.float32)
        return unit(np.asarray(self._model.encode(rows, show_progress_bar=False), np.float32))
