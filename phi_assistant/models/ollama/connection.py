"""Talking to a server: requests out, lines of JSON in, in a thread or in an event loop, each within its time.

Over the connections of the `ollama` client; what comes is cut into lines here (see `lines`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

import httpx
from ollama import AsyncClient, Client

from phi_assistant.models.errors import ChatError
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.deadlines import closed_at, left, work_until
from phi_assistant.models.ollama.facts import Known
from phi_assistant.models.ollama.failures import unreachable
from phi_assistant.models.ollama.lines import BrokenOff, Line, Lines
from phi_assistant.models.ollama.loops import opened
from phi_assistant.models.ollama.network import Ahead, lay_beneath

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
    ) -> Generator[list[Line]]:
        """The lines of an answer as they come, to a GET or, with a body, to a POST; those together that are here
        together.

        `deadline` is a time of `time.monotonic`, `silence` what there may be between two pieces in seconds. Raises
        `Status`, `BrokenOff`, `Late`, and `ModelDied` if no server is there.
        """
        client = self._sync()._client
        with self._mapped(deadline):
            work_until(deadline)
            response = client.send(_request(client, path, body, deadline, silence), stream=True)
            with contextlib.closing(response):
                if not response.is_success:
                    raise Status(response.status_code, response.read().decode("utf-8", "replace"))
                lines, pieces = Lines(Ahead(response)), response.iter_bytes()
                while not lines.done:
                    work_until(deadline)  # since the last piece this thread may have worked for another call
                    try:
                        found = lines.take(next(pieces, None))
                    except (*_BROKEN, BrokenOff):
                        yield lines.waiting
                        raise
                    if found:
                        yield found
                work_until(time.monotonic() + _ENDING_S)
                with contextlib.suppress(*_BROKEN):
                    deque(pieces, maxlen=0)

    async def alines(
        self, path: str, body: Line | None = None, *, deadline: float | None = None
    ) -> AsyncGenerator[list[Line]]:
        """As `lines`, in an event loop."""
        held = await opened((self.address, tuple(self._headers.items())), self._async)
        client = held.client._client
        with self._mapped(deadline):
            async with asyncio.timeout(left(deadline)):
                response = await client.send(_request(client, path, body, deadline), stream=True)
            try:
                with closed_at(deadline, response.extensions["network_stream"]):
                    if not response.is_success:
                        raise Status(response.status_code, (await response.aread()).decode("utf-8", "replace"))
                    lines, pieces = Lines(Ahead(response)), response.aiter_bytes()
                    while not lines.done:
                        try:
                            found = lines.take(await anext(pieces, None))
                        except (*_BROKEN, BrokenOff):
                            yield lines.waiting
                            raise
                        if found:
                            yield found
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
                lay_beneath(self._client._client)
                weakref.finalize(self, self._client._client.close)
            return self._client

    def _async(self) -> AsyncClient:
        """A new one, for an event loop."""
        client = AsyncClient(self.address.url, headers=self._headers, verify=_trust())
        lay_beneath(client._client)
        return client

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


def whole(lines: Iterable[list[Line]]) -> Line:
    """An answer that is no stream: its only line."""
    found = list(chain.from_iterable(lines))
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
    rest = left(deadline)
    # The deadline is kept elsewhere; httpx would begin to count anew with every piece.
    timeout = httpx.Timeout(silence, connect=CONNECT_S if rest is None else min(CONNECT_S, rest), pool=rest)
    # In ASCII: half a character, as a file may hold it, has no other form that a server could read.
    content = None if body is None else json.dumps(body).encode()
    return client.build_request("GET" if body is None else "POST", path, content=content, timeout=timeout)
