"""Names of models: `phi3.5` is `registry.ollama.ai/library/phi3.5:latest`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?:(?P<host>[\w.:-]+)/)??(?:(?P<namespace>[A-Za-z0-9_][\w-]{0,79})/)?"
    r"(?P<model>[A-Za-z0-9_][\w.-]{0,79})(?::(?P<tag>[A-Za-z0-9_][\w.-]{0,79}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Name:
    """A name in all its parts."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Name | None:
        """None for what cannot be a name."""
        match = _NAME.fullmatch(text.removeprefix("https://").removeprefix("http://"))
        if match is None:
            return None
        defaults = {"host": "registry.ollama.ai", "namespace": "library", "tag": "latest"}
        return cls(**{part: found or defaults[part] for part, found in match.groupdict().items()})

    @property
    def full(self) -> str:
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"

    @property
    def short(self) -> str:
        """Without what everybody's names begin with."""
        if self.host != "registry.ollama.ai":
            return self.full
        space = "" if self.namespace == "library" else f"{self.namespace}/"
        return f"{space}{self.model}:{self.tag}"
