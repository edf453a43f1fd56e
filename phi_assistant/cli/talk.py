"""A conversation on the terminal while it goes on: what was said, and where it is kept, if it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from phi_assistant.cli.kept import named
from phi_assistant.cli.options import data_flag
from phi_assistant.conversations.errors import ConversationError, NoSuchConversation
from phi_assistant.errors import ConfigError
from phi_assistant.schema import Answer, Turn

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation, Message, Thumbs

_UNKEPT = "This conversation is not kept, so nothing can be said of its answers. Leave `--no-keep` out next time."
_FIRST = "There is no answer yet to say something of. Ask something first."


class Talk:
    """Its history, and what of it is still to be kept: what a full disk refuses is tried again with the next answer."""

    def __init__(
        self, mine: Conversations | None, earlier: Conversation | None, *, keep: bool, bot: str, collection: str
    ) -> None:
        """`earlier` is among `mine` and goes on; None begins another."""
        self._mine, self._earlier, self._keeps = mine, earlier, keep
        self._bot, self._collection = bot, collection
        self._id = earlier.id if earlier else None
        self._waiting: list[tuple[Answer, str]] = []
        self._last = next((each.id for each in self.last_messages() if each.role == "assistant"), None)
        self.history: list[Turn] = mine.turns(earlier.id) if mine and earlier else []

    def told(self, data: Path | None) -> str:
        """Where it is kept and how to go on with it; `data` is the folder that its user named."""
        begins = f"Going on with {named(self._earlier)}. " if self._earlier else ""
        if not self._mine or not self._keeps:
            return f"{begins}Nothing that is said now is kept."
        return (
            f"{begins}Kept in {self._mine.place}; to go on another time: phi-assistant chat --continue{data_flag(data)}"
        )

    def last_messages(self) -> list[Message]:
        """The last question of an earlier conversation, and its answer."""
        return self._mine.messages(self._earlier.id)[-2:] if self._mine and self._earlier else []

    def add(self, answer: Answer, said: str) -> None:
        """Goes on with an answer to what was typed. Raises `ConversationError` where it could not be kept."""
        self.history += answer.turns
        if not self._mine or not self._keeps:
            return
        self._waiting.append((answer, said))
        self._last = None
        self._keep(self._mine)

    def judge(self, thumbs: Thumbs, reason: str) -> None:
        """Keeps what is thought of the last answer. Raises `ConversationError` where there is none."""
        if not self._mine or not self._keeps:
            raise ConversationError(_UNKEPT)
        if self._waiting:
            self._keep(self._mine)
        if self._last is None:
            raise NoSuchConversation(_FIRST)
        self._mine.feedback(self._last, thumbs, reason)

    def _keep(self, mine: Conversations) -> None:
        """A conversation is begun with its first answer: whoever only looks leaves nothing."""
        self._id = self._id or mine.begin(collection=self._collection, bot=self._bot).id
        while self._waiting:
            answer, said = self._waiting[0]
            try:
                _, reply = mine.append(self._id, answer, said=said)
            except NoSuchConversation:
                self._waiting.clear()  # it was deleted meanwhile, and with it what this belongs to
                self._id = None
                raise
            self._waiting.pop(0)
            self._last = reply.id


def earlier_one(mine: Conversations, id_: str | None, *, bot: str | None, collection: str | None) -> Conversation:
    """The conversation to go on with: by its id, else the last with this bot and collection, if these are given.

    Raises `NoSuchConversation`, and `ConfigError` where bot or collection are not those of the one that was named.
    """
    if id_ is not None:
        found = mine.find(id_)
        _check("--bot", bot, found.bot, found)
        _check("--collection", collection, found.collection, found)
        return found
    newest = mine.recent(limit=1, bot=bot, collection=collection)
    if not newest:
        raise NoSuchConversation(
            "There is no such conversation to go on with. See which there are: `phi-assistant conversations list`, or "
            "begin one: `phi-assistant chat`."
        )
    return newest[0]


def _check(flag: str, given: str | None, has: str, found: Conversation) -> None:
    if given is not None and given != has:
        raise ConfigError(
            f"{named(found)} is {f'with {has!r}' if has else 'with no bot'}, so it cannot go on with {given!r}. "
            f"Leave {flag} out, or begin another: `phi-assistant chat {flag} {given}`."
        )
