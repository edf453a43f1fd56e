"""Redacting: what other people's libraries say of an error, without the secrets they like to put into it.

For messages that end up in reports and logs. Rather takes out too much than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_HIDDEN = "…"
_LONGEST = 400
_SHORT = 4

_SECRETS = r"pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|auth|authorization|cookies?|signature|jwt"
_KEYS = r"(?:api|access|secret|private|auth|account|license|subscription|encryption)[-_]?key"
_SECRET = re.compile(rf"(?:.*[-_])?(?:{_SECRETS}|{_KEYS})(?:[-_].*)?", re.IGNORECASE)
_PLACE = re.compile(r"path|file|folder|directory|glob", re.IGNORECASE)
_URL = r"\b[a-z][a-z0-9+.-]*://"
_USER = re.compile(rf"({_URL})[^\s/?#'\"<>]*@", re.IGNORECASE)
_PATTERNS = (
    (_USER, r"\1"),
    (re.compile(rf"({_URL}[^\s?#'\"<>]*)[?#][^\s'\"<>]*", re.IGNORECASE), rf"\1?{_HIDDEN}"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), _HIDDEN),
    (re.compile(r"\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    (
        re.compile(rf"\b([\w-]*(?:{_SECRETS}|key|sig)['\"]?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)", re.IGNORECASE),
        rf"\1{_HIDDEN}",
    ),
    (
        re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:internal|intranet|local|localdomain|lan|corp|private)\b", re.IGNORECASE),
        _HIDDEN,
    ),
    (re.compile(r"\b(?:10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}\b"), _HIDDEN),
    (re.compile(r"(?<![\w-])(?=[\w+-]*\d)(?=[\w+-]*[A-Za-z])[\w+-]{20,}={0,2}"), _HIDDEN),  # the keys of services
)


def redact(message: str, values: Any = ()) -> str:
    """One line, without these values, tokens, addresses of people and private networks, and what URLs hide."""
    for value in sorted(set(_texts(values)), key=len, reverse=True):
        message = re.sub(_whole(value), _HIDDEN, message)
    for pattern, shown in _PATTERNS:
        message = pattern.sub(shown, message)
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}{_HIDDEN}"


def is_secret(name: str) -> bool:
    """Whether an argument called so is nobody's business: "api_key" is, "key" may be a place in a bucket."""
    return bool(_SECRET.fullmatch(name))


def is_place(name: str) -> bool:
    """Whether an argument called so is a path, which a message is of no use without: "file_path", "directory"."""
    return bool(_PLACE.search(name)) and not is_secret(name)


def without_secrets(value: Any) -> Any:
    """A value of JSON without what its names say is secret, and without the credentials of URLs."""
    if isinstance(value, dict):
        return {name: without_secrets(each) for name, each in value.items() if not is_secret(str(name))}
    if isinstance(value, list):
        return [without_secrets(each) for each in value]
    return without_credentials(value) if isinstance(value, str) else value


def without_credentials(name: str) -> str:
    """A name that may be a URL, without a password and without parameters that are secret."""
    return re.sub(r"([?&])([^=&#\s]+)=[^&#\s]*", _parameter, _USER.sub(r"\1", name))


def _parameter(match: re.Match[str]) -> str:
    hidden = is_secret(match[2]) or match[2].lower() in ("key", "sig")
    return f"{match[1]}{match[2]}={_HIDDEN}" if hidden else match[0]


def _texts(value: Any) -> Iterator[str]:
    """All texts and long numbers in a value of JSON."""
    if isinstance(value, str):
        yield from [value] if value.strip() else []
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, Iterable):
        for each in value:
            yield from _texts(each)
    elif len(str(value)) >= _SHORT and value not in (True, False, None):
        yield str(value)


def _whole(value: str) -> str:
    """A short value only where it stands alone: "a" is part of every message."""
    found = re.escape(value)
    return found if len(value) >= _SHORT else rf"(?<!\w){found}(?!\w)"
