"""Ranking: nDCG@10 of seven tasks in one pooled collection, no setting different for any of them."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from benchmarks.data import EvalSet, Query, passages_of, tasks
from benchmarks.peer import Peer
from benchmarks.pool import Collection, progress, searched, strided
from benchmarks.results import Bar, Row, table
from phi_assistant.evaluation.measures import ndcg, ranks_of
from phi_assistant.schema import Chunk

LOOKED_AT = 60
"""Hits mapped to passages: several may stand for one, and ten passages are scored."""

BAR = 0.83
FOLLOW_UPS, ITS_BAR = "doc2dial follow-up", 0.56
EARLIER = {
    "clapnq": 0.953,
    "doc2dial first": 0.564,
    "doc2dial follow-up": 0.348,
    "mtrag_un first": 0.812,
    "mtrag_un follow-up": 0.744,
    "openstax_ap": 0.832,
    "squad2": 0.746,
}
"""The usual stack when the bars were set: one vector for each passage of `corpus.jsonl`, so no cutting at all."""

Sets = dict[str, EvalSet]


def measure(pool: Collection, sets: Sets, peer: Peer | None, quick: int | None) -> tuple[str, list[Bar]]:
    """The table and whether its mean is enough."""
    asked = {name: strided(queries, quick) for name, queries in tasks(sets).items()}
    ours = {name: _ours(name, queries, pool, sets) for name, queries in asked.items()}
    columns = [ours, EARLIER]
    if peer:
        columns.append({name: _peer(name, queries, peer, sets) for name, queries in asked.items()})
    rows: list[Row] = [[name, str(len(asked[name])), *(column[name] for column in columns)] for name in asked]
    means = [fmean(column[name] for name in asked) for column in columns]
    header = ["task", "questions", "phi-assistant", "usual stack, whole passages (earlier)", "usual stack, this run"]
    shown = table(header[: 2 + len(columns)], [*rows, ["**mean**", "", *means]])
    mean = Bar("mean nDCG@10 over seven tasks", means[0], BAR)
    return shown, [mean, Bar(f"nDCG@10 of {FOLLOW_UPS}", ours[FOLLOW_UPS], ITS_BAR)]


def _ours(name: str, queries: list[Query], pool: Collection, sets: Sets) -> float:
    found = searched(queries, pool.retriever, k=LOOKED_AT)
    score = fmean(_score(query, (hit.chunk for hit in hits), sets) for query, _, hits in found)
    progress(f"ranking, ours, {name}: {score:.3f}")
    return score


def _peer(name: str, queries: list[Query], peer: Peer, sets: Sets) -> float:
    score = fmean(_score(query, peer.find(query.question, LOOKED_AT), sets) for query in queries)
    progress(f"ranking, usual stack, {name}: {score:.3f}")
    return score


def _score(query: Query, chunks: Iterable[Chunk], sets: Sets) -> float:
    """Of the passages that these chunks stand for, in order, each once."""
    ranked = (name for chunk in chunks for name in passages_of(chunk, sets))
    return ndcg(ranks_of(ranked, query.relevant), len(query.relevant))
