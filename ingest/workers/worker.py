"""A worker as the run sees it: a process that is given tasks, listened to, and watched.

What goes on inside of it is `workers.main`.
"""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Self

from ingest.workers.family import Family
from ingest.workers.limits import too_long, too_much_memory
from ingest.workers.messages import Message, Setup, Task, read, write
from phi_assistant.errors import LoadError

logger = logging.getLogger(__name__)

_START = "from ingest.workers.main import main; main()"

_PATIENCE = 60.0
"""Seconds for a worker to start."""

_LARGE = 300_000_000
"""A worker that holds so many bytes when a file is done, or three fifths of the limit, is better replaced."""

_NEAR = 0.75
"""A worker that ends by itself with so much of the limit in use has met it."""

_CHILDREN_AFTER = 0.5
"""Seconds into a file from which on what the worker has started is counted too."""

_KILL = 9
_NONSENSE = "made the process that was reading it talk nonsense: it may be made to do harm. Save it anew."


class Ended(Exception):
    """A worker that is no more."""

    def __init__(self, reason: str, *, excused: bool) -> None:
        super().__init__(reason)
        self.excused = excused
        """It may not be the fault of what it was doing: it was not one of our limits."""


class Worker:
    """One process. Used by one thread; `check` and `stop` may be called by others."""

    def __init__(self, setup: Setup) -> None:
        """Raises `LoadError` if no process can be started."""
        self._limits = setup.limits
        self._scratch = TemporaryDirectory(prefix="phi-assistant-", ignore_cleanup_errors=True)
        debug = logger.isEnabledFor(logging.DEBUG)
        try:
            self._family = Family(_START, errors=debug)
        except OSError as exc:
            self._scratch.cleanup()
            raise _no_start(str(exc)) from exc
        self._lock = Lock()
        self._since: float | None = None
        self._limit = _PATIENCE
        self._verdict = ""
        self._most = 0
        self._send(replace(setup, scratch=Path(self._scratch.name), debug=debug))

    def wait(self) -> None:
        """Until it has started. Raises `LoadError` if it has not."""
        try:
            self.receive()
        except Ended as exc:
            raise _no_start(str(exc)) from exc
        self._limit = self._limits.seconds

    def give(self, task: Task) -> None:
        self._send(task)

    def receive(self) -> Message:
        """What it says next. Raises `Ended` if it says nothing any more."""
        try:
            return self._heard()
        except Exception as exc:  # the end of the pipe, or what a process writes that has lost its mind
            raise self._end() from exc

    def check(self) -> None:
        """Ends it if what it is doing takes too long or too much."""
        with self._lock:
            if self._since is None or self._verdict:
                return
            waited = monotonic() - self._since
            if waited > self._limit:
                self._verdict = too_long(self._limit)
            else:
                self._most = self._family.memory(children=waited > _CHILDREN_AFTER)
                if self._most > self._limits.memory:
                    self._verdict = too_much_memory(self._limits.memory)
            if self._verdict:
                self._family.kill()

    @property
    def large(self) -> bool:
        """Whether it has kept much memory, so that a new one should take its place."""
        return self._family.memory(children=False) > min(_LARGE, self._limits.memory * 3 // 5)

    def stop(self) -> None:
        """Ends it, with all that it has started."""
        with self._lock:
            self._family.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._family.close()
        self._scratch.cleanup()

    def _send(self, message: Task | Setup) -> None:
        with suppress(OSError):  # it has ended: `receive` will say why
            write(self._family.input, message)

    def _heard(self) -> Message:
        with self._lock:
            self._since, self._verdict, self._most = monotonic(), "", 0
        try:
            return read(self._family.output)
        finally:  # time that passes from here on is not the file's
            with self._lock:
                self._since = None

    def _end(self) -> Ended:
        by_itself = self._family.has_ended()
        with self._lock:
            self._family.kill()
            verdict = self._verdict
        if not verdict and self._most > _NEAR * self._limits.memory:  # some libraries end when memory is refused
            verdict = too_much_memory(self._limits.memory)
        crashed = _crash(self._family.exit_code()) if by_itself else _NONSENSE
        return Ended(verdict or crashed, excused=not verdict)


def _crash(code: int) -> str:
    if code == -_KILL:
        return "was not read: the process that was at it was ended from outside, as systems do when memory runs out."
    how = f"exit code {code if code < 256 else hex(code)}"  # Windows has one for each kind of crash
    with suppress(ValueError):
        how = signal.Signals(-code).name
    return f"ended the process that was reading it ({how}): it may be damaged, or made to do harm. Save it anew."


def _no_start(reason: str) -> LoadError:
    return LoadError(
        f"Documents are read in processes of their own, and none can be started ({reason}). "
        "Run this again with `--debug` to see what it says."
    )
