"""Wrong passwords, counted by where they came from: after a few, the next try has to wait, each time longer.

Kept in memory: who restarts the front end may as well read its password.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from time import monotonic

FREE = 4
"""Wrong ones that cost nothing: people mistype."""
LONGEST_S = 60.0
"""Others may share the address, as behind a proxy, and are not to be kept out for long."""
_FORGOTTEN_S = 3600.0
_MOST = 10_000
"""Addresses that are remembered."""


@dataclass
class _Tried:
    wrong: int = 0
    until: float = 0.0
    last: float = 0.0


@dataclass
class Tries:
    """Those of all addresses."""

    clock: Callable[[], float] = monotonic
    _tried: OrderedDict[str, _Tried] = field(default_factory=OrderedDict)

    def wait(self, address: str) -> float:
        """Seconds until the next try from there is looked at; 0 if it is now."""
        tried = self._tried.get(_place(address))
        return max(0.0, tried.until - self.clock()) if tried else 0.0

    def wrong(self, address: str) -> None:
        """Counts a wrong one."""
        now, place = self.clock(), _place(address)
        tried = self._tried.pop(place, _Tried())
        if now - tried.last > _FORGOTTEN_S:
            tried = _Tried()
        tried.wrong, tried.last = tried.wrong + 1, now
        if tried.wrong >= FREE:
            tried.until = now + min(LONGEST_S, 2.0 ** (tried.wrong - FREE))
        self._tried[place] = tried  # as the newest
        if len(self._tried) > _MOST:
            self._tried.popitem(last=False)

    def right(self, address: str) -> None:
        """Forgets the wrong ones."""
        self._tried.pop(_place(address), None)


def _place(address: str) -> str:
    """Of IPv6 the network, since whoever has one address has all of it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(IPv6Address(int(ip) >> 64 << 64)) if isinstance(ip, IPv6Address) else str(ip)
