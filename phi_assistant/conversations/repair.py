"""Repairing a damaged file of conversations: `python -m phi_assistant.conversations.repair [FILE]`.

The damaged file is kept beside; every row that can still be read goes into a new one, unless what it belongs to is
lost. Rows are sought by their numbers, so that a damaged page costs the rows that stand on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy
import typer

from phi_assistant.conversations.database import address, open_database
from phi_assistant.conversations.errors import DatabaseUnreachable
from phi_assistant.conversations.faults import database_errors
from phi_assistant.conversations.rows import answer_of, citation_of, contender_of, feedback_of, message_of, vote_of
from phi_assistant.conversations.tables import (
    AnswerRow,
    CitationRow,
    ComparisonRow,
    ContenderRow,
    FeedbackRow,
    MessageRow,
    Table,
)

_TABLES = Table.metadata.sorted_tables
"""What others belong to comes first."""

_READERS: dict[sqlalchemy.FromClause, Callable[[dict[str, Any]], object]] = {
    MessageRow.__table__: lambda values: message_of(MessageRow(**values)),
    AnswerRow.__table__: lambda values: answer_of("", AnswerRow(**values)),
    CitationRow.__table__: lambda values: citation_of(CitationRow(**values)),
    FeedbackRow.__table__: lambda values: feedback_of(FeedbackRow(**values)),
    ComparisonRow.__table__: lambda values: vote_of(ComparisonRow(**values)),
    ContenderRow.__table__: lambda values: contender_of(ContenderRow(**values), ""),
}
"""As the program will read them."""

_DIALECT = sqlalchemy.create_engine("sqlite://").dialect
"""Which says how values are read."""

_UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""The second where SQLite quotes in its message what is no text."""

_DAMAGED: dict[str, Any] = {}
"""In place of a row that cannot be read; told from "there is none" by being this object."""

_HALVES = "DELETE FROM comparisons WHERE (SELECT count(*) FROM contenders WHERE comparison_id = id) < 2"
"""What has lost one of its two answers compares nothing."""

_BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a file."""


@dataclass(frozen=True)
class Repaired:
    """What a repair did."""

    kept: dict[str, int] = field(default_factory=dict)
    """Rows by table; empty where nothing was wrong."""
    damaged: Path | None = None
    """Where the damaged file is now."""


def repair(file: Path) -> Repaired:
    """Puts a sound file in the place of a damaged one; a sound one is left as it is.

    Nobody else may have it open. Raises `DatabaseUnreachable` if there is none, and `DatabaseFull`.
    """
    if not file.is_file():
        raise DatabaseUnreachable(
            f"There is no file {file}, so there is nothing to repair. "
            "Name another: `python -m phi_assistant.conversations.repair FILE`."
        )
    with database_errors(address(file)):
        if _is_sound(file):
            return Repaired()
        successor = _beside(file, "repaired")
        open_database(successor).close()
        kept = _copy(file, successor)
        damaged = _beside(file, "damaged")
        _move(file, damaged)
        _move(successor, file)
        successor.with_name(f"{successor.name}.lock").unlink(missing_ok=True)
    return Repaired(kept, damaged)


def _is_sound(file: Path) -> bool:
    """Whether SQLite finds nothing wrong, and every value is of its column's type."""
    try:
        with closing(sqlite3.connect(file)) as db:
            if [row[0] for row in db.execute("PRAGMA integrity_check")] != ["ok"]:
                return False
            there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            return all(_fits(table, row) for table in _TABLES if table.name in there for row in _all(db, table.name))
    except _UNREADABLE:
        return False


def _all(db: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    cursor = db.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _fits(table: sqlalchemy.Table, row: dict[str, Any]) -> bool:
    """Whether each value can be read as what its column holds, and the row as one of its table."""
    try:
        values = {column.name: _read(column, row[column.name]) for column in table.columns if column.name in row}
        if table in _READERS:
            _READERS[table](values)
    except (ValueError, TypeError):
        return False
    return True


def _read(column: sqlalchemy.Column[Any], value: Any) -> Any:
    """The value, as SQLAlchemy reads it. Raises `ValueError` or `TypeError` if it is of another type."""
    if value is None and column.nullable:
        return None
    processor = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    read = processor(value) if processor else value
    if not isinstance(read, (list, dict) if isinstance(column.type, sqlalchemy.JSON) else column.type.python_type):
        raise ValueError(f"{column.name} holds {type(read).__name__}")
    return read


def _copy(file: Path, successor: Path) -> dict[str, int]:
    with closing(_opened(file)) as old, closing(_opened(successor)) as new:
        new.execute("PRAGMA foreign_keys = ON")
        new.execute("BEGIN")
        kept = {
            table.name: sum(_put(new, table.name, row) for row in _rows(old, table.name) if _fits(table, row))
            for table in _TABLES
        }
        new.execute(_HALVES)
        new.execute("COMMIT")
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept


def _rows(db: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """The rows that can be read, in the order of their numbers."""
    highest, number = _highest(db, table), 1
    while found := _next(db, table, number, highest):
        number = found.pop("number") + 1
        yield found


def _next(db: sqlite3.Connection, table: str, number: int, highest: int) -> dict[str, Any] | None:
    """The first row from a number on that can be read; None if there is no more.

    Where none can, it is sought ever further on, and then backwards for where the damage ends.
    """
    damaged, sound, step = number - 1, number, 1
    while (found := _sought(db, table, sound, highest)) is _DAMAGED and sound <= highest:
        damaged, sound, step = sound, sound + step, 2 * step
    while sound - damaged > 1:
        middle = (damaged + sound) // 2
        nearer = _sought(db, table, middle, highest)
        damaged, sound, found = (middle, sound, found) if nearer is _DAMAGED else (damaged, middle, nearer)
    return found or None


def _sought(db: sqlite3.Connection, table: str, number: int, highest: int) -> dict[str, Any]:
    """The first row from a number on; empty where there is none, `_DAMAGED` where that cannot be told."""
    query = f'SELECT rowid AS number, * FROM "{table}" WHERE rowid >= ? ORDER BY rowid LIMIT 1'
    try:
        cursor = db.execute(query, (number,))
        row = cursor.fetchone() or ()
    except _UNREADABLE:
        return _DAMAGED
    found = dict(zip([column[0] for column in cursor.description], row, strict=False))
    return found if number <= found.get("number", number) <= highest else _DAMAGED


def _highest(db: sqlite3.Connection, table: str) -> int:
    """More than any row's number: so many would not fit into the file, or were never given."""
    size = Path(db.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    try:
        [given] = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    except _UNREADABLE:
        given = 0
    return max(size, given if isinstance(given, int) else 0)


def _put(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> bool:
    """Whether it went in: not where it is itself damaged, or what it belongs to is lost."""
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    try:
        db.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', tuple(row.values()))
    except sqlite3.IntegrityError:
        return False
    return True


def _opened(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None)
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    return db


def _beside(file: Path, word: str) -> Path:
    """A name beside the file that nothing has yet: "conversations.damaged-2.db"."""
    names = (file.with_name(f"{file.stem}.{word}{f'-{n}' if n else ''}{file.suffix}") for n in range(10_000))
    return next(name for name in names if not name.exists())


def _move(file: Path, to: Path) -> None:
    """With what SQLite keeps beside it."""
    file.rename(to)
    for end in _BESIDE:
        beside = file.with_name(file.name + end)
        if beside.exists():
            beside.rename(to.with_name(to.name + end))


def _main(
    file: Annotated[
        Path | None, typer.Argument(help="The damaged file; the one in the data folder if not given.")
    ] = None,
) -> None:
    """Put a sound file of conversations in the place of a damaged one. Stop what uses it first."""
    from phi_assistant.settings import Settings

    file = file or Settings.load().data / "conversations.db"
    done = repair(file)
    if done.damaged is None:
        print(f"{file} is sound: nothing was changed.")
        return
    rows = ", ".join(
        f"{count:,} {table}" for table, count in done.kept.items() if table in ("conversations", "messages")
    )
    print(f"Saved {rows}. The damaged file is {done.damaged}: delete it when you miss nothing.")


if __name__ == "__main__":
    from phi_assistant.cli.guard import guarded

    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    program.command()(_main)
    guarded(program, name="python -m phi_assistant.conversations.repair")
