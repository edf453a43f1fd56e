"""Batches: questions as JSON lines in, one JSON line out for each, whatever happens to one of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError, PhiAssistantError, QuestionError
from phi_assistant.schema import Turn


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a batch."""

    id: Any
    text: str
    history: tuple[Turn, ...]


def answer_all(file: Path, respond: Callable[[Question], dict[str, Any]]) -> bool:
    """Prints a line for each line of `file`; one that fails says why in "error". True if all went well."""
    well = True
    for number, line in enumerate(_lines(file), 1):
        id_: Any = None
        try:
            question = _question(line, number)
            id_ = question.id
            result = respond(question)
        except PhiAssistantError as exc:
            result, well = {"error": str(exc)}, False
        print(json.dumps({"id": id_, **result}, ensure_ascii=False), flush=True)
    return well


def _lines(file: Path) -> Iterator[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The batch {str(file)!r} cannot be read: {exc}. Name a file of JSON lines.") from exc
    return (line for line in text.splitlines() if line.strip())


def _question(line: str, number: int) -> Question:
    try:
        record = json.loads(line)
        history = tuple(Turn(turn["role"], turn["text"]) for turn in record.get("history") or ())
        return Question(record.get("id", number), str(record["question"]), history)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise QuestionError(
            f'Line {number} is not {{"id": …, "question": "…", "history": [{{"role": …, "text": …}}]}}: {exc!r}.'
        ) from exc
