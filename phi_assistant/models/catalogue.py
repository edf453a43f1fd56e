"""The Phi family as data: what each model is, what it is called where, and what cannot be had.

The facts are in `catalogue.toml`. Knows nothing of what is on this machine; see `folders` for that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

_OWNER = re.compile(r"^microsoft/")
_SUFFIX = re.compile(r"(-instruct)?(-onnx)?(-cpu)?(:latest)?$")


@dataclass(frozen=True, slots=True)
class OnHub:
    """A folder for ONNX Runtime GenAI on the Hugging Face Hub, made for processors."""

    repository: str
    folder: str
    size: int
    """Bytes that are downloaded, nearly."""
    memory: int
    """Bytes that it takes when it is loaded, nearly."""
    token_memory: int
    """Bytes that a token of a conversation takes besides."""
    window: int | None = None
    """Tokens of a prompt and its answer unless `context_length` asks for more; none is all of the context."""
    text_only: bool = False
    """Whether it reads more than text, and here only that."""


@dataclass(frozen=True, slots=True)
class InOllama:
    """A model of Ollama's library."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A backend that has none."""

    why: str
    """In a few words: "ONNX files for GPUs only"."""


@dataclass(frozen=True, slots=True)
class Model:
    """One of the family."""

    name: str
    """As users type it: "phi-3.5-mini"."""
    title: str
    """As its makers write it."""
    parameters: float
    """Billions."""
    context: int
    """Tokens it was trained for; what fits into memory is another matter."""
    licence: str
    languages: tuple[str, ...]
    """Two-letter codes."""
    onnx: OnHub | Missing
    ollama: InOllama | Missing
    thinks: bool = False
    """Whether it writes what it thinks before its answer."""
    aliases: tuple[str, ...] = ()
    """Besides those that follow from the title, the repository and Ollama's name."""

    @property
    def elsewhere(self) -> str:
        """A sentence on where else it can be had."""
        if isinstance(self.ollama, InOllama):
            return f"Ollama has it: `ollama pull {self.ollama.name}`."
        return "Take another, such as `phi-assistant models pull phi-3.5-mini`."


@cache
def catalogue() -> tuple[Model, ...]:
    """The family, in the order in which it grew."""
    text = resources.files(__package__).joinpath("catalogue.toml").read_text("utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def lookup(name: str) -> Model | None:
    """By its name, an alias, the title, the name in Ollama, or the repository; None if there is no such model.

    >>> lookup("microsoft/Phi-3.5-mini-instruct-onnx").name
    'phi-3.5-mini'
    """
    return _by_key().get(_key(name))


def near(name: str, others: Iterable[str] = ()) -> list[str]:
    """Names that may have been meant, nearest first; `others` are names outside the catalogue."""
    names = {**{key: model.name for key, model in _by_key().items()}, **{_key(other): other for other in others}}
    found = get_close_matches(_key(name), names, n=4, cutoff=0.6)
    return list(dict.fromkeys(names[key] for key in found))[:3]


@cache
def _by_key() -> dict[str, Model]:
    return {_key(name): model for model in catalogue() for name in _names(model)}


def _names(model: Model) -> list[str]:
    names = [model.name, model.title, *model.aliases]
    if isinstance(model.onnx, OnHub):
        names.append(model.onnx.repository)
    if isinstance(model.ollama, InOllama):
        names.append(model.ollama.name)
    return names


def _key(name: str) -> str:
    """What is the same for all spellings of a name: "Phi-3.5-mini-instruct-onnx" and "phi3.5 mini" are one."""
    plain = _SUFFIX.sub("", _OWNER.sub("", name.strip().lower()))
    return re.sub(r"[\s_:-]", "", plain)


def _model(entry: dict[str, Any]) -> Model:
    onnx, ollama = entry.pop("onnx"), entry.pop("ollama")
    return Model(
        onnx=Missing(onnx["without"]) if "without" in onnx else OnHub(**onnx),
        ollama=Missing(ollama["without"]) if "without" in ollama else InOllama(**ollama),
        languages=tuple(entry.pop("languages")),
        aliases=tuple(entry.pop("aliases", ())),
        **entry,
    )
