"""Bringing the tables up to date, by one process at a time.

The steps are Alembic's, in `migrations/versions`. All that are missing are done in one transaction, so that one that
is killed leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, inspect, text

from phi_assistant.conversations.errors import DatabaseMismatch
from phi_assistant.conversations.faults import busy, place_of
from phi_assistant.conversations.tables import Table

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0002"
"""The last step. Known without Alembic, which takes a quarter of a second to import."""

VERSION_TABLE = "phi_assistant_version"
"""Not Alembic's own name: a server may hold another program's tables too."""

_ADVISORY = 0x7068_6961  # "phia", for PostgreSQL's advisory lock
_one_at_a_time = Lock()  # Alembic's context is one for the whole process


def bring_up_to_date(engine: Engine, *, wait: float) -> None:
    """Does the steps that are missing, if any. Raises `DatabaseMismatch`, and `DatabaseBusy` after so many seconds."""
    with engine.connect() as connection:
        if version_of(connection) == NEWEST:
            return
    with _one_at_a_time, _locked(engine, wait) as connection:
        version = version_of(connection)
        if version != NEWEST:
            check(connection, version)
            _upgrade(connection)


def alembic_config() -> Config:
    """What Alembic is told: where the steps are. Also for developers, who write new ones."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


@contextmanager
def _locked(engine: Engine, wait: float) -> Iterator[Connection]:
    """A transaction that no other process does the steps beside."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
            yield connection
        return
    with _file_lock(engine, wait):
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # the mode cannot change inside a transaction
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # readers and a writer at once; kept in the file
            connection.exec_driver_sql("BEGIN")
        with engine.execution_options(writes=True).begin() as connection:
            yield connection


@contextmanager
def _file_lock(engine: Engine, wait: float) -> Iterator[None]:
    lock = FileLock(f"{engine.url.database}.lock")
    try:
        lock.acquire(timeout=wait)
    except Timeout as exc:
        raise busy(engine.url) from exc
    try:
        yield
    finally:
        lock.release()


def version_of(connection: Connection) -> str | None:
    """The last step that was done; None if the database is new to us."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def check(connection: Connection, version: str | None) -> None:
    """Raises `DatabaseMismatch` where the tables are another program's, or of a newer version than this."""
    place = place_of(connection.engine.url)
    if version is None:
        taken = sorted(set(inspect(connection).get_table_names()) & set(Table.metadata.tables))
        if taken:
            raise DatabaseMismatch(
                f"The database {place} holds tables of another program that are called as ours are "
                f"({', '.join(taken)}). Give phi-assistant one of its own: `createdb phi_assistant`, and name it in "
                "PHI_ASSISTANT_DATABASE."
            )
    elif version not in _known():
        raise DatabaseMismatch(
            f"The conversations in {place} were kept by a newer version of phi-assistant (step "
            f"{version!r}; this one knows up to {NEWEST!r}), and this one would damage them. "
            "Update it: `pip install -U phi-assistant`."
        )


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {step.revision for step in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
