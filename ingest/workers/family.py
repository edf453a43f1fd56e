"""A family: a process of ours with all that it has started, as the system sees them.

Started, weighed, and ended together. Knows nothing of what they do.

A plain `python -c`, not `multiprocessing`: that runs the program's main module again in each child, which
breaks notebooks, Streamlit and scripts without a guard.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic, sleep
from typing import IO

import psutil

_LAST = 5.0
"""Seconds for a process that was killed to be gone."""

_MOMENT = 1.0
"""Seconds for a process to be gone that has closed its pipe."""


class Family:
    """Apart from the terminal, so that Ctrl-C reaches the run alone, which then ends its workers."""

    def __init__(self, code: str, *, errors: bool) -> None:
        """Runs this code, which finds the packages that we do. With `errors`, its error stream is ours.

        Raises `OSError` if it cannot be started.
        """
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); {code}",
                json.dumps(sys.path),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if errors else subprocess.DEVNULL,
            start_new_session=True,
            creationflags=flags,
        )
        self._watched = psutil.Process(self._process.pid)

    @property
    def input(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout

    def memory(self, *, children: bool) -> int:
        """Bytes in use; finding the children is a hundred times dearer than the rest."""
        with suppress(psutil.Error):
            members = [self._watched, *(self._watched.children(recursive=True) if children else ())]
            return sum(map(_resident, members))
        return 0

    def kill(self) -> None:
        """Ends all of them. Harmless where they have ended."""
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

    def has_ended(self) -> bool:
        """Whether the process is gone by itself, soon after it has closed its pipe."""
        if sys.platform == "win32":
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_MOMENT)
            return self._process.returncode is not None
        end = monotonic() + _MOMENT
        with suppress(psutil.Error):  # without asking for its exit code: until then, nobody else gets its number
            while self._watched.status() != psutil.STATUS_ZOMBIE:
                if monotonic() > end:
                    return False
                sleep(0.005)
        return True

    def exit_code(self) -> int:
        """0 if even the system cannot end it, as while it waits for a disk that does not answer."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_LAST)
        return 0

    def close(self) -> None:
        """Ends all of them, and gives back what they took."""
        self.kill()
        self.exit_code()
        for pipe in (self.input, self.output):
            with suppress(OSError):  # what was not yet sent cannot be
                pipe.close()


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
