"""Cost: the time and the memory that a piece of work takes, all of its processes together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter

import psutil


@dataclass(frozen=True)
class Spent:
    """What a piece of work took."""

    result: int
    seconds: float
    processor: float
    """Seconds of all cores, of child processes too: it hardly depends on what else the machine does."""

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.processor:.1f} s of processor)"


def timed(work: Callable[[], int]) -> Spent:
    began, before = perf_counter(), _processor()
    result = work()
    return Spent(result, perf_counter() - began, _processor() - before)


def _processor() -> float:
    return sum(os.times()[:4])


@contextmanager
def watched(*, own: bool) -> Iterator[list[int]]:
    """The most that this process's children hold together inside the block, in bytes; with its own memory or without.

    What they share counts for each of them: it is never more than this.
    """
    peak, ended = [0], Event()
    me = psutil.Process()

    def watch() -> None:
        while not ended.wait(0.2):
            family = me.children(recursive=True) + ([me] if own else [])
            peak[0] = max(peak[0], sum(map(_resident, family)))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
