"""Thoughts that a model writes into its answer between `<think>` and `</think>`, told from the answer as they come.

Ollama parts them for the models that it knows to think; phi4-reasoning writes them into the text.
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class Thoughts:
    """Of one answer. They stand at its beginning or nowhere."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"
        """`before`, `inside`, `between` (what is said has not begun), or `after`: nothing is looked for any more."""

    def take(self, text: str) -> tuple[str, str]:
        """What is said and what is thought, of some more text."""
        if self._state == "after":
            return text, ""
        self._held += text
        if self._state == "before" and not self._begins():
            return self._rest(), ""
        thought = self._inside() if self._state == "inside" else ""
        return self._between() if self._state == "between" else "", thought

    def rest(self) -> tuple[str, str]:
        """What was held back, at the end."""
        held = self._held
        self._held = ""
        return ("", held) if self._state == "inside" else (held, "")

    def _begins(self) -> bool:
        """Whether thoughts begin here, or may."""
        start = self._held.lstrip()
        if start.startswith(_OPEN):
            self._state, self._held = "inside", start[len(_OPEN) :]
            return True
        return _OPEN.startswith(start)

    def _inside(self) -> str:
        """What is thought, but for what may be the beginning of its end."""
        thought, found, said = self._held.partition(_CLOSE)
        if found:
            self._state, self._held = "between", said
            return thought
        keep = next((n for n in range(len(_CLOSE) - 1, 0, -1) if thought.endswith(_CLOSE[:n])), 0)
        self._held = thought[len(thought) - keep :]
        return thought[: len(thought) - keep]

    def _between(self) -> str:
        """What is said, without the blanks before it."""
        said, self._held = self._held.lstrip(), ""
        if said:
            self._state = "after"
        return said

    def _rest(self) -> str:
        held, self._held, self._state = self._held, "", "after"
        return held
