"""Tesseract, the program that reads pictures of text, where it is installed.

Knows the program, its languages and how to get them; `ocr_lines` knows what it answers. It runs as a process
of its own, so that its crash or its hanging costs one page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from ingest.readers.pdf.lines import Line
from ingest.readers.pdf.ocr_lines import lines_of
from phi_assistant.errors import LoadError

__all__ = ["DPI", "Tesseract", "find_tesseract", "missing_languages", "remedy"]

DPI = 300
"""What Tesseract reads best."""

_SECONDS = 120
"""For one page: a full one takes about five."""
_SURE = 60
"""Tesseract's confidence, in percent, below which a page may lie on its side."""
_LANGUAGE = re.compile(r"[A-Za-z0-9_/-]+")
_ROTATE = re.compile(rb"^Rotate: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tesseract:
    program: str
    languages: tuple[str, ...]
    """Of those that were asked for, the ones that are installed; at least one."""
    missing: tuple[str, ...] = ()

    def read(self, picture: Image.Image, *, dpi: int = DPI) -> list[Line]:
        """The lines of one page, in points; raises `LoadError` where Tesseract gives up."""
        lines, sure = self._lines(picture, dpi)
        turn = 0 if lines and sure >= _SURE else self._turn(picture, dpi)
        if turn:
            turned, surer = self._lines(picture.rotate(-turn, expand=True), dpi)
            return turned if surer > sure else lines
        return lines

    def _lines(self, picture: Image.Image, dpi: int) -> tuple[list[Line], float]:
        page = self._run(picture, "-l", "+".join(self.languages), "--dpi", str(dpi), "hocr")
        return lines_of(page, height=picture.height, dpi=dpi)

    def _turn(self, picture: Image.Image, dpi: int) -> int:
        """Degrees clockwise that would put the page upright; 0 where that cannot be told."""
        try:
            answer = self._run(picture, "--psm", "0", "--dpi", str(dpi))
        except LoadError:  # too few letters, or the data for it is not installed
            return 0
        found = _ROTATE.search(answer)
        return int(found[1]) if found else 0

    def _run(self, picture: Image.Image, *arguments: str) -> bytes:
        file = BytesIO()
        picture.save(file, "PPM")
        command = [self.program, "stdin", "stdout", *arguments]
        # One thread each: the worker processes use the other cores.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command, input=file.getvalue(), capture_output=True, timeout=_SECONDS, env=environment, check=True
            )
        except subprocess.TimeoutExpired as exc:
            raise LoadError(f"could not be read by Tesseract within {_SECONDS} seconds.") from exc
        except (OSError, subprocess.CalledProcessError) as exc:
            raise LoadError("could not be read: Tesseract failed. Try `tesseract` on it by hand.") from exc
        return done.stdout


def find_tesseract(languages: str) -> Tesseract | None:
    """For languages as Tesseract names them ("eng+deu"); None where it or all of them are missing."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    wanted, installed = _names(languages), _installed(program)
    found = tuple(name for name in wanted if name in installed)
    missing = tuple(name for name in wanted if name not in installed)
    return Tesseract(program, found, missing) if found else None


def remedy(languages: str) -> str:
    """The command that installs what is needed to read these languages and is not there."""
    program = shutil.which("tesseract")
    if program is None:
        packages = ["tesseract-ocr", *(_package(name) for name in _names(languages) if name != "eng")]
        others = "macOS: `brew install tesseract tesseract-lang`; Windows: `winget install tesseract-ocr.tesseract`"
    else:
        packages = [_package(name) for name in _names(languages) if name not in _installed(program)]
        others = "macOS: `brew install tesseract-lang`; Windows: run Tesseract's installer again"
    return f"`apt-get install {' '.join(packages)}` ({others})"


def missing_languages(tesseract: Tesseract, languages: str) -> str:
    """What is said of a page that was read in some of the languages only."""
    found, missing = " and ".join(tesseract.languages), " and ".join(tesseract.missing)
    return (
        f"was read by Tesseract as {found} only: {missing} is not installed. "
        f"Install it with {remedy(languages)}, and ingest again."
    )


def _package(language: str) -> str:
    return f"tesseract-ocr-{language.lower().replace('_', '-')}"


def _names(languages: str) -> list[str]:
    return list(dict.fromkeys(_LANGUAGE.findall(languages))) or ["eng"]


@lru_cache(maxsize=4)
def _installed(program: str) -> frozenset[str]:
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset((listed.stdout or listed.stderr).decode("utf-8", "replace").split())
