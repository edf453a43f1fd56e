"""`python -m benchmarks.torture`: an ingestion that is killed sixty times, and what is stored in the end.

The same documents are ingested twice: once undisturbed, once with a `kill -9` at a random moment, over and over,
each time started again. Every other kill waits until something is being stored, and comes at a random moment of
that. Then the two stores must hold the same sources and chunks and find the same for the same
questions, the indexes must hold what the catalogue holds, and no process of a killed run may be left.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.data import EVAL, eval_sets, write_files
from benchmarks.pool import progress
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from phi_assistant.embeddings import open_embedder
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import Settings
from phi_assistant.store import STORED_AT_ONCE, ChunkStore, holds_documents, open_store

HEADING = "Killed sixty times"
QUESTIONS, HITS = 200, 10
COPIES = ("one", "two")
"""Of every document: enough that there is something left to store at the last kill."""

_START = 2.5
"""Seconds until a run embeds its first batch."""
_STORING = 0.06
"""Of the time that a batch takes, the part in which it is stored."""


@dataclass(frozen=True)
class Outcome:
    """What the kills did."""

    kills: int
    unfinished: list[int]
    """Sources stored at each kill."""
    half_done: int
    """Kills in the middle of storing: something was written that is not yet, or no longer, to be seen."""
    left: int
    """Processes of killed runs that were still there ten seconds later."""
    seconds: float


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, help="the folder of the sets")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20)
    chosen = parser.parse_args()
    with TemporaryDirectory() as scratch:
        parts = _measured(Path(scratch), chosen.eval, chosen.kills, random.Random(chosen.seed))
    parts.insert(0, conditions(command("benchmarks.torture")))
    print("\n\n".join(parts))
    write_section(HEADING, parts)


def _measured(scratch: Path, eval_folder: Path, kills: int, dice: random.Random) -> list[str]:
    sets = eval_sets(eval_folder)
    files = scratch / "files"
    for copy in COPIES:
        write_files(list(sets.values()), files / copy)
    began = time.perf_counter()
    report = _finished(files, scratch / "undisturbed")
    undisturbed = time.perf_counter() - began
    progress(f"undisturbed: {report} in {undisturbed:.0f} s")
    a_batch = undisturbed * STORED_AT_ONCE / report["chunks"]
    outcome = _tortured(files, scratch / "killed", kills, dice, a_batch)
    questions = [query.question for query in sets["doc2dial"].queries()[:QUESTIONS]]
    with _store(scratch / "undisturbed") as one, _store(scratch / "killed") as two:
        asked = [
            Bar("documents", report["added"], 400),
            Bar("kills that came before the end", outcome.kills, kills),
            Bar("sources and chunks that differ", _differing(one, two), 0, at_most=True),
            Bar("chunks that the indexes and the catalogue do not all hold", two.disagreements(), 0, at_most=True),
            Bar(
                f"share of {HITS} hits that are the same, over {QUESTIONS} questions", _alike(one, two, questions), 0.97
            ),
            Bar("processes left behind", outcome.left, 0, at_most=True),
        ]
    rows = [
        ["documents, chunks", f"{report['added']}, {report['chunks']}"],
        ["seconds undisturbed, and with the kills", f"{undisturbed:.0f}, {outcome.seconds:.0f}"],
        ["sources stored at the median kill", f"{median(outcome.unfinished):.0f}"],
        ["kills that left something half-done in an index", str(outcome.half_done)],
    ]
    return [bars(asked), table(["", ""], rows)]


def _tortured(files: Path, data: Path, kills: int, dice: random.Random, a_batch: float) -> Outcome:
    began = time.perf_counter()
    unfinished: list[int] = []
    half_done = left = 0
    while len(unfinished) < kills:
        process = _start(files, data)
        if len(unfinished) % 2:
            _wait_for_storing(data, at_most=2 * (_START + a_batch))
            time.sleep(dice.uniform(0, _STORING * a_batch))
        else:
            time.sleep(dice.uniform(0.2, _START + 1.3 * a_batch))
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        if process.wait() == 0:
            raise SystemExit(f"The ingestion ended after {len(unfinished)} kills: take more documents.")
        left += len(psutil.wait_procs(family, timeout=10)[1])
        states = _states(data)
        unfinished.append(states.count("live"))
        half_done += set(states) > {"live"}
        progress(f"kill {len(unfinished)}: {unfinished[-1]} sources stored")
    _finished(files, data)
    return Outcome(len(unfinished), unfinished, half_done, left, time.perf_counter() - began)


def _wait_for_storing(data: Path, *, at_most: float) -> None:
    """First until what an earlier kill left has been swept, then until there is something half-done again."""
    ended = time.monotonic() + at_most
    for half_done in (False, True):
        while time.monotonic() < ended and (not set(_states(data)) <= {"live"}) is not half_done:
            time.sleep(0.01)


def _command(files: Path, data: Path) -> list[str]:
    return [sys.executable, "-m", "ingest", str(files), "--json", "--data", str(data)]


def _start(files: Path, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_command(files, data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _finished(files: Path, data: Path) -> dict[str, Any]:
    done = subprocess.run(_command(files, data), capture_output=True)
    if done.returncode:
        raise SystemExit(f"The ingestion failed: {done.stdout.decode()} {done.stderr.decode()}")
    return dict(json.loads(done.stdout))


def _states(data: Path) -> list[str]:
    """Of every source, as the killed run left it; nothing is opened that would mend it."""
    folder = Settings.load(data=data).collection_folder
    if not holds_documents(folder):
        return []
    try:
        with closing(sqlite3.connect(f"file:{folder}/1/catalogue.sqlite?mode=ro", uri=True)) as catalogue:
            return [state for (state,) in catalogue.execute("SELECT state FROM sources")]
    except sqlite3.OperationalError:  # it is just being made
        return []


def _store(data: Path) -> ChunkStore:
    return open_store(Settings.load(data=data).collection_folder)


def _differing(one: ChunkStore, two: ChunkStore) -> int:
    sources = set(one.sources().items()) ^ set(two.sources().items())
    chunks = set(one.sample(one.count())) ^ set(two.sample(two.count()))
    return len(sources) + len(chunks)


def _alike(one: ChunkStore, two: ChunkStore, questions: Sequence[str]) -> float:
    """int8 rounds a vector by what else is in its batch, so that a tenth hit may be another."""
    embedder = open_embedder(one.embedder, models=Settings.load().models_folder)
    left, right = Retriever(one, embedder), Retriever(two, embedder)
    same = [_places(left, question) & _places(right, question) for question in questions]
    return sum(map(len, same)) / (HITS * len(questions))


def _places(retriever: Retriever, question: str) -> set[str]:
    return {hit.chunk.id for hit in retriever.retrieve(question, k=HITS)}


if __name__ == "__main__":
    main()
