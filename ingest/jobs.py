"""Jobs: what workers can be asked to read, as plain values.

Apart from the code that does it, which takes long to import and belongs into the workers alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.redact import without_secrets
from ingest.sources.names import origin
from ingest.workers.messages import Task
from phi_assistant.errors import ConfigError


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
        told = json.dumps(without_secrets(self.arguments), sort_keys=True, default=str)
        return origin(self.spec, hashlib.sha256(told.encode()).hexdigest()[:12])


@dataclass(frozen=True, slots=True)
class LoaderJob:
    """A loader to be run."""

    loader: Loader
    stored: dict[str, str] = field(repr=False)
    """What is stored of it: source ids by digest."""

    @property
    def task(self) -> Task:
        return Task(self.loader.spec, "ingest.sources.loaders:load", self)


def loader(spec: str, arguments: Iterable[str]) -> Loader:
    """From "package.module:Class" and "name=value" each. Raises `ConfigError`."""
    module, _, name = spec.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), name]):
        raise ConfigError(
            f"The loader {spec!r} is not named as one. Write `--loader package.module:Class`, "
            "such as `--loader langchain_community.document_loaders:CSVLoader`."
        )
    return Loader(spec, dict(map(_argument, arguments)))


def _argument(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):  # which is not repeated here, as it may be a secret
        raise ConfigError("A `--loader-arg` is not written as name=value. Put quotes around one that holds blanks.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
