"""What a server has that speaks OpenAI's API, if one is named: lines for people, a dict for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from phi_assistant.errors import PhiAssistantError

if TYPE_CHECKING:
    from phi_assistant.settings import Settings

_AT_ONCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Named:
    """The server that the settings name."""

    address: str
    models: tuple[str, ...] = ()
    problem: str | None = None


def server_of(chosen: Settings) -> Named | None:
    """What it has, or why nobody knows, within two seconds; None if none is named."""
    from phi_assistant.models.openai.failures import without_user
    from phi_assistant.models.openai.server import models_of

    if not chosen.openai:
        return None
    address = without_user(chosen.openai)
    try:
        return Named(address, tuple(models_of(chosen, seconds=_AT_ONCE_S)))
    except PhiAssistantError as exc:
        return Named(address, problem=str(exc))


def as_dict(server: Named | None) -> dict[str, Any] | None:
    """For programs; the keys are a contract."""
    return None if server is None else {**asdict(server), "models": list(server.models)}


def lines(server: Named | None) -> list[str]:
    """A heading and what it has; nothing if none is named."""
    if server is None:
        return []
    named = [f"  {name}: phi-assistant ask --model openai:{name} …" for name in server.models]
    return [f"At {server.address}", *([f"  {server.problem}"] if server.problem else named or ["  it has no models"])]
