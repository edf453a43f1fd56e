"""Ending with the time of the whole call, whatever a server does.

httpx gives every read and every write its time anew, and a server that sends a byte now and then, be it of the headers,
would never end. In threads each is given what the call has left (see `network`): a thread is in one of them at a time,
and says for which call it works just before. In an event loop one alarm for the whole call closes the connection.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

_SOON = 0.001
"""Seconds; none at all would mean not to wait even for what is there."""


class _Call(threading.local):
    deadline: float | None = None
    """Of the call that this thread works for, by `time.monotonic`."""


_call = _Call()


def work_until(deadline: float | None) -> None:
    """What this thread reads and writes from now on ends by this time of `time.monotonic`; None is as it was asked."""
    _call.deadline = deadline


def within(timeout: float | None) -> float | None:
    """A time that was asked for, or what this thread's call has left if that is less."""
    rest = left(_call.deadline)
    return timeout if rest is None else rest if timeout is None else min(timeout, rest)


def left(deadline: float | None) -> float | None:
    """Seconds; a little is left always, for zero means none of it to those who take it."""
    return None if deadline is None else max(_SOON, deadline - time.monotonic())


@contextmanager
def closed_at(deadline: float | None, stream: httpcore.AsyncNetworkStream) -> Iterator[None]:
    """In an event loop: closes a connection at this time, if the block has not ended by then."""
    if deadline is None:
        yield
        return
    loop = asyncio.get_running_loop()
    closing: list[asyncio.Task[None]] = []  # or nobody would hold it
    alarm = loop.call_later(deadline - time.monotonic(), lambda: closing.append(loop.create_task(stream.aclose())))
    try:
        yield
    finally:
        alarm.cancel()
