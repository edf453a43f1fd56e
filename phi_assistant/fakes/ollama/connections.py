"""The connections of clients, as far down as a fault needs them: closed, reset, refused."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""No time for what was not sent yet: closing resets the connection."""


@dataclass
class Connections:
    """Those that are open, by the address of the client."""

    refuse: Callable[[float], None]
    """Makes the server refuse new ones for some seconds."""
    opened: dict[Address, H11Protocol] = field(default_factory=dict)

    def protocol(self) -> type[asyncio.Protocol]:
        """uvicorn's, which enters itself here."""
        opened = self.opened

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    opened[self.client] = self

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    opened.pop(self.client, None)
                super().connection_lost(exc)

        return Protocol

    def of(self, address: Address) -> Connection:
        return Connection(self, address)

    def drop_idle(self) -> None:
        """Ends those on which nothing is going on."""
        for protocol in list(self.opened.values()):
            if protocol.cycle is None or protocol.cycle.response_complete:
                protocol.transport.abort()

    def drop_all(self) -> None:
        for protocol in list(self.opened.values()):
            protocol.transport.abort()


@dataclass(frozen=True)
class Connection:
    """The connection of one request."""

    all: Connections
    address: Address

    def refuse(self, seconds: float) -> None:
        self.all.refuse(seconds)

    def close(self) -> None:
        """What was written is still sent."""
        if protocol := self.all.opened.get(self.address):
            protocol.transport.close()

    def reset(self) -> None:
        """The client sees "connection reset by peer"."""
        if protocol := self.all.opened.get(self.address):
            raw = protocol.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            protocol.transport.abort()
