"""The models that are on the machine: found by name, copied, deleted, pulled."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.names import Name


@dataclass(frozen=True)
class Held:
    """A model under one of its names."""

    name: Name
    model: FakeModel
    modified: int
    """Nanoseconds since 1970."""


class Shelf:
    """Names to models."""

    def __init__(self, models: Iterable[FakeModel]) -> None:
        self._held: dict[str, Held] = {}
        self._last = 0
        for model in models:
            self.put(valid(model.name), model)

    def put(self, name: Name, model: FakeModel) -> None:
        self._last = max(time.time_ns(), self._last + 1)  # the clock of some systems stands still for a while
        self._held[name.full.lower()] = Held(name, model, self._last)

    def find(self, name: Name) -> Held | None:
        return self._held.get(name.full.lower())

    def remove(self, name: Name) -> None:
        del self._held[name.full.lower()]

    def newest_first(self) -> list[Held]:
        return sorted(self._held.values(), key=lambda held: held.modified, reverse=True)


def valid(text: str) -> Name:
    """Raises `ApiError` for what cannot be a name."""
    name = Name.parse(text)
    if name is None:
        raise ApiError(400, "invalid model name")
    return name
