"""The kept conversations of whoever uses this command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation
    from phi_assistant.settings import Settings

SHORT = 8
"""Characters of an id that are shown, and that are enough to name it."""


@contextmanager
def kept(chosen: Settings) -> Iterator[Conversations]:
    """Those in the database of these settings, which is begun if there is none. Raises as `open_database`."""
    from phi_assistant.conversations import LOCAL, Conversations, open_database

    with open_database(chosen.conversations_place) as database:
        yield Conversations(database, owner=LOCAL)


@contextmanager
def kept_so_far(chosen: Settings) -> Iterator[Conversations]:
    """As `kept`, for commands that read; nothing is begun. Raises `NoSuchConversation` if nothing was kept yet."""
    from phi_assistant.conversations.errors import NoSuchConversation

    place = chosen.conversations_place
    if isinstance(place, Path) and not place.exists():
        raise NoSuchConversation(
            f"No conversation was kept in {place} yet, so there is none to show. Begin one: `phi-assistant chat`."
        )
    with kept(chosen) as mine:
        yield mine


def named(conversation: Conversation) -> str:
    """How a person knows it: "“Can I pay by invoice?” (1a2b3c4d)"."""
    return f"“{conversation.title or 'untitled'}” ({conversation.id[:SHORT]})"
