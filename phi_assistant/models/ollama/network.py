"""The network beneath a client: what is read and written in a thread ends in time, and what was read can be seen.

Seen it must be for what a server has said faster than it was listened to: the lines that are here already are passed on
together, as none of them is held back by that.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from phi_assistant.models.ollama.deadlines import within

_PART = 16_384
"""Bytes of one write: those that nobody takes are noticed between two."""

_OURS = "phi_assistant.stream"
_LINE_END = b"}\n"

Options = Iterable[httpcore.SOCKET_OPTION] | None


def lay_beneath(client: httpx.Client | httpx.AsyncClient) -> None:
    """Gives this client such a network, whatever proxies it was told to take."""
    # httpx lets nobody choose the network of a transport without losing the proxies of the environment.
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Network(transport._pool._network_backend)
        elif isinstance(transport, httpx.AsyncHTTPTransport):
            transport._pool._network_backend = _AsyncNetwork(transport._pool._network_backend)


class Ahead:
    """Looks whether an answer's next line is here already."""

    def __init__(self, response: httpx.Response) -> None:
        self._stream: _Stream | _AsyncStream | None = response.extensions["network_stream"].get_extra_info(_OURS)
        self._read, self._place = b"", 0

    def after(self, piece: bytes) -> bool:
        """Whether a whole line has been read behind this piece of the answer, so that nobody need wait for it."""
        if self._stream is None or not piece.endswith(_LINE_END):
            return False
        if self._stream.last is not self._read:
            self._read, self._place = self._stream.last, 0
        found = self._read.find(piece, self._place)
        if found < 0:  # it was compressed
            return False
        self._place = found + len(piece)
        return self._read.find(_LINE_END, self._place) >= 0


class _Stream(httpcore.NetworkStream):
    """A connection."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.last = b""
        """What was read last."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.last = self._stream.read(max_bytes, within(timeout))
        return self.last

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PART):
            self._stream.write(buffer[start : start + _PART], within(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, within(timeout)))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self if info == _OURS else self._stream.get_extra_info(info)


class _AsyncStream(httpcore.AsyncNetworkStream):
    """The same for an event loop, where the deadline is kept elsewhere."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.last = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.last = await self._stream.read(max_bytes, timeout)
        return self.last

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self if info == _OURS else self._stream.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Makes such connections."""

    def __init__(self, network: httpcore.NetworkBackend) -> None:
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._network.connect_tcp(host, port, within(timeout), local_address, socket_options))


class _AsyncNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self, network: httpcore.AsyncNetworkBackend) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._network.connect_tcp(host, port, timeout, local_address, socket_options))
