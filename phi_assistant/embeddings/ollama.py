"""Any embedding model of an Ollama server, with what it wants before questions and passages.

Nothing is cut off: a text that is longer than the model can read is embedded in parts, and its vector is their mean,
each weighing as much as it is long. The server is told not to cut (`truncate`), and where it does so all the same, as
some versions did, the tokens it counts show it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from phi_assistant.embeddings.base import Embedder, Vectors, unit
from phi_assistant.embeddings.prefixes import prefixes_of
from phi_assistant.errors import ConfigError
from phi_assistant.models.errors import ModelFailed, PromptTooLong
from phi_assistant.models.ollama.facts import Facts
from phi_assistant.models.ollama.server import Server

logger = logging.getLogger(__name__)

_TEXTS, _BYTES = 64, 100_000
"""Of one request: enough for the server to work at full speed, and few enough for others to come between."""

_TOKEN_BYTES = 2
"""A text with fewer bytes for each token that a model can read cannot be too long for it; a longer one is asked for
alone, so that what was counted can be told."""

_SHORTEST = 16
"""Characters; what does not fit in so few will never fit."""


class OllamaEmbedder(Embedder):
    """Embeds with a model of an Ollama server.

    >>> OllamaEmbedder("nomic-embed-text").embed_query("How long do I have to return something?")
    """

    def __init__(
        self, name: str, *, base_url: str | None = None, timeout: float | None = 600.0, max_retries: int = 2
    ) -> None:
        """`timeout` is that of each request, in seconds. Raises `ModelUnavailable` if the server has no such model,
        `ModelDied` if there is no server, `ConfigError` for a model that does not embed."""
        self.spec = f"ollama:{name}"
        self._name = name
        self._prefixes = prefixes_of(name)
        self._server = Server(base_url, timeout=timeout, max_retries=max_retries)
        facts = Facts.read(self._server.ask("/api/show", {"model": name}, model=name))
        if "embedding" not in facts.capabilities and "completion" in facts.capabilities:
            raise ConfigError(
                f"The Ollama model {name!r} writes answers and does not embed. Take one that does, such as "
                "`ollama pull nomic-embed-text` and `--embedder ollama:nomic-embed-text`."
            )
        self._room = facts.context(None, loaded=None, is_here=False)
        self._dimensions = 0
        self._parted = 0

    @property
    def dimensions(self) -> int:
        """Asked once: what the server says of its models is not always the length of their vectors."""
        if not self._dimensions:
            self._dimensions = self._vectors(["a"], "").shape[1]
        return self._dimensions

    def embed(self, texts: Iterable[str]) -> Vectors:
        return self._embedded(list(texts), self._prefixes.document)

    def embed_questions(self, texts: Iterable[str]) -> Vectors:
        return self._embedded(list(texts), self._prefixes.query)

    def _embedded(self, texts: Sequence[str], prefix: str) -> Vectors:
        before = self._parted
        found = [self._vectors(batch, prefix) for batch in self._batches(texts, prefix)]
        if self._parted > before:
            logger.info(
                "%d of %d texts are longer than the %d tokens that %s reads: embedded in parts",
                self._parted - before,
                len(texts),
                self._room,
                self._name,
            )
        return np.concatenate(found) if found else np.zeros((0, self.dimensions), np.float32)

    def _batches(self, texts: Sequence[str], prefix: str) -> Iterator[list[str]]:
        batch: list[str] = []
        size = 0
        for text in texts:
            own = _size(prefix + text)
            alone = own > _TOKEN_BYTES * self._room
            if batch and (alone or len(batch) >= _TEXTS or size + own > _BYTES):
                yield batch
                batch, size = [], 0
            batch.append(text)
            size += _BYTES if alone else own
        if batch:
            yield batch

    def _vectors(self, texts: Sequence[str], prefix: str) -> Vectors:
        """Of a batch; of one text, if one of them is too long."""
        try:
            return unit(self._asked([prefix + text for text in texts]))
        except PromptTooLong:
            if len(texts) > 1:
                middle = len(texts) // 2
                return np.concatenate([self._vectors(part, prefix) for part in (texts[:middle], texts[middle:])])
            self._parted += 1
            return unit(self._mean(texts[0], prefix))

    def _mean(self, text: str, prefix: str) -> Vectors:
        """The vector of a text that is too long: of its halves, and of theirs where these are too long as well."""
        total = None
        for half in _halves(text):
            try:
                vector = unit(self._asked([prefix + half]))
            except PromptTooLong:
                if len(half) <= _SHORTEST:
                    raise
                vector = unit(self._mean(half, prefix))
            weighed = vector * len(half)
            total = weighed if total is None else total + weighed
        assert total is not None
        return total

    def _asked(self, texts: Sequence[str]) -> Vectors:
        """Raises `PromptTooLong` if one of them is."""
        body = {
            "model": self._name,
            "input": [text if text.strip() else " " for text in texts],
            "truncate": False,
            "options": {"num_ctx": self._room},
        }
        answer = self._server.ask("/api/embed", body, model=self._name, limit=self._room)
        counted = answer.get("prompt_eval_count") or 0
        if len(texts) == 1 and counted >= self._room:
            raise PromptTooLong("The server has cut the text.", tokens=counted, limit=self._room)
        vectors = np.asarray(answer.get("embeddings") or [], np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise ModelFailed(
                f"The Ollama model {self._name!r} gave {len(vectors)} vectors for {len(texts)} texts, and nobody can "
                f"tell which is whose. Fetch it again: `ollama pull {self._name}`."
            )
        self._dimensions = vectors.shape[1]
        return vectors


def _halves(text: str) -> tuple[str, str]:
    """Between two words, if there is a place in the middle part."""
    middle = len(text) // 2
    space = text.rfind(" ", middle - len(text) // 8, middle + 1)
    at = space + 1 if space > 0 else middle
    return text[:at], text[at:]


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
