"""`python -m benchmarks.speed`: ingestion, starts and queries, side by side with the usual stack in one run.

The two ingest the same files in turn, several times, after both have imported and loaded what they need; what
counts is the median of the ratios. The commands are timed as whole fresh processes.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.data import EVAL, eval_sets, write_files
from benchmarks.peer import Peer, read_texts
from benchmarks.pool import Silent, progress
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from ingest.load import load
from ingest.run import run
from phi_assistant.assistant import Assistant
from phi_assistant.embeddings import open_embedder
from phi_assistant.embeddings.base import Embedder
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import Settings
from phi_assistant.store import open_store

HEADING = "Speed"
SETS = ("doc2dial", "squad2")
STARTS, QUERIES = 7, 200


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, help="the folder of the sets")
    parser.add_argument("--rounds", type=int, default=3, help="how often the two ingest in turn")
    chosen = parser.parse_args()
    with TemporaryDirectory() as scratch:
        parts = _measured(Path(scratch), chosen.eval, chosen.rounds)
    parts.insert(0, conditions(command("benchmarks.speed")))
    print("\n\n".join(parts))
    write_section(HEADING, parts)


def _measured(scratch: Path, eval_folder: Path, rounds: int) -> list[str]:
    sets = eval_sets(eval_folder)
    files = write_files([sets[name] for name in SETS], scratch / "files")
    models = Settings.load().models_folder
    embedder = open_embedder(models=models)
    ingestion, ratios, first = _ingestion(files, scratch, embedder, rounds)
    unchanged, again = _unchanged(files, scratch, models)
    questions = [query.question for query in sets["doc2dial"].queries()[:QUERIES]]
    queries, retrieve = _queries(scratch / "ours-0", embedder, questions)
    starts, help_s, ask_s = _starts(scratch, models)
    asked = [
        Bar("ingestion, times the usual stack's characters a second", median(ratios), 2.5),
        Bar("an unchanged folder, in parts of the first time (one process each)", again, 0.02, at_most=True),
        Bar("`phi-assistant --help`", help_s, 0.4, at_most=True, unit=" s"),
        Bar("`phi-assistant ask`, a fresh process", ask_s, 2.5, at_most=True, unit=" s"),
        Bar("a query inside a process, median", 1000 * retrieve, 40, at_most=True, unit=" ms"),
    ]
    shown = [f"### Ingestion\n\n{ingestion}\n\n{unchanged}", f"### Starts\n\n{starts}", f"### Queries\n\n{queries}"]
    progress(f"first in-process ingestion: {first:.1f} s")
    return [bars(asked), *shown]


def _ingestion(files: Path, scratch: Path, embedder: Embedder, rounds: int) -> tuple[str, list[float], float]:
    """A table, the ratios of characters a second, and the seconds of our first round."""
    texts = read_texts(files)
    size = sum(map(len, texts.values()))
    load(next(file for file in files.rglob("*.txt")))  # imports the readers
    Peer(scratch / "warm").fill({"warm": "up"})
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(_seconds(partial(_ingest, files, scratch / f"ours-{number}", embedder)))
        peer = Peer(scratch / f"peer-{number}")
        theirs.append(_seconds(partial(peer.fill, texts)))
        progress(f"round {number + 1}: ours {ours[-1]:.1f} s, usual stack {theirs[-1]:.1f} s")
    ratios = [peer / own for own, peer in zip(ours, theirs, strict=True)]
    rows: list[Sequence[str | float]] = [
        ["usual stack", f"{median(theirs):.1f}", f"{size / median(theirs):,.0f}", "1"],
        ["phi-assistant", f"{median(ours):.1f}", f"{size / median(ours):,.0f}", f"{median(ratios):.2f}"],
    ]
    note = f"{len(texts)} files, {size:,} characters; ratios of the rounds: {', '.join(f'{r:.2f}' for r in ratios)}."
    note += " Ours reads, splits, embeds and stores the files and fits the threshold; the stack splits, embeds, stores."
    return f"{table(['', 'seconds', 'characters a second', 'ratio'], rows)}\n\n{note}", ratios, ours[0]


def _ingest(files: Path, folder: Path, embedder: Embedder) -> None:
    with open_store(folder, create=True) as store:
        run([files], store, lambda: embedder, Silent())


def _unchanged(files: Path, scratch: Path, models: Path) -> tuple[str, float]:
    """`phi-assistant ingest` as a process, for the first time and again."""
    arguments = ["-m", "ingest", str(files), "--data", str(scratch / "data"), "--json"]
    first = _process(arguments, models)
    again = median(_process(arguments, models) for _ in range(STARTS))
    return f"As processes: {first:.1f} s the first time, {again:.2f} s again ({again / first:.1%}).", again / first


def _queries(folder: Path, embedder: Embedder, questions: Sequence[str]) -> tuple[str, float]:
    with open_store(folder) as store:
        retriever = Retriever(store, embedder)
        assistant = Assistant(retriever, ExtractiveAnswerer(store.analyzer))
        retriever.retrieve(questions[0])
        found = [_seconds(partial(retriever.retrieve, q)) for q in questions]
        answered = [_seconds(partial(assistant.ask, q)) for q in questions]
    rows = [[name, *_spread(times)] for name, times in (("retrieve", found), ("answer", answered))]
    return table(["milliseconds", "median", "p95"], rows), median(found)


def _starts(scratch: Path, models: Path) -> tuple[str, float, float]:
    helped = [_process(["-m", "phi_assistant", "--help"], models) for _ in range(STARTS)]
    ask = ["-m", "phi_assistant", "ask", "Do I need insurance?", "--data", str(scratch / "data"), "--json"]
    asked = [_process(ask, models) for _ in range(STARTS)]
    stack = [_process(["-c", _STACK, str(scratch / "peer-0")], models) for _ in range(3)]
    rows = [
        ["phi-assistant --help", f"{median(helped):.2f}"],
        ["phi-assistant ask", f"{median(asked):.2f}"],
        ["usual stack: import, load, one query", f"{median(stack):.2f}"],
    ]
    return table(["a fresh process", "seconds"], rows), median(helped), median(asked)


_STACK = """
import sys
from pathlib import Path
from benchmarks.peer import Peer
peer = Peer(Path(sys.argv[1]))
peer.open()
peer.find("Do I need insurance?", 10)
"""


def _process(arguments: Sequence[str], models: Path) -> float:
    """Seconds of a fresh Python. Raises if it fails."""
    environment = {"PHI_ASSISTANT_MODELS": str(models), "PATH": "", "HF_HUB_OFFLINE": "1"}
    began = perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[1],
        env=environment,
    )
    return perf_counter() - began


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _spread(seconds: Sequence[float]) -> list[str]:
    return [f"{1000 * median(seconds):.1f}", f"{1000 * quantiles(seconds, n=20)[-1]:.1f}"]


if __name__ == "__main__":
    main()
