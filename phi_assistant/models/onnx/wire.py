"""What the caller and the model's process say to each other: a line of JSON each, the kind first.

Knows neither pipes nor models. Token ids are the model's own; times are seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen."""

    temperature: float = 0.0
    """0 takes the likeliest."""
    top_p: float = 1.0
    top_k: int = 0
    """0 is all."""
    repetition_penalty: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """To the process: read these ids and answer."""

    call: int
    ids: list[int]
    max_tokens: int
    sampling: Sampling
    read_only: bool = False
    """Whether the prompt is only read, for those to come that begin with it."""
    opening: int = 0
    """How many of the ids are the system prompt, which the next conversation will begin with as well."""
    grammar: str | None = None
    """llguidance's, that the answer stays within."""
    logprobs: int | None = None
    """How many alternatives are reported with each token; None reports no probabilities at all."""
    cache_memory: int | None = None
    """The bytes that conversations may keep from now on."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the process: nobody waits for this answer any more."""

    call: int


@dataclass(frozen=True, slots=True)
class Ask:
    """To the process: how are you? It answers with `Metrics`."""

    call: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the process has read a prompt.

    >>> str(Progress(read=640, total=1500))
    'reading 640 of 1,500 tokens'
    """

    read: int
    total: int

    def __str__(self) -> str:
        return f"reading {self.read:,} of {self.total:,} tokens"


@dataclass(frozen=True, slots=True)
class Began:
    """From the process, before the first token: the prompt was read."""

    call: int
    cached: int
    """Ids of the prompt that were known from before."""
    queue_s: float
    prompt_s: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """From the process: some more of the answer."""

    call: int
    ids: list[int]
    logprobs: list[tuple[float, list[tuple[int, float]]]]
    """For each id its log-probability and the likeliest alternatives; empty if not asked for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """From the process: there is no more."""

    call: int
    reason: str
    """`stop` or `length`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """From the process: this call cannot be answered."""

    call: int
    kind: str
    """`busy`, `grammar` or `failed`."""
    why: str


@dataclass(frozen=True, slots=True)
class Unloadable:
    """From the process, which then ends: the model cannot be loaded."""

    why: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """What the process holds, and what it has done since it began."""

    pid: int
    sessions: int
    """Conversations whose key-value cache is kept."""
    cache_bytes: int
    cache_budget: int
    evicted: int
    active: int
    waiting: int
    resident_bytes: int
    prompt_tokens: int
    reused_tokens: int
    """Of the prompt tokens, those that did not have to be read again."""
    generated_tokens: int

    @classmethod
    def none(cls) -> Metrics:
        """Of a process that was not started."""
        return cls(*(0 for _ in fields(cls)))


@dataclass(frozen=True, slots=True)
class Told:
    """From the process to a call: what whoever called may see as it is."""

    call: int
    what: Progress | Metrics


Message = Start | Cancel | Ask | Told | Began | Tokens | Ended | Refused | Unloadable
_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Start, Cancel, Ask, Told, Began, Tokens, Ended, Refused, Unloadable)
}
_WITHIN: dict[str, type[Any]] = {kind.__name__: kind for kind in (Sampling, Progress, Metrics)}


def encode(message: Message) -> bytes:
    """A line, with its end."""
    return json.dumps(_written(message), separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line. Raises `ValueError` for one that is none, such as half a line."""
    try:
        kind, values = json.loads(line)
        message: Message = _KINDS[kind](**{name: _read(value) for name, value in values.items()})
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"no message: {line[:80]!r}") from exc
    return message


def _written(value: Any) -> Any:
    """A message, or a value within one, as its kind and its fields."""
    inner = {field.name: getattr(value, field.name) for field in fields(value)}
    return [type(value).__name__, {name: _written(each) if _is_value(each) else each for name, each in inner.items()}]


def _read(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], str):
        return _WITHIN[value[0]](**value[1])
    return value


def _is_value(each: Any) -> bool:
    return type(each).__name__ in _WITHIN
