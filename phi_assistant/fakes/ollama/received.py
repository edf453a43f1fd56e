"""What clients have sent."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope


@dataclass(frozen=True)
class Received:
    """A request, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Their names in small letters."""
    body: bytes
    at: float
    """When its last byte was here, on the clock of `time.monotonic`."""

    @classmethod
    def of(cls, scope: Scope, body: bytes) -> Received:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return cls(scope["method"], scope["path"], headers, body, time.monotonic())

    @property
    def json(self) -> Any:
        """The body, or nothing if it was empty."""
        return json.loads(self.body) if self.body else None
