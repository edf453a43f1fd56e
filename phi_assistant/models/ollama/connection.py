"""Talking to a server: requests out, lines of JSON in, in a thread or in an event loop, each within its time.

Over the connections of the `ollama` client; what comes is cut into lines here (see `lines`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping
from functools import cache

import httpx
from ollama import AsyncClient, Client

from phi_assistant.models.errors import ChatError
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.failures import unreachable
from phi_assistant.models.ollama.lines import BrokenOff, Line, Lines
from phi_assistant.models.ollama.loops import opened
from phi_assistant.models.ollama.watch import watch

CONNECT_S = 10.0
"""To reach a server; a request may wait for others much longer than that."""


_ENDING_S = 1.0
"""For the end of a transfer whose last line has come; with it the connection is free for the next call."""

_BROKEN = (httpx.HTTPError, httpx.StreamError, OSError, TimeoutError)


class Status(Exception):
    """An answer that is no success, with its body; `failures.refused` says what it stands for."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


class Late(Exception):
    """The deadline is over."""


FAILURES = (Status, BrokenOff, Late, ChatError)
"""What ends an answer before its time; `questions.failing` says what it stands for."""


class Connection:
    """To one server."""

    def __init__(self, address: Address, headers: Mapping[str, str]) -> None:
        self.address = address
        self._headers = dict(headers)
        if address.authorization:
            self._headers.setdefault("authorization", address.authorization)
        self.known: dict[tuple[str, int | None], Known] = {}
        """What was learned of its models, by name and wanted context length."""
        self._lock = threading.Lock()
        self._client: Client | None = None

    def lines(
        self, path: str, body: Line | None = None, *, deadline: float | None = None, silence: float | None = None
    ) -> Generator[Line]:
        """The lines of an answer as they come, to a GET or, with a body, to a POST.

        `deadline` is a time of `time.monotonic`, `silence` what there may be between two pieces in seconds. Raises
        `Status`, `BrokenOff`, `Late`, and `ModelDied` if no server is there.
        """
        client = self._sync()._client
        with self._mapped(deadline):
            response = client.send(_request(client, path, body, deadline, silence), stream=True)
            with contextlib.closing(response):
                lines, pieces = Lines(), response.iter_bytes()
                with watch.until(deadline, lambda: _shut(response)) as alarm:
                    if not response.is_success:
                        raise Status(response.status_code, response.read().decode("utf-8", "replace"))
                    for piece in pieces:
                        yield from lines.take(piece)
                        if lines.done:
                            break
                    if alarm.rang and not lines.done:
                        raise Late
                    yield from lines.rest()
                ending = watch.until(time.monotonic() + _ENDING_S, lambda: _shut(response))
                with ending, contextlib.suppress(*_BROKEN):
                    deque(pieces, maxlen=0)

    async def alines(
        self, path: str, body: Line | None = None, *, deadline: float | None = None
    ) -> AsyncGenerator[Line]:
        """As `lines`, in an event loop."""
        held = await opened((self.address, tuple(self._headers.items())), self._async)
        client = held.client._client
        with self._mapped(deadline):
            async with asyncio.timeout(_left(deadline)):
                response = await client.send(_request(client, path, body, deadline), stream=True)
            try:
                if not response.is_success:
                    raise Status(response.status_code, (await response.aread()).decode("utf-8", "replace"))
                lines, pieces = Lines(), response.aiter_bytes()
                piece: bytes | None = b""
                while piece is not None and not lines.done:
                    async with asyncio.timeout(_left(deadline)):
                        piece = await anext(pieces, None)
                    for line in lines.take(piece) if piece is not None else lines.rest():
                        yield line
                with contextlib.suppress(*_BROKEN):
                    async with asyncio.timeout(_ENDING_S):
                        async for _ in pieces:
                            pass
            finally:
                await response.aclose()

    def _sync(self) -> Client:
        """For threads; closed when nobody has this connection any more."""
        with self._lock:
            if self._client is None:
                self._client = Client(self.address.url, headers=self._headers, verify=_trust())
                weakref.finalize(self, self._client._client.close)
            return self._client

    def _async(self) -> AsyncClient:
        """A new one, for an event loop."""
        return AsyncClient(self.address.url, headers=self._headers, verify=_trust())

    @contextlib.contextmanager
    def _mapped(self, deadline: float | None) -> Iterator[None]:
        try:
            yield
        except _BROKEN as exc:
            if deadline is not None and time.monotonic() >= deadline - 0.05:
                raise Late from exc
            if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
                raise unreachable(self.address.url, str(exc) or type(exc).__name__) from exc
            raise BrokenOff(str(exc) or type(exc).__name__) from exc


def connection_to(address: Address, headers: Mapping[str, str]) -> Connection:
    """The one that everyone in this process shares who calls the same server with the same headers."""
    key = (address, tuple(sorted(headers.items())))
    with _lock:
        found = _connections.get(key)
        if found is None:
            found = _connections[key] = Connection(address, headers)
        return found


_connections: weakref.WeakValueDictionary[tuple[Address, tuple[tuple[str, str], ...]], Connection]
_connections = weakref.WeakValueDictionary()
_lock = threading.Lock()


@cache
def _trust() -> ssl.SSLContext:
    """Whom to trust, for all clients: reading the certificates takes longer than anything else of them."""
    return httpx.create_ssl_context()


def whole(lines: Iterable[Line]) -> Line:
    """An answer that is no stream: its only line."""
    found = list(lines)
    if len(found) != 1:
        raise BrokenOff(f"the server sent {len(found)} lines instead of one")
    return found[0]


def _request(
    client: httpx.Client | httpx.AsyncClient,
    path: str,
    body: Line | None,
    deadline: float | None,
    silence: float | None = None,
) -> httpx.Request:
    left = silence if deadline is None else _left(deadline)
    timeout = httpx.Timeout(left, connect=CONNECT_S if left is None else min(CONNECT_S, left))
    # In ASCII: half a character, as a file may hold it, has no other form that a server could read.
    content = None if body is None else json.dumps(body).encode()
    return client.build_request("GET" if body is None else "POST", path, content=content, timeout=timeout)


def _left(deadline: float | None) -> float | None:
    """Seconds; a little is left always, for zero means none of it to those who take it."""
    return None if deadline is None else max(0.001, deadline - time.monotonic())


def _shut(response: httpx.Response) -> None:
    """Ends a connection that another thread waits for; closing it would not wake that thread."""
    stream = response.extensions.get("network_stream")
    connected = stream.get_extra_info("socket") if stream else None
    if connected:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
