"""What is loaded: loading, reloading for another context length, making room, expiry, and the queue before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.errors import BUSY, OUT_OF_MEMORY, ApiError
from phi_assistant.fakes.ollama.shelf import Held


@dataclass(frozen=True)
class Load:
    """A model was loaded."""

    model: str
    """Its short name, with the tag."""
    context: int


@dataclass(frozen=True)
class Limits:
    """What the server was started with; the names in capitals are Ollama's own settings."""

    context: int = 4096
    """OLLAMA_CONTEXT_LENGTH"""
    keep_alive: int = 300 * go.SECOND
    """OLLAMA_KEEP_ALIVE, in nanoseconds"""
    parallel: int = 1
    """OLLAMA_NUM_PARALLEL"""
    max_queue: int = 512
    """OLLAMA_MAX_QUEUE"""
    max_loaded: int = 3
    """OLLAMA_MAX_LOADED_MODELS"""
    memory: int | None = None
    """Bytes for all models together; None is without end."""


@dataclass(eq=False)
class Runner:
    """A loaded model, or one that is just being loaded."""

    held: Held
    context: int
    shift: bool
    keep_alive: int
    slots: asyncio.Semaphore
    ready: bool = False
    leaving: bool = False
    """It makes room as soon as nobody uses it."""
    users: int = 1
    expires: int = 0
    """Nanoseconds since 1970, as of the last time that nobody used it; 0 before that."""
    timer: asyncio.TimerHandle | None = None

    @property
    def until(self) -> int:
        """What /api/ps says."""
        return self.expires or _later(self.keep_alive)


class Schedule:
    """The runners, by the digest of their model: a copy is the same weights."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.loads: list[Load] = []
        self._runners: dict[str, Runner] = {}
        self._turn = asyncio.Lock()
        self._changed = asyncio.Condition()
        self._pending = 0

    def loaded(self) -> list[Runner]:
        """Those with the longest time to live first, and those that are just being loaded among them."""
        return sorted(self._runners.values(), key=lambda runner: runner.until // go.SECOND, reverse=True)

    @asynccontextmanager
    async def lease(
        self, held: Held, context: int, *, shift: bool = True, keep_alive: int | None = None
    ) -> AsyncIterator[Runner]:
        """The model, loaded. Raises `ApiError` if too many are waiting for that, or if there is no memory for it."""
        runner = await self._scheduled(held, context, shift)
        try:
            if not runner.ready:
                await self._load(runner)
            if keep_alive is not None:
                runner.keep_alive = keep_alive
            yield runner
        finally:
            runner.users -= 1
            if not runner.users:
                self._retire(runner)
            await self._tell()

    def unload(self, held: Held) -> None:
        """As soon as nobody uses it."""
        runner = self._runners.get(held.model.digest)
        if runner is not None:
            runner.keep_alive = 0
            if not runner.users:
                self._drop(runner)

    async def _scheduled(self, held: Held, context: int, shift: bool) -> Runner:
        """The runner, this user counted; one after the other, and a load makes those behind it wait for their turn."""
        if self._pending > self.limits.max_queue:
            raise ApiError(503, BUSY)
        self._pending += 1
        try:
            async with self._turn:
                while True:
                    runner = self._runners.get(held.model.digest)
                    if runner is None and self._room(held):
                        return self._started(held, context, shift)
                    if runner is None or (runner.context, runner.shift) != (context, shift):
                        await self._emptied(runner)
                    elif runner.ready:
                        runner.users += 1
                        return runner
                    else:
                        await self._until_loaded(runner)
        finally:
            self._pending -= 1

    async def _load(self, runner: Runner) -> None:
        await asyncio.sleep(runner.held.model.load_s)
        runner.ready = True
        self.loads.append(Load(runner.held.name.short, runner.context))
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _until_loaded(self, runner: Runner) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: runner.ready or runner not in self._runners.values())

    def _room(self, held: Held) -> bool:
        if len(self._runners) >= self.limits.max_loaded:
            return False
        if self.limits.memory is None:
            return True
        used = sum(runner.held.model.memory for runner in self._runners.values())
        if used + held.model.memory <= self.limits.memory:
            return True
        if not self._runners:
            raise ApiError(500, OUT_OF_MEMORY)
        return False

    def _started(self, held: Held, context: int, shift: bool) -> Runner:
        slots = asyncio.Semaphore(self.limits.parallel)
        self._runners[held.model.digest] = runner = Runner(held, context, shift, self.limits.keep_alive, slots)
        return runner

    async def _emptied(self, runner: Runner | None) -> None:
        """One runner less: this one, or that which has been idle for longest; waits until its users are done."""
        chosen = runner or min(self._runners.values(), key=lambda each: (each.users > 0, each.expires))
        chosen.leaving = True
        if not chosen.users:
            self._drop(chosen)
        async with self._changed:
            await self._changed.wait_for(lambda: chosen not in self._runners.values())

    def _retire(self, runner: Runner) -> None:
        """Its time to live begins; a load that was given up leaves nothing."""
        if runner.leaving or not runner.ready or not runner.keep_alive:
            self._drop(runner)
            return
        if runner.timer is not None:
            runner.timer.cancel()
        runner.expires = _later(runner.keep_alive)
        if runner.keep_alive < go.FOREVER:
            loop = asyncio.get_running_loop()
            runner.timer = loop.call_later(runner.keep_alive / go.SECOND, self._expired, runner)

    def _expired(self, runner: Runner) -> None:
        if not runner.users and time.time_ns() >= runner.expires - go.SECOND // 100:
            self._drop(runner)

    def _drop(self, runner: Runner) -> None:
        if runner.timer is not None:
            runner.timer.cancel()
        if self._runners.get(runner.held.model.digest) is runner:
            del self._runners[runner.held.model.digest]


def _later(keep_alive: int) -> int:
    """When a time to live that begins now is over."""
    return time.time_ns() + keep_alive
