"""Lines of JSON out of the pieces in which they come.

They are cut as bytes and at line feeds only: the `ollama` client cuts at every character that Unicode calls a line's
end, in the middle of what a model says.
"""

from __future__ import annotations

import json
from typing import Any

from phi_assistant.models.ollama.network import Ahead

Line = dict[str, Any]


class BrokenOff(Exception):
    """The connection ended in the middle, or what came is no line of JSON."""


class Lines:
    """Cuts what comes at line feeds."""

    def __init__(self, ahead: Ahead) -> None:
        self._ahead = ahead
        self._held = b""
        self.waiting: list[Line] = []
        """Those that have not been passed on."""
        self.done = False
        """Whether no line comes any more."""

    def take(self, piece: bytes | None) -> list[Line]:
        """What can be passed on with one more piece, None being the end; nothing while more is here already.

        Raises `BrokenOff`.
        """
        *whole, self._held = [self._held, b""] if piece is None else (self._held + piece).split(b"\n")
        for line in whole:
            if line.strip() and not self.done:
                self.waiting.append(_parsed(line))
                self.done = self.waiting[-1].get("done") is True
        self.done = self.done or piece is None
        if not self.done and piece and self._ahead.after(piece):
            return []
        found, self.waiting = self.waiting, []
        return found


def _parsed(line: bytes) -> Line:
    try:
        parsed = json.loads(line.decode())  # which json would do too, after looking for the encoding
    except ValueError as exc:
        raise BrokenOff(f"the server sent {line[:80]!r}, which is no JSON") from exc
    if not isinstance(parsed, dict):
        raise BrokenOff(f"the server sent {line[:80]!r}, which is no answer")
    return parsed
