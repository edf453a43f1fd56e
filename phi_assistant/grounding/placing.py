"""Placing: whether a number, date or time stands where the passages speak of the same thing.

That "three" stands somewhere in a thousand words says little. It must stand in or beside a sentence that the
statement rests on, with a word of its surroundings; or elsewhere, with most of them or as "season 3". And where
another number stands in the very same surroundings, that one was meant. Knows where facts stand; knows nothing of
support.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phi_assistant.grounding.values import Fact
from phi_assistant.grounding.vocabulary import all_number_words
from phi_assistant.words import Analyzer

REACH = 5
"""How many words to either side surround a fact."""

CLOSE = 3
"""Common words from which another value beside the same word speaks against a fact."""

PLAIN = 4
"""Common words that another value has more than a fact has anywhere: that one was meant, whatever is right beside."""

ANOTHERS = 2
"""Common words that another code of a series has more than a code has anywhere: of that one it was said."""

FEW = 3
"""Surroundings of so few words need one in common, others two."""

_WORD = re.compile(r"[^\W\d_]+")
_LARGE = re.compile(r"\d{3}|\.\d")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words next to a fact, as stems; only those of content."""

    words: frozenset[str]
    before: str
    """Right before it; empty where that is no word of content."""
    after: str
    """Right after it, or its unit."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a fact, or another of its kind, stands."""

    place: int
    """Which of the texts."""
    around: Surroundings
    same: bool
    """Whether it is that fact."""
    unit: str
    """Its unit, or the series of a code."""


def surroundings(text: str, fact: Fact, analyzer: Analyzer) -> Surroundings:
    """What stands next to a fact of this text, its unit included; the letters of a code are none of it."""
    before = [*_words(text[: fact.start])][-REACH:]
    own = [] if fact.kind == "code" else [*_words(text[fact.start : fact.end])]
    after = [*own, *_words(text[fact.end :])][:REACH]
    words = frozenset(analyzer.content(" ".join([*before, *after])))
    return Surroundings(words, *(_stem(near, analyzer) for near in (before[-1:], after[:1])))


def in_place(fact: Fact, around: Surroundings, found: Sequence[Found], evidence: frozenset[int], question: int) -> bool:
    """Whether one of the places where it stands is about the same, or is the question, and no other value is in its
    place."""
    mine = [each for each in found if each.same and (each.place == question or _is_near(fact, around, each, evidence))]
    if not mine:
        return False
    best = max(_shared(around, each) for each in mine)
    others = [each for each in found if not each.same and each.place in evidence]
    plainly = max((_shared(around, each) for each in others), default=0)
    if plainly >= best + PLAIN and all(each.place != question for each in mine):
        return False
    if any(_beside_same(around, each.around) for each in mine):
        return True
    meant = max((_shared(around, each) for each in others if _beside_same(around, each.around)), default=0)
    return meant < CLOSE or best >= meant


def is_anothers(
    fact: Fact, around: Surroundings, found: Sequence[Found], evidence: frozenset[int], question: int
) -> bool:
    """Whether what is said of a code is said of another of its series, and not of it: "E1" is named somewhere, but
    "E3" it is that means a clogged filter. What the question says of it counts for nothing."""
    mine = max((_shared(around, each) for each in found if each.same and each.place != question), default=0)
    others = [each for each in found if not each.same and each.unit == fact.unit and each.place in evidence]
    return max((_shared(around, each) for each in others), default=0) >= mine + ANOTHERS


def is_distinct(fact: Fact) -> bool:
    """A date, a time, or a number of three digits or with decimals, which hardly stands for something else."""
    return fact.kind != "number" or any(_LARGE.search(str(value[1])) for value in fact.values)


def _is_near(fact: Fact, around: Surroundings, each: Found, evidence: frozenset[int]) -> bool:
    shared = _shared(around, each)
    if each.place in evidence:
        fewer = min(len(around.words), len(each.around.words))
        return shared >= min(2, fewer, 1 + fewer // FEW) or _touch_same(around, each.around) or is_distinct(fact)
    labelled = bool(around.before) and around.before == each.around.before
    return labelled or (shared >= 2 and 2 * shared >= len(around.words))


def _shared(around: Surroundings, each: Found) -> int:
    return len(around.words & each.around.words)


def _touch_same(one: Surroundings, other: Surroundings) -> bool:
    return bool(one.after and one.after == other.after) or bool(one.before and one.before == other.before)


def _beside_same(one: Surroundings, other: Surroundings) -> bool:
    return one.after == other.after if one.after else bool(one.before) and one.before == other.before


def _words(text: str) -> Iterator[str]:
    """Those that are no numbers."""
    return (word for word in _WORD.findall(text) if word.lower() not in all_number_words())


def _stem(words: Sequence[str], analyzer: Analyzer) -> str:
    return next(iter(analyzer.content(" ".join(words))), "")
