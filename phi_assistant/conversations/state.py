"""How a database of conversations is, looked at without changing it: nothing is begun, and no step is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, func, select, text, update

from phi_assistant.conversations.database import address, engine_of
from phi_assistant.conversations.faults import database_errors, place_of
from phi_assistant.conversations.migrating import NEWEST, check, version_of
from phi_assistant.conversations.tables import ConversationRow
from phi_assistant.errors import PhiAssistantError

_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class State:
    """What was found."""

    place: str
    """A file, or a server's address without its password."""
    revision: str | None = None
    """The last step that was done to its tables; None if there are none yet."""
    newest: str = NEWEST
    """The last step that is known here; an older database is brought up to it when it is next opened."""
    kept: int = 0
    """Conversations, of all owners."""
    writable: bool = False
    problem: str | None = None
    """Why it cannot be used, and the command that repairs it."""


def look(place: str | Path) -> State:
    """The state of the database at a path or a URL; what is wrong with it is in its `problem`."""
    try:
        url = address(place)
        named = place_of(url)
    except PhiAssistantError as exc:
        return State(place="", problem=str(exc))
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return State(named, writable=True)
    try:
        with database_errors(url), _looking(url) as engine:
            with engine.connect() as connection:
                found = _found(connection, named)
            return _tried(engine, found)
    except PhiAssistantError as exc:
        return State(named, problem=str(exc))


@contextmanager
def _looking(url: URL) -> Iterator[Engine]:
    engine = engine_of(url, wait=_WAIT_S)
    try:
        yield engine
    finally:
        engine.dispose()


def _found(connection: Connection, named: str) -> State:
    """Revision and number, read. Raises `DatabaseMismatch`."""
    revision = version_of(connection)
    if revision != NEWEST:
        check(connection, revision)
    kept = connection.scalar(select(func.count()).select_from(ConversationRow)) if revision else 0
    return State(named, revision, kept=int(kept or 0))


def _tried(engine: Engine, found: State) -> State:
    """With whether it takes changes; what was found is told even if it does not."""
    try:
        with database_errors(engine.url), engine.execution_options(writes=True).connect() as connection:
            _write_nothing(connection, there=found.revision is not None)
    except PhiAssistantError as exc:
        return replace(found, problem=str(exc))
    return replace(found, writable=True)


def _write_nothing(connection: Connection, *, there: bool) -> None:
    """A change that may be made or not, and is taken back."""
    if there:
        nobody = update(ConversationRow).where(ConversationRow.id == "").values(length=ConversationRow.length)
        connection.execute(nobody)
    else:
        connection.execute(text("CREATE TABLE phi_assistant_looked (here INTEGER)"))
    connection.rollback()
