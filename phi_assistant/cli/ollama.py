"""How an Ollama server looks, if one answers: lines for people, a dict for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from phi_assistant.errors import PhiAssistantError

if TYPE_CHECKING:
    from phi_assistant.models.ollama.server import State
    from phi_assistant.settings import Settings


def server_of(chosen: Settings) -> State | PhiAssistantError:
    """How it is, or why nobody knows; within two seconds."""
    from phi_assistant.models.ollama.server import state_at_once

    try:
        return state_at_once(chosen.ollama_address)
    except PhiAssistantError as exc:
        return exc


def as_dict(server: State | PhiAssistantError) -> dict[str, Any]:
    """For programs; the keys are a contract."""
    if isinstance(server, PhiAssistantError):
        return {"problem": str(server)}
    return {**asdict(server), "models": dict(server.models), "problem": None}


def lines(server: State | PhiAssistantError) -> list[str]:
    """What it is, what it has, and what of it is in memory."""
    if isinstance(server, PhiAssistantError):
        return [f"  {server}"]
    held = {each.name: each for each in server.loaded}
    models = [_line(name, size, held.get(name)) for name, size in server.models.items()]
    none = "  it has no models yet: phi-assistant models pull phi-3.5-mini --backend ollama"
    return [f"  version {server.version} at {server.url}", *(models or [none])]


def _line(name: str, size: int, loaded: Any) -> str:
    from rich.filesize import decimal

    line = f"  {name}: {decimal(size)}"
    if loaded is None:
        return line
    context = f"{loaded.context:,} tokens of context, " if loaded.context else ""
    gpu = f", {decimal(loaded.on_gpu)} of it on a GPU" if loaded.on_gpu else ""
    return f"{line}, loaded ({context}{decimal(loaded.memory)} of memory{gpu})"
