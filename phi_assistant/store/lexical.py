"""The lexical index: BM25 over the words of chunks, their headings and titles (tantivy).

Knows stems and boosts. Holds chunk keys and no text: what is found is read from the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log
from pathlib import Path

import tantivy

from phi_assistant.schema import Chunk
from phi_assistant.words import Analyzer, spaced

_FIELDS = {"body": 1.0, "headings": 0.5, "title": 0.5}
"""Boosts, measured on seven tasks: .3 and .7 are within .004 of these."""

_HEAP = 50_000_000
_ANALYZER = "words"


class LexicalIndex:
    """A tantivy index in one folder."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._analyzer = analyzer
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        self._index.register_tokenizer(_ANALYZER, analyzer.tokenizer)
        self._searcher = self._index.searcher()

    def replace(self, chunks: Iterable[tuple[int, Chunk]], *, removed: Sequence[int] = ()) -> None:
        """Adds chunks under their keys and drops others, durably, in one commit."""
        writer = self._index.writer(_HEAP, 1)
        writer.garbage_collect_files()  # of a process killed while it committed, whose names would be used again
        if removed:
            # Not delete_documents_by_term: in tantivy 0.27 it deletes nothing, as it takes the key for a signed number.
            writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, "key", list(removed)))
        for key, chunk in chunks:
            writer.add_document(_document(key, chunk))
        writer.commit()
        writer.wait_merging_threads()
        self.reload()

    def reload(self) -> None:
        """Sees what other processes have written since."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, terms: Iterable[str], limit: int) -> dict[int, float]:
        """BM25 by chunk key of the best `limit` chunks that hold any of these stems."""
        queries = [(tantivy.Occur.Should, query) for term in terms for query in self._queries(term)]
        if not queries:
            return {}
        found = self._searcher.search(tantivy.Query.boolean_query(queries), limit, count=False)
        return {self._key(address): float(score) for score, address in found.hits}

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """The inverse document frequency of each stem, as in BM25; greatest for a stem that occurs nowhere."""
        chunks = self._searcher.num_docs
        frequencies = {term: self._searcher.doc_freq("body", term) for term in terms}
        return {term: log(1 + (chunks - n + 0.5) / (n + 0.5)) for term, n in frequencies.items()}

    def keys(self) -> set[int]:
        everything = self._searcher.search(tantivy.Query.all_query(), max(1, self._searcher.num_docs), count=False)
        return {self._key(address) for _, address in everything.hits}

    def _queries(self, term: str) -> Iterable[tantivy.Query]:
        for field, boost in _FIELDS.items():
            yield tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, term), boost)

    def _key(self, address: tantivy.DocAddress) -> int:
        return int(self._searcher.doc(address).get_first("key") or 0)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", stored=True, indexed=True)
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name=_ANALYZER)
    return builder.build()


def _document(key: int, chunk: Chunk) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("key", key)
    document.add_text("body", spaced(chunk.text))
    document.add_text("headings", spaced(" ".join(chunk.headings)))
    document.add_text("title", spaced(chunk.title))
    return document
