"""Who may ask: the Host header while the server listens on loopback only, and the Origin of web pages."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence

_LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?")
_SCHEMES = ("app://", "file://", "tauri://", "vscode-webview://", "vscode-file://")


def host_allowed(header: str) -> bool:
    """Whether a Host header names this machine or a private one."""
    host = _without_port(header).lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("", "localhost", socket.gethostname().lower()) or host.endswith(
            (".localhost", ".local", ".internal")
        )
    return address.is_loopback or address.is_private or address.is_unspecified


def origin_allowed(origin: str, extra: Sequence[str]) -> bool:
    """Whether a web page of this origin may ask; `extra` is OLLAMA_ORIGINS, where * stands for anything."""
    if _LOCAL.fullmatch(origin) or origin.startswith(_SCHEMES):
        return True
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), origin) for each in extra)


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0] if header.count(":") == 1 else header
