"""Lines of JSON out of the pieces in which they come.

They are cut as bytes and at line feeds only: the `ollama` client cuts at every character that Unicode calls a line's
end, in the middle of what a model says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Line = dict[str, Any]


class BrokenOff(Exception):
    """The connection ended in the middle, or what came is no line of JSON."""


class Lines:
    """Cuts what comes at line feeds."""

    def __init__(self) -> None:
        self._held = b""
        self.done = False
        """Whether the line has come that says it is the last one."""

    def take(self, piece: bytes) -> Iterator[Line]:
        *whole, self._held = (self._held + piece).split(b"\n")
        return self._each(whole)

    def rest(self) -> Iterator[Line]:
        """The last line, if it has no end."""
        return self._each([self._held])

    def _each(self, lines: list[bytes]) -> Iterator[Line]:
        for line in lines:
            if line.strip() and not self.done:
                parsed = _parsed(line)
                self.done = parsed.get("done") is True
                yield parsed


def _parsed(line: bytes) -> Line:
    try:
        parsed = json.loads(line)
    except ValueError as exc:
        raise BrokenOff(f"the server sent {line[:80]!r}, which is no JSON") from exc
    if not isinstance(parsed, dict):
        raise BrokenOff(f"the server sent {line[:80]!r}, which is no answer")
    return parsed
