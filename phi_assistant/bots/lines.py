"""On which line of a TOML file a key stands.

`tomllib` does not tell. But the first lines of a file are TOML themselves wherever a statement ends, and a key is in
what they say from the line on where its statement ends; so no second reading of TOML is needed, and no rule of its
strings, comments and tables can be got wrong. Takes a parse per line, which is done only to report a mistake.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Key = tuple[str | int, ...]


def line_of(text: str, key: Key) -> int | None:
    """The line, from 1, on which the statement of a key begins; None if it is not in the file."""
    return next((line for line, table in _statements(text) if key and _holds(table, key)), None)


def broken_line(text: str) -> int:
    """The line on which the first statement begins that is no TOML."""
    lines = _lines(text)
    whole = max((number for number in range(len(lines) + 1) if _table(lines[:number]) is not None), default=0)
    return whole + 1


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line on which each statement begins, and what the file says up to its end."""
    lines = _lines(text)
    begins = 0
    for end in range(1, len(lines) + 1):
        table = _table(lines[:end])
        if table is not None:
            yield begins + 1, table
            begins = end


def _lines(text: str) -> list[str]:
    """As editors count them: `splitlines` cuts at marks of its own as well."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _table(lines: list[str]) -> dict[str, Any] | None:
    """What these lines say; None in the middle of a statement."""
    try:
        return tomllib.loads("".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _holds(value: Any, key: Key) -> bool:
    try:
        for part in key:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return False
    return True
