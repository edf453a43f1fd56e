"""Kept conversations when things go wrong: many writers, killed ones, a full disk, a damaged file, a newer version."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from kept import ANSWER, PG_CTL, answer, postgres, python
from sqlalchemy import event

from phi_assistant.conversations import Comparisons, Conversations, open_database
from phi_assistant.conversations.errors import (
    ConversationError,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseMismatch,
    DatabaseUnreachable,
)
from phi_assistant.conversations.repair import repair
from phi_assistant.conversations.values import Contender
from phi_assistant.errors import ConfigError

WRITE = """
import sys
from pathlib import Path
from filelock import FileLock
from kept import answer
from phi_assistant.conversations import Comparisons, Conversations, open_database
place, name, many, id_ = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
with open_database(place if "://" in place else Path(place)) as database:
    mine = Conversations(database, owner="ana")
    id_ = id_[0] if id_ else mine.begin(collection="staff").id
    for number in range(many):
        mine.append(id_, answer(f"{name} {number}"))
        print(number, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


def begin(place: str | Path) -> str:
    with open_database(place) as database:
        return Conversations(database, owner="ana").begin(collection="staff").id


def questions(place: str | Path, id_: str) -> list[str]:
    with open_database(place) as database:
        said = Conversations(database, owner="ana").messages(id_)
    assert [each.role for each in said] == ["user", "assistant"] * (len(said) // 2)  # none between the two of a pair
    return [each.text for each in said if each.role == "user"]


def in_order_from_each(said: list[str], names: list[str], many: int) -> bool:
    return all(
        [each for each in said if each.startswith(name)] == [f"{name} {n}" for n in range(many)] for name in names
    )


# Many writers


def test_processes_that_write_to_one_conversation_lose_nothing(file):
    id_, names = begin(file), ["left", "middle", "right"]
    writers = [python(WRITE, file, name, "40", id_) for name in names]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    said = questions(file, id_)
    assert len(said) == 120
    assert in_order_from_each(said, names, 40)


def test_threads_that_write_to_one_conversation_lose_nothing(file):
    id_, names = begin(file), [f"thread{n}" for n in range(8)]
    with open_database(file) as database, ThreadPoolExecutor(8) as pool:
        mine = Conversations(database, owner="ana")
        list(pool.map(lambda name: [mine.append(id_, answer(f"{name} {n}")) for n in range(15)], names))
    said = questions(file, id_)
    assert len(said) == 120
    assert in_order_from_each(said, names, 15)


def test_processes_that_begin_the_database_at_once_do_not_race(file):
    writers = [python(WRITE, file, "x", "1") for _ in range(5)]
    assert [writer.wait() for writer in writers] == [0] * 5
    with open_database(file) as database:
        assert len(Conversations(database, owner="ana").recent()) == 5


def test_threads_that_open_databases_at_once_do_not_race(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: begin(tmp_path / f"{n % 3}.db"), range(9)))
    assert len(set(ids)) == 9


@pytest.mark.postgres
@pytest.mark.parametrize("server", [postgres] if PG_CTL else [])
def test_processes_on_a_postgresql_server_neither_race_nor_lose(server):
    with server() as address:
        place, names = f"{address}/postgres", ["left", "middle", "right"]
        beginners = [python(WRITE, place, "x", "1") for _ in range(3)]
        assert [writer.wait() for writer in beginners] == [0, 0, 0]
        id_ = begin(place)
        writers = [python(WRITE, place, name, "40", id_) for name in names]
        assert [writer.wait() for writer in writers] == [0, 0, 0]
        said = questions(place, id_)
        assert len(said) == 120
        assert in_order_from_each(said, names, 40)


def test_a_reader_is_not_held_up_by_a_writer_and_sees_one_moment(file):
    id_ = begin(file)
    with open_database(file, wait=0.1) as database:
        mine = Conversations(database, owner="ana")
        mine.append(id_, ANSWER)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM messages")
            assert len(mine.messages(id_)) == 2
            with pytest.raises(DatabaseBusy, match="Try again"):
                mine.append(id_, ANSWER)
            other.execute("ROLLBACK")
        mine.append(id_, ANSWER)
    assert len(questions(file, id_)) == 2


def test_a_database_that_another_process_is_beginning_is_waited_for(file):
    with FileLock(f"{file}.lock"), pytest.raises(DatabaseBusy):
        open_database(file, wait=0.1)
    begin(file)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_said_to_be_kept_is_there_after_a_kill(file, seed):
    id_ = begin(file)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(file), "x", "10000", id_],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent,  # for `kept`
        text=True,
    )
    assert writer.stdout
    lines = [writer.stdout.readline() for _ in range(10)]
    time.sleep(random.Random(seed).random() / 20)
    writer.kill()
    lines += writer.stdout.readlines()
    writer.wait()
    told = [line for line in lines if line.endswith("\n")]
    said = questions(file, id_)
    assert len(said) - len(told) in (0, 1)  # one was kept that it had no time to tell
    assert in_order_from_each(said, ["x"], len(said))


# No room, no way, no access


def test_a_full_disk_loses_nothing_that_was_kept(file):
    id_ = begin(file)
    with open_database(file) as database:
        mine = Conversations(database, owner="ana")

        @event.listens_for(database.engine, "checkout")
        def full(connection, record, proxy):
            connection.execute("PRAGMA max_page_count = 60")  # SQLite says the same when the disk has no more

        kept = 0

        def fill():
            nonlocal kept
            for _ in range(1000):
                mine.append(id_, answer("x" * 500))
                kept += 1

        with pytest.raises(DatabaseFull, match=r"is full.*whole.*--data DIR"):
            fill()
        assert len(mine.messages(id_)) == 2 * kept
        assert mine.get(id_).length == 2 * kept
        mine.delete(id_)  # what frees room can be done
        assert mine.recent() == []


CRAMPED = """
import resource, signal, sys
from pathlib import Path
from filelock import FileLock
from kept import answer
from phi_assistant.conversations import Comparisons, Conversations, open_database
from phi_assistant.conversations.errors import ConversationError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
kept = 0
with open_database(Path(sys.argv[1])) as database:
    mine = Conversations(database, owner="ana")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    try:
        while True:
            mine.append(sys.argv[2], answer("x" * 500))
            kept += 1
    except ConversationError as exc:
        assert "whole" in str(exc), exc
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
Path(sys.argv[3]).write_text(str(kept))
"""


def test_a_file_that_may_not_grow_loses_nothing_that_was_kept(file, tmp_path):
    pytest.importorskip("resource")
    id_ = begin(file)
    assert python(CRAMPED, file, id_, tmp_path / "kept").wait() == 0
    assert len(questions(file, id_)) == int((tmp_path / "kept").read_text()) > 10


@pytest.mark.parametrize(
    "place",
    [
        "mysql://user:secret@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "conversations.db",
        "postgresql://u:secret@h:x/d",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_told_the_forms_and_no_password(place):
    with pytest.raises(ConfigError, match="postgresql://USER:PASSWORD@HOST/DATABASE") as caught:
        open_database(place)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_one_clear_error_without_the_password():
    with pytest.raises(DatabaseUnreachable, match="Start the server") as caught:
        open_database("postgresql://ana:secret@127.0.0.1:9/notes")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1:9/notes" in str(caught.value)


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(DatabaseUnreachable, match="--data DIR"):
        open_database(tmp_path / "data" / "conversations.db")


def test_no_error_holds_what_was_said(file):
    id_ = begin(file)
    with open_database(file) as database:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("DROP TABLE hits")
            connection.commit()
        with pytest.raises(ConversationError, match="no such table: hits") as caught:
            Conversations(database, owner="ana").append(id_, ANSWER)
    assert ANSWER.question not in repr([caught.value, caught.value.__cause__])
    assert questions(file, id_) == []


# Versions


def test_a_database_of_a_newer_version_is_refused_and_left_alone(file):
    begin(file)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE phi_assistant_version SET version_num = '9999'")
    before = file.read_bytes()
    with pytest.raises(DatabaseMismatch, match=r"newer version.*'9999'.*pip install -U"):
        open_database(file)
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(file):
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE messages (a)")
    with pytest.raises(DatabaseMismatch, match=r"another program .*\(messages\)"):
        open_database(file)
    with closing(sqlite3.connect(file)) as db:
        assert [row[0] for row in db.execute("SELECT name FROM sqlite_master")] == ["messages"]


# Damage


@pytest.fixture
def long(file: Path) -> tuple[Path, str]:
    """A file of some size, and the conversation in it."""
    id_ = begin(file)
    with open_database(file) as database:
        mine = Conversations(database, owner="ana")
        for number in range(150):
            mine.append(id_, replace(ANSWER, question=f"question {number}", text="words " * 60))
            if number % 50 == 0:
                mine.append(mine.begin(collection="staff").id, ANSWER)
                sides = Contender("", "staff", ANSWER), Contender("tutor", "staff", ANSWER)
                Comparisons(database, owner="ana").keep(*sides, vote="left")
    return file, id_


def test_a_file_that_is_no_database_is_one_clear_error_and_repaired_to_an_empty_one(file):
    file.write_bytes(b"not a database, " * 1000)
    with pytest.raises(DatabaseDamaged, match=r'python -m phi_assistant.conversations.repair ".*conversations.db"'):
        open_database(file)
    done = repair(file)
    assert done.damaged
    assert done.damaged.read_bytes() == b"not a database, " * 1000
    with open_database(file) as database:
        assert Conversations(database, owner="ana").recent() == []


def overwrite(file: Path, root: str) -> None:
    """A page of a table, and not its first, becomes noise."""
    with closing(sqlite3.connect(file)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
        row = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (root,)).fetchone()
    data = bytearray(file.read_bytes())
    begins = (row[0] - 1) * size
    cell = begins + int.from_bytes(data[begins + 14 : begins + 16], "big")  # the second of an inner page
    child = int.from_bytes(data[cell : cell + 4], "big")
    assert data[begins] == 5
    assert 1 < child <= len(data) // size
    data[(child - 1) * size : child * size] = random.Random(1).randbytes(size)
    file.write_bytes(data)


def test_a_damaged_page_costs_what_stood_on_it_and_no_more(long):
    file, id_ = long
    overwrite(file, "messages")
    with open_database(file) as database:
        mine = Conversations(database, owner="ana")
        with pytest.raises(DatabaseDamaged, match="repair"):
            mine.messages(id_)
    done = repair(file)
    assert done.kept["conversations"] == 4
    assert 280 < done.kept["messages"] < 306
    with open_database(file) as database:
        mine = Conversations(database, owner="ana")
        rows = [message for each in mine.recent() for message in mine.messages(each.id)]
        assert len(rows) == done.kept["messages"]
        mine.append(id_, ANSWER)  # and it goes on
        assert [each.vote for each in Comparisons(database, owner="ana").recent()] == ["left"] * 3
        assert [each.answer is None for each in mine.messages(id_)[-2:]] == [True, False]


def test_a_sound_file_is_left_as_it_is(long):
    file, id_ = long
    assert repair(file).damaged is None
    assert len(questions(file, id_)) == 150
    assert sorted(path.name for path in file.parent.iterdir()) == ["conversations.db", "conversations.db.lock"]


def test_the_command_says_what_it_saved(long, tmp_path):
    file, _ = long
    overwrite(file, "messages")
    command = [sys.executable, "-m", "phi_assistant.conversations.repair"]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, check=True)
    assert "Saved 4 conversations, 2" in done.stdout
    assert "conversations.damaged.db" in done.stdout
    done = subprocess.run([*command, str(tmp_path / "none.db")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nothing to repair" in done.stderr


def read_all(file: Path) -> None:
    with open_database(file) as database:
        mine = Conversations(database, owner="ana")
        for each in mine.recent():
            mine.messages(each.id)
        Comparisons(database, owner="ana").recent()


@pytest.mark.slow
def test_a_file_damaged_anywhere_is_read_or_refused_and_can_be_repaired(long, tmp_path):
    file, _ = long
    sound, chance = file.read_bytes(), random.Random(7)
    for attempt in range(8):
        data = bytearray(sound)
        for _ in range(chance.choice([1, 10, 100])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if attempt % 4 == 3:
            data = data[: chance.randrange(len(data))]
        hurt = tmp_path / f"{attempt}.db"
        hurt.write_bytes(data)
        with suppress(ConversationError):
            read_all(hurt)
        repair(hurt)
        read_all(hurt)
