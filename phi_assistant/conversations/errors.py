"""What can go wrong with kept conversations.

    PhiAssistantError
    └── ConversationError
        ├── NoSuchConversation     there is none by this id, or it is another's
        ├── NoSuchComparison       the same of two answers side by side
        ├── DatabaseUnreachable    the file or the server cannot be opened
        ├── DatabaseBusy           another process was writing all the while
        ├── DatabaseMismatch       written by a newer version, or by another program
        ├── DatabaseDamaged        the file is not sound
        └── DatabaseFull           there is no room for more

An address that cannot be used is a `ConfigError`, a driver that is not installed a `MissingExtra`, as everywhere.
"""

from __future__ import annotations

from phi_assistant.errors import PhiAssistantError


class ConversationError(PhiAssistantError):
    """Conversations cannot be kept or read."""


class NoSuchConversation(ConversationError):
    """There is no conversation, or no message, by this id among those of the owner."""


class NoSuchComparison(ConversationError):
    """There is no comparison by this id among those of the owner."""


class DatabaseUnreachable(ConversationError):
    """The file or the server cannot be opened."""


class DatabaseBusy(ConversationError):
    """Another process was writing for longer than this one waited."""


class DatabaseMismatch(ConversationError):
    """The database was written by a newer version, or by another program."""


class DatabaseDamaged(ConversationError):
    """The file is not sound."""


class DatabaseFull(ConversationError):
    """There is no room for more; what was kept is whole."""
