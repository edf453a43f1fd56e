"""Packing: the passages that a token budget holds, widened with their neighbours.

On a CPU the time to the first word is the length of the prompt, so what counts is how much of the evidence
a few tokens carry: 512 packed here hold more of it than 2,048 of equal slices (`benchmarks/RESULTS.md`).
Knows hits, stores and how passages are written down; knows nothing of questions or answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from phi_assistant.schema import Chunk, Hit, Passage
from phi_assistant.store import ChunkStore

NEIGHBOUR_SHARE = 0.8
"""A chunk beside a hit is worth this much of the hit's score. Of 0, .4, .6, .7, .8 and .9, .8 covered most
evidence at 1,024 and 2,048 tokens; below, it is flat."""

_ROUND = 3
"""Passages are told apart by blank lines and brackets: the tokens that costs, beyond the words."""

Count = Callable[[str], int]
"""How many tokens a text has, by whoever will read it."""


def pack(
    hits: Sequence[Hit],
    store: ChunkStore,
    *,
    budget: int,
    count: Count,
    without: Collection[str] = (),
    first: int = 1,
) -> list[Passage]:
    """The best chunks and their neighbours that fit in `budget` tokens, joined where they touch.

    Best passage first, numbered from `first`; chunks with an id in `without` are left out, since they are known
    already. `render` writes them down within the budget.
    """
    worth = {chunk: score for chunk, score in _worth(hits, store).items() if chunk.id not in without}
    chosen: dict[tuple[str, int], Chunk] = {}
    spent = 0
    for chunk in sorted(worth, key=worth.__getitem__, reverse=True):
        cost = count(chunk.text) + _heading_cost(chunk, chosen, count)
        if spent + cost <= budget:
            spent += cost
            chosen[chunk.source, chunk.position] = chunk
    passages = [_passage(run, worth) for run in _runs(chosen.values())]
    passages.sort(key=lambda passage: -passage.score)
    return [replace(passage, number=number) for number, passage in enumerate(passages, first)]


def render(passages: Sequence[Passage]) -> str:
    """Passages as they are shown to a reader or a model, numbered, under where they stand."""
    return "\n\n".join(
        f"[{passage.number}] {heading_of(passage.chunks[0])}\n{passage.text.strip()}" for passage in passages
    )


def heading_of(chunk: Chunk) -> str:
    """Where a chunk stands: "Returns > Gift cards (p. 3)"."""
    is_page = chunk.label and chunk.label not in chunk.headings
    return f"{chunk.context} ({chunk.label})" if is_page else chunk.context


def _worth(hits: Sequence[Hit], store: ChunkStore) -> dict[Chunk, float]:
    """Hits by their score, and the chunks beside them by a part of it."""
    worth: dict[Chunk, float] = {hit.chunk: hit.score for hit in hits}
    for hit in hits:
        position = hit.chunk.position
        for chunk in store.neighbours(hit.chunk.source, (position - 1, position + 1)).values():
            worth[chunk] = max(worth.get(chunk, 0.0), NEIGHBOUR_SHARE * hit.score)
    return worth


def _heading_cost(chunk: Chunk, chosen: dict[tuple[str, int], Chunk], count: Count) -> int:
    """What it costs to write down where a chunk stands, if a neighbour that was chosen does not say it already."""
    if (chunk.source, chunk.position - 1) in chosen:
        return 0
    after = chosen.get((chunk.source, chunk.position + 1))
    if after:  # whose heading this one takes the place of
        return max(0, count(heading_of(chunk)) - count(heading_of(after)))
    return count(heading_of(chunk)) + _ROUND


def _runs(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Chunks that follow one another in their source, together."""
    ordered = sorted(chunks, key=lambda chunk: (chunk.source, chunk.position))
    numbered = enumerate(ordered)
    for _, run in groupby(numbered, key=lambda pair: (pair[1].source, pair[1].position - pair[0])):
        yield [chunk for _, chunk in run]


def _passage(run: list[Chunk], worth: dict[Chunk, float]) -> Passage:
    text = "".join(chunk.text for chunk in run)
    return Passage(0, tuple(run), text, max(worth[chunk] for chunk in run))
