"""The Ollama there is: what it was started with, which models it has, what is loaded, and what it has done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from phi_assistant.fakes.ollama.context import Prompt
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.names import Name
from phi_assistant.fakes.ollama.schedule import Limits, Runner, Schedule
from phi_assistant.fakes.ollama.shelf import Held, Shelf, valid


@dataclass
class Machine:
    """Everything that the endpoints share; used on the loop of the server only."""

    shelf: Shelf
    limits: Limits = field(default_factory=Limits)
    version: str = "0.32.15"
    library: Sequence[FakeModel] | None = None
    """What can be pulled; None if the registry cannot be reached."""
    prompts: list[Prompt] = field(default_factory=list)
    active: int = 0
    """How many answers are being written."""
    ids: int = 0

    def __post_init__(self) -> None:
        self.schedule = Schedule(self.limits)

    def existing(self, text: str) -> Held:
        """Raises `ApiError` in the words of chat and generate."""
        held = self.shelf.find(valid(text)) if text else None
        if held is None:
            raise ApiError(404, f"model '{text}' not found")
        return held

    def published(self, name: Name) -> FakeModel | None:
        """The model of the registry that has this name."""
        return next((each for each in self.library or () if Name.parse(each.name) == name), None)

    @asynccontextmanager
    async def slot(self, runner: Runner) -> AsyncIterator[None]:
        """One answer at a time, in the order in which they were asked."""
        async with runner.slots:
            self.active += 1
            try:
                yield
            finally:
                self.active -= 1

    def next_id(self) -> int:
        self.ids += 1
        return self.ids


class Clock:
    """How long the parts of a request took, in nanoseconds."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter_ns()

    def lap(self) -> int:
        """Since the last one; at least 1, for zeros are left out on the wire."""
        now = time.perf_counter_ns()
        lap, self._last = max(1, now - self._last), now
        return lap

    def total(self) -> int:
        return max(1, time.perf_counter_ns() - self._began)


async def breath(seconds: float) -> None:
    """A pause, or at least a chance for everybody else: an endless answer must not keep the loop for itself."""
    await asyncio.sleep(seconds)
