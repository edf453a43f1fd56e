"""The two ways to wait for a call, in a thread and in an event loop: all that differs between them is here.

What is asked and what the answers become is the call's (see `exchange` and `asking`). However the waiting ends, by an
error, by closing the generator or by cancelling its task, the process is told that nobody waits any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from phi_assistant.models.errors import ModelTimedOut
from phi_assistant.models.onnx.link import Deliver, Said

Heard = TypeVar("Heard", covariant=True)


class Call(Protocol[Heard]):
    """A question to the process, and what its answers become."""

    @property
    def over(self) -> bool:
        """Whether all has been said."""

    @property
    def seconds_left(self) -> float | None:
        """Until nobody waits any longer; None is for ever."""

    def asked(self, deliver: Deliver) -> AbstractContextManager[None]:
        """While the process is at it; what it says is delivered from another thread."""

    def take(self, said: Said) -> Iterator[Heard]:
        """What becomes of it. Raises the error that it stands for."""

    def timed_out(self) -> ModelTimedOut:
        """There are no seconds left."""


def heard(call: Call[Heard]) -> Generator[Heard]:
    """All that becomes of a call, as it comes."""
    inbox: queue.SimpleQueue[Said] = queue.SimpleQueue()
    with call.asked(inbox.put):
        while not call.over:
            try:
                said = inbox.get(timeout=call.seconds_left)
            except queue.Empty:
                raise call.timed_out() from None
            yield from call.take(said)


async def aheard(call: Call[Heard]) -> AsyncGenerator[Heard]:
    """The same for an event loop."""
    loop, inbox = asyncio.get_running_loop(), asyncio.Queue[Said]()

    def deliver(said: Said) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            loop.call_soon_threadsafe(inbox.put_nowait, said)

    with call.asked(deliver):
        while not call.over:
            try:
                said = await asyncio.wait_for(inbox.get(), call.seconds_left)
            except TimeoutError:
                raise call.timed_out() from None
            for each in call.take(said):
                yield each
