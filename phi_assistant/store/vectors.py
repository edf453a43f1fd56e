"""The vector index: one Chroma collection, reached through Chroma's client.

Knows cosine distance, batches and ids; works on a folder that this process holds, and through the server of
another. Holds chunk keys, their sources and vectors, and no text: Chroma would index it a second time.
`langchain_chroma` is not used: it does not batch and defaults to L2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.config import Settings

    from phi_assistant.embeddings.base import Vectors
    from phi_assistant.store.address import Address

_PAGE = 100_000
"""Keys that are listed at once."""

_KNOWN = 20_000
"""Vectors that are remembered, some 30 MB: as JSON from a server, those of one question's candidates take longer than
its search."""


class VectorIndex:
    """One collection, by a name that no other store has."""

    def __init__(self, client: ClientAPI, name: str) -> None:
        self._client = client
        self._batch = client.get_max_batch_size()
        # embedding_function None: vectors come from us, and Chroma must never download a model of its own.
        self._collection: Collection = client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        self._known: dict[int, Vectors] = {}
        """By key, which never means another chunk."""
        self._learning = Lock()

    @classmethod
    def embedded(cls, folder: Path, name: str) -> Self:
        """In a folder that this process, and no other, has open."""
        import chromadb

        return cls(chromadb.PersistentClient(folder, settings=_quiet()), name)

    @classmethod
    def served(cls, server: Address, name: str) -> Self:
        """Through the server that has the folder open. Raises `ConnectionError`."""
        return cls(_reached(server), name)

    def add(self, keys: Sequence[int], vectors: Vectors, sources: Sequence[str]) -> None:
        for part in self._parts(len(keys)):
            self._collection.add(
                ids=[str(key) for key in keys[part]],
                embeddings=vectors[part],
                metadatas=[{"source": source} for source in sources[part]],
            )

    def remove(self, keys: Sequence[int]) -> None:
        """Drops chunks; a key that is not there is no error."""
        for part in self._parts(len(keys)):
            self._collection.delete(ids=[str(key) for key in keys[part]])

    def search(self, vectors: Vectors, limit: int) -> set[int]:
        """The keys of the `limit` chunks nearest to each of the vectors, together."""
        found = self._collection.query(query_embeddings=vectors, n_results=limit, include=[])
        return {int(key) for row in found["ids"] for key in row}

    def get(self, keys: Iterable[int]) -> tuple[list[int], Vectors]:
        """The vectors of chunks, in the order of their keys; those that are there."""
        keys = list(keys)
        known = {key: vector for key in keys if (vector := self._known.get(key)) is not None}
        new = self._fetched([key for key in keys if key not in known])
        self._remember(new)
        known |= new
        there = [key for key in keys if key in known]
        return there, np.array([known[key] for key in there], np.float32)

    def _fetched(self, keys: Sequence[int]) -> dict[int, Vectors]:
        if not keys:  # which Chroma refuses
            return {}
        found = self._collection.get(ids=[str(key) for key in keys], include=["embeddings"])
        return dict(zip(map(int, found["ids"]), np.asarray(found["embeddings"], np.float32), strict=True))

    def _remember(self, new: dict[int, Vectors]) -> None:
        with self._learning:
            self._known |= new
            for key in list(self._known)[: max(0, len(self._known) - _KNOWN)]:
                del self._known[key]

    def keys(self) -> set[int]:
        pages = (self._collection.get(limit=_PAGE, offset=start, include=[]) for start in range(0, self.count(), _PAGE))
        return {int(key) for page in pages for key in page["ids"]}

    def count(self) -> int:
        return self._collection.count()

    def close(self) -> None:
        self._client.close()  # type: ignore[attr-defined]  # of the client behind ClientAPI

    def _parts(self, length: int) -> Iterator[slice]:
        return (slice(start, start + self._batch) for start in range(0, length, self._batch))


def forget(server: Address, name: str) -> None:
    """Drops a collection from a server; one that is not there is no error. Raises `ConnectionError`."""
    from chromadb.errors import NotFoundError

    client = _reached(server)
    try:
        client.delete_collection(name)
    except NotFoundError:
        return
    finally:
        client.close()  # type: ignore[attr-defined]  # of the client behind ClientAPI


def _reached(server: Address) -> ClientAPI:
    import chromadb

    try:
        return chromadb.HttpClient(server.host, server.port, ssl=server.tls, settings=_quiet())
    except ValueError as exc:  # which is how Chroma says it
        raise ConnectionError(f"No server answers at {server}.") from exc


def _quiet() -> Settings:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)
