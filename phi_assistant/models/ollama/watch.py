"""Ending what takes too long: one thread that shuts the connection of a call whose time is over.

A blocking read can be given a time for each piece only, and a server that sends a piece now and then would never end.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LOOKS_S = 60.0
"""Between two looks at what can be forgotten."""


@dataclass(order=True)
class Alarm:
    """At `at`, by `time.monotonic`, `ring` is called, unless it was taken back; it must not wait for anything."""

    at: float
    ring: Callable[[], None] | None = field(compare=False)
    rang: bool = field(default=False, compare=False)


class Watch:
    """All alarms. Its thread is started by the first one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[Alarm] = []
        self._thread: threading.Thread | None = None
        self._wakes = math.inf
        """When the thread looks again by itself: whoever wants it later need not wake it."""

    @contextmanager
    def until(self, at: float | None, ring: Callable[[], None]) -> Iterator[Alarm]:
        """An alarm for the time of the block; None never rings."""
        alarm = Alarm(math.inf if at is None else at, ring)
        if at is not None:
            self._set(alarm)
        try:
            yield alarm
        finally:
            with self._changed:  # so that it does not ring for whoever has the connection next
                alarm.ring = None

    def _set(self, alarm: Alarm) -> None:
        with self._changed:
            heapq.heappush(self._alarms, alarm)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="phi-assistant watch", daemon=True)
                self._thread.start()
            elif alarm.at < self._wakes:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                while self._alarms and self._alarms[0].at <= now:
                    alarm = heapq.heappop(self._alarms)
                    if alarm.ring:
                        alarm.rang = True
                        alarm.ring()
                self._alarms = [each for each in self._alarms if each.ring]  # most calls end in time
                heapq.heapify(self._alarms)
                self._wakes = min(self._alarms[0].at, now + _LOOKS_S) if self._alarms else math.inf
                self._changed.wait(None if math.isinf(self._wakes) else max(0.0, self._wakes - time.monotonic()))


watch = Watch()
"""Of this process."""
