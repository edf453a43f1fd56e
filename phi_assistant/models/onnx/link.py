"""A process that holds a model, and the two threads that talk to it: one writes, the other reads, and buries it.

Knows messages (see `wire`) and pipes, nothing of prompts or text. The threads hold no reference to the `Host`, so that
it can go, and its process with it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import phi_assistant
from phi_assistant.models.onnx.wire import (
    Ask,
    Began,
    Cancel,
    Ended,
    Message,
    Metrics,
    Progress,
    Refused,
    Start,
    Tokens,
    Told,
    Unloadable,
    decode,
    encode,
)

_ROOT = str(Path(phi_assistant.__file__).parents[1])
_PROGRAM = (  # with -P, for the current folder may hold a `queue.py` of somebody's
    f"import sys; sys.path.append({_ROOT!r}); from pathlib import Path; "
    "from phi_assistant.models.onnx.worker.__main__ import main; main(Path(sys.argv[1]))"
)
_GROUP: dict[str, Any] = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}
"""0x200 is CREATE_NEW_PROCESS_GROUP."""
_DYING_S = 10.0
"""What a process may take to end that says nothing more."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a call is told when the process has ended without an answer to it."""

    code: int
    """As `subprocess` writes it: below zero it is the signal that ended the process."""
    last_words: str
    """The last line that it wrote to its standard error."""

    @property
    def signal(self) -> str | None:
        """Which ended it, as "SIGKILL"; none did on Windows."""
        try:
            return signal.Signals(-self.code).name if self.code < 0 else None
        except ValueError:  # one without a name, of real-time programs
            return f"signal {-self.code}"


Said = Progress | Metrics | Began | Tokens | Ended | Refused | Unloadable | Gone
"""What a call hears."""
Deliver = Callable[[Said], None]
"""Takes it, in a thread of the link."""


class Link:
    """A process and its pipes."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` if no process can be started."""
        self._owner = os.getpid()
        self._errors: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the process
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
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
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended and self._owner == os.getpid() and self._process.poll() is None

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
        """Ends the process, if it is ours, and waits for nothing, unless the interpreter ends."""
        if self._owner != os.getpid():
            return
        self._ended = True
        is_last_moment = not threading.main_thread().is_alive()
        if is_last_moment:
            self.calls.clear()  # daemon threads that wait for an answer would complain
        self._outgoing.put(None)
        with contextlib.suppress(OSError):
            self._process.kill()
        if is_last_moment:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_DYING_S)

    def leave(self) -> None:
        """In a forked child: the pipes are the parent's, and would keep the process alive after it."""
        self._ended = True
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.raw.close()  # type: ignore[union-attr]  # without the lock that a thread of the parent holds

    def _write(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError), self._process.stdin as pipe:  # it has ended: whoever reads finds out
            while (message := self._outgoing.get()) is not None:
                pipe.write(encode(message))
                pipe.flush()

    def _read(self) -> None:
        assert self._process.stdout
        try:
            with self._process.stdout as pipe, contextlib.suppress(ValueError):  # half a line is the end as well
                for line in pipe:
                    self._deliver(decode(line))
        finally:
            self._bury()

    def _deliver(self, message: Message) -> None:
        if isinstance(message, Unloadable):
            self._farewell = message  # for those as well who ask before the process is gone
        elif not isinstance(message, Start | Cancel | Ask) and (deliver := self.calls.get(message.call)):
            deliver(message.what if isinstance(message, Told) else message)

    def _bury(self) -> None:
        """Whoever still waits is told how it ended."""
        self._ended = True
        self._outgoing.put(None)
        try:
            code = self._process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        last = self._farewell or Gone(code, self._last_words())
        while self.calls:
            with contextlib.suppress(KeyError):  # somebody forgot it meanwhile
                self.calls.popitem()[1](last)

    def _last_words(self) -> str:
        with self._errors as written:
            written.seek(0)
            lines = written.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""


_links: weakref.WeakSet[Link] = weakref.WeakSet()


def _after_fork() -> None:
    for link in list(_links):
        link.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
