"""Running a program that comes with the checkout, `ingest` or the front end, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO


def started(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Python with these arguments; what it prints goes to `output`, if one is given."""
    return subprocess.Popen([sys.executable, *arguments], env=environment, stdout=output)


def ended(child: subprocess.Popen[bytes]) -> int:
    """The exit code, when it has ended: Ctrl-C, which the terminal tells it as well, has it end in order."""
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
