"""A lock for what a forked child goes on using.

What another thread held while the process was forked is held for ever in the child, where that thread is not; so the
child has each of these locks anew.
"""

from __future__ import annotations

import os
import threading
import weakref
from types import TracebackType


class Lock:
    """Held by `with`, by one thread at a time."""

    def __init__(self) -> None:
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Free, whoever held it."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


_locks: weakref.WeakSet[Lock] = weakref.WeakSet()


def _after_fork() -> None:
    for lock in list(_locks):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
