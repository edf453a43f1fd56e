"""Collections: evaluation sets ingested through the product's own front door, into folders that are thrown away.

The embedder remembers what it has embedded: the same sentences and documents come up in several
collections and questions, and only the first time costs anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.data import EvalSet, Query, write_files
from ingest.pipeline import Step
from ingest.report import Report
from ingest.run import run
from phi_assistant.embeddings.base import Embedder, Vectors
from phi_assistant.reading import Reading, read_all
from phi_assistant.retrieval import Asked, Retriever
from phi_assistant.schema import Hit
from phi_assistant.store import open_store

SLICE = 50
"""Questions that are read together: their sentences are embedded at once."""


class Remembering(Embedder):
    """An embedder that embeds no text twice."""

    def __init__(self, embedder: Embedder) -> None:
        self.spec = embedder.spec
        self._embedder = embedder
        self._passages: dict[str, Vectors] = {}
        self._questions: dict[str, Vectors] = {}

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed(self, texts: Iterable[str]) -> Vectors:
        return self._remembered(list(texts), self._passages, self._embedder.embed)

    def embed_questions(self, texts: Iterable[str]) -> Vectors:
        return self._remembered(list(texts), self._questions, self._embedder.embed_questions)

    def _remembered(
        self, rows: Sequence[str], known: dict[str, Vectors], embed: Callable[[Iterable[str]], Vectors]
    ) -> Vectors:
        new = list(dict.fromkeys(text for text in rows if text not in known))
        known.update(zip(new, embed(new), strict=True))
        return np.array([known[text] for text in rows], np.float32).reshape(-1, self.dimensions)

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)


class Silent:
    """Progress that nobody watches."""

    def begin(self, files: int) -> None: ...

    def advance(self, files: int, chunks: int) -> None: ...

    def note(self, source: str, step: Step, reason: str = "") -> None: ...


@dataclass(frozen=True)
class Collection:
    """Some sets as one open collection."""

    name: str
    folder: Path
    """Where its documents are, as files."""
    retriever: Retriever
    report: Report


@contextmanager
def collection(name: str, sets: Sequence[EvalSet], embedder: Embedder) -> Iterator[Collection]:
    """The documents of these sets, ingested."""
    with TemporaryDirectory(prefix="benchmark-") as scratch:
        folder = write_files(sets, Path(scratch) / "files")
        with open_store(Path(scratch) / "store", embedder=embedder.spec, create=True) as store:
            report = run([folder], store, lambda: embedder, Silent())
            progress(f"collection {name}: {report}")
            yield Collection(name, folder, Retriever(store, embedder), report)


def searched(queries: Sequence[Query], retriever: Retriever, *, k: int) -> Iterator[tuple[Query, Asked, list[Hit]]]:
    """Each question with what is found for it; questions are embedded together."""
    asked = retriever.ask_all([(query.question, query.history) for query in queries])
    for query, each in zip(queries, asked, strict=True):
        yield query, each, retriever.search(each, k=k)


def readings(queries: Sequence[Query], retriever: Retriever, *, k: int = 10) -> Iterator[tuple[Query, Reading]]:
    """Each question with its reading, as `Assistant` has them."""
    for start in range(0, len(queries), SLICE):
        part = list(searched(queries[start : start + SLICE], retriever, k=k))
        found = read_all([(asked, hits) for _, asked, hits in part], retriever)
        yield from zip((query for query, _, _ in part), found, strict=True)


def strided(queries: Sequence[Query], most: int | None) -> list[Query]:
    """At most so many of them, spread evenly; all for None."""
    step = max(1, -(-len(queries) // most)) if most else 1
    return list(queries[::step])


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
