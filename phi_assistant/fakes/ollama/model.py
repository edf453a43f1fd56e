"""A model without weights: what it says to what, how large it pretends to be, and how slow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

from phi_assistant.fakes.embeddings import WordLengthEmbeddings
from phi_assistant.fakes.ollama import schemas
from phi_assistant.fakes.ollama.templates import PHI3, PLAIN, Template
from phi_assistant.fakes.ollama.tokens import Tokenizer, WordTokenizer, split

Embed = Callable[[str], Sequence[float]]


@dataclass(frozen=True)
class Asked:
    """What a model is asked, for those that look at it."""

    prompt: str
    """What it reads: rendered, and cut if it was too long."""
    messages: Sequence[dict[str, Any]] = ()
    """As they came; none for /api/generate with `raw`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    format: Any = None
    tools: Sequence[dict[str, Any]] = ()
    think: bool | str | None = None
    images: int = 0


@dataclass(frozen=True)
class Endless:
    """Tokens that come again and again: `Endless(" tick", " tock")`."""

    tokens: tuple[str, ...]

    def __init__(self, *tokens: str) -> None:
        object.__setattr__(self, "tokens", tokens)

    def __iter__(self) -> Iterator[str]:
        return cycle(self.tokens)


@dataclass(frozen=True)
class ToolCall:
    """A call that a model makes."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


Text = str | Iterable[str]
"""Words, or the tokens as they come."""


@dataclass(frozen=True)
class Turn:
    """What a model does when asked: it thinks, says something, and calls tools."""

    says: Text = ""
    thinks: Text = ""
    calls: Sequence[ToolCall] = ()

    def silent(self) -> Turn:
        """Without its thoughts."""
        return replace(self, thinks="")


Says = Text | Callable[[Asked], "Text | Turn"]


@dataclass(frozen=True)
class FakeModel:
    """A model that says what it was told to."""

    name: str
    """`phi3.5`, or with a tag."""
    says: Says = "The answer is forty-two."
    """A text; a list of tokens; a function of what is asked, which may also return a whole `Turn`."""
    thinks: Text = ""
    """Before it, if it has the capability and `think` is not off."""
    calls: Sequence[ToolCall] = ()
    """If tools are offered and none has answered yet: instead of saying anything."""
    capabilities: Sequence[str] = ("completion",)
    """Also: tools, insert, vision, embedding, thinking."""
    context: int = 4096
    """Tokens that it was trained on."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """PARAMETER lines of its Modelfile: num_ctx, temperature, stop …"""
    system: str = ""
    """The SYSTEM of its Modelfile."""
    template: Template | None = None
    """None: Phi-3's, or the plain one if it only embeds."""
    license: str = ""
    tokenizer: Tokenizer = field(default_factory=WordTokenizer)
    embeds: Embed = lambda text: WordLengthEmbeddings().embed([text])[0].tolist()
    """A text to a vector of any length that is no zero vector; Ollama normalises it."""
    token_s: float = 0.0
    """Seconds for a token of the answer."""
    load_s: float = 0.0
    """Seconds to load it."""
    memory: int = 2_500_000_000
    """Bytes that it takes when loaded."""
    size: int = 2_176_178_913
    """Bytes on disk."""
    family: str = "phi3"
    parameter_count: int = 3_821_079_552
    parameter_size: str = "3.8B"
    quantization: str = "Q4_0"
    embedding_length: int = 3072
    info: Mapping[str, Any] = field(default_factory=dict)
    """More of `model_info` in /api/show."""
    logprob: float = -0.01
    """Of each of its tokens."""
    alternatives: Sequence[tuple[str, float]] = ((" A", -4.7), (" An", -6.2))
    """What else it might have said, with their log-probabilities."""

    @property
    def form(self) -> Template:
        """The template it has."""
        return self.template or (PLAIN if self.only_embeds else PHI3)

    @property
    def stops(self) -> tuple[str, ...]:
        """Where it stops of itself."""
        stops = self.parameters.get("stop", self.form.stops)
        return (stops,) if isinstance(stops, str) else tuple(stops)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def only_embeds(self) -> bool:
        return "completion" not in self.capabilities

    def turn(self, asked: Asked) -> Turn:
        """What it does when asked this."""
        if callable(self.says):
            made = self.says(asked)
            return made if isinstance(made, Turn) else Turn(made, self.thinks)
        if self.calls and asked.tools and not _answered(asked.messages):
            return Turn("", self.thinks, self.calls)
        says = schemas.fitting(asked.format, "".join(self.says)) if asked.format else self.says
        return Turn(says, self.thinks)


def _answered(messages: Sequence[dict[str, Any]]) -> bool:
    """Whether a tool has answered since the user spoke last."""
    roles = [message["role"] for message in messages]
    since = roles[len(roles) - roles[::-1].index("user") :] if "user" in roles else roles
    return "tool" in since


def tokens_of(text: Text) -> Iterable[str]:
    """A text in words, tokens as they are."""
    return split(text) if isinstance(text, str) else text
