"""Two answers side by side, and the vote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _comparisons()
    _contenders()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Integer(), nullable=False),
        *_text("owner", "question"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vote", sa.String(8), nullable=True),
        *_text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comparisons_owner", "comparisons", ["owner", "at"])


def _contenders() -> None:
    op.create_table(
        "contenders",
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        *_text("bot", "collection", "model", "text"),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        *[sa.Column(f"{name}_tokens", sa.Integer(), nullable=False) for name in ("prompt", "completion", "cached")],
        *[sa.Column(f"{name}_s", sa.Double(), nullable=False) for name in ("retrieval", "first_token", "total")],
        *[sa.Column(name, sa.JSON(), nullable=False) for name in ("citations", "unsupported")],
        sa.PrimaryKeyConstraint("comparison_id", "side", name="pk_contenders"),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], "fk_contenders_comparison_id", ondelete="CASCADE"
        ),
    )
