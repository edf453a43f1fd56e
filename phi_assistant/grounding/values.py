"""The values of grounding: facts, statements, and an answer with what it rests on.

Frozen and plain; where they come from is for the other modules to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from phi_assistant.schema import Citation

Kind = Literal["number", "date", "time", "name", "code", "url", "email"]
Value = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is either right or wrong: "14 days", "3 March", "Berlin", "E3"."""

    kind: Kind
    text: str
    start: int
    end: int
    """Offsets into the text it was found in: of an answer, into `Statement.text`."""
    values: frozenset[Value] = frozenset()
    """What it may mean, however it is written; "3:00" may be at night or in the afternoon."""
    unit: str = ""
    """What a number counts, in one spelling: "day", "€"; of a code, its series; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer, a row of a table in it, or a heading."""

    text: str
    """Without the markers that the model wrote: `Grounded.text[start:end]`."""
    start: int
    end: int
    """Offsets into `Grounded.text`; the same twice where the statement was removed."""
    asserts: bool
    """False for greetings, questions, "Here is how:" and "The documents do not say"."""
    support: float
    """How well the passages support it, 0 to 1."""
    supported: bool
    """Whether that is enough and every fact in it stands; always true of what asserts nothing."""
    missing: tuple[Fact, ...]
    """Facts that stand neither in a passage nor in the question."""
    citations: tuple[Citation, ...]
    """The sentences it rests on, best first; none where it is not supported."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer whose every sentence was held against the passages."""

    text: str
    """With markers such as "[1]" after each supported sentence, and no others."""
    statements: tuple[Statement, ...]
    """In the order of the text; those that were removed among them."""
    citations: tuple[Citation, ...]
    """What the text stands on, in its order, each once; several may have one number."""
    unsupported: tuple[str, ...]
    """The sentences that no passage supports, whether they were removed or not."""
    support: float
    """Of the whole answer, 0 to 1: the mean of its sentences, the longer ones counting more."""
