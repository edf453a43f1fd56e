"""The tables that the migrations make are those that the code means."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from kept import ANSWER

from phi_assistant.conversations import Comparisons, Conversations, open_database
from phi_assistant.conversations.migrating import NEWEST, VERSION_TABLE, alembic_config
from phi_assistant.conversations.state import look
from phi_assistant.conversations.tables import Table


def test_the_steps_make_the_tables_that_the_code_means(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == NEWEST


def test_what_an_earlier_version_kept_is_there_after_the_steps_that_are_new(place):
    with open_database(place) as database:  # as the first version left it
        mine = Conversations(database, owner="ana")
        id_ = mine.begin(collection="staff").id
        mine.append(id_, ANSWER)
        with database.engine.begin() as connection:
            for table in ("contenders", "comparisons"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
            connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
    looked = look(place)
    assert (looked.revision, looked.newest, looked.kept, looked.writable) == ("0001", NEWEST, 1, True)
    with open_database(place) as database:
        assert [each.text for each in Conversations(database, owner="ana").messages(id_)] == [
            ANSWER.question,
            ANSWER.text,
        ]
        assert Comparisons(database, owner="ana").recent() == []
    assert look(place).revision == NEWEST


def test_the_newest_step_is_the_one_that_is_known_without_alembic():
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [NEWEST]


def test_a_file_can_be_read_while_it_is_written_from_the_first_time_on(tmp_path):
    for _ in range(2):
        with open_database(tmp_path / "a.db") as database, database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
