"""Asking the process how it is, which it answers once it has loaded the model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from phi_assistant.models.errors import ModelTimedOut
from phi_assistant.models.onnx.link import Deliver, Gone, Said
from phi_assistant.models.onnx.local import LocalModel
from phi_assistant.models.onnx.reply import failure, timed_out
from phi_assistant.models.onnx.wire import Ask, Metrics, Refused, Unloadable


class Asking:
    """A call whose one answer is `Metrics`."""

    def __init__(self, local: LocalModel, *, name: str, timeout: float | None) -> None:
        self.over = False
        self._began = time.monotonic()
        self._local, self._name, self._timeout = local, name, timeout

    @property
    def seconds_left(self) -> float | None:
        return None if self._timeout is None else max(0.0, self._began + self._timeout - time.monotonic())

    @contextmanager
    def asked(self, deliver: Deliver) -> Iterator[None]:
        number = self._local.host.call(Ask, deliver)
        try:
            yield
        finally:
            self._local.host.leave(number)

    def take(self, said: Said) -> Iterator[Metrics]:
        self.over = True
        if isinstance(said, Refused | Unloadable | Gone):
            raise failure(said, self._name, self._local.folder)
        if isinstance(said, Metrics):
            yield said

    def timed_out(self) -> ModelTimedOut:
        return timed_out(self._name, self._timeout or 0.0)
