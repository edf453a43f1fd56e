"""The tables: conversations, their messages, the answers among these with citations and hits, and feedback; and
comparisons with their two contenders.

What a query would want is a column; lists that are only ever read whole are JSON. A change here needs a migration
(`migrations/versions`); a test compares the two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from phi_assistant.conversations.columns import Moment, Words


class Table(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map = {str: Words, datetime: Moment, float: Double, list[Any]: JSON, dict[str, Any]: JSON}  # noqa: RUF012


def _owned(column: str, *, primary_key: bool = False) -> Mapped[int]:
    """Goes when what it belongs to goes."""
    return mapped_column(ForeignKey(column, ondelete="CASCADE"), primary_key=primary_key)


class ConversationRow(Table):
    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_owner", "owner", "updated"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    title: Mapped[str]
    sought: Mapped[str]
    """The title, folded for searching."""
    bot: Mapped[str]
    collection: Mapped[str]
    created: Mapped[datetime]
    updated: Mapped[datetime]
    length: Mapped[int]
    """Messages in it, and so the position of the next: raising it first lets writers in one after the other."""


class MessageRow(Table):
    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "position"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    """Never given again: feedback to a deleted message must not reach another."""
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    sought: Mapped[str]
    """The text, folded for searching."""
    at: Mapped[datetime]
    answer: Mapped[AnswerRow | None] = relationship(lazy="selectin", passive_deletes=True)
    feedback: Mapped[FeedbackRow | None] = relationship(lazy="selectin", passive_deletes=True)


class AnswerRow(Table):
    """What an answer is besides its text, which is its message's."""

    __tablename__ = "answers"

    message_id: Mapped[int] = _owned("messages.id", primary_key=True)
    question: Mapped[str]
    abstained: Mapped[bool]
    reason: Mapped[str | None]
    model: Mapped[str]
    unsupported: Mapped[list[Any]]
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    left_out: Mapped[int]
    retrieval_s: Mapped[float]
    first_token_s: Mapped[float]
    total_s: Mapped[float]
    context: Mapped[dict[str, Any]]
    """What a language model was shown; see `context.py`."""
    citations: Mapped[list[CitationRow]] = relationship(
        lazy="selectin", passive_deletes=True, order_by="CitationRow.place"
    )
    hits: Mapped[list[HitRow]] = relationship(lazy="selectin", passive_deletes=True, order_by="HitRow.place")


class CitationRow(Table):
    __tablename__ = "citations"

    message_id: Mapped[int] = _owned("answers.message_id", primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """Among the citations of its answer; two may share a number."""
    number: Mapped[int]
    source: Mapped[str]
    title: Mapped[str]
    label: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    marks: Mapped[list[Any]]


class HitRow(Table):
    """Which chunk was consulted; its text is the collection's."""

    __tablename__ = "hits"

    message_id: Mapped[int] = _owned("answers.message_id", primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """0 is the best."""
    source: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    label: Mapped[str]
    headings: Mapped[list[Any]]
    start: Mapped[int]
    end: Mapped[int]
    score: Mapped[float]
    dense: Mapped[float]
    alone: Mapped[float]
    lexical: Mapped[float]


class FeedbackRow(Table):
    __tablename__ = "feedback"

    message_id: Mapped[int] = _owned("messages.id", primary_key=True)
    thumbs: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str]
    at: Mapped[datetime]


class ComparisonRow(Table):
    __tablename__ = "comparisons"
    __table_args__ = (Index("ix_comparisons_owner", "owner", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    question: Mapped[str]
    at: Mapped[datetime]
    vote: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str]
    contenders: Mapped[list[ContenderRow]] = relationship(
        lazy="selectin", passive_deletes=True, order_by="ContenderRow.side"
    )
    """The left one, then the right one."""


class ContenderRow(Table):
    __tablename__ = "contenders"

    comparison_id: Mapped[int] = _owned("comparisons.id", primary_key=True)
    side: Mapped[str] = mapped_column(String(8), primary_key=True)
    bot: Mapped[str]
    collection: Mapped[str]
    model: Mapped[str]
    text: Mapped[str]
    abstained: Mapped[bool]
    reason: Mapped[str | None]
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    retrieval_s: Mapped[float]
    first_token_s: Mapped[float]
    total_s: Mapped[float]
    citations: Mapped[list[Any]]
    unsupported: Mapped[list[Any]]
