"""The values of an evaluation: questions with what is known of their answers.

Knows nothing of files, and nothing of how a question is asked or judged.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from phi_assistant.schema import Turn


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a source; all of it if no offsets are given."""

    source: str
    start: int = 0
    end: int = sys.maxsize

    def meets(self, other: Place) -> bool:
        """Whether the two overlap by half of the shorter one."""
        overlap = min(self.end, other.end) - max(self.start, other.start)
        shorter = min(self.end - self.start, other.end - other.start)
        return self.source == other.source and overlap > 0 and 2 * overlap >= shorter

    def holds(self, start: int, end: int) -> bool:
        return self.start <= start and end <= self.end


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source that holds the answer, word by word."""

    place: Place
    words: tuple[tuple[int, int], ...]
    """Where each of its words begins and ends."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and whatever is known of its answer."""

    id: str
    text: str
    history: tuple[Turn, ...] = ()
    answers: tuple[str, ...] = ()
    """Any of which would be right."""
    answerable: bool | None = None
    """Whether the documents hold the answer; None where nobody has said."""
    relevant: frozenset[str] = frozenset()
    """The names of what should be found: passages, or whole documents."""
    whole: bool = False
    """Whether they are names of whole documents."""
    spans: tuple[Span, ...] = ()
    """Where exactly the answer stands, if that is known."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a set names."""

    place: Place
    name: str
    document: str


@dataclass(frozen=True)
class QuestionSet:
    """Questions, and the documents they are about if they bring their own."""

    name: str
    questions: tuple[Question, ...]
    documents: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Texts by file name; empty for questions about what the user has ingested."""
    passages: Mapping[str, Sequence[Passage]] = field(default_factory=dict, repr=False)
    """By file name; empty where sources are known by their own names."""

    def names(self, place: Place, *, whole: bool) -> list[str]:
        """What a stretch of a source stands for: passages that it meets, or documents."""
        if not self.passages:
            return [place.source]
        found = [each for each in self.passages.get(place.source, ()) if each.place.meets(place)]
        return list(dict.fromkeys(each.document if whole else each.name for each in found))
