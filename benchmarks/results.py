"""Results: tables as Markdown, and `RESULTS.md`, of which every benchmark keeps one section.

A section has two parts. What is above its marker is written anew by each run; what is below, "What was
tried", was written by people and stays.
"""

from __future__ import annotations

import platform
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from phi_assistant.embeddings.onnx import usable_cores

RESULTS = Path(__file__).with_name("RESULTS.md")

_TITLE = (
    "# Results\n\nWhat was measured, against the bars that were set before. Below each marker: what people noted.\n"
)
_MARKER = "<!-- written by people; kept by every run -->"
_UNTRIED = "### What was tried\n\nNothing noted yet."


Row = Sequence[str | float]
"""A line of a table: first what it is about."""


@dataclass(frozen=True)
class Bar:
    """A number that was asked for."""

    name: str
    measured: float
    asked: float
    at_most: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.measured <= self.asked if self.at_most else self.measured >= self.asked

    def row(self) -> list[str]:
        sign = "≤" if self.at_most else "≥"
        met = "met" if self.met else "**missed**"
        return [self.name, f"{sign} {self.asked:g}{self.unit}", f"{self.measured:.3g}{self.unit}", met]


def bars(rows: Iterable[Bar]) -> str:
    return table(["what was asked", "bar", "measured", ""], [bar.row() for bar in rows])


def table(header: Sequence[str], rows: Iterable[Row]) -> str:
    """A Markdown table; numbers to the right, shares with three places."""
    lines = [[_cell(cell) for cell in row] for row in rows]
    rule = ["---", *("--:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in [list(header), rule, *lines])


def _cell(value: str | float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if isinstance(value, float) and value < 1 else _plain(value)


def _plain(value: str | float) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value)


def conditions(command: str) -> str:
    """Machine, date and command, in a line each."""
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return (
        f"- machine: {_processor()}, {usable_cores()} cores; {python}\n"
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n"
        f"- command: `{command}`"
    )


def command(module: str) -> str:
    return f"python -m {shlex.join([module, *sys.argv[1:]])}"


def write_section(heading: str, measured: Sequence[str], file: Path = RESULTS) -> None:
    """Replaces what this benchmark wrote before, and nothing else."""
    text = file.read_text("utf-8") if file.exists() else _TITLE
    intro, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sections = {part.split("\n", 1)[0].removeprefix("## ").strip(): part for part in parts}
    kept = sections.get(heading, "").partition(_MARKER)[2].strip() or _UNTRIED
    body = "\n\n".join(part.strip() for part in measured)
    sections[heading] = f"## {heading}\n\n{body}\n\n{_MARKER}\n\n{kept}\n"
    file.write_text("\n".join(part.strip() + "\n" for part in [intro, *sections.values()]), "utf-8")


def _processor() -> str:
    """The name of the processor, with the instructions that int8 models run on."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    found = [flag for flag in ("avx2", "avx512_vnni", "amx_int8") if re.search(rf"\b{flag}\b", text)]
    return f"{name[1] if name else 'unknown processor'} ({', '.join(found) or 'no vector instructions known'})"
