"""The server: a thread with a loop of its own, on a real port, for as long as the `with` lasts."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from phi_assistant.fakes.ollama.app import App
from phi_assistant.fakes.ollama.connections import Connections
from phi_assistant.fakes.ollama.context import Prompt
from phi_assistant.fakes.ollama.faults import Fault, Refused
from phi_assistant.fakes.ollama.listener import Listener
from phi_assistant.fakes.ollama.machine import Machine
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.options import lasting
from phi_assistant.fakes.ollama.received import Received
from phi_assistant.fakes.ollama.schedule import Limits, Load
from phi_assistant.fakes.ollama.shelf import Shelf


class OllamaServer:
    """An Ollama without weights.

    >>> with OllamaServer([FakeModel("phi3.5", says="Forty-two.")]) as server:
    ...     answer = httpx.post(f"{server.url}/api/generate", json={"model": "phi3.5", "prompt": "?", "stream": False})
    >>> answer.json()["response"]
    'Forty-two.'
    """

    def __init__(
        self,
        models: Iterable[FakeModel] = (),
        *,
        library: Sequence[FakeModel] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        version: str = "0.32.15",
        context: int = 4096,
        keep_alive: float | str = "5m",
        parallel: int = 1,
        max_queue: int = 512,
        max_loaded: int = 3,
        memory: int | None = None,
        origins: Sequence[str] = (),
        faults: Callable[[Received], Fault | None] | None = None,
    ) -> None:
        """`library` can be pulled; `context` to `origins` are Ollama's settings; `faults` is asked for each request."""
        limits = Limits(context, lasting(keep_alive), parallel, max_queue, max_loaded, memory)
        self._machine = Machine(Shelf(models), limits, version, library)
        self._faults: deque[tuple[str | None, Fault]] = deque()
        self._choose = faults
        connections = Connections(self._refuse)
        loopback = host in ("127.0.0.1", "::1", "localhost")
        self._app = App(self._machine, connections, self._next_fault, origins, loopback)
        self._listener = Listener(self._app, connections, host, port)

    def __enter__(self) -> OllamaServer:
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.stop()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:43211`"""
        host = f"[{self._listener.host}]" if ":" in self._listener.host else self._listener.host
        return f"http://{host}:{self._listener.port}"

    @property
    def requests(self) -> list[Received]:
        """What came in, in order."""
        return self._app.requests

    @property
    def prompts(self) -> list[Prompt]:
        """What models have read, in order."""
        return self._machine.prompts

    @property
    def loads(self) -> list[Load]:
        """Which models were loaded, in order."""
        return self._machine.schedule.loads

    @property
    def active(self) -> int:
        """How many answers are being written at this moment."""
        return self._machine.active

    @property
    def cancelled(self) -> int:
        """How many requests ended because the client went away."""
        return self._app.cancelled

    @property
    def connections(self) -> int:
        """How many clients are connected at this moment."""
        return len(self._listener.connections.opened)

    def fail(self, *faults: Fault, path: str | None = "/api/chat") -> None:
        """The next requests for this path go wrong, one fault each; a path of None is any."""
        first, rest = (faults[:1], faults[1:]) if not self._faults else ((), faults)
        for fault in first:
            if isinstance(fault, Refused):
                self._listener.call(self._listener.refuse(fault.seconds))
            else:
                rest = faults
        self._faults.extend((path, fault) for fault in rest)

    @contextmanager
    def down(self) -> Iterator[None]:
        """As if the server was not started: every connection is ended, and none can be made."""
        self._listener.call(self._listener.close())
        try:
            yield
        finally:
            self._listener.call(self._listener.open())

    def wait_until_idle(self, seconds: float = 5.0) -> None:
        """Returns when no answer is being written any more. Raises `TimeoutError`."""
        end = time.monotonic() + seconds
        while self.active:
            if time.monotonic() > end:
                raise TimeoutError(f"After {seconds} seconds {self.active} answers are still being written.")
            time.sleep(0.002)

    def _next_fault(self, received: Received) -> Fault | None:
        for number, (path, fault) in enumerate(self._faults):
            if path in (None, received.path):
                del self._faults[number]
                return fault
        return self._choose(received) if self._choose else None

    def _refuse(self, seconds: float) -> None:
        self._listener.refuse_soon(seconds)
