"""Fetching a model: the server does it, and tells how far it is. What has come is kept there if it is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from phi_assistant.errors import ModelUnavailable, PhiAssistantError
from phi_assistant.models.catalogue import InOllama, Missing, lookup, near
from phi_assistant.models.ollama.connection import FAILURES
from phi_assistant.models.ollama.failures import broken_off
from phi_assistant.models.ollama.lines import Line
from phi_assistant.models.ollama.names import name_there
from phi_assistant.models.ollama.questions import asked, failing
from phi_assistant.models.ollama.server import Server
from phi_assistant.models.said import said

SILENCE_S = 600.0
"""Between two signs of a download: checking gigabytes on a slow disk takes minutes."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is."""

    step: str
    """As the server says it: "pulling 633fc5be925f", "verifying sha256 digest"."""
    done: int
    """Bytes of all layers that are there."""
    total: int
    """Bytes of all layers that are known by now."""


def pull(name: str, server: Server, on_progress: Callable[[Progress], Any] = lambda progress: None) -> str:
    """Has the server fetch a model, by its name there or in the catalogue; gives its name there.

    Raises `ModelUnavailable` if Ollama's library has none of this name or cannot be reached, `ModelDied` if there is
    no server or the download broke off.
    """
    known = lookup(name)
    if known and known.name == name and isinstance(known.ollama, Missing):
        raise ModelUnavailable(
            f"{known.title} cannot be had for Ollama: {known.ollama.why}. Others can: `phi-assistant models list`."
        )
    there = name_there(name)
    try:
        _follow(there, server, on_progress)
    except FAILURES as exc:
        raise asked(failing(exc, there, url=server.url, seconds=SILENCE_S), server.ask) from exc
    return there


def _follow(name: str, server: Server, on_progress: Callable[[Progress], Any]) -> None:
    layers: dict[str, Line] = {}
    step = ""
    with closing(server.lines("/api/pull", {"model": name}, silence=SILENCE_S)) as lines:
        for line in lines:
            if "error" in line:
                raise _refused(name, server.url, said(str(line["error"])))
            step = str(line.get("status") or "")
            if "digest" in line:
                layers[line["digest"]] = line
            on_progress(Progress(step, _sum(layers, "completed"), _sum(layers, "total")))
    if step != "success":
        raise broken_off(name, "the server ended the download before it was whole")


def _sum(layers: dict[str, Line], what: str) -> int:
    return sum(int(layer.get(what) or 0) for layer in layers.values())


def _refused(name: str, url: str, why: str) -> PhiAssistantError:
    if "file does not exist" in why:
        similar = [each for each in (lookup(other) for other in near(name)) if each]
        names = [each.ollama.name for each in similar if isinstance(each.ollama, InOllama)]
        hint = f" Did you mean {' or '.join(names)}?" if names else ""
        return ModelUnavailable(
            f"Ollama's library has no model {name!r}.{hint} See `phi-assistant models list` and ollama.com/library."
        )
    return ModelUnavailable(
        f"The Ollama server at {url} could not fetch {name!r} ({why}). See to its connection to the internet, and try "
        f"again with `phi-assistant models pull {name} --backend ollama`: what has come is kept."
    )
