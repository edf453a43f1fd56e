"""Reading: the sentences of the passages found for a question, with their vectors and stems.

What evidence, answers and citations are counted in; what gives orders to whoever answers is none of them (see
`orders`). Knows sentences; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from phi_assistant.orders import orders_in
from phi_assistant.retrieval import Asked, Retriever
from phi_assistant.schema import Chunk, Hit
from phi_assistant.sentences import MAX_CHARS, split_sentences
from phi_assistant.tables import (
    cells,
    column_name,
    columns_of,
    fields,
    header_above,
    is_row,
    is_rule,
    named,
    read_out,
    records,
)
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Vectors

HITS = 6
"""Hits that are read sentence by sentence; below them an answer was found in 1 of 100 questions."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit."""

    hit: Hit
    place: int
    """Which sentence of the chunk it is, from 0."""
    start: int
    end: int
    """Offsets into the extracted text of the source."""
    text: str
    """As it stands in the source."""
    said: str
    """As it is read: a row of a table with the names of its columns."""
    stems: frozenset[str]
    """Of `said`."""
    around: frozenset[str]
    """Its stems with those of the title, the headings and the two sentences before it."""

    def follows(self, other: Sentence) -> bool:
        return self.hit.chunk.id == other.hit.chunk.id and self.place == other.place + 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A question with what was found for it."""

    asked: Asked
    shares: tuple[float, ...]
    """What each form of the question counts."""
    hits: tuple[Hit, ...]
    """All hits, best first; the best `HITS` of them were read."""
    sentences: tuple[Sentence, ...]
    cosines: tuple[float, ...]
    """How near each sentence is to the question, its history included."""
    alone: tuple[float, ...]
    """How near each sentence is to the question without its history."""
    weights: dict[str, float]
    """How rare each stem of the question (its history included) is in the collection."""


def read(asked: Asked, hits: Sequence[Hit], retriever: Retriever) -> Reading:
    """The sentences of the best hits for one question."""
    passages = [list(_sentences(hit, retriever.store.analyzer)) for hit in hits[:HITS]]
    vectors = [retriever.passage([each.said for each in passage]) for passage in passages if passage]
    together = np.concatenate(vectors) if vectors else np.zeros((0, asked.vectors.shape[1]), np.float32)
    return _reading(asked, hits, [each for passage in passages for each in passage], together, retriever)


def read_all(found: Sequence[tuple[Asked, Sequence[Hit]]], retriever: Retriever) -> list[Reading]:
    """The same for many questions at once; a sentence found for several of them is embedded once."""
    analyzer = retriever.store.analyzer
    sentences = [[each for hit in hits[:HITS] for each in _sentences(hit, analyzer)] for _, hits in found]
    rows = {text: row for row, text in enumerate(dict.fromkeys(each.said for part in sentences for each in part))}
    vectors = retriever.embedder.embed(rows)
    return [
        _reading(asked, hits, part, vectors[[rows[each.said] for each in part]], retriever)
        for (asked, hits), part in zip(found, sentences, strict=True)
    ]


def _reading(
    asked: Asked, hits: Sequence[Hit], sentences: Sequence[Sentence], vectors: Vectors, retriever: Retriever
) -> Reading:
    stems = {stem for form in asked.terms for stem in form}
    shares = asked.shares(hits[0].own if hits else 1.0)
    cosines = vectors @ asked.vectors.T
    return Reading(
        asked=asked,
        shares=tuple(shares.tolist()),
        hits=tuple(hits),
        sentences=tuple(sentences),
        cosines=tuple((cosines @ shares).tolist()),
        alone=tuple(cosines[:, 0].tolist()),
        weights=retriever.store.weights(stems),
    )


def _sentences(hit: Hit, analyzer: Analyzer) -> Iterator[Sentence]:
    chunk = hit.chunk
    context = frozenset(analyzer.stems(chunk.context))
    before: tuple[frozenset[str], ...] = ()
    orders = orders_in(chunk.text)
    for place, (start, end, said) in enumerate(_said(chunk)):
        if any(start < last and first < end for first, last in orders):
            continue
        text = chunk.text[start:end]
        stems = frozenset(analyzer.stems(said))
        around = stems.union(context, *before)
        yield Sentence(hit, place, chunk.start + start, chunk.start + end, text, said, stems, around)
        before = (*before, stems)[-2:]


def _said(chunk: Chunk) -> Iterator[tuple[int, int, str]]:
    """Where each sentence of a chunk begins and ends, and how it is read."""
    if columns := columns_of(chunk.headings):
        yield from _records_said(chunk.text, columns)
        return
    for start, end in _spans(chunk.text):
        text = chunk.text[start:end]
        yield start, end, _read_out(chunk, start, text) if is_row(text) else text


def _records_said(text: str, columns: list[str]) -> Iterator[tuple[int, int, str]]:
    """The rows of a .csv file with the names of their columns, which the lines above the header do not have.

    A row that is longer than anybody would quote is read as the sentences in it, and so is the rest of one
    that was cut.
    """
    spans = records(text)
    rows = [fields(text[start:end], len(columns)) for start, end in spans]
    header = next((at for at, row in enumerate(rows) if [*map(column_name, row)] == columns), -1)
    for at, (start, end) in enumerate(spans):
        if end - start > MAX_CHARS or (len(rows[at]) == 1 < len(columns)):
            for first, last in split_sentences(text[start:end]):
                yield start + first, start + last, text[start + first : start + last]
        elif at != header:
            yield start, end, named(rows[at], columns if at > header else ())


def _spans(text: str) -> list[tuple[int, int]]:
    """The sentences of a text, without the headers of tables: those are read out with every row."""
    spans = split_sentences(text)
    rules = [is_rule(text[start:end]) for start, end in spans]
    headers = [*rules[1:], False]
    return [span for span, rule, header in zip(spans, rules, headers, strict=True) if not (rule or header)]


def _read_out(chunk: Chunk, start: int, row: str) -> str:
    header = header_above(chunk.text, start)
    if not header and chunk.headings and "|" in chunk.headings[-1]:
        header = cells(chunk.headings[-1])
    return read_out(row, header)
