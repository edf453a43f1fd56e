"""How Alembic runs the steps: on the connection that `migrating` hands over, inside its transaction.

A change of `tables.py` needs a new step beside the last one in `versions`, and its number in `migrating.NEWEST`;
`tests/test_conversations_migrations.py` says what the steps lack. Steps that were released are never changed.
"""

from __future__ import annotations

from alembic import context

from phi_assistant.conversations.migrating import VERSION_TABLE
from phi_assistant.conversations.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,  # of SQLite Alembic does not know it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
