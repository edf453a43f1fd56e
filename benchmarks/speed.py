"""`python -m benchmarks.speed`: ingestion, starts and queries, side by side with the usual stack in one run.

The two ingest the same files, part by part and by turns, each in a process of its own that has imported and loaded
what it needs. The commands are timed as whole fresh processes, and the memory of all of theirs together is watched.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.cost import Spent, watched
from benchmarks.data import EVAL, eval_sets
from benchmarks.files import write_library
from benchmarks.ingestion import OURS, STACK, alone
from benchmarks.pool import progress
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from phi_assistant.assistant import Assistant
from phi_assistant.embeddings import open_embedder
from phi_assistant.embeddings.base import Embedder
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import Settings
from phi_assistant.store import open_store

HEADING = "Speed"
DOCS = EVAL.parent / "docs"
STARTS, QUERIES = 7, 200


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, help="the folder of the sets")
    parser.add_argument("--docs", type=Path, default=DOCS, help="a folder of real documents")
    parser.add_argument("--parts", type=int, default=2, help="of the files, which the two ingest in turn")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="speed-") as scratch:
        parts = _measured(Path(scratch), chosen.eval, chosen.docs, chosen.parts)
    parts.insert(0, conditions(command("benchmarks.speed")))
    print("\n\n".join(parts))
    write_section(HEADING, parts)


def _measured(scratch: Path, eval_folder: Path, docs: Path, parts: int) -> list[str]:
    sets = eval_sets(eval_folder)
    folders = write_library(list(sets.values()), docs, scratch / "files", parts=parts)
    models = Settings.load().models_folder
    embedder = open_embedder(models=models)
    rounds = _rounds(folders, scratch)
    questions = [query.question for query in sets["doc2dial"].queries()[:QUERIES]]
    queries, retrieve = _queries(scratch / OURS, embedder, questions)
    processes, again, grown, memory = _processes(scratch / "files", scratch, models)
    starts, help_s, ask_s = _starts(scratch, models)
    asked = [
        Bar("files", sum(each.files for each in rounds), 1000),
        Bar("ingestion, times the usual stack's characters a second", _ratio(rounds), 3),
        Bar("memory of all its processes together", memory / 1e9, 1.5, at_most=True, unit=" GB"),
        Bar("the same for twice as many files, in parts of that", grown, 1.25, at_most=True),
        Bar("an unchanged folder, in parts of the first time (one process each)", again, 0.02, at_most=True),
        Bar("`phi-assistant --help`", help_s, 0.4, at_most=True, unit=" s"),
        Bar("`phi-assistant ask`, a fresh process", ask_s, 2.5, at_most=True, unit=" s"),
        Bar("a query inside a process, median", 1000 * retrieve, 40, at_most=True, unit=" ms"),
    ]
    ingestion = f"### Ingestion\n\n{_compared(rounds)}\n\n{processes}"
    return [bars(asked), ingestion, f"### Starts\n\n{starts}", f"### Queries\n\n{queries}"]


@dataclass(frozen=True)
class Round:
    """A part of the files, ingested by both."""

    files: int
    size: int
    """Characters that the usual stack's loaders give: what both are counted by."""
    ours: Spent
    theirs: Spent

    @property
    def ratio(self) -> float:
        return self.theirs.seconds / self.ours.seconds


def _rounds(folders: Sequence[Path], scratch: Path) -> list[Round]:
    """Each part in turn, by turns ours first and theirs first; both stores grow from part to part."""
    rounds = []
    for number, folder in enumerate(folders):
        order = (OURS, STACK) if number % 2 else (STACK, OURS)
        spent = {which: alone(which, folder, scratch / which) for which in order}
        own, peers = spent[OURS], spent[STACK]
        files = sum(file.is_file() for file in folder.rglob("*"))
        rounds.append(Round(files, peers.result, own, peers))
        progress(f"part {number + 1}: ours {own}, usual stack {peers}")
    return rounds


def _ratio(rounds: Sequence[Round]) -> float:
    return sum(each.theirs.seconds for each in rounds) / sum(each.ours.seconds for each in rounds)


def _compared(rounds: Sequence[Round]) -> str:
    size = sum(each.size for each in rounds)
    rows: list[Sequence[str | float]] = []
    for name, spent in ((STACK, [r.theirs for r in rounds]), (OURS, [r.ours for r in rounds])):
        seconds, work = sum(each.seconds for each in spent), sum(each.processor for each in spent)
        ratio = f"{_ratio(rounds):.2f}" if name == OURS else "1"
        rows.append([name, f"{seconds:.1f}", f"{work:.1f}", f"{size / seconds:,.0f}", ratio])
    shown = ", ".join(f"{each.ratio:.2f}" for each in rounds)
    files = sum(each.files for each in rounds)
    note = (
        f"{files:,} files of five formats, {size:,} characters as the stack's loaders give them; median of the ratios "
        f"of the parts {median(each.ratio for each in rounds):.2f} ({shown}). Both read, split, embed and store; ours "
        "also reads each file in a process apart, indexes words, and fits the threshold after each part."
    )
    return f"{table(['', 'seconds', 'processor seconds', 'characters a second', 'ratio'], rows)}\n\n{note}"


def _processes(files: Path, scratch: Path, models: Path) -> tuple[str, float, float, int]:
    """`phi-assistant ingest` as a process: the folder for the first time, again, and in a collection twice as large.

    A text, the seconds again in parts of the first, memory of the second in parts of the first, and the most.
    """
    with watched(own=False) as small:
        first = _process(_ingestion(files, scratch / "data"), models, codes=(0, 1))
    again = median(_process(_ingestion(files, scratch / "data"), models, codes=(0, 1)) for _ in range(STARTS))
    twice = scratch / "twice"
    for copy in ("one", "two"):
        shutil.copytree(files, twice / copy)
    with watched(own=False) as large:
        second = _process(_ingestion(twice, scratch / "data-twice"), models, codes=(0, 1))
    rows = [
        ["the folder", f"{first:.1f}", f"{small[0] / 1e6:,.0f}"],
        ["again, unchanged", f"{again:.2f}", ""],
        ["two copies of it", f"{second:.1f}", f"{large[0] / 1e6:,.0f}"],
    ]
    shown = table(["`phi-assistant ingest` as a process", "seconds", "memory at most, MB"], rows)
    return shown, again / first, large[0] / small[0], max(small[0], large[0])


def _ingestion(files: Path, data: Path) -> list[str]:
    return ["-m", "ingest", str(files), "--data", str(data), "--json"]


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
    stack = [_process(["-c", _START, str(scratch / STACK)], models) for _ in range(3)]
    rows = [
        ["phi-assistant --help", f"{median(helped):.2f}"],
        ["phi-assistant ask", f"{median(asked):.2f}"],
        ["usual stack: import, load, one query", f"{median(stack):.2f}"],
    ]
    return table(["a fresh process", "seconds"], rows), median(helped), median(asked)


_START = """
import sys
from pathlib import Path
from benchmarks.peer import Peer
peer = Peer(Path(sys.argv[1]))
peer.open()
peer.find("Do I need insurance?", 10)
"""


def _process(arguments: Sequence[str], models: Path, codes: Sequence[int] = (0,)) -> float:
    """Seconds of a fresh Python. Raises if it ends with none of these codes: 1 is a file that could not be read."""
    environment = {"PHI_ASSISTANT_MODELS": str(models), "PATH": "", "HF_HUB_OFFLINE": "1"}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, cwd=Path(__file__).parents[1], env=environment
    )
    seconds = perf_counter() - began
    if done.returncode not in codes:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
    return seconds


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _spread(seconds: Sequence[float]) -> list[str]:
    return [f"{1000 * median(seconds):.1f}", f"{1000 * quantiles(seconds, n=20)[-1]:.1f}"]


if __name__ == "__main__":
    main()
