"""The tables that the migrations make are those that the code means."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from phi_assistant.conversations import open_database
from phi_assistant.conversations.migrating import NEWEST, VERSION_TABLE, alembic_config
from phi_assistant.conversations.tables import Table


def test_the_steps_make_the_tables_that_the_code_means(tmp_path):
    with open_database(tmp_path / "a.db") as database, database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
        assert context.get_current_revision() == NEWEST


def test_the_newest_step_is_the_one_that_is_known_without_alembic():
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [NEWEST]


def test_a_file_can_be_read_while_it_is_written_from_the_first_time_on(tmp_path):
    for _ in range(2):
        with open_database(tmp_path / "a.db") as database, database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
