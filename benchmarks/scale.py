"""`python -m benchmarks.scale`: a collection of a hundred thousand chunks beside one of ten thousand.

The sentences of the evaluation sets, shuffled into manuals of a hundred short sections each, go through the product's
own front door. What is written down: how long that took, the disk and the memory it took, and how long a question
takes; no cost may grow faster than the collection.
"""

from __future__ import annotations

import random
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.cost import watched
from benchmarks.data import EVAL, EvalSet, eval_sets
from benchmarks.pool import Silent, progress
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from ingest.run import run
from phi_assistant.embeddings import open_embedder
from phi_assistant.embeddings.base import Embedder
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Turn
from phi_assistant.sentences import split_sentences
from phi_assistant.settings import Settings
from phi_assistant.store import open_store

HEADING = "Scale"
SECTIONS, SENTENCES = 100, (1, 4)
"""Of a manual, and of a section: each section becomes one chunk."""

QUESTIONS = 300


@dataclass(frozen=True)
class Built:
    """One collection and what it cost."""

    chunks: int
    build_s: float
    bytes: int
    memory: int
    """The most that all processes together held, in bytes."""
    open_s: float
    query_ms: list[float]

    @property
    def p95(self) -> float:
        return quantiles(self.query_ms, n=20)[-1]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, help="the folder of the sets")
    parser.add_argument("--chunks", type=int, nargs=2, default=(10_000, 100_000), help="of the two collections")
    chosen = parser.parse_args()
    sets = eval_sets(chosen.eval)
    embedder = open_embedder(models=Settings.load().models_folder)
    built = [_built(chunks, sets, embedder) for chunks in chosen.chunks]
    parts = [conditions(command("benchmarks.scale")), *_shown(*built)]
    print("\n\n".join(parts))
    write_section(HEADING, parts)


def _shown(small: Built, large: Built) -> list[str]:
    asked = [
        Bar("a query of the larger one, p95", large.p95, 60, at_most=True, unit=" ms"),
        Bar(
            "seconds a chunk, in parts of the smaller one's",
            _each(large.build_s, large, small.build_s, small),
            1.1,
            True,
        ),
        Bar("bytes a chunk, in parts of the smaller one's", _each(large.bytes, large, small.bytes, small), 1.1, True),
        Bar("memory of all processes together", large.memory / 1e9, 1.5, at_most=True, unit=" GB"),
    ]
    rows = [
        ["chunks", *(f"{each.chunks:,}" for each in (small, large))],
        ["seconds to build", *(f"{each.build_s:,.0f}" for each in (small, large))],
        ["chunks a second", *(f"{each.chunks / each.build_s:,.0f}" for each in (small, large))],
        ["store, MB", *(f"{each.bytes / 1e6:,.0f}" for each in (small, large))],
        ["memory at most, MB", *(f"{each.memory / 1e6:,.0f}" for each in (small, large))],
        ["to open and ask once, s", *(f"{each.open_s:.2f}" for each in (small, large))],
        ["a query, median, ms", *(f"{median(each.query_ms):.1f}" for each in (small, large))],
        ["a query, p95, ms", *(f"{each.p95:.1f}" for each in (small, large))],
    ]
    return [bars(asked), table(["", "smaller", "larger"], rows)]


def _each(cost: float, built: Built, other_cost: float, other: Built) -> float:
    return (cost / built.chunks) / (other_cost / other.chunks)


def _built(chunks: int, sets: dict[str, EvalSet], embedder: Embedder) -> Built:
    with TemporaryDirectory(prefix="scale-") as scratch:
        files, folder = Path(scratch, "files"), Path(scratch, "store")
        _write_manuals(files, chunks // SECTIONS, sets)
        with watched(own=True) as peak:
            began = perf_counter()
            with open_store(folder, create=True) as store:
                report = run([files], store, lambda: embedder, Silent())
            build_s = perf_counter() - began
        progress(f"{report}; {peak[0] / 1e6:,.0f} MB at most")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        began = perf_counter()
        with open_store(folder) as store:
            retriever = Retriever(store, embedder)
            retriever.retrieve("How do I begin?")
            open_s = perf_counter() - began
            query_ms = [_milliseconds(retriever, *asked) for asked in _questions(sets)]
        return Built(report.chunks, build_s, size, peak[0], open_s, query_ms)


def _questions(sets: dict[str, EvalSet]) -> list[tuple[str, Sequence[Turn]]]:
    """First questions and follow-ups, as people ask them."""
    queries = list(chain(*(sets[name].queries()[: QUESTIONS // 2] for name in ("doc2dial", "squad2"))))
    return [(query.question, query.history) for query in queries]


def _milliseconds(retriever: Retriever, question: str, history: Sequence[Turn]) -> float:
    began = perf_counter()
    retriever.retrieve(question, history)
    return 1000 * (perf_counter() - began)


def _write_manuals(folder: Path, manuals: int, sets: dict[str, EvalSet]) -> None:
    dice = random.Random(11)
    sentences = [
        text[start:end].strip()
        for each in sets.values()
        for text in each.files().values()
        for start, end in split_sentences(text)
        if 60 <= end - start <= 400
    ]
    for number in range(manuals):
        file = folder / f"shelf-{number // 100}" / f"manual-{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        sections = (_section(sentences, part, dice) for part in range(SECTIONS))
        file.write_text(f"# Manual {number}\n\n" + "\n\n".join(sections) + "\n", "utf-8")


def _section(sentences: Sequence[str], part: int, dice: random.Random) -> str:
    heading = " ".join(dice.choice(sentences).split()[:4])
    return f"## {heading} {part}\n\n{' '.join(dice.sample(sentences, dice.randint(*SENTENCES)))}"


if __name__ == "__main__":
    main()
