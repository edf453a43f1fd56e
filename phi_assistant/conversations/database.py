"""The database of conversations: opened, brought up to date, and closed.

An SQLite file, or a PostgreSQL server by its URL. Knows transactions; knows nothing of what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from phi_assistant.conversations.faults import database_errors
from phi_assistant.conversations.migrating import bring_up_to_date
from phi_assistant.conversations.postgres import server
from phi_assistant.errors import ConfigError

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}
_PRIVATE = 0o600
"""What is asked here is nobody else's business; SQLite gives what it keeps beside the file the same rights."""
_FORMS = "`postgresql://USER:PASSWORD@HOST/DATABASE` or `sqlite:///FILE`"


def open_database(place: str | Path, *, wait: float = 30.0) -> Database:
    """The database at a path or a URL, begun if it is new and migrated if it is old.

    `wait` is how many seconds a writer waits for another one. Raises `ConfigError` for an address that cannot be
    used, `MissingExtra` without the driver, and the errors of `conversations.errors`.

    >>> with open_database(settings.conversations_place) as database:
    ...     mine = Conversations(database, owner="ana")
    """
    url = address(place)
    with database_errors(url):
        engine = engine_of(url, wait=wait)
        try:
            bring_up_to_date(engine, wait=wait)
        except BaseException:
            engine.dispose()
            raise
    return Database(engine)


def engine_of(url: URL, *, wait: float) -> Engine:
    """Connections to it, as they are; the tables may be of any version, or not there."""
    return _sqlite(url, wait) if url.get_backend_name() == "sqlite" else server(url, wait=wait)


class Database:
    """An open one. Threads may share it; a process that is forked opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """What is read inside the block is of one moment."""
        options = {} if _is_sqlite(self.engine) else {"isolation_level": "REPEATABLE READ"}
        with database_errors(self.engine.url), Session(self.engine.execution_options(**options)) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """What is written inside the block is kept at its end, all of it or nothing."""
        with database_errors(self.engine.url), Session(self.engine.execution_options(writes=True)) as session:
            yield session
            session.commit()

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def address(place: str | Path) -> URL:
    """The URL, with the driver that we use. Raises `ConfigError`; a password is in no message."""
    if isinstance(place, Path):
        return URL.create(_DRIVERS["sqlite"], database=str(place.absolute()))
    try:
        url = make_url(place)
        backend = url.drivername.partition("+")[0]
        url = url.set(drivername=_DRIVERS[backend])
    except (ArgumentError, ValueError, KeyError):
        raise ConfigError(f"The setting 'database' is not the address of a database: give {_FORMS}.") from None
    if backend == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise ConfigError(f"The setting 'database' names no file, so nothing would be kept: give {_FORMS}.")
    return url


def _sqlite(url: URL, wait: float) -> Engine:
    file = Path(str(url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=_PRIVATE)
    engine = create_engine(url, connect_args={"timeout": wait}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # in WAL mode else the last ones are lost with the power

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer that begins as a reader is refused at once where another wrote meanwhile, without any waiting.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"
