"""`python -m benchmarks.onnx`: ChatPhiOnnx beside a bare loop over the same runtime, and beside transformers.

The same prompts, the same greedy tokens (which is checked), in one run. `--full` takes the shape of Phi-3.5-mini
instead of one of 222 million parameters; `--quick` is a short look.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.child import Json
from benchmarks.onnx_loops import LOGITS, NEXT
from benchmarks.onnx_models import CACHE, FULL, LONG, SMALL, Words
from benchmarks.onnx_rounds import (
    ALL,
    ALONE,
    APART,
    BATCH,
    DEFAULT,
    OURS,
    PEER,
    Begun,
    Lengths,
    Round,
    Stacks,
    crossing,
    follow_ups,
    gaps,
    newcomers,
    rate,
    rounds,
    together,
)
from benchmarks.results import Bar, Row, bars, command, conditions, table, write_section

HEADINGS = {SMALL.name: "A chat model, 222 million parameters", FULL.name: "A chat model, the shape of Phi-3.5-mini"}
LENGTHS = {
    SMALL.name: Lengths(prompt=400, answer=128, rounds=9, few=5),
    FULL.name: Lengths(prompt=200, answer=32, rounds=3, few=1),
}
MEMORY = "1GB"
"""For conversations, where memory is measured: full after a few of them."""


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="the folder where models are made and kept")
    parser.add_argument(
        "--full", action="store_true", help="the shape of Phi-3.5-mini: 2.3 GB, and as much memory thrice"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds, nothing written down")
    chosen = parser.parse_args()
    began = perf_counter()
    parts = _measured(chosen)
    parts.insert(0, f"{conditions(command('benchmarks.onnx'))}\n- seconds: {perf_counter() - began:.0f}")
    print("\n\n".join(parts))
    if not chosen.quick:
        write_section(HEADINGS[(FULL if chosen.full else SMALL).name], parts)


def _measured(chosen: Namespace) -> list[str]:
    shape = FULL if chosen.full else SMALL
    lengths = LENGTHS[shape.name]
    if chosen.quick:
        lengths = replace(lengths, rounds=2, few=1)
    words = Words(seed=11)
    with Stacks(shape, chosen.cache) as stacks:
        loops = stacks.choose_loop(words, lengths)
        asked = [
            _speed(rounds(stacks, words, lengths), loops),
            _follow_up(follow_ups(stacks, words, lengths)),
            _people(newcomers(stacks, words, lengths), together(stacks, words, lengths)),
            _stalls(gaps(stacks, words, lengths)),
        ]
    if not chosen.full:
        asked.append(_switch(chosen.cache, words))
        asked.append(_memory(chosen.cache, words, 30 if chosen.quick else 200))
    return [bars(bar for found, _ in asked for bar in found), *(text for _, text in asked)]


Section = tuple[list[Bar], str]


def _speed(found: Sequence[Round], loops: dict[str, float]) -> Section:
    decode = {name: median(rate(each[OURS]) / rate(each[name]) for each in found) for name in found[0]}
    first = {name: median(each[OURS]["first_s"] / each[name]["first_s"] for each in found) for name in found[0]}
    gap = median(rate(each[ALL]) / rate(each[DEFAULT]) for each in found)
    asked = [
        Bar("decode, in parts of the bare loop's tokens a second, all cores", decode[ALL], 0.97),
        Bar("first token, in parts of the bare loop's", first[ALL], 1.05, at_most=True),
        Bar(
            f"decode, times the bare loop's with default threads (which gains {gap:.2f} by all cores; 3 where it does)",
            decode[DEFAULT],
            round(min(3, 0.97 * gap), 2),
        ),
    ]
    rows: list[Row] = [
        [
            name,
            f"{1000 * median(each[name]['first_s'] for each in found):,.0f}",
            f"{median(rate(each[name]) for each in found):.1f}",
            f"{first[name]:.3f}",
            f"{decode[name]:.3f}",
        ]
        for name in (OURS, ALL, DEFAULT, PEER)
    ]
    header = ["", "first token, ms", "tokens a second", "ours, first token, in parts of it", "ours, decode, times it"]
    ways = ", ".join(f"`{how}` {speed:.1f}" for how, speed in loops.items())
    spread = ", ".join(f"{rate(each[OURS]) / rate(each[ALL]):.3f}" for each in found)
    note = (
        f"Medians of {len(found)} rounds, and of the ratios within them (decode: {spread}). Two ways to write a bare "
        f"loop were tried first, in tokens a second: {ways}; the faster is compared with. Every answer of ours was, "
        "token by token, the loop's."
    )
    return asked, f"### One at a time\n\n{table(header, rows)}\n\n{note}"


def _follow_up(found: Sequence[Round]) -> Section:
    sooner = median(each["fresh"]["first_s"] / each[OURS]["first_s"] for each in found)
    names = {OURS: "follow-up", "fresh": "as long, never read", PEER: "follow-up", f"{PEER}, fresh": "the first turn"}
    rows = [
        [PEER if PEER in name else OURS, what, f"{1000 * median(each[name]['first_s'] for each in found):,.0f}"]
        for name, what in names.items()
    ]
    asked = [Bar("follow-up of 60 tokens after 1,500: first token, times sooner than if all is read", sooner, 10)]
    note = f"Ours read {found[-1][OURS]['read']} tokens of {found[-1][OURS]['prompt']:,}."
    return asked, f"### A follow-up\n\n{table(['', 'what', 'first token, ms'], rows)}\n\n{note}"


def _people(found: Sequence[Round], begun: Sequence[Begun]) -> Section:
    later = {name: median(each[name]["first_s"] / each[ALONE]["first_s"] for each in found) for name in (APART, BATCH)}
    total = {name: median(each[name]["per_s"] / rate(each[ALONE]) for each in found) for name in (APART, BATCH)}
    gain = {people: median(each.ours[people] / each.ours[1] for each in begun) for people in (2, 3, 4)}
    outlived = sum(each[name]["outlived"] for each in found for name in (APART, BATCH))
    asked = [
        *(Bar(f"a newcomer {name}: first token, in parts of alone", later[name], 2.5, True) for name in later),
        *(
            Bar(f"all four, three {name[12:]}, in parts of one alone's tokens a second", total[name], 1)
            for name in total
        ),
        *(Bar(f"{people} that start together, in parts of one alone", each, 1.8) for people, each in gain.items()),
    ]
    rows = [
        [name, f"{1000 * median(each[name]['first_s'] for each in found):,.0f}", f"{median(map(speed, found)):.1f}"]
        for name, speed in (
            (ALONE, lambda each: rate(each[ALONE])),
            (APART, lambda each: float(each[APART]["per_s"])),
            (BATCH, lambda each: float(each[BATCH]["per_s"])),
        )
    ]
    shown = table(["a newcomer", "first token, ms", "tokens a second, all together"], rows)
    counts = [[str(people), *(f"{median(each):.1f}" for each in _both(begun, people))] for people in (1, 2, 3, 4)]
    starts = table(["that start together, tokens a second of whole calls", OURS, "the bare runtime"], counts)
    note = f"In {outlived} of {2 * len(found)} rounds the three were being answered until the newcomer's last token."
    return asked, f"### Several people\n\n{shown}\n\n{note}\n\n{starts}\n\n{_alike(begun)}"


def _both(begun: Sequence[Begun], people: int) -> tuple[list[float], list[float]]:
    return [each.ours[people] for each in begun], [each.bare[people] for each in begun]


def _alike(begun: Sequence[Begun]) -> str:
    same = [each for one in begun for each in one.same]
    return (
        "The bare runtime: a loop for one, its Engine for several, whole as well. "
        f"{sum(same)} of {len(same)} answers were the same, token by token; where two tokens are nearly as likely, "
        "a call that was moved into a batch, and so read again, may take the other."
    )


def _stalls(found: Json) -> Section:
    asked = [
        Bar(f"longest stall of {who} while 1,500 tokens are read", 1000 * found[key], 50, at_most=True, unit=" ms")
        for who, key in (("another thread", "thread"), ("the event loop", "loop"))
    ]
    text = f"A bare loop in the caller's own process stalled another thread for {1000 * found['bare']:,.0f} ms."
    return asked, f"### Stalls\n\n{text}"


def _switch(cache: Path, words: Words) -> Section:
    with Stacks(LONG, cache, peer=False, options=["--context-length", str(LONG.context)]) as stacks:
        found = crossing(stacks, words)
    names = {OURS: OURS, LOGITS: f"bare loop, `{LOGITS}`", NEXT: f"bare loop, `{NEXT}`"}
    rows = [[name, f"{1000 * found[key]:,.0f}"] for key, name in names.items()]
    asked = [Bar("longest pause in an answer that grows past 4,097 tokens", 1000 * found[OURS], 250, True, " ms")]
    return asked, f"### Past 4,097 tokens\n\n{table(['8k context', 'longest pause between tokens, ms'], rows)}"


def _memory(cache: Path, words: Words, number: int) -> Section:
    """Flat: what the worker holds after the twentieth conversation is the most that it ever holds, nearly."""
    with Stacks(SMALL, cache, peer=False, options=["--cache-memory", MEMORY]) as stacks:
        found = stacks.ask(OURS, "conversations", number=number, turns=5, seed=12)
    own, resident = np.array(found["own"]) / 1e6, np.array(found["resident"]) / 1e6
    later = own[20:]
    slope = float(np.polyfit(np.arange(len(later)), later, 1)[0])
    asked = [Bar(f"memory over {number} conversations, in parts of that after 20", later.max() / own[19], 1.05, True)]
    rows = [
        [str(at), f"{own[at - 1]:,.0f}", f"{resident[at - 1]:,.0f}"]
        for at in (1, 5, 10, 20, 50, 100, 200)
        if at <= number
    ]
    header = ["after so many conversations of 5 turns", "memory of the worker, MB", "and pages of the weights' file"]
    shown = table(header, rows)
    note = (
        f"With {MEMORY} for conversations. After the first 20: at most {later.max() - own[19]:+.1f} MB, slope "
        f"{1000 * slope:.0f} kB a conversation; {found['sessions']} sessions kept, {found['evicted']} evicted, "
        f"{found['reused']:,} tokens not read again. What the bar is about is without the file of the weights, which "
        "is mapped: the system reads a page of it for each word that was never seen before."
    )
    return asked, f"### Memory\n\n{shown}\n\n{note}"


if __name__ == "__main__":
    main()
