"""`python -m benchmarks.ollama`: ChatPhiOllama beside the bare `ollama` client, and ten thousand calls with faults.

The server is the test server, in a process of its own. `--quick` is a short look.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter, sleep

from benchmarks.child import Child, Json
from benchmarks.ollama_server import PACE_S, TOKENS
from benchmarks.pool import progress
from benchmarks.results import Bar, Row, bars, command, conditions, table, write_section

HEADING = "ChatPhiOllama"
AS_FAST = 1.1
OURS, BARE = "ours", "bare"
CALLS, SHARE, TIMEOUT_S = 10_000, 0.05, 2.0


@dataclass(frozen=True)
class Case:
    """What is timed: so many calls of a model, by so many callers."""

    name: str
    model: str
    what: str
    callers: int
    number: int
    per: int
    """What the seconds are divided by: calls, or their tokens."""


def _cases(quick: bool) -> list[Case]:
    found = []
    for callers, what, who in ((1, "threads", "1 caller"), (16, "threads", "16 threads"), (16, "tasks", "16 tasks")):
        rounds = 1 if quick else 2 if callers > 1 else 8
        tokens, calls = callers * rounds, callers * max(1, rounds // 2)
        found += [
            Case(f"a token, {who}", "fast", what, callers, tokens, tokens * TOKENS["fast"]),
            Case(f"a call, {who}", "paced", what, callers, calls, calls),
            Case(f"a call without a model, {who}", "short", what, callers, 20 * tokens, 20 * tokens),
        ]
    return found


class Stacks:
    """The three processes."""

    def __init__(self, server: Child, callers: dict[str, Child], address: str) -> None:
        self.server, self.callers, self.address = server, callers, address

    def seconds(self, case: Case, stack: str, how: str) -> float:
        """Per call or token."""
        asked = {"model": case.model, "how": how, "callers": case.callers, "number": case.number}
        return float(self.callers[stack].ask(case.what, **asked)) / case.per


@contextmanager
def _stacks() -> Iterator[Stacks]:
    with ExitStack() as stack:
        server = stack.enter_context(Child("benchmarks.ollama_server", environment={}))
        address = server.ask("start")
        callers = {
            name: stack.enter_context(Child("benchmarks.ollama_calls", name, address, environment={}))
            for name in (OURS, BARE)
        }
        yield Stacks(server, callers, address)
        server.ask("stop")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, nothing written down")
    quick = parser.parse_args().quick
    began = perf_counter()
    with _stacks() as stacks:
        speed, shown = _speed(stacks, _cases(quick), rounds=2 if quick else 5)
        endured, told = _endured(stacks, CALLS // 10 if quick else CALLS)
    parts = [
        f"{conditions(command('benchmarks.ollama'))}\n- seconds: {perf_counter() - began:.0f}",
        bars([*speed, *endured]),
        shown,
        told,
    ]
    print("\n\n".join(parts))
    if not quick:
        write_section(HEADING, parts)


def _speed(stacks: Stacks, cases: list[Case], rounds: int) -> tuple[list[Bar], str]:
    asked: list[Bar] = []
    rows: list[Row] = []
    for case in cases:
        found = [_round(case, stacks.seconds, first=number % 3) for number in range(rounds)]
        streamed, whole = (median(each[how] / each[BARE] for each in found) for how in ("stream", "invoke"))
        times = [f"{1e6 * median(each[how] for each in found):,.0f}" for how in (BARE, "stream", "invoke")]
        rows.append([case.name, *times, f"{streamed:.3f}", f"{whole:.3f}"])
        progress(f"{case.name}: stream {streamed:.3f}, invoke {whole:.3f}")
        if case.model != "short":
            asked.append(
                Bar(f"{case.name}, in parts of the bare client's", max(streamed, whole), AS_FAST, at_most=True)
            )
    header = ["", "bare client, µs", "`stream`, µs", "`invoke`, µs", "`stream`, in parts", "`invoke`, in parts"]
    note = (
        f"Medians of {rounds} rounds, and of the ratios within them; of `stream` and `invoke` the slower one counts. "
        f"A token: answers of {TOKENS['fast']:,} as fast as the server can. A call: {TOKENS['paced']} tokens at "
        f"{1 / PACE_S:.0f} a second. Without a model: {TOKENS['short']} tokens at once, where most of the difference "
        "is LangChain's own work for a call. Every text was compared."
    )
    return asked, f"### Time\n\n{table(header, rows)}\n\n{note}\n\n{_pieces(stacks)}"


def _pieces(stacks: Stacks) -> str:
    """What a chunk costs, and how many there are."""
    ours = stacks.callers[OURS]
    each = 1e6 * float(ours.ask("machinery", number=20))
    fast, paced = (ours.ask("pieces", model=model, number=5) for model in ("fast", "paced"))
    return (
        f"langchain-core itself takes {each:.0f} µs for a chunk of `stream`, with a model that does nothing. So lines "
        "that are here already when somebody asks for the next chunk become one; none waits for another. An answer of "
        f"{TOKENS['fast']:,} tokens as fast as the server can had {fast:,.0f} chunks, one of {TOKENS['paced']} at "
        f"{1 / PACE_S:.0f} a second {paced:.0f}, the last of them without text."
    )


def _round(case: Case, seconds: Callable[[Case, str, str], float], *, first: int) -> dict[str, float]:
    """Each once, by turns who is first."""
    order = [(BARE, "stream", BARE), (OURS, "stream", "stream"), (OURS, "invoke", "invoke")]
    return {name: seconds(case, stack, how) for stack, how, name in order[first:] + order[:first]}


def _endured(stacks: Stacks, calls: int) -> tuple[list[Bar], str]:
    stacks.server.ask("spoil", share=SHARE)
    began = perf_counter()
    found: Json = stacks.callers[OURS].ask("endure", number=calls, callers=16, timeout=TIMEOUT_S)
    seconds = perf_counter() - began
    stacks.server.ask("spoil", share=0.0)
    sleep(1.0)  # for the server to notice who has gone
    state: Json = stacks.server.ask("state")
    errors = {name: count for name, count in found.items() if name.startswith("Model")}
    asked = [
        Bar("calls that ended in a wrong text or an untyped error", found.get("wrong", 0), 0, at_most=True),
        Bar(f"calls that took longer than their {TIMEOUT_S:g} s", found["late"], 0, at_most=True),
        Bar("sockets left, here and there", found["sockets"] + state["connections"], 0, at_most=True),
        Bar("tasks and answers left", found["tasks"] + state["active"], 0, at_most=True),
    ]
    typed = ", ".join(f"{name} {count}" for name, count in sorted(errors.items())) or "none"
    ended = found.get("right", 0) + found.get("wrong", 0) + sum(errors.values())
    text = (
        f"{ended:,} of {calls:,} calls ended, in {seconds:.0f} seconds, half of them by 16 threads and half by 16 "
        f"tasks; {state['faults']:,} were spoiled (refused, reset before and in the answer, half a line, 503, stalled "
        f"before and in the answer). Right: {found.get('right', 0):,}. Typed errors: {typed}."
    )
    asked.insert(0, Bar("calls that ended", ended, calls))
    return asked, f"### Faults\n\n{text}"


if __name__ == "__main__":
    main()
