"""Where an answer has to end: a stop string in its text, or a loop in its tokens."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

LONGEST_PERIOD, LOOPED, ROUNDS = 64, 160, 4
"""A loop: up to so many tokens that repeat, over so many tokens, so many times at least. A table's rule or a list of
equal numbers is shorter."""


class Stops:
    """Passes text on until a stop string comes, of which nothing is ever passed on, not even its first half."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = [each for each in strings if each]
        self._held = ""
        self.found = False

    def take(self, text: str) -> str:
        """What of the text so far can be said; nothing any more once a stop string was found."""
        if self.found:
            return ""
        text = self._held + text
        at = min((at for at in (text.find(each) for each in self._strings) if at >= 0), default=-1)
        if at >= 0:
            self.found, self._held = True, ""
            return text[:at]
        held = self._half(text)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """What was held back, when the answer is over without a stop string."""
        held, self._held = self._held, ""
        return held

    def _half(self, text: str) -> int:
        """The length of the longest end that may be the beginning of a stop string."""
        for length in range(min(len(text), max(map(len, self._strings), default=1) - 1), 0, -1):
            if any(each.startswith(text[-length:]) for each in self._strings if len(each) > length):
                return length
        return 0


class LoopGuard:
    """Notices that an answer says the same again and again, and would for ever."""

    def __init__(self) -> None:
        self._length = 0
        self._places: dict[int, deque[int]] = {}
        """Where each id was, as far back as the longest period."""
        self._same = [0] * (LONGEST_PERIOD + 1)
        """For each period, how many ids in a row were the same as one period before them, …"""
        self._until = [-1] * (LONGEST_PERIOD + 1)
        """… the last of them at this place."""

    def take(self, number: int) -> bool:
        """Whether the answer loops, with this id."""
        place = self._length
        self._length += 1
        places = self._places.setdefault(number, deque(maxlen=LONGEST_PERIOD))
        loops = False
        for earlier in reversed(places):
            period = place - earlier
            if period > LONGEST_PERIOD:
                break
            same = self._same[period] + 1 if self._until[period] == place - 1 else 1
            self._same[period], self._until[period] = same, place
            loops = loops or (same >= LOOPED - period and same >= (ROUNDS - 1) * period)
        places.append(place)
        return loops
