"""The values of kept conversations: frozen, with no database in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from phi_assistant.schema import Answer

Role = Literal["user", "assistant"]
Thumbs = Literal["up", "down"]
Vote = Literal["left", "right", "both", "neither"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a list shows of one."""

    id: str
    title: str
    """What its owner called it, else how its first question begins; empty before that."""
    bot: str
    """The name of the bot; empty if there was none."""
    collection: str
    created: datetime
    updated: datetime
    """When something was last said or renamed."""
    length: int
    """Messages in it."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What its reader thought of an answer."""

    thumbs: Thumbs
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    id: int
    role: Role
    text: str
    at: datetime
    answer: Answer | None = None
    """Of an assistant's: all of it, but for the texts of its hits, which the collection holds."""
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Contender:
    """Who answered in a comparison, and what."""

    bot: str
    """The name of the bot; empty if there was none."""
    collection: str
    answer: Answer
    """Read back, it is what a reader saw: without hits, passages and turns."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, two answers side by side, and which was thought better."""

    id: int
    question: str
    left: Contender
    right: Contender
    at: datetime
    vote: Vote | None
    """None until there was one."""
    reason: str


@dataclass(frozen=True, slots=True)
class Party:
    """Whose answers are counted together."""

    bot: str
    model: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes between two, on whichever side each stood."""

    first: Party
    second: Party
    for_first: int
    for_second: int
    both: int
    neither: int
