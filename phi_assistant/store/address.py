"""Where a Chroma server is: the host, the port and whether it speaks TLS, from an address as people write it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from phi_assistant.errors import ConfigError
from phi_assistant.store.lock import HOST

_PORT = 8000
"""Chroma's own."""


@dataclass(frozen=True, slots=True)
class Address:
    """Of a server."""

    host: str
    port: int
    tls: bool = False

    @classmethod
    def loopback(cls, port: int) -> Self:
        """On this machine."""
        return cls(HOST, port)

    @classmethod
    def parsed(cls, text: str) -> Self:
        """From `http://HOST:PORT`, of which only the host must be there. Raises `ConfigError`."""
        url = urlsplit(text if "://" in text else f"http://{text}")
        tls = url.scheme == "https"
        try:
            port = url.port or (443 if tls else _PORT)
        except ValueError:
            port = 0
        if not (url.hostname and port and url.scheme in ("http", "https")) or url.username or url.path.strip("/"):
            raise ConfigError(
                "The setting 'chroma' is not the address of a Chroma server: give `http://HOST:PORT` or "
                "`https://HOST:PORT`, without a path or a user."
            )
        return cls(url.hostname, port, tls)

    def answers(self) -> bool:
        """Whether a server takes connections there."""
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}"
