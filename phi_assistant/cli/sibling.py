"""Running a program that comes with the checkout, `ingest` or the front end, as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

_BY_SIGNAL = 128
"""Of an exit code, where a signal has ended a program; its number is the rest."""


def started(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Python with these arguments; what it prints goes to `output`, if one is given."""
    return subprocess.Popen([sys.executable, *arguments], env=environment, stdout=output)


def ended(child: subprocess.Popen[bytes]) -> int:
    """The exit code, as a shell has it, when it has ended: Ctrl-C, which the terminal tells it as well, has it end in
    order, and SIGTERM, which containers and other programs tell us alone, is passed on."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    try:
        code = _waited(child)
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
    return code if code >= 0 else _BY_SIGNAL - code


def _waited(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
