"""The fact gate: every fact of an answer must stand in a passage or in the question.

Facts are numbers with what they count, dates, times, names, codes and addresses. Written otherwise is the same
("1,000", "one thousand"; "3 pm", "15:00"); worked out is not: "two weeks" does not stand in "14 days".
Knows the texts that were shown; knows nothing of support.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from phi_assistant.grounding.dates import agree, dates_in, times_in
from phi_assistant.grounding.names import EMAIL, URL, addresses_in, code_pattern, codes_in, names_in, squeezed
from phi_assistant.grounding.numbers import numbers_in
from phi_assistant.grounding.placing import Found, Surroundings, surroundings
from phi_assistant.grounding.values import Fact, Value
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.words import Analyzer

_ENUMERATES = re.compile(r"(?:(?<=\s)|^)\(?(?P<number>\d{1,2})\)(?=\s)")
_OWN_ORDER = re.compile(r"^\W*(?:step|option|method|schritt|paso|hakbang)\s+\d{1,2}\b|\b24/7\b", re.IGNORECASE)
_NOTES = re.compile(r"\[\d{1,3}\]")
"""What a passage refers to its notes by is no number of anything."""

_SUFFIXES = ("n", "an", "ian", "s", "es", "ese", "ish", "y", "ic", "e", "ies", "er", "ers", "ns", "ans", "ians")
_LEAST = 4
_INITIALS = re.compile(r"\b[A-Z][\w'’]*(?:(?:\s+|-)(?:(?:of|the|and|for|de|on|in)\s+)*[A-Z][\w'’]*)+")
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")


def facts_in(text: str, language: str = "") -> list[Fact]:
    """What must stand elsewhere, in the order of the text."""
    facts: list[Fact] = []
    for found in (
        addresses_in,
        dates_in,
        codes_in,
        times_in,
        lambda masked: numbers_in(_without_order(masked), language),
        lambda masked: names_in(masked, language),
    ):
        facts += found(_masked(text, facts))
    return sorted(facts, key=lambda fact: fact.start)


class Shown:
    """The texts that an answer may rest on, and where in them each fact stands."""

    def __init__(self, texts: Iterable[str], analyzer: Analyzer) -> None:
        self._texts = [unicodedata.normalize("NFC", text) for text in texts]
        self._analyzer = analyzer
        self._language = language_of(" ".join(self._texts))

    def holders(self, fact: Fact) -> frozenset[int]:
        """Which of the texts a fact stands in; none means that it was made up."""
        find: dict[str, Callable[[Fact], Iterable[int]]] = {
            "number": self._number,
            "date": self._date,
            "time": self._time,
            "name": self._name,
            "code": self._code,
            "url": self._url,
            "email": self._email,
        }
        return frozenset(find[fact.kind](fact))

    @cached_property
    def _numbers(self) -> list[list[Fact]]:
        bare = (_NOTES.sub(lambda match: "\0" * len(match[0]), text) for text in self._texts)
        return [numbers_in(text, self._language, loose=True) for text in bare]

    @cached_property
    def _dates(self) -> list[list[Fact]]:
        return [dates_in(text) for text in self._texts]

    @cached_property
    def _times(self) -> list[list[Fact]]:
        return [times_in(text) for text in self._texts]

    @cached_property
    def _words(self) -> dict[str, set[int]]:
        places: dict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(self._texts):
            for word in re.findall(r"[^\W_]+", folded(text)):
                places[word].add(place)
        return places

    @cached_property
    def _initials(self) -> dict[str, set[int]]:
        """ "un" for "United Nations"."""
        places: dict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(self._texts):
            for match in _INITIALS.finditer(text):
                words = [word for word in re.split(r"[\s-]+", match[0]) if word[:1].isupper()]
                for first in range(len(words)):
                    for last in range(first + 2, len(words) + 1):
                        places["".join(word[0] for word in words[first:last]).lower()].add(place)
        return places

    def found(self, fact: Fact, beside: frozenset[Value]) -> list[Found]:
        """Where a number, date, time or code stands, and where others of its kind do, but those `beside` it."""
        return [
            Found(place, around, same(fact, each), each.unit)
            for place, each, around in self._surrounded[fact.kind]
            if same(fact, each) or not each.values & beside
        ]

    @cached_property
    def _surrounded(self) -> dict[str, list[tuple[int, Fact, Surroundings]]]:
        """Every number, date, time and code by its kind, with its text and what stands around it."""
        codes = [codes_in(text) for text in self._texts]
        kinds = {"number": self._numbers, "date": self._dates, "time": self._times, "code": codes}
        return {
            kind: [
                (place, each, surroundings(self._texts[place], each, self._analyzer))
                for place, facts in enumerate(known)
                for each in facts
            ]
            for kind, known in kinds.items()
        }

    def _number(self, fact: Fact) -> Iterable[int]:
        return [place for place, known in enumerate(self._numbers) if any(same(fact, each) for each in known)]

    def _date(self, fact: Fact) -> Iterable[int]:
        holding = [
            place
            for place, known in enumerate(self._dates)
            if any(agree(one, other) for each in known for one in fact.values for other in each.values)
        ]
        years = {str(value[1]) for value in fact.values if value[0] == "d" and value[1]}
        return holding if not years or any(years & set(_YEAR.findall(text)) for text in self._texts) else []

    def _time(self, fact: Fact) -> Iterable[int]:
        return [place for place, known in enumerate(self._times) if any(fact.values & each.values for each in known)]

    def _name(self, fact: Fact) -> Iterable[int]:
        word = folded(re.sub(r"['’]s?$", "", fact.text))
        if found := self._words.get(word, set()) | self._initials.get(word, set()):
            return found
        pieces = [self._words.get(piece, set()) for piece in re.findall(r"[^\W_]+", word)]  # "O'Brien"
        if len(pieces) > 1:
            return set.intersection(*pieces)
        return set().union(*(places for known, places in self._words.items() if _related(word, known)))

    def _code(self, fact: Fact) -> Iterable[int]:
        pattern = code_pattern(fact.text)
        return [place for place, text in enumerate(self._texts) if pattern.search(text)]

    def _url(self, fact: Fact) -> Iterable[int]:
        wanted = squeezed(fact.text)
        known = [[squeezed(match[0]) for match in URL.finditer(text)] for text in self._texts]
        return [place for place, urls in enumerate(known) if any(_within(wanted, url) for url in urls)]

    def _email(self, fact: Fact) -> Iterable[int]:
        wanted = fact.text.lower()
        known = [[match[0].lower() for match in EMAIL.finditer(text)] for text in self._texts]
        return [place for place, mails in enumerate(known) if wanted in mails]


def same(one: Fact, other: Fact) -> bool:
    """Whether a number, date, time or code says what another of its kind does."""
    if one.kind == "number":
        of_one_thing = one.unit == other.unit or not one.unit or not other.unit
        return of_one_thing and bool(one.values & other.values)
    if one.kind == "date":
        return any(agree(mine, its) for mine in one.values for its in other.values)
    return bool(one.values & other.values)


def folded(text: str) -> str:
    """Lower case, without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def _related(word: str, known: str) -> bool:
    """ "Italy" and "Italian", "Norman" and "Normandy": one is the other with a known ending, or nearly."""
    short, long = sorted((word.removesuffix("y"), known.removesuffix("y")), key=len)
    return len(short) >= _LEAST and long.startswith(short) and long[len(short) :] in (*_SUFFIXES, "", "d", "dy")


def _within(wanted: str, url: str) -> bool:
    """A shorter form of a known address is known as well; a longer one leads elsewhere."""
    return url == wanted or (url.startswith(wanted) and url[len(wanted)] in "/?#")


def _masked(text: str, facts: Sequence[Fact]) -> str:
    """The text without the facts that were found already; a sign that is in no pattern stands for each letter."""
    for fact in facts:
        text = text[: fact.start] + "\0" * (fact.end - fact.start) + text[fact.end :]
    return text


def _without_order(text: str) -> str:
    """The text without what only orders it: "Step 1:", and "1)" where there is a "2)"."""
    numbers = {int(match["number"]) for match in _ENUMERATES.finditer(text)}

    def blank(match: re.Match[str]) -> str:
        number = int(match["number"])
        return " " * len(match[0]) if numbers & {number - 1, number + 1} else match[0]

    return _OWN_ORDER.sub(lambda match: " " * len(match[0]), _ENUMERATES.sub(blank, text))
