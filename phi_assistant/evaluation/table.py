"""The user's own questions: a spreadsheet saved as .csv, or JSON lines.

    question;answer;source;answerable
    How long can I return it?;45 days;returns.md;yes

Any of the separators that spreadsheets write is understood, and their character sets.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.questions import QuestionSet
from phi_assistant.evaluation.records import check_columns, check_spelling, question_of

_SEPARATORS = ",;\t"
_JSON = (".jsonl", ".ndjson", ".json")
_TABLES = (".csv", ".tsv", ".txt")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_table(file: Path) -> QuestionSet:
    """The questions of a file; their sources are named as in the file (see `sources.matched`).

    Raises `ConfigError` if it cannot be read as questions.
    """
    ending = file.suffix.lower()
    if ending not in (*_JSON, *_TABLES):
        raise ConfigError(
            f"The questions {str(file)!r} are no .csv and no .jsonl, and nothing else is read. "
            "In a spreadsheet choose “Save as”, CSV (UTF-8)."
        )
    rows = _objects(file) if ending in _JSON else _rows(file)
    questions = tuple(question_of(row, where=where, default_id=str(at)) for at, (where, row) in enumerate(rows, 1))
    if not questions:
        raise ConfigError(f"There is no question in {str(file)!r}. Write one a line, below the names of the columns.")
    return QuestionSet(file.stem, questions)


def read_json_lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line that is not blank as an object, with where it stands. Raises `ConfigError`."""
    # Not splitlines: U+2028 and others end a line for Python, and stand as they are in JSON.
    for number, line in enumerate(_decoded(file).split("\n"), 1):
        if line.strip():
            yield _where(file, number), _object(line, _where(file, number))


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as exc:
        raise ConfigError(f'{where} is not JSON: {exc}. Write {{"question": "…", "answer": "…"}} in one line.') from exc
    if not isinstance(found, dict):
        raise ConfigError(f'{where} is no object. Write {{"question": "…", "answer": "…"}} in one line.')
    return found


def _objects(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, row in read_json_lines(file):
        check_spelling(row, where=where)
        yield where, row


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a table by the names in its first one; lines without any text are passed over."""
    text = _decoded(file)
    first = text.split("\n", 1)[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count))
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        check_columns([name for name in names if name], where=f"The first line of {file.name}")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _where(file, reader.line_num), dict(zip(names, cells, strict=False))
    except csv.Error as exc:
        raise ConfigError(
            f"{_where(file, reader.line_num)} is no line of a table: {exc}. Save it anew as CSV."
        ) from exc


def _where(file: Path, number: int) -> str:
    return f"Line {number} of {file.name}"


def _decoded(file: Path) -> str:
    """UTF-8, or what spreadsheets on Windows write: UTF-16 with its mark, else Windows-1252."""
    try:
        data = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"The questions {str(file)!r} cannot be read: {exc.strerror or exc}.") from exc
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
