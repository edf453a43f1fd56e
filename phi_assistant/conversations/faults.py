"""What can go wrong in a database, as our errors. No statement and no text of a conversation is in a message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from phi_assistant.conversations.errors import (
    ConversationError,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnreachable,
)
from phi_assistant.conversations.postgres import reason_of, state_of

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)

# SQLSTATE: classes and codes that PostgreSQL gives
_NO_ROOM = ("53100", "53200")
_WAITED = ("55P03", "57014", "40001", "40P01")

_START = (
    "Start the server (`systemctl start postgresql`; `pg_isready -h {host} -p {port}` says when it is there), or see "
    "that PHI_ASSISTANT_DATABASE names it rightly: `postgresql://USER:PASSWORD@HOST/DATABASE`."
)
_GIVE = (
    "Give the user the right: `psql -h {host} -p {port} -U postgres -c 'ALTER DATABASE {database} OWNER TO {user}'`."
)
_REPAIRS = {
    "": _START,  # no server was reached
    "08": _START,
    "57": _START,
    "53": "The server has no more connections to give: close other programs, or raise its `max_connections`.",
    "28": "Put the right user and password into PHI_ASSISTANT_DATABASE: `postgresql://USER:PASSWORD@HOST/DATABASE`, "
    "or give the user a new one: `psql -h {host} -p {port} -U postgres -c '\\password {user}'`.",
    "3D": "Create it: `createdb -h {host} -p {port} -U postgres -O {user} {database}`.",
    "42501": _GIVE,
    "3F": _GIVE,  # the schema is not seen without a right to it
    "25006": "This server takes no changes, as a copy of another does not: name that one in PHI_ASSISTANT_DATABASE.",
}
"""By SQLSTATE or its class: what can be done about a server that cannot be used."""


@contextmanager
def database_errors(url: URL) -> Iterator[None]:
    """Errors of SQLAlchemy, of SQLite and of pg8000, as ours."""
    try:
        yield
    except DBAPIError as exc:
        raise _translated(exc.orig, url) from exc
    except PoolTimeout as exc:  # more threads at once than there are connections
        raise busy(url) from exc
    except SQLAlchemyError as exc:
        raise _failed(str(exc), url) from exc
    except sqlite3.Error as exc:
        raise _translated(exc, url) from exc
    except OSError as exc:
        raise _unreachable(str(exc), url) from exc
    except ValueError as exc:  # a time, or JSON, that is none: SQLite takes everything
        raise damaged(type(exc).__name__, url) from exc


def place_of(url: URL) -> str:
    """How a person knows the database; without its password, which may stand among the options as well."""
    if _is_file(url):
        return url.database or ""
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def damaged(why: str, url: URL) -> DatabaseDamaged:
    """The error to be raised."""
    return DatabaseDamaged(
        f"The conversations in {place_of(url)} cannot be read, since the file is damaged ({why}). Stop what uses it, "
        f'then run `python -m phi_assistant.conversations.repair "{place_of(url)}"`: it keeps the file beside, and '
        "copies all that can still be read into a new one."
    )


def _translated(exc: BaseException | None, url: URL) -> ConversationError:
    if isinstance(exc, sqlite3.Error):
        return _of_sqlite(exc, url)
    return _of_postgres(state_of(exc), reason_of(exc), url)


def _of_sqlite(exc: sqlite3.Error, url: URL) -> ConversationError:
    if str(exc).startswith("Could not decode"):  # and then the text itself, which is nobody's business
        return damaged("text that is no UTF-8", url)
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF  # the rest says more precisely what
    if code in _DAMAGED:
        return damaged(str(exc), url)
    if code == sqlite3.SQLITE_FULL:
        return _full(url)
    if code in _BUSY:
        return busy(url)
    if code in _CLOSED:
        return _unreachable(str(exc), url)
    return _failed(str(exc), url)


def _of_postgres(state: str, why: str, url: URL) -> ConversationError:
    if state in _NO_ROOM:
        return _full(url)
    if state in _WAITED:
        return busy(url)
    if repair := _REPAIRS.get(state) or _REPAIRS.get(state[:2]):
        return DatabaseUnreachable(_closed(why, url, repair.format(**_named(url))))
    return _failed(why, url)


def _named(url: URL) -> dict[str, str]:
    """What commands for this server need."""
    host, port = str(url.query.get("host") or url.host or "localhost"), str(url.query.get("port") or url.port or 5432)
    user = str(url.query.get("user") or url.username or "USER")
    return {"host": host, "port": port, "user": user, "database": url.database or user}


def _full(url: URL) -> DatabaseFull:
    where = f"The disk that holds {place_of(url)}" if _is_file(url) else f"The database server of {place_of(url)}"
    return DatabaseFull(
        f"{where} is full, so this could not be kept; what was kept before is whole. Free some space, or use another "
        "disk with `--data DIR`, and try again."
    )


def busy(url: URL) -> DatabaseBusy:
    """The error to be raised."""
    return DatabaseBusy(
        f"Another process was writing to {place_of(url)} for too long, so this could not be kept; nothing else is "
        "lost. Try again; if it happens often, keep conversations on a PostgreSQL server: PHI_ASSISTANT_DATABASE."
    )


def _unreachable(why: str, url: URL) -> DatabaseUnreachable:
    here = "See that the folder is there and yours to write, or choose another with `--data DIR`."
    return DatabaseUnreachable(_closed(why, url, here if _is_file(url) else _REPAIRS[""].format(**_named(url))))


def _closed(why: str, url: URL, repair: str) -> str:
    return f"The database {place_of(url)} cannot be used ({why}), so conversations cannot be kept or read. {repair}"


def _failed(why: str, url: URL) -> ConversationError:
    return ConversationError(
        f"The database {place_of(url)} did not do what was asked ({why}); what was kept before is whole. "
        "If the disk or the server is sound, run the command again with `--debug` and report what it shows."
    )


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"
