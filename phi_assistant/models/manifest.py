"""What was downloaded, as it is written down beside it: from where, which revision, and what each file must be.

The manifest is written when every file has been checked: a folder with one was whole once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "phi-assistant.json"
PLAN = "phi-assistant-plan.json"
"""The same, of a download that is under way."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the Hub lists it."""

    path: str
    """Within the model's folder, with forward slashes."""
    size: int
    sha256: str | None
    """Of large files."""
    git_sha1: str | None
    """Of small ones, which git holds itself."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model's files, and where they are from."""

    repository: str
    folder: str
    revision: str
    """The commit, so that what is fetched later belongs to what was fetched first."""
    files: tuple[Listed, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def write(self, file: Path) -> None:
        """Whole or not at all."""
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=1), "utf-8")
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> Manifest | None:
        """None if there is none that can be used: the files are then looked up and checked anew."""
        try:
            values = json.loads(file.read_text("utf-8"))
            return cls(**{**values, "files": tuple(Listed(**each) for each in values["files"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
