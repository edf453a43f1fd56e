"""What can go wrong in a database, as our errors. No statement and no text of a conversation is in a message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from phi_assistant.conversations.errors import (
    ConversationError,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnreachable,
)

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)

# SQLSTATE: classes and codes that PostgreSQL gives
_NO_ROOM = ("53100", "53200")
_WAITED = ("55P03", "57014", "40001", "40P01")


@contextmanager
def database_errors(url: URL) -> Iterator[None]:
    """Errors of SQLAlchemy, of SQLite and of psycopg, as ours."""
    try:
        yield
    except DBAPIError as exc:
        raise _translated(exc.orig, url) from exc
    except SQLAlchemyError as exc:
        raise _failed(str(exc), url) from exc
    except sqlite3.Error as exc:
        raise _translated(exc, url) from exc
    except OSError as exc:
        raise _unreachable(str(exc), url) from exc
    except ValueError as exc:  # a time, or JSON, that is none: SQLite takes everything
        raise damaged(type(exc).__name__, url) from exc


def place_of(url: URL) -> str:
    """How a person knows the database; without its password."""
    return url.database or "" if _is_file(url) else url.render_as_string(hide_password=True)


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
    return _of_postgres(str(getattr(exc, "sqlstate", None) or ""), str(exc).strip(), url)


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
    if not state or state[:2] in ("08", "28", "3D", "57", "53"):  # psycopg gives none where no connection was made
        return _unreachable(why, url)
    return _failed(why, url)


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
    repair = (
        "See that the folder is there and yours to write, or choose another with `--data DIR`."
        if _is_file(url)
        else "See that the server runs and that PHI_ASSISTANT_DATABASE names it rightly: "
        "`postgresql://USER:PASSWORD@HOST/DATABASE`."
    )
    return DatabaseUnreachable(
        f"The database {place_of(url)} cannot be opened ({why}), so conversations cannot be kept or read. {repair}"
    )


def _failed(why: str, url: URL) -> ConversationError:
    return ConversationError(
        f"The database {place_of(url)} did not do what was asked ({why}); what was kept before is whole. "
        "If the disk or the server is sound, run the command again with `--debug` and report what it shows."
    )


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"
