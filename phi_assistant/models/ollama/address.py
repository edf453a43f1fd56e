"""Where a server is: its address as people write it, checked, and the credentials in it kept out of sight."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from phi_assistant.errors import ConfigError

PORT = 11434
_HERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""What a server listens on when it listens everywhere is no place to call."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Address:
    """Of a server. Its text never shows credentials.

    >>> Address.parse("gpu-box").url
    'http://gpu-box:11434'
    >>> Address.parse("https://me:secret@example.org/ollama").url
    'https://example.org/ollama'
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    """The value of the header, if there were credentials in the address."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises `ConfigError` for what is no address: it is never replaced by another.

        With a scheme and no port it is that of the scheme, without a scheme Ollama's own.
        """
        scheme, found, rest = text.strip().rpartition("://")
        if (found and scheme not in ("http", "https")) or not rest or re.search(r"\s", rest):
            raise _refused(text)
        try:
            parts = urlsplit(f"//{rest}")
            port, host = parts.port, _host(parts.hostname)
        except ValueError as exc:
            raise _refused(text) from exc
        if not host or parts.query or parts.fragment or port == 0:
            raise _refused(text)
        if port is None and not found:
            port = PORT
        place = f"{scheme or 'http'}://{_HERE.get(host, host)}" + (f":{port}" if port else "")
        return cls(place + parts.path.rstrip("/"), _basic(parts.username, parts.password))

    @property
    def is_here(self) -> bool:
        """Whether it is this machine."""
        return (urlsplit(self.url).hostname or "") in ("127.0.0.1", "::1", "localhost")


def _host(name: str | None) -> str:
    if not name:
        return ""
    if ":" in name:
        return f"[{name}]"
    if not all(_LABEL.fullmatch(label) for label in name.removesuffix(".").split(".")):
        raise ValueError("no host has such a name")
    return name


def _basic(user: str | None, password: str | None) -> str | None:
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _refused(text: str) -> ConfigError:
    shown = re.sub(r"[?#].*", "?…", re.sub(r"^(\w+://)?.*@", r"\1…@", text))
    return ConfigError(
        f"{shown!r} is no address of an Ollama server. Write it like http://127.0.0.1:11434, https://HOST/PATH or HOST "
        "(PHI_ASSISTANT_OLLAMA, OLLAMA_HOST; in Python `base_url`)."
    )
