"""Coverage: how often all of the evidence is in what a token budget holds (doc2dial, gold spans).

Tokens are the embedder's; ours are counted on the text as it is rendered, numbers and headings included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from statistics import fmean

from benchmarks.data import EvalSet, Query
from benchmarks.peer import Peer
from benchmarks.pool import Collection, progress, searched, strided
from benchmarks.results import Bar, Row, table
from phi_assistant.packing import Count, pack, render
from phi_assistant.schema import Chunk, Hit, Passage
from phi_assistant.store import ChunkStore

SET = "doc2dial"
BUDGETS = (256, 512, 1024, 2048)
BARS = {512: 0.60, 1024: 0.74}
EARLIER = (0.24, 0.32, 0.41, 0.52)
"""The usual stack when the bars were set."""

HITS = 40

Place = tuple[str, int, int]
"""A file, and from where to where in it."""


def measure(pool: Collection, sets: dict[str, EvalSet], peer: Peer | None, quick: int | None) -> tuple[str, list[Bar]]:
    """Shares of turns by budget."""
    queries, texts = strided(sets[SET].queries(), quick), sets[SET].files()
    gold = {query.id: _gold(query, sets[SET], texts) for query in queries}
    count = cache(pool.retriever.embedder.count_tokens)
    ours = _ours(queries, gold, pool, count)
    rows: list[Row] = [["phi-assistant", *ours], ["usual stack (earlier)", *EARLIER]]
    if peer:
        rows.append(["usual stack, this run", *_peer(queries, gold, peer, count)])
    shown = table([f"{len(queries)} turns", *(f"{budget:,} tokens" for budget in BUDGETS)], rows)
    shares = dict(zip(BUDGETS, ours, strict=True))
    return shown, [Bar(f"evidence in {budget:,} tokens", shares[budget], bar) for budget, bar in BARS.items()]


def _ours(queries: Sequence[Query], gold: dict[str, list[Place]], pool: Collection, count: Count) -> list[float]:
    held: list[list[bool]] = []
    for query, _, hits in searched(queries, pool.retriever, k=HITS):
        packed = [_packed(hits, pool.retriever.store, budget, count) for budget in BUDGETS]
        held.append([_hold(gold[query.id], map(_place_of_passage, passages)) for passages in packed])
    progress("coverage, ours: done")
    return [fmean(column) for column in zip(*held, strict=True)]


def _packed(hits: Sequence[Hit], store: ChunkStore, budget: int, count: Count) -> list[Passage]:
    passages = pack(hits, store, budget=budget, count=count)
    if (used := count(render(passages))) > budget:
        raise AssertionError(f"{used} tokens were packed into {budget}")
    return passages


def _peer(queries: Sequence[Query], gold: dict[str, list[Place]], peer: Peer, count: Count) -> list[float]:
    held: list[list[bool]] = []
    for query in queries:
        found = peer.find(query.question, HITS)
        fitting = [_fitting(found, budget, count) for budget in BUDGETS]
        held.append([_hold(gold[query.id], map(_place_of_chunk, chunks)) for chunks in fitting])
    progress("coverage, usual stack: done")
    return [fmean(column) for column in zip(*held, strict=True)]


def _fitting(chunks: Iterable[Chunk], budget: int, count: Count) -> list[Chunk]:
    """In order of rank, every slice that still fits: kinder than stopping at the first that does not."""
    fitting: list[Chunk] = []
    for chunk in chunks:
        cost = count(chunk.text)
        if cost <= budget:
            budget -= cost
            fitting.append(chunk)
    return fitting


def _gold(query: Query, each: EvalSet, texts: dict[str, str]) -> list[Place]:
    """The spans that ground the next turn, without blanks at their ends."""
    places: list[Place] = []
    for span in query.record["gold_spans"]:
        file, start, end = each.file_name(span["doc_id"]), span["start"], span["end"]
        text = texts[file][start:end]
        left, right = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
        places.append((file, start + left, end - right))
    return places


def _hold(gold: Sequence[Place], places: Iterable[Place]) -> bool:
    """Whether every span lies in places that touch or overlap."""
    merged = list(_merged(places))
    return all(
        any(file == name and start <= begin and stop <= end for name, start, end in merged)
        for file, begin, stop in gold
    )


def _merged(places: Iterable[Place]) -> list[Place]:
    merged: list[Place] = []
    for file, start, end in sorted(places):
        if merged and merged[-1][0] == file and start <= merged[-1][2]:
            merged[-1] = (file, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((file, start, end))
    return merged


def _place_of_chunk(chunk: Chunk) -> Place:
    return chunk.source, chunk.start, chunk.end


def _place_of_passage(passage: Passage) -> Place:
    return passage.chunks[0].source, passage.start, passage.end
