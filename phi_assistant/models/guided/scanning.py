"""Finding calls in JSON that is still being written: names and pieces of arguments, as soon as each is known.

Character by character, since Python's parser wants the whole text. Lenient (see `reading`); what is no call in any
reading is `broken`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

_NAMES = ("name", "function")
_ARGUMENTS = ("arguments", "parameters", "args")


@dataclass(frozen=True, slots=True)
class Fragment:
    """Some more of a call."""

    call: int
    name: str | None
    """Only the first time, and then whole."""
    arguments: str


class CallScanner:
    """Of one list of calls, or one call alone."""

    def __init__(self, first: int = 0) -> None:
        self.calls = first
        """How many calls are whole, in this list and before it."""
        self.done = self.broken = False
        self._depth = self._base = 0
        self._in_string = self._escaped = False
        self._fragments: list[Fragment] = []
        self._begin()

    @property
    def begun(self) -> int:
        """How many calls have a name, in this list and before it."""
        return self.calls + self._named

    @property
    def unnamed(self) -> bool:
        """Whether a call is open of which not even the name is known."""
        return self._depth > self._base and not self._named

    @property
    def torn(self) -> str | None:
        """What makes the arguments of a call whose end is missing unreadable; None if no call is open."""
        if self._depth <= self._base or not self._named:
            return None
        if self._depth == self._base + 1 and self._complete:
            return None
        return "\\" * self._escaped + '"' * self._in_string + "]" * self._depth

    def take(self, text: str) -> tuple[list[Fragment], int]:
        """What is known of calls now, and how many characters belong to them."""
        self._fragments = []
        used = 0
        while used < len(text) and not (self.done or self.broken):
            self._character(text[used])
            used += 1
        self._say()
        return self._fragments, used

    def _begin(self) -> None:
        self._key: str | None = None
        self._name: str | None = None
        self._named = False
        self._value = ""
        self._arguments = ""
        self._complete = False
        """Whether the arguments are whole."""

    def _character(self, character: str) -> None:
        if self._in_string:
            self._string_character(character)
        elif self._depth <= self._base:
            self._between_calls(character)
        elif self._depth == self._base + 1 and (character in ":,}" or character.isspace()):
            self._between_values(character)
        else:
            self._depth += (character in "[{") - (character in "]}")
            self._in_string = character == '"'
            self._add(character)
            self._complete |= character == "}" and self._depth == self._base + 1 and self._key in _ARGUMENTS

    def _string_character(self, character: str) -> None:
        self._add(character)
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        else:
            self._in_string = character != '"'
        if not self._in_string and self._key in _NAMES and self._depth == self._base + 1:
            self._name = _string(self._value)

    def _between_calls(self, character: str) -> None:
        if character == "[" and self._depth == 0:
            self._depth = self._base = 1
        elif character == "{":
            self._depth += 1
        elif character == "]" and self._depth == 1:
            self.done = True
        elif not (character.isspace() or (character == "," and self._base)):
            self.broken = True

    def _between_values(self, character: str) -> None:
        if character == ":" and self._key is None:
            self._key, self._value = _string(self._value) or "", ""
        elif character in ",}":
            self._end_value()
        if character == "}":
            self._end_call()

    def _add(self, character: str) -> None:
        self._value += character
        if self._key in _ARGUMENTS and self._value[0] != '"':
            self._arguments += character

    def _end_value(self) -> None:
        if self._key in _ARGUMENTS and self._value[:1] == '"':  # as OpenAI's are: JSON in a string
            self._arguments = _string(self._value) or ""
        self._say()
        self._key, self._value = None, ""

    def _end_call(self) -> None:
        self._depth -= 1
        if self._name is None:
            self.broken = True
            return
        self.calls += 1
        self.done = self._base == 0
        self._begin()

    def _say(self) -> None:
        if self._name is not None and (not self._named or self._arguments):
            fragment = Fragment(self.calls, None if self._named else self._name, self._arguments)
            if self._fragments and self._fragments[-1].call == self.calls:
                before = self._fragments.pop()
                fragment = Fragment(self.calls, before.name, before.arguments + fragment.arguments)
            self._fragments.append(fragment)
            self._named, self._arguments = True, ""


def _string(value: str) -> str | None:
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, str) else None
