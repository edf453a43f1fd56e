"""A worker process as the run sees it: started, given tasks, listened to, watched, and ended with its children.

A plain `python -c`, not `multiprocessing`: that runs the program's main module again in each child, which
breaks notebooks, Streamlit and scripts without a guard.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic, sleep
from types import TracebackType
from typing import IO, Self

import psutil

from ingest.workers.limits import too_long, too_much_memory
from ingest.workers.messages import Message, Setup, Task, read, write
from phi_assistant.errors import LoadError

logger = logging.getLogger(__name__)

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ingest.workers.worker import main; main()"

_PATIENCE = 60.0
"""Seconds for a worker to start."""

_LARGE = 300_000_000
"""A worker that holds so many bytes when a file is done, or three fifths of the limit, is better replaced."""

_NEAR = 0.75
"""A worker that ends by itself with so much of the limit in use has met it."""

_LAST = 5.0
"""Seconds for a process that was killed to be gone."""

_MOMENT = 1.0
"""Seconds for a process to be gone that has closed its pipe."""

_CHILDREN_AFTER = 0.5
"""Seconds into a file from which on the worker's children are counted too: finding them is a hundred times dearer."""


_KILL = 9
_NONSENSE = "made the process that was reading it talk nonsense: it may be made to do harm. Save it anew."


class Ended(Exception):
    """A worker that is no more."""

    def __init__(self, reason: str, *, excused: bool) -> None:
        super().__init__(reason)
        self.excused = excused
        """It may not be the fault of what it was doing: it was not one of our limits."""


class Worker:
    """One process. Used by one thread; `check` may be called by another."""

    def __init__(self, setup: Setup) -> None:
        """Raises `LoadError` if no process can be started."""
        self._limits = setup.limits
        self._scratch = TemporaryDirectory(prefix="phi-assistant-", ignore_cleanup_errors=True)
        try:
            self._process = _started()
        except OSError as exc:
            self._scratch.cleanup()
            raise _no_start(str(exc)) from exc
        self._watched = psutil.Process(self._process.pid)
        self._lock = Lock()
        self._since: float | None = None
        self._limit = _PATIENCE
        self._verdict = ""
        self._most = 0
        self._send(replace(setup, scratch=Path(self._scratch.name)))

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
        with self._lock:
            self._since, self._verdict, self._most = monotonic(), "", 0
        try:
            message = read(self._answers)
        except Exception as exc:  # the end of the pipe, or what a process writes that has lost its mind
            raise self._end() from exc
        finally:
            with self._lock:
                self._since = None
        return message

    def check(self) -> None:
        """Ends it if what it is doing takes too long or too much."""
        with self._lock:
            if self._since is None or self._verdict:
                return
            waited = monotonic() - self._since
            if waited > self._limit:
                self._verdict = too_long(self._limit)
            else:
                self._most = self._memory(children=waited > _CHILDREN_AFTER)
                if self._most > self._limits.memory:
                    self._verdict = too_much_memory(self._limits.memory)
            if self._verdict:
                self._kill()

    @property
    def large(self) -> bool:
        """Whether it has kept much memory, so that a new one should take its place."""
        return self._memory(children=False) > min(_LARGE, self._limits.memory * 3 // 5)

    def stop(self) -> None:
        """Ends it, with all that it has started. May be called by any thread."""
        with self._lock:
            self._kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._exit_code()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not yet sent cannot be
                pipe.close()  # type: ignore[union-attr]
        self._scratch.cleanup()

    @property
    def _answers(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout

    def _send(self, message: Task | Setup) -> None:
        assert self._process.stdin
        with suppress(OSError):  # it has ended: `receive` will say why
            write(self._process.stdin, message)

    def _end(self) -> Ended:
        by_itself = self._has_ended()
        with self._lock:
            self._kill()
            verdict = self._verdict
        if not verdict and self._most > _NEAR * self._limits.memory:  # some libraries end when memory is refused
            verdict = too_much_memory(self._limits.memory)
        return Ended(verdict or (_crash(self._exit_code()) if by_itself else _NONSENSE), excused=not verdict)

    def _has_ended(self) -> bool:
        """Soon after its pipe has ended. Does not ask for its exit code: until then, nobody else gets its number."""
        end = monotonic() + _MOMENT
        with suppress(psutil.Error):
            while self._watched.status() != psutil.STATUS_ZOMBIE:
                if monotonic() > end:
                    return False
                sleep(0.005)
        return True

    def _exit_code(self) -> int:
        """0 if even the system cannot end it, as while it waits for a disk that does not answer."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_LAST)
        return 0

    def _memory(self, *, children: bool) -> int:
        with suppress(psutil.Error):
            family = [self._watched, *(self._watched.children(recursive=True) if children else ())]
            return sum(_resident(process) for process in family)
        return 0

    def _kill(self) -> None:
        if self._process.returncode is not None:
            return
        with suppress(psutil.Error):
            for child in self._watched.children(recursive=True):
                with suppress(psutil.Error):
                    child.kill()
        with suppress(OSError):
            if sys.platform != "win32":
                os.killpg(self._process.pid, signal.SIGKILL)  # those whose parent has ended before them, too
            self._process.kill()


def _started() -> subprocess.Popen[bytes]:
    """Apart from the terminal, so that Ctrl-C reaches the run alone, which then ends its workers."""
    debug = logger.isEnabledFor(logging.DEBUG)
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        [sys.executable, "-c", _START, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if debug else subprocess.DEVNULL,
        start_new_session=True,
        creationflags=flags,
    )


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _crash(code: int) -> str:
    if code == -_KILL:
        return "was not read: the process that was at it was ended from outside, as systems do when memory runs out."
    how = f"exit code {code}"
    with suppress(ValueError):
        how = signal.Signals(-code).name
    return f"ended the process that was reading it ({how}): it may be damaged, or made to do harm. Save it anew."


def _no_start(reason: str) -> LoadError:
    return LoadError(
        f"Documents are read in processes of their own, and none can be started ({reason}). "
        "Run this again with `--debug` to see what it says."
    )
