"""`python -m benchmarks.retrieval`: ranking, evidence, answers and refusals on the evaluation sets.

Documents are ingested as files into one pooled collection, and three sets into one each. Takes some ten
minutes on two cores; `--quick 50` asks fifty questions of each task, `--no-peer` leaves the usual stack out.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import answers, coverage, ranking, refusals
from benchmarks.data import EVAL, EvalSet, eval_sets
from benchmarks.peer import Peer, read_texts
from benchmarks.pool import Collection, Remembering, collection, progress
from benchmarks.results import bars, command, conditions, write_section
from phi_assistant.embeddings import DEFAULT_SPEC, open_embedder
from phi_assistant.settings import Settings

HEADING = "Retrieval, evidence, answers, refusals"


def main() -> None:
    chosen = _arguments()
    began = perf_counter()
    sets = eval_sets(chosen.eval)
    settings = Settings.load()
    embedder = Remembering(open_embedder(settings.embedder or DEFAULT_SPEC, models=settings.models_folder))
    with ExitStack() as open_:
        pool = open_.enter_context(collection("pooled", list(sets.values()), embedder))
        alone = {
            name: open_.enter_context(collection(name, [sets[name]], embedder))
            for name in dict.fromkeys((answers.SET, *refusals.SETS))
        }
        peer = None if chosen.no_peer else _peer(pool, open_)
        parts = _measured(pool, alone, sets, peer, chosen.quick)
    parts.insert(0, conditions(command("benchmarks.retrieval")) + f"\n- seconds: {perf_counter() - began:.0f}")
    print("\n\n".join(parts))
    if not chosen.quick:
        write_section(HEADING, parts)


def _measured(
    pool: Collection,
    alone: dict[str, Collection],
    sets: dict[str, EvalSet],
    peer: Peer | None,
    quick: int | None,
) -> list[str]:
    """The bars, then a titled table for each part."""
    parts = {
        "nDCG@10 (one pooled collection)": ranking.measure(pool, sets, peer, quick),
        "Share of doc2dial turns whose gold spans are wholly in the packed passages": coverage.measure(
            pool, sets, peer, quick
        ),
        "Share of answerable squad2 questions with a gold answer in what is quoted": answers.measure(
            [alone[answers.SET], pool], sets, quick
        ),
        "Share of questions that are refused": refusals.measure([alone[name] for name in refusals.SETS], sets, quick),
    }
    shown = [f"### {title}\n\n{table}" for title, (table, _) in parts.items()]
    return [bars(bar for _, part in parts.values() for bar in part), *shown]


def _peer(pool: Collection, open_: ExitStack) -> Peer:
    peer = Peer(Path(open_.enter_context(TemporaryDirectory(prefix="peer-"))))
    progress(f"usual stack: {peer.fill(read_texts(pool.folder)):,} slices")
    return peer


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, metavar="DIR", help="where the sets are")
    parser.add_argument("--quick", type=int, metavar="N", help="questions of each task; writes no file")
    parser.add_argument("--no-peer", action="store_true", help="leave the usual stack out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
