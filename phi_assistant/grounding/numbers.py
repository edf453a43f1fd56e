"""Numbers in a text, whatever way they are written, each with what it counts.

"1,000", "1.000" in German, "1 000", "one thousand", "1k" are one value; "€5", "5 EUR" and "five euros" one price.
Two readings are kept where the language does not tell. Knows nothing of dates: those are taken out before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from phi_assistant.grounding.values import Fact, Value
from phi_assistant.grounding.vocabulary import LOOSE, MAGNITUDES, UNITS, number_words

_BLANK = " \u00a0\u2009\u202f"
_DIGITS = re.compile(
    rf"(?P<before>(?:US)?[$€£¥₱]\s?|\b(?:USD|EUR|GBP|PHP|Php|CHF|JPY)\s?)?(?<![^\W_])(?<!\d[.,])"
    rf"(?P<number>\d{{1,3}}(?:[{_BLANK}'’]\d{{3}})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)*|[½¼¾⅓⅔])(?P<tail>[^\W\d_]+)?"
)
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.333", "⅔": "0.667"}
_AFTER = re.compile(rf"[{_BLANK}‑-]{{0,2}}(%|°|[$€£¥₱]|[^\W\d_][^\W\d_'’.]*\$?)(?:[{_BLANK}-]([^\W\d_]+))?")
_LITTLE = frozenset(
    "of to and or in for on by at is are was a an the von und oder in für de y o en por ng sa na at".split()
)
_BETWEEN = re.compile(
    r"\s*(?:[-–—]|to|till|until|through|or|and|bis|und|oder|a|hasta|y|o|hanggang|at)\s*(?:[$€£¥₱]\s?)?", re.IGNORECASE
)
_JOINS = {"en": ("and",), "de": ("und",), "es": ("y",), "tl": ("at", "t")}


def numbers_in(text: str, language: str, *, loose: bool = False) -> list[Fact]:
    """The numbers, in order; `loose` also gives what a passage may mean by "an hour", "both" or "one of them"."""
    found = [*_in_digits(text, language, loose), *_in_words(text, language, loose)]
    return _shared_units(text, sorted(found, key=lambda fact: fact.start))


def readings(number: str, language: str) -> set[Decimal]:
    """What digits may mean: "1.000" a thousand in German, one in English, and either where that is not known."""
    bare = re.sub(rf"[{_BLANK}'’]", "", number)
    marks = [mark for mark in bare if mark in ".,"]
    if not marks:
        return {Decimal(bare)}
    whole, _, rest = bare.rpartition(marks[-1])
    decimal = Decimal(f"{re.sub('[.,]', '', whole)}.{rest}")
    grouped = Decimal(re.sub("[.,]", "", bare))
    if len(set(marks)) > 1:
        return {decimal}
    if len(marks) > 1 or len(rest) != 3 or whole.startswith("0"):
        return {grouped} if len(marks) > 1 else {decimal}
    groups = {"en": ",", "tl": ",", "de": ".", "es": "."}.get(language)
    return {grouped, decimal} if groups is None else {grouped if groups == marks[0] else decimal}


def value(number: Decimal) -> Value:
    return ("n", format(number.normalize(), "f"))


def _in_digits(text: str, language: str, loose: bool) -> Iterator[Fact]:
    for match in _DIGITS.finditer(text):
        written, tail, end = match["number"], match["tail"] or "", match.end("number")
        pieces = written.split(" ")
        apart = len(pieces) > 1 and language in ("en", "tl") and set(pieces[1:]) != {"000"}
        if len(pieces) > 1 and (loose or apart):  # "room 5 100 people" is two numbers
            at = match.start("number")
            for piece in pieces:
                yield _fact(text, at, at + len(piece), readings(piece, language), "")
                at += len(piece) + 1
            if not loose:
                continue
        values = {Decimal(_FRACTIONS[written])} if written in _FRACTIONS else readings(written, language)
        power, unit, end = _counted(text, end, tail)
        unit = UNITS.get((match["before"] or "").strip().lower().removeprefix("us"), "") or unit
        yield _fact(text, match.start(), end, {number * 10**power for number in values}, unit)


def _counted(text: str, end: int, tail: str) -> tuple[int, str, int]:
    """The power of ten and the unit that follow a number, and where they end."""
    power = 0
    if tail == "M" or tail.lower() in ("k", "bn", "mn"):
        power, end = 6 if tail == "M" else MAGNITUDES[tail.lower()], end + len(tail)
    elif not tail and (word := re.match(rf"[{_BLANK}-]?([^\W\d_]+)", text[end:])) and word[1].lower() in MAGNITUDES:
        power, end = MAGNITUDES[word[1].lower()], end + word.end()
        if following := re.match(rf"[{_BLANK}](mill[óo]n(?:es)?)\b", text[end:], re.IGNORECASE):
            power, end = power + 6, end + following.end()
    unit, length = _unit(text[end:])
    return power, unit, end + length


def _unit(rest: str) -> tuple[str, int]:
    """What a number counts if it is a known unit, and how far that reaches: "14 calendar days"."""
    found = _AFTER.match(rest)
    if not found:
        return "", 0
    if unit := UNITS.get(found[1].lower()):
        return unit, found.end(1)
    if found[1].lower() not in _LITTLE and found[2] and (unit := UNITS.get(found[2].lower())) and len(found[2]) > 2:
        return unit, found.end(2)
    if re.match(r"(?:per|por)$", found[1], re.IGNORECASE) and found[2] and found[2].lower() in ("cent", "ciento"):
        return "%", found.end(2)
    return "", 0


def _in_words(text: str, language: str, loose: bool) -> Iterator[Fact]:
    words = number_words(language) | (LOOSE if loose else {})
    found = re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)?", text.lower())
    tokens = [piece for match in found for piece in _pieces(match, words)]
    place = 0
    while place < len(tokens):
        taken, number = _spoken(text, tokens[place:], words, language)
        if not taken:
            yield from _article(text, tokens[place], language) if loose else ()
            place += 1
            continue
        start, end = tokens[place][1], tokens[place + taken - 1][2]
        unit, length = _unit(text[end:])
        if loose or number != 1 or unit:
            yield _fact(text, start, end + length, {Decimal(number)}, unit)
        place += taken


Token = tuple[str, int, int]


def _pieces(match: re.Match[str], words: dict[str, int]) -> list[Token]:
    """A word, or the two halves of "twenty-five" and "two-year"."""
    if "-" not in match[0] or match[0] in words:
        return [(match[0], match.start(), match.end())]
    first, second = match[0].split("-")
    middle = match.start() + len(first)
    return [(first, match.start(), middle), (second, middle + 1, match.end())]


def _spoken(text: str, tokens: list[Token], words: dict[str, int], language: str) -> tuple[int, int]:
    """How many of these words are one number, and which: 2 and 25 for "twenty", "five", "days"."""
    total = current = taken = 0
    joins = _JOINS.get(language or "en", ())
    for place, (word, start, _) in enumerate(tokens[:12]):
        if place and text[tokens[place - 1][2] : start].strip(" -"):
            break
        if word in words and _fits(current, words[word]):
            current, taken = current + words[word], place + 1
        elif word in MAGNITUDES and (current or total or (word not in ("k", "hundreds") and language in ("de", "es"))):
            power = 10 ** MAGNITUDES[word]
            total, current = (total, current * power) if power == 100 else (total + max(1, current) * power, 0)
            taken = place + 1
        elif not (word in joins and taken and (current % 100 == 0 or language in ("es", "tl"))):
            break
    return taken, total + current


def _fits(current: int, number: int) -> bool:
    """Whether "five" goes on with "twenty": two numbers side by side are two."""
    return not current % 100 or (number < 10 and current % 10 == 0 and current % 100 >= 20)


def _article(text: str, token: Token, language: str) -> Iterator[Fact]:
    """ "An hour" is one hour, "half" is .5 and 50 %."""
    word, start, end = token
    if word in ("a", "an", "per", "each", "every") and (language or "en") == "en":
        unit, length = _unit(text[end:])
        if unit:
            yield _fact(text, start, end + length, {Decimal(1)}, unit)
    elif word in ("half", "hälfte", "mitad", "kalahati"):
        yield _fact(text, start, end, {Decimal("0.5"), Decimal(50)}, "")


def _fact(text: str, start: int, end: int, numbers: set[Decimal], unit: str) -> Fact:
    return Fact("number", text[start:end], start, end, frozenset(map(value, numbers)), unit)


def _shared_units(text: str, facts: list[Fact]) -> list[Fact]:
    """ "10 to 15 days": both are days; "$5–10": both are dollars."""
    shared = list(facts)
    for place in range(len(shared) - 2, -1, -1):
        one, other = shared[place], shared[place + 1]
        if one.end <= other.start and _BETWEEN.fullmatch(text[one.end : other.start]):
            if other.unit and not one.unit:
                shared[place] = replace(one, unit=other.unit)
            elif one.unit and not other.unit:
                shared[place + 1] = replace(other, unit=one.unit)
    return shared
