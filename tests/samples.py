"""Documents small enough to read at a glance, as the store takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from phi_assistant import ChunkStore, Embedder, Hit
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.schema import Chunk, Source
from phi_assistant.store import Entry

FAKE = WordLengthEmbeddings.spec


def chunk(
    text: str,
    *,
    source: str = "a.md",
    position: int = 0,
    start: int = 0,
    title: str = "",
    headings: Sequence[str] = (),
    label: str = "",
) -> Chunk:
    label = label or (headings[-1] if headings else "")
    return Chunk(source, position, title, label, tuple(headings), start, start + len(text), text)


def entry(id_: str, *texts: str, title: str = "", headings: Sequence[str] = ()) -> Entry:
    """A source whose text is these chunks, one after another."""
    starts = [sum(map(len, texts[:position])) for position in range(len(texts))]
    chunks = tuple(
        chunk(text, source=id_, position=position, start=start, title=title, headings=headings)
        for position, (text, start) in enumerate(zip(texts, starts, strict=True))
    )
    digest = sha256("".join(texts).encode()).hexdigest()
    return Entry(Source(id_, title, digest), Path("/documents", id_), chunks)


def put(store: ChunkStore, *entries: Entry, embedder: Embedder | None = None) -> None:
    """Stores entries with the vectors of this embedder; of word lengths, if none is given."""
    embedder = embedder or WordLengthEmbeddings()
    store.replace(entries, embedder.embed(chunk.embedded for entry in entries for chunk in entry.chunks))


def stored_texts(store: ChunkStore) -> dict[str, list[str]]:
    """The texts of the chunks by source, in order."""
    texts: dict[str, list[str]] = {id_: [] for id_ in store.sources()}
    for each in store.sample(store.count()):
        texts[each.source].append(each.text)
    return texts


def found_texts(store: ChunkStore, question: str, embedder: Embedder | None = None) -> list[str]:
    """The texts of all candidates for a question."""
    vectors = (embedder or WordLengthEmbeddings()).embed([question])
    found = store.search(vectors, [store.analyzer.terms(question)])
    return sorted(chunk.text for chunk in store.chunks(found.keys).values())


def places(hits: Iterable[Hit]) -> list[str]:
    """The sources of hits, best first."""
    return [hit.chunk.source for hit in hits]
