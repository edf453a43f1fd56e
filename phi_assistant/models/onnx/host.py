"""The process that holds a model, from outside: started when it is first needed, shared by everyone in this process.

Whoever calls only puts messages into queues: threads of a `link` write to the process and read from it, so that
neither a full pipe nor a model at work ever stops a caller or an event loop.

The process ends with the last reference to its host, with the interpreter, and when its input ends, which it does
however this process ends. Ctrl-C does not reach it: it has a process group of its own. A forked child leaves it alone
and starts one for itself.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from pathlib import Path

from phi_assistant.models.errors import ModelFailed
from phi_assistant.models.onnx.link import Deliver, Link
from phi_assistant.models.onnx.lock import Lock
from phi_assistant.models.onnx.wire import Cancel, Message


class Host:
    """The process of one model folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._numbers = count(1)
        self._link: Link | None = None
        self._finalizer: weakref.finalize[[], Host] | None = None

    def start(self) -> None:
        """Starts the process if there is none; it loads the model while others go on. Raises `ModelFailed` if none can
        be started."""
        with self._lock:
            self._living()

    def call(self, message: Callable[[int], Message], deliver: Deliver) -> int:
        """Sends the message made for a new number, which it returns; starts the process if there is none."""
        number = next(self._numbers)
        with self._lock:
            while not self._living().send(message(number), number, deliver):
                self._link = None
        return number

    def leave(self, number: int, *, cancel: bool = False) -> None:
        """Nothing more is delivered to this call, and if it is to be cancelled, the process need not go on with it."""
        if link := self._link:
            link.calls.pop(number, None)
            if cancel:
                link.tell(Cancel(number))

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        link = self._link
        return link.pid if link and link.alive else None

    def _living(self) -> Link:
        if self._link is None or not self._link.alive:
            if self._finalizer:
                self._finalizer()
            self._link = self._started()
            self._finalizer = weakref.finalize(self, self._link.end)
        return self._link

    def _started(self) -> Link:
        try:
            return Link(self.folder)
        except OSError as exc:
            raise ModelFailed(
                f"No process could be started for the model in {self.folder} ({exc}), so that nothing can be answered "
                "with it. If memory, processes or open files are short, close something; `phi-assistant doctor` shows "
                "what is installed."
            ) from exc
