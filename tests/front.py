"""The front end as people start it: a process of its own, on a port of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
SOON_S = 60.0


@dataclass(frozen=True)
class Front:
    """A front end that answers."""

    process: subprocess.Popen[str]
    url: str
    data: Path


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def front(
    data: Path, *, address: str = "127.0.0.1", folder: Path = ROOT, port: int | None = None, **variables: object
) -> Iterator[Front]:
    """`phi-assistant ui` in `folder`, until the end of the block; `variables` are settings: `password="…"`."""
    port = port or free_port()
    flags = ["--port", str(port), "--address", address, "--no-browser", "--data", str(data)]
    process = start(["-m", "phi_assistant", "ui", *flags], folder=folder, **variables)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(process, f"{url}/_stcore/health")
        yield Front(process, url, data)
    finally:
        if process.poll() is None:
            end(process)


def start(arguments: list[str], *, folder: Path = ROOT, **variables: object) -> subprocess.Popen[str]:
    """A Python program with settings as variables."""
    given = {f"PHI_ASSISTANT_{name.upper()}": str(value) for name, value in variables.items()}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def end(process: subprocess.Popen[str]) -> str:
    """Ends it as a container does, and gives what it has said; an error if that does not end all of it."""
    family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    process.terminate()
    try:
        return process.communicate(timeout=SOON_S)[0]
    finally:
        for pid in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()


def wait_for(process: subprocess.Popen[str], url: str) -> None:
    """Until it answers there; what it has said is the error if it does not."""
    until = time.monotonic() + SOON_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(end(process) if process.poll() is None else process.communicate()[0])
