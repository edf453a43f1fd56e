"""Quoting: sentences of passages as citations, with the words in them that decide.

Knows where a sentence stands in its source; judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from phi_assistant.grounding.dates import dates_in, times_in
from phi_assistant.grounding.facts import same
from phi_assistant.grounding.names import code_pattern
from phi_assistant.grounding.numbers import numbers_in
from phi_assistant.grounding.values import Fact
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.reading import Sentence, _sentences
from phi_assistant.schema import Citation, Hit, Passage
from phi_assistant.words import Analyzer

_MOST_MARKS = 6


def sentences_of(passages: Sequence[Passage], analyzer: Analyzer) -> list[tuple[int, Sentence]]:
    """Every sentence of the passages with the number of its passage."""
    return [
        (passage.number, sentence)
        for passage in passages
        for chunk in passage.chunks
        if chunk.text.strip()
        for sentence in _sentences(Hit(chunk, passage.score), analyzer)
    ]


def citations(
    chosen: Iterable[int],
    numbered: Sequence[tuple[int, Sentence]],
    words: frozenset[str],
    facts: Sequence[Fact],
    analyzer: Analyzer,
) -> tuple[Citation, ...]:
    """The chosen sentences, best first; those that follow one another as one quote."""
    return tuple(_citation(run, numbered, words, facts, analyzer) for run in _runs(list(chosen)))


def _runs(chosen: list[int]) -> list[list[int]]:
    """Neighbours together, each run where its best was."""
    runs: list[list[int]] = []
    for place in chosen:
        beside = next((run for run in runs if place + 1 == run[0] or place - 1 == run[-1]), None)
        if beside is None:
            runs.append([place])
        else:
            beside.append(place)
            beside.sort()
    return runs


def _citation(
    run: Sequence[int],
    numbered: Sequence[tuple[int, Sentence]],
    words: frozenset[str],
    facts: Sequence[Fact],
    analyzer: Analyzer,
) -> Citation:
    number, first = numbered[run[0]]
    last = numbered[run[-1]][1]
    chunk, start, end = first.hit.chunk, first.start, last.end
    quote = chunk.text[start - chunk.start : end - chunk.start]
    marks = tuple(_marks(quote, words, facts, analyzer))
    return Citation(number, chunk.source, chunk.title, chunk.label, start, end, quote, marks)


def _marks(quote: str, words: frozenset[str], facts: Sequence[Fact], analyzer: Analyzer) -> list[tuple[int, int]]:
    """Where the facts stand in the quote, else the words that the answer shares with it."""
    known = [*numbers_in(quote, language_of(quote)), *dates_in(quote), *times_in(quote)]
    marks = {(each.start, each.end) for fact in facts for each in known if fact.kind == each.kind and same(fact, each)}
    written = [code_pattern(fact.text) for fact in facts if fact.kind in ("name", "code", "url", "email")]
    marks |= {match.span() for pattern in written for match in pattern.finditer(quote)}
    if not marks:
        marks = {word.span() for word in re.finditer(r"\w+", quote) if words.intersection(analyzer.stems(word[0]))}
    return sorted(marks)[:_MOST_MARKS]
