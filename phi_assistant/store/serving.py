"""Serving: while a block lasts, other processes may use the collection as well.

Starts the server (see `server`) as a process of its own and starts it again if it ends. Knows processes; what they
do with the collection goes through `open_store`, here as everywhere.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

from phi_assistant.errors import StoreBusy, StoreError
from phi_assistant.store.address import Address
from phi_assistant.store.lock import this_command

logger = logging.getLogger(__name__)

_PATIENCE = 30.0
"""Seconds that a server may take to answer: one that was killed reads its log again."""

_PAUSE = 1.0
"""Seconds before a server that ended is started again."""


@contextmanager
def serving(folder: Path, *, wait: float = 10.0) -> Iterator[bool]:
    """Lets several processes use the collection in `folder`, this one too, with `open_store`, until the block ends.

    The value is whether this process serves it; where another one does already, nothing is done. Waits up to
    `wait` seconds for an owner that does not serve it to end. Raises `StoreBusy`, or `StoreError` if the server
    does not start.
    """
    server = _start(folder, wait, port=0)
    if server is None:
        yield False
        return
    keeper = _Keeper(folder, server)
    keeper.start()
    try:
        yield True
    finally:
        keeper.stop()


class _Server:
    """A server that answers."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def stop(self) -> None:
        """It ends when its input does."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class _Keeper(Thread):
    """Starts the server again when it ends: it was killed, or the collection was indexed anew."""

    def __init__(self, folder: Path, server: _Server) -> None:
        super().__init__(name="keeper of the store's server", daemon=True)
        self._folder = folder
        self._server = server
        self._stopping = Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._server.process.wait()
            if not self._stopping.wait(_PAUSE):
                self._restart()

    def _restart(self) -> None:
        try:
            again = _start(self._folder, wait=0, port=self._server.port)
        except StoreError as exc:  # another process was quicker; it is tried again
            logger.info("The store is not served at the moment: %s", exc)
            return
        if again:
            self._server = again

    def stop(self) -> None:
        self._stopping.set()
        self._server.stop()
        self.join(timeout=_PATIENCE)
        self._server.stop()


def _start(folder: Path, wait: float, *, port: int) -> _Server | None:
    """None where another process serves the collection."""
    command = [sys.executable, "-m", "phi_assistant.store.server", str(folder), str(wait), str(port), this_command()]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=os.name == "posix",  # Ctrl-C is for us; we end it in order
    )
    assert process.stdout
    said = json.loads(process.stdout.readline() or "{}")
    server = _Server(process, int(said.get("port", 0)))
    if server.port and _answers(server):
        return server
    server.stop()
    if "served" in said:
        return None
    if "busy" in said:
        raise StoreBusy(
            f"These documents are in use by {said['busy']}, and two processes would damage them. "
            "Wait until it ends, or stop it, and run this again."
        )
    raise StoreError(
        f"The documents in {folder} cannot be shared: their server does not start. "
        "Reinstall it with `pip install --force-reinstall chromadb`."
    )


def _answers(server: _Server) -> bool:
    """Whether it takes connections, within the time it may take."""
    until = monotonic() + _PATIENCE
    while monotonic() < until and server.process.poll() is None:
        if Address.loopback(server.port).answers():
            return True
        sleep(0.02)
    return False
