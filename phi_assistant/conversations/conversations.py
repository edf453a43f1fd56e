"""The conversations of one owner, and what can be done with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from phi_assistant.conversations.columns import folded
from phi_assistant.conversations.database import Database
from phi_assistant.conversations.errors import NoSuchConversation
from phi_assistant.conversations.exporting import as_json, as_markdown
from phi_assistant.conversations.faults import place_of
from phi_assistant.conversations.rows import conversation_of, feedback_of, message_of, row_of, turns_of
from phi_assistant.conversations.tables import AnswerRow, ConversationRow, FeedbackRow, MessageRow
from phi_assistant.conversations.values import Conversation, Feedback, Message, Thumbs
from phi_assistant.schema import Answer, Turn

_TITLE = 60
"""Characters of the first question that make a title."""


class Conversations:
    """Those of one owner; no other's can be read, changed or found.

    >>> mine = Conversations(database, owner="ana")
    >>> begun = mine.begin(collection="demo-support")
    >>> mine.append(begun.id, assistant.ask("Can I pay by invoice?", mine.turns(begun.id)))
    """

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner

    @property
    def place(self) -> str:
        """Where they are kept: a file, or a server's address without its password."""
        return place_of(self._database.engine.url)

    def begin(self, *, collection: str, bot: str = "", title: str = "") -> Conversation:
        """A new one, with nothing said yet."""
        now = datetime.now(UTC)
        row = ConversationRow(
            id=uuid4().hex,
            owner=self._owner,
            title=title,
            sought=folded(title),
            bot=bot,
            collection=collection,
            created=now,
            updated=now,
            length=0,
        )
        begun = conversation_of(row)
        with self._database.writing() as session:
            session.add(row)
        return begun

    def append(
        self, id_: str, answer: Answer, *, said: str | None = None, instead_of: int | None = None
    ) -> tuple[Message, Message]:
        """Keeps a question and its answer, both or neither, and returns the two.

        `said` is what its owner typed, where that is not the question that was answered ("I give up" to a tutor).
        `instead_of` is an earlier answer's id: it goes, with its question and all that came after.
        """
        now, text = datetime.now(UTC), answer.question if said is None else said
        with self._database.writing() as session:
            row = self._row(session, id_, to_change=True)  # whoever else appends to it waits until we are done
            position = row.length if instead_of is None else _cut(session, row, instead_of)
            _touch(row, position, text, now)
            rows = [
                _message(id_, position, "user", text, now),
                _message(id_, position + 1, "assistant", answer.text, now),
            ]
            rows[1].answer = row_of(answer)
            session.add_all(rows)
            session.flush()
            question, reply = map(message_of, rows)
        return question, reply

    def get(self, id_: str) -> Conversation:
        """The conversation by its id. Raises `NoSuchConversation`, as all that take an id."""
        with self._database.reading() as session:
            return conversation_of(self._row(session, id_))

    def messages(self, id_: str) -> list[Message]:
        """All that was said, in order."""
        with self._database.reading() as session:
            self._row(session, id_)
            return _messages(session, id_)

    def turns(self, id_: str, *, before: int | None = None) -> list[Turn]:
        """The history for the next question, as the answers left it: a prompt made of it begins as the last one did.

        `before` is an answer's id: the history that its question had, for asking that again.
        """
        kept = select(AnswerRow.context).join(MessageRow, MessageRow.id == AnswerRow.message_id)
        query = kept.where(MessageRow.conversation_id == id_).order_by(MessageRow.position)
        if before is not None:
            query = query.where(MessageRow.id < before)
        with self._database.reading() as session:
            self._row(session, id_)
            return [turn for context in session.scalars(query) for turn in turns_of(context)]

    def find(self, beginning: str) -> Conversation:
        """The one whose id begins so, as it may be typed by hand. Raises `NoSuchConversation` if several do."""
        begins = ConversationRow.id.startswith(beginning, autoescape=True)
        found = self._listed(self._mine().where(begins).limit(2)) if beginning else []
        if len(found) > 1:
            raise NoSuchConversation(
                f"The ids of several conversations begin with {beginning!r}, so it is not clear which is meant. Give "
                "more of it: `phi-assistant conversations list --json` shows the whole ids."
            )
        return found[0] if found else self.get(beginning)

    def recent(
        self,
        *,
        limit: int = 50,
        before: datetime | None = None,
        bot: str | None = None,
        collection: str | None = None,
    ) -> list[Conversation]:
        """The newest first; the next page is `before` the last of this one. `bot` "" are those without one."""
        query = self._mine().limit(limit)
        if before is not None:
            query = query.where(ConversationRow.updated < before)
        if bot is not None:
            query = query.where(ConversationRow.bot == bot)
        if collection is not None:
            query = query.where(ConversationRow.collection == collection)
        return self._listed(query)

    def search(self, words: str, *, limit: int = 50) -> list[Conversation]:
        """Those that hold every word, or its beginning or middle, in the title or in what was said; newest first."""
        query = self._mine().limit(limit)
        for word in folded(words).split():
            said = exists().where(
                MessageRow.conversation_id == ConversationRow.id, MessageRow.sought.contains(word, autoescape=True)
            )
            query = query.where(or_(ConversationRow.sought.contains(word, autoescape=True), said))
        return self._listed(query)

    def rename(self, id_: str, title: str) -> None:
        """Gives it another title."""
        with self._database.writing() as session:
            row = self._row(session, id_)
            row.title, row.sought, row.updated = title, folded(title), datetime.now(UTC)

    def delete(self, id_: str) -> None:
        """Removes it with all that belongs to it."""
        with self._database.writing() as session:
            mine = ConversationRow.id == id_, ConversationRow.owner == self._owner
            if session.execute(delete(ConversationRow).where(*mine).returning(ConversationRow.id)).scalar() is None:
                raise _none(id_)

    def clear(self) -> int:
        """Removes all of them, and says how many there were."""
        with self._database.writing() as session:
            gone = delete(ConversationRow).where(ConversationRow.owner == self._owner).returning(ConversationRow.id)
            return len(session.execute(gone).all())

    def export(self, id_: str, form: Literal["markdown", "json"] = "markdown") -> str:
        """All of it as one text: for people, or for programs."""
        with self._database.reading() as session:
            conversation = conversation_of(self._row(session, id_))
            said = _messages(session, id_)
        return as_json(conversation, said) if form == "json" else as_markdown(conversation, said)

    def feedback(self, message: int, thumbs: Thumbs | None, reason: str = "") -> Feedback | None:
        """Keeps what its reader thought of an answer, in place of what he thought before; None takes it back."""
        with self._database.writing() as session:
            row = self._answer(session, message)
            if thumbs is None:
                session.execute(delete(FeedbackRow).where(FeedbackRow.message_id == row.id))
                return None
            kept = FeedbackRow(message_id=row.id, thumbs=thumbs, reason=reason, at=datetime.now(UTC))
            return feedback_of(session.merge(kept))

    def _mine(self) -> Select[ConversationRow]:
        return (
            select(ConversationRow)
            .where(ConversationRow.owner == self._owner)
            .order_by(ConversationRow.updated.desc(), ConversationRow.id)
        )

    def _listed(self, query: Select[ConversationRow]) -> list[Conversation]:
        with self._database.reading() as session:
            return [conversation_of(row) for row in session.scalars(query)]

    def _row(self, session: Session, id_: str, *, to_change: bool = False) -> ConversationRow:
        query = self._mine().where(ConversationRow.id == id_)
        row = session.scalar(query.with_for_update() if to_change else query)
        if row is None:
            raise _none(id_)
        return row

    def _answer(self, session: Session, message: int) -> MessageRow:
        query = (
            select(MessageRow)
            .join(ConversationRow, MessageRow.conversation_id == ConversationRow.id)
            .where(MessageRow.id == message, MessageRow.role == "assistant", ConversationRow.owner == self._owner)
            .with_for_update(of=MessageRow)
        )
        row = session.scalar(query)
        if row is None:
            raise _no_answer(message)
        return row


def shortened(question: str) -> str:
    """How a question begins, for a title; cut between words where it can be."""
    text = " ".join(question.split())
    if len(text) <= _TITLE:
        return text
    cut = text[: _TITLE - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _cut(session: Session, row: ConversationRow, answer: int) -> int:
    """Removes an answer, its question and what came after; returns the position of the question."""
    here = MessageRow.conversation_id == row.id
    position = session.scalar(
        select(MessageRow.position).where(here, MessageRow.id == answer, MessageRow.role == "assistant")
    )
    if position is None:
        raise _no_answer(answer)
    begun_with = session.scalar(select(MessageRow.text).where(here, MessageRow.position == 0))
    if position == 1 and row.title == shortened(begun_with or ""):
        row.title = ""
    session.execute(delete(MessageRow).where(here, MessageRow.position >= position - 1))
    return position - 1


def _touch(row: ConversationRow, position: int, text: str, now: datetime) -> None:
    """A question is put at this position; the first one is the title, unless its owner gave another."""
    if position == 0 and not row.title:
        row.title, row.sought = shortened(text), folded(shortened(text))
    row.length, row.updated = position + 2, now


def _message(id_: str, position: int, role: str, text: str, now: datetime) -> MessageRow:
    return MessageRow(conversation_id=id_, position=position, role=role, text=text, sought=folded(text), at=now)


def _messages(session: Session, id_: str) -> list[Message]:
    query = select(MessageRow).where(MessageRow.conversation_id == id_).order_by(MessageRow.position)
    return [message_of(row) for row in session.scalars(query)]


def _none(id_: str) -> NoSuchConversation:
    return NoSuchConversation(
        f"There is no conversation {id_!r} here, so nothing can be read of it or added to it; it may have been "
        "deleted. See which there are, `phi-assistant conversations list`, or begin one: `phi-assistant chat`."
    )


def _no_answer(message: int) -> NoSuchConversation:
    return NoSuchConversation(
        f"There is no answer {message}, so nothing can be said of it or put in its place; it may have been deleted. "
        "Open the conversation again."
    )
