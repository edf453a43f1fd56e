"""Conversations kept in a database: what was asked, what was answered on which grounds, and what was thought of it.

`open_database` opens it, `Conversations` are those of one owner, `Comparisons` his votes on two answers side by side.
Threads may share all three. Knows nothing of retrieval or models.
"""

from __future__ import annotations

from phi_assistant.conversations.comparisons import Comparisons as Comparisons
from phi_assistant.conversations.comparisons import tally_of_all as tally_of_all
from phi_assistant.conversations.conversations import Conversations as Conversations
from phi_assistant.conversations.database import Database as Database
from phi_assistant.conversations.database import open_database as open_database

LOCAL = "local"
"""The owner where there is only one: whoever uses this machine's command line."""
