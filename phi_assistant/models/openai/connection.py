"""How a server is reached: HTTP clients, and those of the `openai` package on them without what the environment holds
for OpenAI's own server."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache

import httpx2
from openai import AsyncOpenAI, OpenAI

_SILENCE_S, _CONNECT_S = 600.0, 5.0
"""A server without a graphics card may have others to answer first; a call of our other models may take as long."""

TIMEOUT = httpx2.Timeout(_SILENCE_S, connect=_CONNECT_S)

_UNPOOLED = httpx2.Limits(max_keepalive_connections=0)
"""A connection for each call: one that is kept belongs to its event loop, and the next call may be of another."""


def client() -> httpx2.Client:
    """For threads."""
    return httpx2.Client(limits=_UNPOOLED, verify=_trust())


def async_client() -> httpx2.AsyncClient:
    """For event loops; both go through the proxy that HTTP_PROXY and its like name, and follow nobody elsewhere."""
    return httpx2.AsyncClient(limits=_UNPOOLED, verify=_trust())


def keep_apart(speaker: OpenAI | AsyncOpenAI, headers: Mapping[str, str]) -> None:
    """Takes from it what it has read in the environment: organization, project, and headers, which may hold a key.

    Nor does it try again by itself: after a silence that was too long the server would have the same work twice.
    """
    speaker.organization = speaker.project = speaker.admin_api_key = None
    speaker._custom_headers = dict(headers)
    speaker.max_retries = 0


@cache
def _trust() -> ssl.SSLContext:
    """Whom to trust, for all clients: reading the certificates takes longer than anything else of them."""
    return httpx2.create_ssl_context()
