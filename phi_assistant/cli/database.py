"""How the database of conversations looks: lines for people, a dict for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phi_assistant.conversations.state import State
    from phi_assistant.settings import Settings


def state_of(chosen: Settings) -> State:
    """Looked at, and neither begun nor changed."""
    from phi_assistant.conversations.state import look

    return look(chosen.conversations_place)


def as_dict(state: State) -> dict[str, Any]:
    """For programs; the keys are a contract."""
    return asdict(state)


def lines(state: State) -> list[str]:
    """How many there are, of which version the tables are, and whether more can be kept."""
    if state.revision is None:
        return [f"  {state.problem or 'none yet: phi-assistant chat begins one'}"]
    version = f"revision {state.revision}"
    if state.revision != state.newest:
        version += f", brought up to {state.newest} when one is next kept or read"
    writable = "more can be kept" if state.writable else "no more can be kept"
    return [f"  {state.kept:,} kept ({version}); {writable}", *([f"  {state.problem}"] if state.problem else [])]
