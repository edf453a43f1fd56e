"""The models that the tests talk to, by name; each is a folder that is built in a fraction of a second.

| name | what it does |
|---|---|
| answer | says `ANSWER` and ends |
| answer4 | the same with the tokenizer and the template of Phi-4-mini |
| first | the same with the template of the first Phi-3-mini, which drops system messages |
| emoji, emoji4 | says `EMOJI`, whose smile comes a byte at a time |
| listing | says `LISTING` and ends: for stop strings |
| counting | counts to 400 and begins again, without end |
| slow | the same, some milliseconds a token and a prompt of a thousand tokens a second or so |
| loop | says "Again and again and again" without end |
| dice | throws `DICE` without end, to be sampled |
| closing, closing4 | says `ANSWER`; within a grammar it closes quotes and braces as soon as it may |
| closing_slow4 | the same as `closing4`, some milliseconds a token |
| calls4 | opens a tool call, and closes quotes and braces |
| thinking | thinks `THOUGHT`, says `ANSWER` and ends |
| tagging | the same, and its template knows no thoughts |
| opened | the same as `thinking`, and its template has opened the thought |
| random | random weights, never ends; comparable with transformers |
| random8k, random128k | the same with longer contexts, the latter with LongRoPE |
| deep | says `ANSWER`; takes 16 KB of memory a token |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tiny_phi import templates, weights
from tiny_phi.chain import Chain
from tiny_phi.folder import write
from tiny_phi.tokenizer import NUMBERS, Vocabulary, phi3, phi3_in_halves, phi4
from tiny_phi.weights import Rope, Weights

ANSWER = "The answer is forty-two."
EMOJI = "Look: 🙂 here we go."
THOUGHT = "one two three"
LISTING = "one two three four five six seven eight."
DICE = {"one": 0.4, "two": 0.25, "three": 0.15, "four": 0.1, "five": 0.07, "six": 0.03}
"""How often the words of `dice` come at temperature 1."""

_RANDOM_SEED = 3


@dataclass(frozen=True)
class Model:
    """What is written into a folder."""

    vocabulary: Vocabulary
    weights: Weights
    kind: str = "phi3"

    def write(self, folder: Path) -> Path:
        return write(folder, self.vocabulary, self.weights, kind=self.kind)


def _says(text: str, vocabulary: Vocabulary) -> Model:
    return Model(vocabulary, Chain(vocabulary).says(text).weights())


def _counting(**size: int) -> Model:
    chain = Chain(phi3())
    return Model(chain.vocabulary, chain.says(" ".join(NUMBERS), then=f"▁{NUMBERS[0]}").weights(**size))


def _loop() -> Model:
    chain = Chain(phi3())
    return Model(chain.vocabulary, chain.says("Again and again", then="▁and").weights())


def _dice() -> Model:
    chain = Chain(phi3(), {f"▁{word}": float(np.log(share)) for word, share in DICE.items()})
    return Model(chain.vocabulary, chain.weights())


def _closing(vocabulary: Vocabulary, *, opening: str | None = None, **size: int) -> Model:
    """In every state the same wishes: to end, else to close, else to go on; between quotes a word."""
    wishes = {**dict.fromkeys("0123456789", 2.0), ",": 6.0, ":": 6.0, "]": 8.0, "}": 8.0, '"': 9.0}
    chain = Chain(vocabulary, {**wishes, vocabulary.ends[0]: 20.0})
    first, second = "f", "ine"
    chain.after('"', {**wishes, first: 12.0}).after(first, {**wishes, second: 12.0})
    if opening is None:
        chain.says(ANSWER)
    else:
        chain.starts_with(vocabulary.id(opening))
    return Model(vocabulary, chain.weights(**size))


def _random(rope: Rope) -> Model:
    vocabulary = phi3()
    size = -(-len(vocabulary) // 64) * 64
    made = weights.random(size, seed=_RANDOM_SEED, rope=rope)
    made.head[:, list(vocabulary.tokenizer.get_added_tokens_decoder())] = 0  # others are always likelier: it never ends
    return Model(vocabulary, made)


def long_rope() -> Rope:
    """As Phi-3.5-mini has it: 131,072 positions, and other keys beyond 4,096 tokens."""
    half = 8
    short = tuple(1.0 + 0.05 * at for at in range(half))
    long = tuple(1.0 + 2.0 * at for at in range(half))
    return Rope(131_072, short=short, long=long, original=4096)


def _deep() -> Model:
    return Model(phi3(), Chain(phi3()).says(ANSWER).weights(layers=8, kv_heads=8))


_MAKERS: dict[str, Callable[[], Model]] = {
    "answer": lambda: _says(ANSWER, phi3()),
    "answer4": lambda: _says(ANSWER, phi4()),
    "first": lambda: _says(ANSWER, phi3(templates.FIRST_PHI3)),
    "emoji": lambda: _says(EMOJI, phi3()),
    "emoji4": lambda: _says(EMOJI, phi4()),
    "listing": lambda: _says(LISTING, phi3()),
    "counting": lambda: _counting(context=8192),
    "slow": lambda: _counting(context=8192, layers=8, intermediate=8192),
    "loop": _loop,
    "dice": _dice,
    "thinking": lambda: _says(f"<think>{THOUGHT}</think> {ANSWER}", phi3_in_halves(templates.THINKING)),
    "tagging": lambda: _says(f"<think>{THOUGHT}</think> {ANSWER}", phi3_in_halves()),
    "opened": lambda: _says(f"{THOUGHT}</think> {ANSWER}", phi3_in_halves(templates.OPENING)),
    "closing": lambda: _closing(phi3()),
    "closing4": lambda: _closing(phi4()),
    "closing_slow4": lambda: _closing(phi4(), layers=8, intermediate=65536),
    "calls4": lambda: _closing(phi4(), opening="<|tool_call|>"),
    "random": lambda: _random(Rope(4096)),
    "random8k": lambda: _random(Rope(8192)),
    "random128k": lambda: _random(long_rope()),
    "deep": _deep,
}


@cache
def model(name: str) -> Model:
    """One of the models."""
    return _MAKERS[name]()


class TinyModels:
    """The folders, built when they are first wanted."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def folder(self, name: str) -> Path:
        """Of a model, for everyone."""
        folder = self._place / name
        return folder if folder.exists() else model(name).write(folder)

    def own(self, name: str, place: Path) -> Path:
        """A folder that nobody else has: a model in it has a process of its own."""
        return model(name).write(place / name)
