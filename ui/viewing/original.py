"""The file that a source was read from: whether it is still that one, and pictures of its pages.

Knows files and the process that draws; what is not there any more is told by what is returned, not raised.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ui.viewing.place import Sheet

if TYPE_CHECKING:
    from phi_assistant.settings import Settings
    from phi_assistant.store import Entry

logger = logging.getLogger(__name__)

State = Literal["same", "changed", "gone", "none"]
"""Of the file: as it was read, changed since, not there any more, or there never was one (a loader's document)."""

_PATIENCE_S = 20.0
_DRAW = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ui.viewing.draw import main; main()"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is printed."""

    png: bytes
    label: str
    """Empty where there is nothing to turn to."""
    number: int
    """From 1, however the document numbers its pages."""
    of: int
    is_marked: bool
    """Whether the words of the quote are marked; not those of a scan or a photograph."""


def state_of(entry: Entry) -> State:
    """What has become of the file of a source."""
    from ingest.sources.files import digest
    from phi_assistant.errors import LoadError

    if not entry.path.is_absolute():
        return "none"
    try:
        return "same" if digest(entry.path, entry.path.parent) == entry.source.digest else "changed"
    except LoadError:
        return "changed" if entry.path.exists() else "gone"


def pictures(
    path: Path, digest: str, sheets: Sequence[Sheet], *, settings: Settings, passwords: Sequence[str] = ()
) -> list[Picture]:
    """The pages of a PDF or a picture with these sheets; none where it is neither, or cannot be drawn."""
    kind = _kind(path)
    if not sheets or not kind:
        return []
    wanted = {
        "kind": kind,
        "passwords": list(passwords),
        "path": str(path),
        "digest": digest,
        "size": settings.file_bytes,
        "count": settings.file_pages,
        "memory": settings.file_memory,
        "sheets": [asdict(sheet) for sheet in sheets],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", _DRAW, json.dumps(sys.path)],
            input=json.dumps(wanted).encode(),
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        drawn = json.loads(done.stdout or b"{}")
    except (OSError, subprocess.TimeoutExpired, ValueError) as exc:
        logger.info("A page could not be drawn: %s", exc)
        return []
    if "pages" not in drawn:
        logger.info("A page could not be drawn: %s", drawn.get("reason", f"exit code {done.returncode}"))
        return []
    return [Picture(**{**page, "png": b64decode(page["png"])}) for page in drawn["pages"]]


def _kind(path: Path) -> Literal["pdf", "image", ""]:
    from ingest.kinds import ENDINGS

    try:
        with path.open("rb") as file:
            is_pdf = b"%PDF-" in file.read(1024)
    except OSError:
        return ""
    if is_pdf:
        return "pdf"
    return "image" if ENDINGS.get(path.suffix.lower()) == "image" else ""
