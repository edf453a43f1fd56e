"""Many people asking at once: sessions of the front end, each asking again as soon as its answer is drawn.

    python -m benchmarks.front_end                         20 sessions for 3 minutes, kept in RESULTS.md
    python -m benchmarks.front_end --sessions 50 --seconds 600 --url http://127.0.0.1:8501 --keep-as "In containers"
    python -m benchmarks.front_end --sessions 200 --seconds 300 --pause 20

Starts `phi-assistant ui` on the demo's help pages with the extractive answerer, or asks one that runs with them, as
containers do, and wants nobody to sign in. Without a pause each session has a question in flight at every moment, or
opens the page for a new conversation; nobody reads or thinks, so that as many people load it far less. With one, each
reads so many seconds on average before the next question. A time is from the sending of a question to a page at rest
with its answer on it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.front_end_session import session
from benchmarks.results import Bar, bars, command, conditions, table, write_section

ROOT = Path(__file__).parents[1]
HEADING = "The front end"
SESSIONS, SECONDS, LATEST_S = 20, 180.0, 2.0
QUESTIONS = (
    "How long do I have to return something?",
    "What does error code E3 mean?",
    "How often do I need to descale?",
    "How long does the warranty on the pump last?",
    "Can I pay by invoice?",
    "How much is shipping to Germany?",
    "Can I cancel my order?",
    "When is the workshop open?",
    "How do I reset my password?",
    "How long is a gift card valid?",
    "Which grind setting is right for espresso?",
    "What do I get with Drops?",
    "Who painted the Mona Lisa?",
)
"""Asked in turn, by each session from another one on; the last is refused."""
CONVERSATION = 5
"""How many a session asks before it begins another conversation, in a browser that was never here."""
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Front:
    """A front end that is asked."""

    url: str
    process: psutil.Process | None = None
    """None where somebody else started it."""

    def processor(self) -> float:
        """The seconds that it and its children have taken of the cores."""
        family = [self.process, *self.process.children(recursive=True)] if self.process else []
        return sum(sum(each.cpu_times()[:2]) for each in family)


@dataclass(frozen=True)
class Asked:
    """What came of it."""

    times: list[float]
    failures: list[str]
    seconds: float
    front: float
    """Seconds of processor that the front end took."""
    own: float
    """The same of those who asked."""
    others: float
    """The share of the machine that other programs took meanwhile."""

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100)[percent - 1] if len(self.times) > 1 else 0.0


async def asking(
    url: str, until: float, times: list[float], failures: list[str], *, first: int = 0, pause: float = 0.0
) -> None:
    """One conversation after another; how long each answer took."""
    await _read(pause, until)
    questions = itertools.islice(itertools.cycle(QUESTIONS), first, None)
    while time.monotonic() < until:
        try:
            async with session(url) as each:
                for number, question in enumerate(itertools.islice(questions, CONVERSATION), 1):
                    began = time.monotonic()
                    await each.draw(typed=question)
                    await each.until_drawn(number)
                    times.append(time.monotonic() - began)
                    await _read(pause, until)
                    if time.monotonic() > until:
                        return
        except Exception as exc:  # whatever it is, somebody got no answer
            failures.append(f"{type(exc).__name__}: {exc}")
            await asyncio.sleep(1)  # else one that is away is counted 17 times a second by each


async def _read(pause: float, until: float) -> None:
    """Waits as somebody does who takes so long on average, and not beyond the end."""
    if pause:
        await asyncio.sleep(min(random.expovariate(1 / pause), max(0.0, until - time.monotonic())))


async def asked(front: Front, *, sessions: int, seconds: float, pause: float) -> Asked:
    """All sessions at once."""
    await asking(front.url, time.monotonic() + 1, [], [])  # the first one opens what all share
    times, failures = list[float](), list[str]()
    began, before, own, all_ = time.monotonic(), front.processor(), time.process_time(), _busy()
    until = began + seconds
    await asyncio.gather(*(asking(front.url, until, times, failures, first=at, pause=pause) for at in range(sessions)))
    took, spent, own = time.monotonic() - began, front.processor() - before, time.process_time() - own
    others = (_busy() - all_ - spent - own) / (took * (psutil.cpu_count() or 1))
    return Asked(times, failures, took, spent, own, max(0.0, others))


def _busy() -> float:
    """The seconds that the machine's cores have worked."""
    spent = psutil.cpu_times()
    return float(spent.user + spent.system + getattr(spent, "nice", 0.0))


@contextlib.contextmanager
def front(data: Path) -> Iterator[Front]:
    """A front end on the demo's help pages."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = [sys.executable, "-m", "phi_assistant"]
    flags = ["--data", str(data), "--collection", "demo-support"]
    subprocess.run([*program, "ingest", str(ROOT / "demo" / "support"), *flags], check=True, stdout=subprocess.DEVNULL)
    command = [*program, "ui", "--no-browser", "--port", str(port), *flags, "--model", "extractive"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OLLAMA_HOST": "127.0.0.1:9"})
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/_stcore/health").status_code == 200:
                    break
            time.sleep(0.2)
        yield Front(url, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def shown(result: Asked, sessions: int, pause: float) -> list[str]:
    """The bars, then what there is to know besides."""
    p95, answers = result.percentile(95), max(1, len(result.times))
    rows: list[tuple[str, str | float]] = [
        ("sessions", str(sessions)),
        *([("seconds that each reads", f"{pause:g}")] if pause else []),
        ("seconds", f"{result.seconds:.0f}"),
        ("answers", f"{len(result.times):,}"),
        ("answers a second", f"{len(result.times) / result.seconds:.1f}"),
        ("an answer, median", f"{result.percentile(50):.2f} s"),
        ("p95", f"{p95:.2f} s"),
        ("p99", f"{result.percentile(99):.2f} s"),
        ("longest", f"{max(result.times, default=0.0):.2f} s"),
        ("processor for an answer, the front end", f"{result.front / answers * 1000:.0f} ms" if result.front else "–"),
        ("processor for an answer, who asks", f"{result.own / answers * 1000:.0f} ms"),
    ]
    if result.front:
        rows.append(("of the machine, other programs took", f"{result.others:.0%}"))
    failed = [f"First failure: {each}" for each in result.failures[:1]]
    asked_for = [Bar("questions without an answer", len(result.failures), 0, at_most=True)]
    if sessions == SESSIONS and not pause:
        asked_for.append(Bar(f"an answer with {sessions} sessions asking, p95", p95, LATEST_S, at_most=True, unit=" s"))
    return [bars(asked_for), table(["", "measured"], rows), *failed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that somebody reads, on average")
    parser.add_argument("--url", help="of one that runs")
    parser.add_argument("--keep-as", metavar="HEADING", help="the section of RESULTS.md that is written anew")
    flags = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if flags.url:
            running = Front(flags.url.rstrip("/"))
        else:
            running = stack.enter_context(front(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        result = asyncio.run(asked(running, sessions=flags.sessions, seconds=flags.seconds, pause=flags.pause))
    parts = [conditions(command("benchmarks.front_end")), *shown(result, flags.sessions, flags.pause)]
    print("\n\n".join(parts))
    if heading := flags.keep_as or (HEADING if len(sys.argv) == 1 else None):
        write_section(heading, parts)


if __name__ == "__main__":
    main()
