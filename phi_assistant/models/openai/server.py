"""Where a server is that speaks OpenAI's API, and which models it has. Needs no package of OpenAI's."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import httpx2

from phi_assistant.errors import ConfigError
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.openai.failures import (
    bad_address,
    bad_key,
    missing,
    no_address,
    no_server,
    not_installed,
    refused_key,
    unreachable,
)
from phi_assistant.settings import Settings


def base_url(settings: Settings) -> str:
    """Where it is, with the path; without one it is /v1, as nearly everywhere. Raises `ConfigError`."""
    if not settings.openai:
        raise no_address()
    given = settings.openai.strip()
    try:
        address = Address.parse(given if "://" in given else f"http://{given}")
    except ConfigError as exc:
        raise bad_address(given) from exc
    if address.authorization:  # it would stand in every message that names the server
        raise bad_address(given)
    return address.url if urlsplit(address.url).path else f"{address.url}/v1"


def key_of(settings: Settings) -> str | None:
    """What the server wants to let anybody in. Raises `ConfigError` for what cannot be sent."""
    key = (settings.openai_secret or "").strip()
    if not key.isascii() or not key.isprintable():
        raise bad_key()
    return key or None


def models_of(settings: Settings, *, seconds: float) -> list[str]:
    """The names of what it has, those of embedders left out; it may take so long to say so.

    Raises `ConfigError` if there can be no such address or key or the key is refused, `MissingExtra` if nothing here
    could ask one of them, and `ModelAway`.
    """
    if find_spec("langchain_openai") is None:
        raise not_installed()
    url, key = base_url(settings), key_of(settings)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        reply = httpx2.get(f"{url}/models", headers=headers, timeout=seconds)
    except httpx2.HTTPError as exc:
        raise unreachable(url, str(exc) or type(exc).__name__) from exc
    if reply.status_code in (401, 403):
        raise refused_key(url)
    if reply.status_code >= 500:
        raise unreachable(url, f"status {reply.status_code}")
    return _names(reply, url)


def check_model(name: str, settings: Settings, *, seconds: float) -> None:
    """Raises `ModelUnavailable` if the server does not list this model, and as `models_of`."""
    there = models_of(settings, seconds=seconds)
    if name not in there and f"{name}:latest" not in there:  # Ollama knows the one by the other
        raise missing(name, base_url(settings), there)


def _names(reply: httpx2.Response, url: str) -> list[str]:
    try:
        listed: list[dict[str, Any]] = reply.raise_for_status().json()["data"]
        names = [str(each["id"]) for each in listed]
    except (httpx2.HTTPStatusError, ValueError, KeyError, TypeError) as exc:
        raise no_server(url, reply.status_code) from exc
    return [name for name in names if "embed" not in name.lower()]
