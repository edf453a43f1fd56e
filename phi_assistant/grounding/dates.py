"""Dates and times of day in a text: "March 3rd, 2024", "3. März", "3 de marzo", "ika-3 ng Marso", "3 pm", "15:00".

A date is (year, month, day) with 0 for what is not said, or a day of the week; it has two readings where day and
month could be either. Knows English, German, Spanish and Filipino; computes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phi_assistant.grounding.values import Fact, Value
from phi_assistant.grounding.vocabulary import MONTHS, WEEKDAYS

_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_DAYS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
}
_DAY = rf"(?:\bika-?\s?|(?<![\d.,:/-]))(?P<day>\d{{1,2}}|{'|'.join(_DAYS)})(?:st|nd|rd|th|\.|º|ª)?(?![\d%])"
_YEAR = r"(?P<year>[12]\d{3})(?!\d|[.,]\d)"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d.,/-])(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>[12]\d{3}|\d{2})(?![\d]|[./-]\d)",
        rf"{_DAY}\s*(?:of|de|ng|day\s+of|-)?\s*\b{_MONTH}(?:,?\s*(?:de|del|of|ng)?\s*{_YEAR})?",
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}(?:,?\s+(?:of\s+)?{_YEAR})?",
        rf"\b{_MONTH},?\s+(?:de\s+|del\s+|of\s+|ng\s+)?{_YEAR}",
    )
]
_MONTH_ALONE = re.compile(rf"\b{_MONTH}", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\b", re.IGNORECASE)
_ALSO_WORDS = frozenset("may march mar mai abr ago dic set mayo".split())
_HALF = (
    r"(?P<half>[ap](?:\.\s?m\b\.?|\s?m\b)|in\s+the\s+(?:morning|afternoon|evening)|de\s+la\s+(?:mañana|tarde|noche)"
    r"|ng\s+(?:umaga|hapon|gabi)|(?:uhr\s+)?(?:morgens|vormittags|nachmittags|abends))"
)
_CLOCK = r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4])(?:[:.](?P<minute>[0-5]\d))?"
_TIMES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_CLOCK}\s*(?:o['’]clock\s*)?{_HALF}",
        rf"{_CLOCK}\s*(?:uhr\b|o['’]clock\b)",
        r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])",
        r"\b(?P<word>noon|midday|midnight|mittags?|mitternacht|mediodía|medianoche|tanghali|hatinggabi)\b",
    )
]
_BEFORE_TIME = re.compile(
    rf"{_CLOCK}\s*(?:-|–|—|to|until|till|and|bis|und|a|hasta|y|hanggang|at)\s*(?:las\s+|alas-?\s?)?$", re.IGNORECASE
)
_AFTERNOON = re.compile(r"p|in\s+the\s+(?:a|e)|de\s+la\s+[tn]|ng\s+[hg]|(?:uhr\s+)?(?:nachm|abends)", re.IGNORECASE)
_NOON = frozenset("noon midday mittag mittags mediodía tanghali".split())


def dates_in(text: str) -> list[Fact]:
    """The dates, months without a day and days of the week among them; not overlapping."""
    found: list[Fact] = []
    for pattern in _DATES:
        found += [fact for match in pattern.finditer(text) if (fact := _date(match)) and _is_free(fact, found)]
    alone = [match for match in _MONTH_ALONE.finditer(text) if _names_month(text, match)]
    found += [fact for match in alone if (fact := _date(match)) and _is_free(fact, found)]
    found += [_weekday(match) for match in _WEEKDAY.finditer(text) if len(match[0]) > 5 or match[0][0].isupper()]
    return sorted(found, key=lambda fact: fact.start)


def times_in(text: str) -> list[Fact]:
    """The times of day, "9 to 5 pm" as two; not overlapping."""
    found: list[Fact] = []
    for pattern in _TIMES:
        for match in pattern.finditer(text):
            fact = _time(match)
            if _is_free(fact, found):
                found.append(fact)
                found += [each for each in _range_before(text, match) if _is_free(each, found)]
    return sorted(found, key=lambda fact: fact.start)


def agree(one: Value, other: Value) -> bool:
    """Whether everything that the date `one` says, its year left aside, is said by `other`, and no year differs."""
    if "w" in (one[0], other[0]):
        return one == other
    _, year, month, day = one
    _, its_year, its_month, its_day = other
    if month != its_month or (day and day != its_day):
        return False
    return not (year and its_year) or year == its_year


def _date(match: re.Match[str]) -> Fact | None:
    parts = match.groupdict()
    years = [0] if not parts.get("year") else _years(parts["year"])
    if parts.get("one"):
        one, two = int(parts["one"]), int(parts["two"])
        pairs = [(one, two)] if parts["mark"] == "." else [(one, two), (two, one)]
    else:
        month = parts["month"].lower()
        if parts["month"] in _ALSO_WORDS and not re.search(r"\b(?:of|de|ng)\b", match[0]):
            return None  # "Section 2 may apply"
        pairs = [(_day(parts.get("day") or "0"), MONTHS[month] if month in MONTHS else int(month))]
    values = [("d", year, month, day) for year in years for day, month in pairs if month <= 12 and day <= 31 and month]
    if not values:
        return None
    end = match.end() - match[0].endswith(".")
    return Fact("date", match.string[match.start() : end], match.start(), end, frozenset(values))


def _weekday(match: re.Match[str]) -> Fact:
    return Fact("date", match[0], *match.span(), frozenset([("w", WEEKDAYS[match[0].lower()])]))


def _day(word: str) -> int:
    return int(word) if word.isdigit() else _DAYS[word.lower()]


def _years(digits: str) -> list[int]:
    return [int(digits)] if len(digits) == 4 else [1900 + int(digits), 2000 + int(digits)]


def _names_month(text: str, match: re.Match[str]) -> bool:
    """Whether this is a month rather than "may", "march", or the beginning of "Marching"."""
    word = match["month"]
    if len(word) < 4 and word.lower() != "may":
        return word[0].isupper() and match[0].endswith(".")
    begins = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".!?:*-"
    return word[0].isupper() and not (begins and word.lower() in _ALSO_WORDS)


def _time(match: re.Match[str]) -> Fact:
    parts = match.groupdict()
    if parts.get("word"):
        minutes = {12 * 60} if parts["word"].lower() in _NOON else {0}
    else:
        minutes = _minutes(int(parts["hour"]), int(parts.get("minute") or 0), parts.get("half"))
        if not parts.get("half") and len(parts["hour"]) == 2 and parts["hour"][0] == "0":
            minutes = {min(minutes)}
    end = match.end()
    values = frozenset(("t", minute) for minute in minutes)
    return Fact("time", match[0], match.start(), end, values)


def _minutes(hour: int, minute: int, half: str | None) -> set[int]:
    """Minutes since midnight; both halves of the day where the text does not say which."""
    if half and hour <= 12:
        return {(hour % 12 + 12 * bool(_AFTERNOON.match(half))) * 60 + minute}
    return {hour % 24 * 60 + minute} | ({(hour % 12 + 12) * 60 + minute} if 0 < hour <= 12 else set())


def _range_before(text: str, match: re.Match[str]) -> Iterator[Fact]:
    """The "9" of "9 to 5 pm"."""
    before = _BEFORE_TIME.search(text[max(0, match.start() - 24) : match.start()])
    if before:
        start = max(0, match.start() - 24) + before.start()
        end = max(0, match.start() - 24) + before.end("minute" if before["minute"] else "hour")
        values = _minutes(int(before["hour"]), int(before["minute"] or 0), None)
        yield Fact("time", text[start:end], start, end, frozenset(("t", minute) for minute in values))


def _is_free(fact: Fact, found: list[Fact]) -> bool:
    return all(fact.end <= other.start or other.end <= fact.start for other in found)
