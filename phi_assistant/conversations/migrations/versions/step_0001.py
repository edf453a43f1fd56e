"""The first tables. Types are written as the databases know them, since `columns.py` may change."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversations()
    _messages()
    _answers()
    _citations()
    _hits()
    _feedback()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _doubles(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]


def _conversations() -> None:
    op.create_table(
        "conversations",
        *_text("id", "owner", "title", "sought", "bot", "collection"),
        *_moments("created", "updated"),
        *_integers("length"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_owner", "conversations", ["owner", "updated"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        *_text("conversation_id"),
        *_integers("position"),
        sa.Column("role", sa.String(16), nullable=False),
        *_text("text", "sought"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], "fk_messages_conversation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "position", name="uq_messages_conversation_id"),
        sqlite_autoincrement=True,
    )


def _answers() -> None:
    op.create_table(
        "answers",
        *_integers("message_id"),
        *_text("question"),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        *_text("model"),
        sa.Column("unsupported", sa.JSON(), nullable=False),
        *_integers("prompt_tokens", "completion_tokens", "cached_tokens", "left_out"),
        *_doubles("retrieval_s", "first_token_s", "total_s"),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_answers"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], "fk_answers_message_id", ondelete="CASCADE"),
    )


def _citations() -> None:
    op.create_table(
        "citations",
        *_integers("message_id", "place", "number"),
        *_text("source", "title", "label"),
        *_integers("start", "end"),
        *_text("quote"),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "place", name="pk_citations"),
        sa.ForeignKeyConstraint(["message_id"], ["answers.message_id"], "fk_citations_message_id", ondelete="CASCADE"),
    )


def _hits() -> None:
    op.create_table(
        "hits",
        *_integers("message_id", "place"),
        *_text("source"),
        *_integers("position"),
        *_text("title", "label"),
        sa.Column("headings", sa.JSON(), nullable=False),
        *_integers("start", "end"),
        *_doubles("score", "dense", "alone", "lexical"),
        sa.PrimaryKeyConstraint("message_id", "place", name="pk_hits"),
        sa.ForeignKeyConstraint(["message_id"], ["answers.message_id"], "fk_hits_message_id", ondelete="CASCADE"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        *_integers("message_id"),
        sa.Column("thumbs", sa.String(4), nullable=False),
        *_text("reason"),
        *_moments("at"),
        sa.PrimaryKeyConstraint("message_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], "fk_feedback_message_id", ondelete="CASCADE"),
    )
