"""Model specs: `extractive`, `onnx:phi-3.5-mini`, `onnx:/path/to/folder`, `ollama:phi3.5`, `openai:NAME`; and which is
the best here.

The one place that knows which backend a name belongs to. Imports a backend when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from phi_assistant.errors import ConfigError, PhiAssistantError
from phi_assistant.models.catalogue import OnHub, catalogue, lookup

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from phi_assistant.settings import Settings

EXTRACTIVE = "extractive"
_SOON = 5.0
"""Billions of parameters; larger ones write a word or two a second on two cores."""

_LOOK_S = 1.0
"""Seconds that a server may take to say which models it has, when nobody named one."""

_PATIENCE_S = 10.0
"""The same when somebody did."""


def chat_model(spec: str, settings: Settings) -> BaseChatModel:
    """The chat model of a spec. Raises `ConfigError` for a spec that names none."""
    backend, _, name = spec.partition(":")
    if backend == "onnx" and name:
        from phi_assistant.models.onnx.chat import ChatPhiOnnx

        return ChatPhiOnnx(model=name, models=settings.models_folder)
    if backend == "ollama" and name:
        from phi_assistant.models.ollama.chat import ChatPhiOllama

        return ChatPhiOllama(model=name, base_url=settings.ollama_address)
    if backend == "openai" and name:
        from phi_assistant.models.openai.chat import served

        return served(name, settings)
    raise ConfigError(
        f"There is no model {spec!r}. Write `extractive`, `onnx:NAME` (see `phi-assistant models list`), "
        "`ollama:NAME` (see `ollama list`), or `openai:NAME` for a server that PHI_ASSISTANT_OPENAI names."
    )


def check_there(spec: str, settings: Settings) -> None:
    """Whether the model of a spec is where it should be; it is not loaded.

    Raises `ConfigError` for a spec that names none, and otherwise what its first answer would raise.
    """
    if spec == EXTRACTIVE:
        return
    chat_model(spec, settings)
    backend, _, name = spec.partition(":")
    if backend == "onnx":
        from phi_assistant.models.folders import find

        find(name, settings.models_folder)
        return
    if backend == "openai":
        from phi_assistant.models.openai.server import check_model

        check_model(name, settings, seconds=_PATIENCE_S)
        return
    from phi_assistant.models.ollama.names import name_there
    from phi_assistant.models.ollama.server import Server

    there = name_there(name)
    Server(settings.ollama_address).ask("/api/show", {"model": there}, model=there)


def best_spec(settings: Settings) -> str:
    """The best that is here, which is the first of `found`. Raises `ConfigError` or `MissingExtra` if the settings name
    a server that cannot be used; one that is away is done without."""
    return next(_best_first(settings, _offered(settings)))


def found(settings: Settings) -> list[str]:
    """All that could answer now, the best first.

    That is what a server has that the settings name; else a downloaded model; else one of the Phi family in an Ollama
    server; else `extractive`, before other models of the Ollama server, which nobody has chosen for this.
    """
    try:
        offered = _offered(settings)
    except PhiAssistantError:
        offered = []  # `phi-assistant doctor` and the checks of the front end tell it
    return list(_best_first(settings, offered))


def _best_first(settings: Settings, offered: list[str]) -> Iterator[str]:
    """Each is asked for only when those before it are not enough."""
    yield from (f"openai:{name}" for name in sorted(offered, key=_rank, reverse=True))
    yield from (f"onnx:{name}" for name in sorted(_downloaded(settings), key=_rank, reverse=True))
    served = _served(settings)
    family = [name for name in served if lookup(name.removesuffix(":latest"))]
    yield from (f"ollama:{name}" for name in sorted(family, key=_rank, reverse=True))
    yield EXTRACTIVE
    yield from (f"ollama:{name}" for name in served if name not in family)


def _offered(settings: Settings) -> list[str]:
    """The models of the server that the settings name, if it answers at once. Raises `ConfigError`, `MissingExtra`."""
    if not settings.openai:
        return []
    from phi_assistant.models.errors import ModelAway
    from phi_assistant.models.openai.server import models_of

    try:
        return models_of(settings, seconds=_LOOK_S)
    except ModelAway:
        return []  # as with an Ollama server


def _downloaded(settings: Settings) -> list[str]:
    from phi_assistant.models.folders import inventory

    return [here.name for here in inventory(settings.models_folder) if here.flaw is None]


def _rank(name: str) -> tuple[bool, bool, int]:
    """How good a model is without a graphics card: made for text, small enough to answer soon, and new."""
    known = lookup(name.removesuffix(":latest"))
    if known is None:
        return (False, False, -1)
    for_text = not (isinstance(known.onnx, OnHub) and known.onnx.text_only)
    return (for_text, known.parameters <= _SOON, catalogue().index(known))


def _served(settings: Settings) -> list[str]:
    """The models of the Ollama server, if one answers at once."""
    from phi_assistant.models.ollama.server import state_at_once

    try:
        state = state_at_once(settings.ollama_address, seconds=_LOOK_S)
    except PhiAssistantError:
        return []  # nobody asked for it by name
    return list(state.models)
