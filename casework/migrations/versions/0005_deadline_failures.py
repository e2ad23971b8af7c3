"""Deadlines that the worker could not fire: how often it tried, and when it tries again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline_failures",
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.String(100), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
    )
