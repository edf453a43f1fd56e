"""Trying again: only what may pass, a few times, each after a longer wait, and within the time of the call."""

from __future__ import annotations

import random
import time

from phi_assistant.models.errors import ModelBusy, ModelDied

_FIRST_S, _LONGEST_S = 0.25, 8.0
"""Before another try; twice as long each time, and a little by chance, so that not all come back at once."""


class Patience:
    """Of one call."""

    def __init__(self, retries: int, deadline: float | None) -> None:
        """`deadline` is a time of `time.monotonic`."""
        self._retries, self._deadline = retries, deadline
        self._tries = 0

    def pause(self, error: Exception) -> float | None:
        """Seconds until another try; None if there is none: what failed would fail again, or has often enough."""
        if not isinstance(error, ModelBusy | ModelDied) or self._tries >= self._retries:
            return None
        wait = min(_LONGEST_S, _FIRST_S * 2.0**self._tries) * random.uniform(0.5, 1.0)
        self._tries += 1
        if self._deadline is not None and time.monotonic() + wait >= self._deadline:
            return None
        return wait
