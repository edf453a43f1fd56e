"""When things came, and how long other threads and the event loop stood still meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import Event, Thread
from time import perf_counter, sleep

TICK = 0.001


def spans(began: float, times: Sequence[float]) -> dict[str, float]:
    """Seconds until the first, from that to the last, and the longest between two."""
    pauses = [late - early for early, late in pairwise(times)]
    return {"first_s": times[0] - began, "rest_s": times[-1] - times[0], "pause_s": max(pauses, default=0.0)}


@contextmanager
def watched_thread() -> Iterator[list[float]]:
    """The longest that a thread which wants to run every millisecond had to wait inside the block."""
    longest, ended = [0.0], Event()

    def tick() -> None:
        last = perf_counter()
        while not ended.is_set():
            sleep(TICK)
            now = perf_counter()
            longest[0], last = max(longest[0], now - last), now

    ticking = Thread(target=tick)
    ticking.start()
    try:
        yield longest
    finally:
        ended.set()
        ticking.join()


async def longest_pause(ended: asyncio.Event) -> float:
    """The same of the event loop, until the event."""
    longest, last = 0.0, perf_counter()
    while not ended.is_set():
        await asyncio.sleep(TICK)
        now = perf_counter()
        longest, last = max(longest, now - last), now
    return longest
