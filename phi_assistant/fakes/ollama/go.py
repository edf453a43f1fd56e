"""How Go writes things: JSON, times, durations. Ollama is written in it, and what it sends looks like this."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

FOREVER = (1 << 63) - 1
"""The longest duration there is, in nanoseconds: 292 years."""
SECOND = 1_000_000_000

_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    | {chr(code): "\ufffd" for code in range(0xD800, 0xE000)}
)
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)([a-zµμ]+)")


def encode(value: Any) -> str:
    """JSON as `encoding/json` writes it: compact, `<`, `>` and `&` escaped, whole numbers without a point."""
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_string(str(key))}:{encode(each)}" for key, each in value.items()) + "}"
    return "[" + ",".join(map(encode, value)) + "]"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPES)


def _number(number: float) -> str:
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    return re.sub(r"e-0(\d)$", r"e-\1", repr(number)).replace(".0e", "e")


def stamp(nanoseconds: int) -> str:
    """A moment as RFC 3339 in UTC: up to nine digits of a second, without the zeros at their end."""
    seconds, rest = divmod(nanoseconds, SECOND)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + fraction + "Z"


def duration(text: str) -> int:
    """Nanoseconds. Raises `ValueError` with Go's own words for what is no duration."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total, at = Decimal(0), 0
    while at < len(rest):
        part = _PART.match(rest, at)
        if part is None:
            kind = "missing unit in" if re.fullmatch(r"\d+\.?\d*", rest[at:]) else "invalid"
            raise ValueError(f"time: {kind} duration {encode(text)}")
        if part[2] not in _UNITS:
            raise ValueError(f"time: unknown unit {encode(part[2])} in duration {encode(text)}")
        total, at = total + Decimal(part[1]) * _UNITS[part[2]], part.end()
    if not rest:
        raise ValueError(f"time: invalid duration {encode(text)}")
    return sign * int(total)
