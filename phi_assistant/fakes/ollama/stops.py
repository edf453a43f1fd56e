"""Stop strings: nothing of them is sent, also when they come in pieces."""

from __future__ import annotations


class Stops:
    """What may be sent of a text that grows.

    >>> stops = Stops(("forty",))
    >>> [stops.add(" is"), stops.add(" fo"), stops.add("r"), stops.add("ty-two"), stops.met]
    [' is', '', '', ' ', True]
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.met = False

    def add(self, token: str) -> str:
        """What can be sent now."""
        self._held += token
        found = [at for at in map(self._held.find, self._stops) if at >= 0]
        self.met = bool(found)
        if self.met:
            text, self._held = self._held[: min(found)], ""
            return text
        return "" if self._may_begin() else self.rest()

    def rest(self) -> str:
        """What was held back, at the end."""
        text, self._held = self._held, ""
        return text

    def _may_begin(self) -> bool:
        return any(self._held.endswith(stop[:n]) for stop in self._stops for n in range(1, len(stop)))
