"""Batches: questions as JSON lines in, one JSON line out for each, whatever happens to one of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError, PhiAssistantError, QuestionError
from phi_assistant.schema import Turn


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a batch."""

    text: str
    history: tuple[Turn, ...]


def answer_all(file: Path, respond: Callable[[Question], dict[str, Any]]) -> bool:
    """Prints a line for each line of `file`; one that fails says why in "error". True if all went well."""
    well = True
    for number, line in enumerate(_lines(file), 1):
        id_: Any = None
        try:
            with _explained(number):
                record = json.loads(line)
                id_ = record.get("id", number)
                question = _question(record)
            result = respond(question)
        except PhiAssistantError as exc:
            result, well = {"error": str(exc)}, False
        print(json.dumps({"id": id_, **result}, ensure_ascii=False), flush=True)
    return well


def _lines(file: Path) -> Iterator[str]:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The batch {str(file)!r} cannot be read: {exc}. Name a file of JSON lines.") from exc
    # Not splitlines: U+2028 and others end a line for Python, and stand as they are in JSON.
    return (line for line in text.split("\n") if line.strip())


@contextmanager
def _explained(number: int) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise QuestionError(
            f'Line {number} is not {{"id": …, "question": "…", "history": [{{"role": …, "text": …}}]}}: {exc!r}.'
        ) from exc


def _question(record: dict[str, Any]) -> Question:
    history = tuple(Turn(_role(turn), _text(turn["text"])) for turn in record.get("history") or ())
    return Question(_text(record["question"]), history)


def _role(turn: dict[str, Any]) -> str:
    """Whoever is not the user is the assistant: records of conversations also say "agent", "bot" or "ai"."""
    return "user" if turn["role"] == "user" else "assistant"


def _text(value: Any) -> str:
    """Raises TypeError for what is no string, ValueError for one with half a character ("\\ud800")."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    value.encode()
    return value
