"""Thoughts that a model writes into its answer between `<think>` and `</think>`, told from the answer as they come.

Ollama parts them for the models that it knows to think; phi4-reasoning writes them into the text there, and every
model of ONNX Runtime GenAI that thinks.
"""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class Thoughts:
    """Of one answer. They stand at its beginning or nowhere."""

    def __init__(self, *, begun: bool = False) -> None:
        """`begun` says that the prompt has opened them already."""
        self._held = ""
        self._state = "inside" if begun else "before"
        """`before`, `inside`, `between` (what is said has not begun), or `after`: nothing is looked for any more."""

    @property
    def held(self) -> int:
        """How many characters wait for what follows them."""
        return len(self._held)

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
        if start.startswith(OPEN):
            self._state, self._held = "inside", start[len(OPEN) :]
            return True
        return OPEN.startswith(start)

    def _inside(self) -> str:
        """What is thought, but for what may be the beginning of its end."""
        thought, found, said = self._held.partition(CLOSE)
        if found:
            self._state, self._held = "between", said
            return thought
        keep = next((n for n in range(len(CLOSE) - 1, 0, -1) if thought.endswith(CLOSE[:n])), 0)
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
