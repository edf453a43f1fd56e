"""Dates and times that spreadsheets keep as numbers of days, written so that everybody reads them alike.

A full date is 2024-05-01; a code that shows less gives less: "May 2024", "1 May", "14:30".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_PART = re.compile(r"am/pm|a/p|\[?(?:y+|e+|m+|d+|h+|s+)\]?", re.IGNORECASE)
_GENERAL = re.compile("general|standard")
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def is_date(code: str) -> bool:
    """Whether a section of a number format shows a date, a time or a duration."""
    bare = _LITERAL.sub("", code).lower()
    return not _GENERAL.search(bare) and bool(re.search("[ymdhs]", bare)) and not re.search("[0#?][ymdh]|[#?]", bare)


def shown_date(value: float, code: str, *, since_1904: bool = False) -> str:
    """Empty where the number is no date."""
    parts = _parts(code)
    if any(part.startswith("[") for part in parts):
        return _duration(value, parts)
    moment = _moment(value, since_1904=since_1904)
    if moment is None:
        return ""
    return " ".join(text for text in (_date(moment, parts), _time(moment, parts)) if text)


def _moment(value: float, *, since_1904: bool) -> datetime | None:
    """Day 60 of the calendar from 1900 is a 29 February that there never was."""
    if not 0 <= value < 2_958_465:
        return None
    epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if value < 60 else 30)
    return epoch + timedelta(seconds=round(value * 86_400))


@lru_cache(maxsize=1000)
def _parts(code: str) -> tuple[str, ...]:
    """The parts of a date in order, minutes as "n": "m" is a month save beside hours or seconds."""
    parts = [part.lower() for part in _PART.findall(_LITERAL.sub("", code))]
    for place, part in enumerate(parts):
        before, after = parts[place - 1] if place else "", parts[place + 1] if place + 1 < len(parts) else ""
        if part.strip("[]")[:1] == "m" and (before.strip("[]")[:1] == "h" or after.strip("[]")[:1] == "s"):
            parts[place] = part.replace("m", "n")
    return tuple(parts)


def _date(moment: datetime, parts: tuple[str, ...]) -> str:
    year = any(part[0] in "ye" for part in parts)
    month = max((len(part) for part in parts if part[0] == "m"), default=0)
    day = any(part in ("d", "dd") for part in parts)
    name = _MONTHS[moment.month - 1]
    if year and month and day:
        return f"{moment:%Y-%m-%d}"
    if year and month:
        return f"{name} {moment.year}" if month > 2 else f"{moment:%Y-%m}"
    if month:
        return f"{moment.day} {name}" if day else name if month > 2 else str(moment.month)
    if year:
        return str(moment.year)
    if day:
        return str(moment.day)
    return _DAYS[moment.weekday()] if any(part.startswith("ddd") for part in parts) else ""


def _time(moment: datetime, parts: tuple[str, ...]) -> str:
    hours, minutes, seconds = (any(part[0] == letter for part in parts) for letter in "hns")
    noon = any(part.startswith("a") for part in parts)
    hour = str((moment.hour + 11) % 12 + 1) if noon else f"{moment.hour:02d}"
    shown = [(hours, hour), (minutes, f"{moment.minute:02d}"), (seconds, f"{moment.second:02d}")]
    text = ":".join(part for given, part in shown if given)
    return f"{text} {'AM' if moment.hour < 12 else 'PM'}" if hours and noon else text


def _duration(value: float, parts: tuple[str, ...]) -> str:
    """ "[h]:mm": hours that go on beyond 24."""
    units = [part.strip("[]")[0] for part in parts if part.strip("[]")[:1] in ("h", "n", "m", "s")]
    if not -1e6 < value < 1e6:
        return ""
    rest = round(abs(value) * 86_400)
    written: list[str] = []
    for unit in units:
        amount, rest = divmod(rest, {"h": 3600, "n": 60, "m": 60, "s": 1}[unit])
        written.append(f"{amount:02d}" if written else str(amount))
    return ("-" if value < 0 else "") + ":".join(written)
