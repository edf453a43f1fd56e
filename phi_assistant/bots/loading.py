"""Reading a bot's file; a mistake in it is one clear error with its line."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from phi_assistant.bots.bot import Bot
from phi_assistant.bots.lines import Key, broken_line, line_of
from phi_assistant.errors import ConfigError

_LARGEST = 50_000
"""Bytes; a bot's file is a page or two."""

_REPAIR = "Mend the file; `phi-assistant new-bot NAME` writes one in which every key is explained."

_PLAIN = {
    "bool_type": "it must be true or false",
    "int_type": "it must be a whole number",
    "string_type": 'it must be a text in quotation marks, such as "text"',
    "tuple_type": 'it must be a list, such as ["one", "two"]',
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "string_too_short": "it must have at least {min_length} character(s)",
    "string_too_long": "it must have at most {max_length:,} characters",
    "too_long": "it must have at most {max_length:,} of them",
}
"""What would be right, in words of the file, by the kind of mistake that pydantic finds."""

KEYS = [key for key in Bot.model_fields if key != "name"]


def load(path: Path) -> Bot:
    """The bot that a file describes. Raises `ConfigError` with the key, its line and what would be right."""
    text = _read(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"The bot file {path}, line {broken_line(text)}: this is not TOML: {exc}. {_REPAIR}") from exc
    for key in table:
        if key not in KEYS:
            raise _mistake(path, text, (key,), f"there is no key {key!r}. {_nearest(key)}")
    try:
        return Bot(name=path.stem, **table)
    except ValidationError as exc:
        first = min(exc.errors(), key=lambda error: line_of(text, _key(error, table)) or 0)
        raise _mistake(path, text, _key(first, table), f"{_why(path, first)}. {_REPAIR}") from exc


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(
                f"The bot file {path} has more than {_LARGEST:,} bytes, so it is hardly one. "
                "Name another with `--bot`, or shorten it."
            )
        return path.read_text("utf-8-sig")  # as Notepad saves it
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The bot file {path} cannot be read: {exc}. Save it as UTF-8 text where you may read it, or name another "
            "with `--bot`."
        ) from exc


def _nearest(key: str) -> str:
    near = get_close_matches(key.lower(), KEYS, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(KEYS)}."


def _mistake(path: Path, text: str, key: Key, what: str) -> ConfigError:
    line = line_of(text, key)
    return ConfigError(f"The bot file {path}{f', line {line}' if line else ''}: {what}")


def _key(error: ErrorDetails, table: dict[str, Any]) -> Key:
    """Where a mistake stands, as far as the file goes that way."""
    loc = error["loc"]
    return loc if loc and loc[0] in table else ()


def _why(path: Path, error: ErrorDetails) -> str:
    key = str(error["loc"][0])
    if error["type"] == "missing":
        return f"the key {key!r} is missing"
    if key == "name":
        return f"a bot cannot be called {path.stem!r}: it must be {Bot.model_fields[key].description}"
    return f"{key!r} cannot be {_short(error['input'])}: {_wanted(key, error)}"


def _wanted(key: str, error: ErrorDetails) -> str:
    if error["type"] == "string_pattern_mismatch":
        return f"it must be {Bot.model_fields[key].description or 'two-letter codes such as en'}"
    bounds = error.get("ctx", {})
    if plain := _PLAIN.get(error["type"]):
        return plain.format(**bounds)
    return error["msg"].removeprefix("Value error, ")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
