"""Conversations on a PostgreSQL server: its URLs, what goes wrong with it, and many threads; all against a real one."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kept import PG_CTL, answer, new_database, tell
from sqlalchemy import make_url

from phi_assistant.conversations import Conversations, open_database
from phi_assistant.conversations.errors import ConversationError, DatabaseBusy, DatabaseUnreachable
from phi_assistant.conversations.postgres import _arguments
from phi_assistant.conversations.state import look
from phi_assistant.errors import ConfigError

served = pytest.mark.skipif(not PG_CTL, reason="PostgreSQL is not installed")


@pytest.fixture
def address(postgres_server: str) -> str:
    return new_database(postgres_server)


# Addresses


def arguments(address: str) -> dict[str, object]:
    return _arguments(make_url(address), wait=5)


def test_an_address_is_understood_as_libpq_does():
    plain = arguments("postgresql://ana:se%40cret@db:5433/notes")
    assert (plain["host"], plain["port"], plain["user"], plain["password"]) == ("db", 5433, "ana", "se@cret")
    assert plain["startup_params"] == {"options": "-c lock_timeout=5000"}
    socket = arguments("postgresql:///notes?host=/run/postgresql&user=ana")
    assert (socket["unix_sock"], socket["user"]) == ("/run/postgresql/.s.PGSQL.5432", "ana")
    assert arguments("postgresql:///notes?host=db&port=5433&password=x") | plain == plain | {"password": "se@cret"}


@pytest.mark.parametrize(
    ("mode", "means"), [("", None), ("disable", False), ("allow", None), ("prefer", None), ("require", True)]
)
def test_encryption_is_as_sslmode_says(mode, means):
    assert arguments(f"postgresql://db/notes{f'?sslmode={mode}' if mode else ''}")["ssl_context"] is means


@pytest.mark.parametrize(("mode", "names"), [("verify-ca", False), ("verify-full", True)])
def test_a_server_is_verified_where_sslmode_says_so(mode, names):
    context = arguments(f"postgresql://db/notes?sslmode={mode}")["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, names)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sslmode=maybe", "no sslmode 'maybe': known are disable"),
        ("sslmode=verify-full&sslrootcert=/none.pem", "/none.pem"),
        ("target_session_attrs=any", "'target_session_attrs', which is not known"),
        ("port=x", "a port that is no number"),
    ],
)
def test_an_option_that_cannot_be_kept_is_refused(query, message):
    with pytest.raises(ConfigError, match=message) as caught:
        open_database(f"postgresql://ana:secret@127.0.0.1:9/notes?{query}&password=secret")
    assert "secret" not in str(caught.value)


# What goes wrong


@served
@pytest.mark.postgres
def test_a_database_that_is_not_there_is_told_how_to_create_it(postgres_server):
    with pytest.raises(DatabaseUnreachable, match=r"`createdb -h 127.0.0.1 -p \d+ -U postgres -O phi notes`") as caught:
        open_database(f"{postgres_server}/notes?password=hush")
    assert "secret" not in str(caught.value)
    assert "hush" not in str(caught.value)


@served
@pytest.mark.postgres
def test_a_user_that_is_not_there_is_told_to_give_the_right_one(address):
    with pytest.raises(DatabaseUnreachable, match=r'"bob" does not exist.*right user and password') as caught:
        open_database(address.replace("phi:secret", "bob:hush"))
    assert "hush" not in str(caught.value)


@served
@pytest.mark.postgres
@pytest.mark.parametrize("right", ["ALL", "CREATE"])
def test_a_user_without_rights_is_told_who_gives_them(address, right):
    tell(
        address, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN", f"REVOKE {right} ON SCHEMA public FROM PUBLIC"
    )
    name = make_url(address).database
    with pytest.raises(DatabaseUnreachable, match=f"ALTER DATABASE {name} OWNER TO guest"):
        open_database(address.replace("phi:secret", "guest"))


@served
@pytest.mark.postgres
def test_a_server_that_takes_no_changes_can_be_read_and_says_so(address):
    with open_database(address) as database:
        id_ = Conversations(database, owner="ana").begin(collection="staff").id
    tell(address, f"ALTER DATABASE {make_url(address).database} SET default_transaction_read_only = on")
    with open_database(address) as database:
        mine = Conversations(database, owner="ana")
        assert mine.get(id_).id == id_
        with pytest.raises(DatabaseUnreachable, match="This server takes no changes"):
            mine.append(id_, answer("x"))
    state = look(address)
    assert (state.kept, state.writable) == (1, False)
    assert "takes no changes" in (state.problem or "")


@served
@pytest.mark.postgres
def test_a_server_without_encryption_is_refused_where_it_is_insisted_on(address):
    with pytest.raises(ConversationError, match="Server refuses SSL"):
        open_database(f"{address}?sslmode=require")


@served
@pytest.mark.postgres
def test_connections_that_the_server_has_ended_are_made_anew(address, postgres_server):
    with open_database(address) as database:
        mine = Conversations(database, owner="ana")
        id_ = mine.begin(collection="staff").id
        name = make_url(address).database
        tell(
            f"{postgres_server}/postgres",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        mine.append(id_, answer("still there?"))
        assert len(mine.messages(id_)) == 2


@served
@pytest.mark.postgres
def test_a_lock_that_is_held_too_long_is_one_clear_error(address):
    with open_database(address) as other, open_database(address, wait=0.1) as database:
        mine = Conversations(database, owner="ana")
        id_ = mine.begin(collection="staff").id
        with other.writing() as session:
            session.connection().exec_driver_sql("LOCK TABLE conversations")
            with pytest.raises(DatabaseBusy, match="Try again"):
                mine.append(id_, answer("x"))
        mine.append(id_, answer("x"))


# Threads, as of a front end


def test_many_threads_share_one_object(place):
    """Each has its own conversation, all have one together, and lists, searches and feedback go on beside."""
    with open_database(place) as database:
        mine = Conversations(database, owner="ana")
        common = mine.begin(collection="staff").id

        def session(name: int) -> str:
            own = mine.begin(collection="staff").id
            for number in range(5):
                _, reply = mine.append(own, answer(f"session{name:02} {number}"))
                mine.append(common, answer(f"common{name:02} {number}"))
                mine.feedback(reply.id, "up", f"{name}")
                assert len(mine.messages(own)) == 2 * (number + 1)
                assert own in [each.id for each in mine.search(f"session{name:02}")]
            mine.rename(own, f"Renamed {name:02}")
            if name % 3 == 0:
                mine.delete(own)
            return own

        with ThreadPoolExecutor(24) as pool:
            owns = list(pool.map(session, range(24)))
        left = {each.id: each for each in mine.recent(limit=100)}
        assert set(left) == {common, *(own for name, own in enumerate(owns) if name % 3)}
        assert {left[own].title for own in owns if own in left} == {f"Renamed {n:02}" for n in range(24) if n % 3}
        asked = [each.text for each in mine.messages(common) if each.role == "user"]
        assert sorted(asked) == [f"common{name:02} {number}" for name in range(24) for number in range(5)]
        assert all(each.feedback for own in owns if own in left for each in mine.messages(own) if each.answer)


# How it is looked at


def test_a_database_is_looked_at_without_beginning_it(place):
    before = look(place)
    assert (before.revision, before.kept, before.writable, before.problem) == (None, 0, True, None)
    assert not isinstance(place, Path) or not place.parent.exists()
    with open_database(place) as database:
        Conversations(database, owner="ana").begin(collection="staff")
        Conversations(database, owner="eve").begin(collection="staff")
    after = look(place)
    assert (after.revision, after.kept, after.writable, after.problem) == (after.newest, 2, True, None)
    assert "secret" not in after.place
