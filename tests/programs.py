"""Programs of a user that ask a model, run by an interpreter of their own, and what is left of processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import time

import psutil

POSIX = sys.platform != "win32"


def gone(pid, seconds=10.0):
    """Whether a process has ended, soon, and all of its threads; one that nobody has waited for yet has."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1:
                time.sleep(0.02)
                continue
        return True
    return False


def reaped(pid, seconds=10.0):
    """Whether nothing is left of a process, not even its number."""
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def kill(pid):
    psutil.Process(pid).kill()


class Program:
    """A program of a user, run by an interpreter of its own."""

    def __init__(self, folder, code, *, home=None, watched=False):
        start = f"""
            import asyncio, gc, os, signal, sys, threading, time
            from phi_assistant import ChatPhiOnnx
            chat = ChatPhiOnnx(model={str(folder)!r}, max_tokens=7000)
            def tell(*what): print(*what, flush=True)
        """
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"} | ({"HOME": str(home)} if home else {})
        environment |= {"PYTHONDEVMODE": "1"} if watched else {}  # which tells of every file that is left open
        for name in ("ORT_DISABLE_TELEMETRY", "CI"):  # where either is set, the runtime sends nothing anyway
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=POSIX,
        )

    def line(self):
        """The next line that it prints."""
        said = self.process.stdout.readline()
        assert said, self.process.communicate(timeout=20)[1]
        return said.strip()

    def end(self, seconds=30):
        """Its exit code and what it wrote to its standard error."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors

    def clear_away(self):
        """Kills whatever is left of it."""
        if self.process.poll() is None:
            for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
                process.kill()
        self.process.communicate()
