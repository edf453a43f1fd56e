"""Jobs: what workers can be asked to read, as plain values.

Apart from the code that does it, which takes long to import and belongs into the workers alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.redact import without_secrets
from ingest.sources.names import origin
from ingest.workers.messages import Task


@dataclass(frozen=True, slots=True)
class FileJob:
    """A file to be read."""

    id: str
    """What it is stored as."""
    path: Path
    root: Path
    """The folder that no link may lead out of."""

    @property
    def task(self) -> Task:
        return Task(self.id, "ingest.extract:extract", self)


@dataclass(frozen=True, slots=True)
class Loader:
    """A loader of LangChain's, as the user named it."""

    spec: str
    """ "package.module:Class"."""
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def origin(self) -> Path:
        """What its sources are known by. A new password does not make it another loader."""
        told = {name: _absolute(value) for name, value in without_secrets(self.arguments).items()}
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return origin(self.spec, digest[:12])


@dataclass(frozen=True, slots=True)
class LoaderJob:
    """A loader to be run."""

    loader: Loader
    stored: dict[str, str] = field(repr=False)
    """What is stored of it: source ids by digest."""

    @property
    def task(self) -> Task:
        return Task(self.loader.spec, "ingest.sources.loaders:load", self)


def _absolute(value: Any) -> Any:
    """A relative path, as that of "prices.csv", is another one in another folder."""
    if isinstance(value, str) and os.path.lexists(value):
        return os.path.realpath(value)
    return value
