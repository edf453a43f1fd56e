"""Processes that begin at once: forks of one that has imported what commands need, which takes each of them a second.

What is forked is a process like any other, with streams, folder, variables and exit code of its own; where nothing can
be forked, and where variables matter to Python itself before it begins, one is started from nothing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn

COMMAND = "phi_assistant"
IMPORTED = (  # and no ONNX Runtime: its thread would be waited for at the end, where it was not forked
    "phi_assistant.cli.app",
    "phi_assistant.application",
    "phi_assistant.conversations",
    "phi_assistant.generative",
    "phi_assistant.store.store",
    "chromadb.api.rust",
    "sqlalchemy.dialects.sqlite",
    "tantivy",
    "tokenizers",
)
_MOST = 1 << 17
"""Bytes of an order: arguments and variables."""


def run(
    arguments: Sequence[str], *, folder: Path, variables: Mapping[str, str], typed: bytes = b"", timeout: float = 60
) -> tuple[int, bytes, bytes]:
    """`phi-assistant` with these arguments: its exit code, and what it wrote to both streams.

    Raises `subprocess.TimeoutExpired`, when it has been killed.
    """
    if hasattr(os, "fork") and not _matters_to_python(variables):
        return _forked(arguments, folder, variables, typed, timeout)
    command = [sys.executable, "-m", COMMAND, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=variables, input=typed, capture_output=True, check=False, timeout=timeout
    )
    return done.returncode, done.stdout, done.stderr


def _matters_to_python(variables: Mapping[str, str]) -> bool:
    return any(variables.get(name) != os.environ.get(name) for name in ("PYTHONIOENCODING", "PYTHONPATH", "LC_ALL"))


def _forked(
    arguments: Sequence[str], folder: Path, variables: Mapping[str, str], typed: bytes, timeout: float
) -> tuple[int, bytes, bytes]:
    order = json.dumps({"arguments": list(arguments), "folder": str(folder), "variables": dict(variables)})
    with TemporaryFile() as input_, TemporaryFile() as output, TemporaryFile() as errors:
        input_.write(typed)
        input_.seek(0)
        told, tells = os.pipe()
        with os.fdopen(told, "rb", buffering=0) as news:
            streams = [input_.fileno(), output.fileno(), errors.fileno(), tells]
            socket.send_fds(_warm(), [order.encode()], streams)
            os.close(tells)
            code = _ended(news, arguments, timeout)
        return code, _all_of(output), _all_of(errors)


def _ended(news: IO[bytes], arguments: Sequence[str], timeout: float) -> int:
    """The exit code. First its number is told, then that."""
    pid = int(news.readline())
    if not select([news], [], [], timeout)[0]:
        os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired([COMMAND, *arguments], timeout)
    return int(news.readline())


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _warm() -> socket.socket:
    """The way to the process that is forked; it ends when this one does."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        subprocess.Popen([sys.executable, "-P", __file__], stdin=its, stdout=subprocess.DEVNULL, start_new_session=True)
    return mine


def _is_command(orders: socket.socket) -> bool:
    """Forks for each order; returns true in what is to be a command, and false when no more orders come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that watch
    before = dict(os.environ)
    while True:
        text, streams, *_ = socket.recv_fds(orders, _MOST, 4)
        if not text:
            return False
        if not os.fork():
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            *own, tells = streams
            if command := os.fork():
                _watch(command, tells)
            os.close(tells)
            _put_on(json.loads(text), own, before)
            return True
        for each in streams:
            os.close(each)


def _watch(command: int, tells: int) -> NoReturn:
    os.write(tells, f"{command}\n".encode())
    _, status = os.waitpid(command, 0)
    os.write(tells, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _put_on(order: Mapping[str, Any], streams: Sequence[int], before: Mapping[str, str]) -> None:
    """Streams, folder, variables and arguments. What was set since `before` is from what was imported."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["folder"])
    for name in before.keys() - order["variables"].keys():
        del os.environ[name]
    os.environ |= order["variables"]
    sys.argv = [COMMAND, *order["arguments"]]
    sys.path.insert(0, order["folder"])


if __name__ == "__main__":
    for _name in IMPORTED:
        import_module(_name)
    if _is_command(socket.socket(fileno=os.dup(0))):
        from phi_assistant.cli.app import main

        main()
