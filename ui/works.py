"""Work on collections that goes on while nobody looks: reading files, and indexing anew. Each a process of its own.

The processes write to the collection that this one serves, so that questions are answered meanwhile. One at a time
for each collection; what is asked for meanwhile follows. Knows processes and what they print; knows no pages.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread, Timer
from time import monotonic
from typing import Any

from ui.work import Order, Work, ended, heard

logger = logging.getLogger(__name__)

INGEST, REINDEX = ("-m", "ingest"), ("-m", "phi_assistant", "reindex")
_LAST_S = 20.0
"""Seconds that a process may take to end when it is told to."""


class Works:
    """Those of this process. May be used from several threads."""

    def __init__(self, data: Path, *, prepare: Callable[[str], object]) -> None:
        """`data` is where collections are; `prepare` is called with the name of one before a program writes to it."""
        self._data, self._prepare = data, prepare
        self._works: dict[str, Work] = {}
        self._next: dict[str, Order] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: list[Thread] = []
        self._lock = Lock()

    def of(self, collection: str) -> Work | None:
        """The work on a collection: what goes on, or what went on last; as it is at this moment."""
        with self._lock:
            work = self._works.get(collection)
            return replace(work, steps=dict(work.steps), reasons=dict(work.reasons)) if work else None

    def is_at(self, collection: str) -> bool:
        """Whether there is something going on."""
        work = self._works.get(collection)
        return bool(work and work.is_going_on)

    def start(self, order: Order) -> None:
        """Begins it; or, where something goes on, has it follow, in place of what was to follow."""
        with self._lock:
            if self.is_at(order.collection):
                self._next[order.collection] = order
                return
            self._works[order.collection] = Work(order, began=monotonic())
            thread = Thread(target=self._run, args=(order,), name=f"work on {order.collection}", daemon=True)
            self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def stop(self, collection: str) -> None:
        """Has it end in order: every file is stored whole or not at all. Nothing follows."""
        with self._lock:
            self._next.pop(collection, None)
            self._change(collection, lambda work: replace(work, state="stopping") if work.is_going_on else work)
            if process := self._processes.get(collection):
                _interrupt(process)

    def dismiss(self, collection: str) -> None:
        """Forgets how the last one ended."""
        with self._lock:
            if not self.is_at(collection):
                self._works.pop(collection, None)

    def close(self) -> None:
        """Ends all of them."""
        for collection in list(self._works):
            self.stop(collection)
        for thread in self._threads:
            thread.join(_LAST_S)
        for process in self._processes.values():
            process.kill()

    def _run(self, order: Order) -> None:
        try:
            self._prepare(order.collection)
            self._attend(order)
        except Exception as exc:  # told on the page
            logger.warning("The work on %s failed", order.collection, exc_info=exc)
            self._note(order.collection, state="failed", error=str(exc))
        with self._lock:
            following = self._next.pop(order.collection, None)
        if following:
            self.start(following)

    def _attend(self, order: Order) -> None:
        with TemporaryDirectory(prefix="phi-assistant-") as private:
            if order.passwords:
                file = Path(private, "passwords")
                file.write_text("\n".join(order.passwords), "utf-8")
                order = replace(order, arguments=(*order.arguments, "--password-file", str(file)), passwords=())
            self._listen(order)

    def _listen(self, order: Order) -> None:
        name = order.collection
        with self._lock:
            if self._works[name].state == "stopping":  # before it has begun
                self._change(name, lambda work: replace(work, state="stopped"))
                return
            process = self._processes[name] = _started(order, self._data)
            self._change(name, lambda work: replace(work, state="running"))
        errors: list[bytes] = []
        assert process.stdout
        assert process.stderr
        listener = Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
        listener.start()
        for line in process.stdout:
            self._hear(name, line)
        code = process.wait()
        listener.join(1.0)
        said = b"".join(errors).decode("utf-8", "replace")
        if code:
            logger.info("The work on %s ended with %s: %s", name, code, said[-2000:])
        with self._lock:
            del self._processes[name]
            self._change(name, lambda work: ended(work, code, said))

    def _hear(self, collection: str, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # what a library prints
        with self._lock:
            self._change(collection, lambda work: heard(work, event))

    def _note(self, collection: str, **facts: Any) -> None:
        with self._lock:
            self._change(collection, lambda work: replace(work, **facts))

    def _change(self, collection: str, change: Callable[[Work], Work]) -> None:
        if work := self._works.get(collection):
            self._works[collection] = change(work)


def _started(order: Order, data: Path) -> subprocess.Popen[bytes]:
    program = INGEST if order.kind == "ingest" else REINDEX
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(
        [sys.executable, *program, *order.arguments, "--events", "--data", str(data), "--collection", order.collection],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",  # Ctrl-C is for us; we end it in order
        creationflags=flags,
    )


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does; where that is ignored, as in what a shell runs in the background, it is ended after a while."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.send_signal(signal.SIGINT)
    patience = Timer(_LAST_S / 2, process.terminate)
    patience.daemon = True
    patience.start()
