"""What a server says of a model: what it can do, how much it can read, what ends its answers; asked once.

The context length is chosen once per model and kept, since a request with another one has the server load the model
anew (seconds to minutes): what was set; else what the model is loaded with already, if that is enough to work with;
else `USUAL`, as far as the model was trained for it and the machine, if it is this one, has the memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil

USUAL, LEAST = 8192, 2048
"""Tokens of prompt and answer: what retrieval and a conversation take, and what is too little to work with."""

_SHARE = 3
"""A context may take one part in so many of the memory that is free."""

_BYTES = 2
"""Of a number in the server's key-value cache (fp16)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """About one model of one server."""

    capabilities: frozenset[str]
    """`completion`, `tools`, `thinking`, `vision`, `embedding`, …"""
    trained: int
    """Tokens that the model was made for; 0 if the server does not say."""
    stop: tuple[str, ...]
    """The strings that end its answers; a request that names others would switch these off."""
    set_context: int | None
    """What its Modelfile sets."""
    token_bytes: int
    """What one token of context takes; 0 if that cannot be told."""

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> Facts:
        """From the answer of `/api/show`."""
        info = shown.get("model_info") or {}
        kind = info.get("general.architecture", "")
        parameters = _parameters(shown.get("parameters") or "")
        context = parameters.get("num_ctx")
        return cls(
            capabilities=frozenset(shown.get("capabilities") or ("completion",)),
            trained=int(info.get(f"{kind}.context_length") or 0),
            stop=tuple(parameters.get("stop", ())),
            set_context=int(context[0]) if context else None,
            token_bytes=_token_bytes(info, kind),
        )

    def context(self, wanted: int | None, *, loaded: int | None, is_here: bool) -> int:
        """The context length to ask for: tokens of prompt and answer."""
        most = self.trained or (wanted or USUAL)
        if wanted or self.set_context:
            return min(wanted or self.set_context or USUAL, most)
        if loaded and loaded >= LEAST:
            return min(loaded, most)
        return max(min(USUAL, most, self._fitting(is_here)), min(LEAST, most))

    def _fitting(self, is_here: bool) -> int:
        if not (is_here and self.token_bytes):
            return USUAL
        tokens = int(psutil.virtual_memory().available) // _SHARE // self.token_bytes
        return tokens // 1024 * 1024


@dataclass(frozen=True, slots=True)
class Known:
    """A model, as it will be asked."""

    facts: Facts
    context: int
    """Tokens of prompt and answer; the same for every call."""


def _parameters(text: str) -> dict[str, list[str]]:
    """The parameters of a Modelfile, a line each, the value in quotes if it is text."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if name:
            found.setdefault(name, []).append(_unquoted(value.strip()))
    return found


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value)) if value.startswith('"') else value
    except ValueError:
        return value.strip('"')


def _token_bytes(info: Mapping[str, Any], kind: str) -> int:
    names = ("block_count", "embedding_length", "attention.head_count", "attention.head_count_kv")
    layers, width, heads, shared = (info.get(f"{kind}.{name}") or 0 for name in names)
    if not all(isinstance(each, int) for each in (layers, width, heads, shared)) or not heads:
        return 0
    return int(2 * layers * (shared or heads) * (width // heads) * _BYTES)
