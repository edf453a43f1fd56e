"""The process that holds a model, from outside: started when it is first needed, shared by everyone in this process.

Knows messages (see `wire`) and processes, nothing of prompts or text. Whoever calls only puts messages into queues:
threads of the host's own write to the process and read from it, so that neither a full pipe nor a model at work ever
stops a caller or an event loop.

The process ends with the last reference to its host, with the interpreter, and when its input ends, which it does
however this process ends. Ctrl-C does not reach it: it has a process group of its own. A forked child leaves it alone
and starts one for itself.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO, Any

import phi_assistant
from phi_assistant.models.onnx.wire import Cancel, Message, Unloadable, decode, encode

Deliver = Callable[[Message | None], None]
"""Takes what the process says to one call, from a thread of the host; None: the process has ended."""

_ROOT = str(Path(phi_assistant.__file__).parents[1])
_PROGRAM = (  # with -P, for the current folder may hold a `queue.py` of somebody's
    f"import sys; sys.path.append({_ROOT!r}); from pathlib import Path; "
    "from phi_assistant.models.onnx.worker.__main__ import main; main(Path(sys.argv[1]))"
)
_GROUP: dict[str, Any] = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}
"""0x200 is CREATE_NEW_PROCESS_GROUP."""


class Host:
    """The process of one model folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._link: _Link | None = None
        self._finalizer: weakref.finalize[[], Host] | None = None
        _hosts.add(self)

    def start(self) -> None:
        """Starts the process if there is none; it loads the model while others go on."""
        with self._lock:
            self._living()

    def call(self, message: Callable[[int], Message], deliver: Deliver) -> int:
        """Sends the message made for a new number, which it returns; starts the process if there is none."""
        number = next(self._numbers)
        with self._lock:
            while not self._living().send(message(number), number, deliver):
                self._link = None
        return number

    def leave(self, number: int, *, cancel: bool = False) -> None:
        """Nothing more is delivered to this call, and if it is to be cancelled, the process need not go on with it."""
        if link := self._link:
            link.calls.pop(number, None)
            if cancel:
                link.tell(Cancel(number))

    def end(self) -> None:
        """Ends the process; a later call starts another."""
        with self._lock:
            if self._finalizer:
                self._finalizer()
            self._link = None

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return self._link.process.pid if self._link and self._link.alive else None

    @property
    def last_words(self) -> str:
        """What the process wrote to its standard error last."""
        return self._link.last_words() if self._link else ""

    def _living(self) -> _Link:
        if self._link is None or not self._link.alive:
            if self._finalizer:
                self._finalizer()
            self._link = _Link(self.folder)
            self._finalizer = weakref.finalize(self, self._link.end)
        return self._link


class _Link:
    """A process and the two threads that talk to it. They hold no reference to the host, so that it can go."""

    def __init__(self, folder: Path) -> None:
        self._owner = os.getpid()
        self._errors: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the process
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "ORT_DISABLE_TELEMETRY": "1", "PYTHONUNBUFFERED": "1"},
            **_GROUP,
        )
        self.calls: dict[int, Deliver] = {}
        self._ended = False
        self._farewell: Unloadable | None = None
        self._outgoing: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        for work in (self._write, self._read):
            threading.Thread(target=work, name=f"phi-assistant {work.__name__}", daemon=True).start()
        _links.add(self)

    @property
    def alive(self) -> bool:
        return not self._ended and self._owner == os.getpid() and self.process.poll() is None

    def send(self, message: Message, number: int, deliver: Deliver) -> bool:
        """Whether the message is on its way; not if the process has ended meanwhile."""
        self.calls[number] = deliver
        if not self.alive:
            return self.calls.pop(number, None) is None  # whoever took it out has told the call
        self._outgoing.put(message)
        return True

    def tell(self, message: Message) -> None:
        self._outgoing.put(message)

    def end(self) -> None:
        """Ends the process, if it is ours."""
        if self._owner != os.getpid():
            return
        self._ended = True
        if not threading.main_thread().is_alive():  # the interpreter ends; daemon threads that wait would complain
            self.calls.clear()
        self._outgoing.put(None)
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)

    def leave(self) -> None:
        """In a forked child: the pipes are the parent's, and would keep the process alive after it."""
        self._ended = True
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    os.close(pipe.fileno())

    def last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0)
            lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def _write(self) -> None:
        assert self.process.stdin
        while (message := self._outgoing.get()) is not None:
            try:
                self.process.stdin.write(encode(message))
                self.process.stdin.flush()
            except OSError:  # it has ended: whoever reads finds out
                return

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._deliver(decode(line))
        self._ended = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        while self.calls:
            with contextlib.suppress(KeyError):  # somebody forgot it meanwhile
                self.calls.popitem()[1](self._farewell)

    def _deliver(self, message: Message) -> None:
        if isinstance(message, Unloadable):
            self._farewell = message  # for those as well who ask before the process is gone
        elif deliver := self.calls.get(message.call):
            deliver(message)


_links: weakref.WeakSet[_Link] = weakref.WeakSet()
_hosts: weakref.WeakSet[Host] = weakref.WeakSet()


def _after_fork() -> None:
    """What another thread held while the process was forked is held for ever in the child."""
    for link in list(_links):
        link.leave()
    for host in list(_hosts):
        host._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
