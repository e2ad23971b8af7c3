"""What external engines sent and what they are told: references, deliveries, quarantine, verdicts and their sending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "engine_references",
        sa.Column("engine", sa.String(50), primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("reference", sa.String(200), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "engine_deliveries",
        sa.Column("engine", sa.String(50), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(100)),
        sa.Column("content", sa.JSON),
        sa.Column("results", sa.JSON, nullable=False),
    )
    op.create_table(
        "engine_quarantine",
        sa.Column("engine", sa.String(50), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("work", sa.String(200), primary_key=True),
        sa.Column("item", sa.Uuid, nullable=False, unique=True),
        sa.Column("upload", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.String(200)),
    )
    op.create_index("engine_quarantine_turn", "engine_quarantine", ["state", "received_at", "item"])
    op.create_table(
        "verdicts",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.Uuid, nullable=False, index=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("upload_id", sa.String(200), nullable=False),
        sa.Column("work_id", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(30), nullable=False),
        sa.Column("exempt", sa.Boolean, nullable=False),
        sa.Column("share", sa.String(60)),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("verdicts_pair", "verdicts", ["upload_id", "work_id", "number"])
    op.create_index("verdicts_file", "verdicts", ["sha256", "work_id", "number"])
    place = op.create_table(
        "verdict_place",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(place, [{"id": 1, "position": 0}])
    op.create_table(
        "verdict_messages",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("engine", sa.String(50), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(100)),
    )
    op.create_index("verdict_messages_turn", "verdict_messages", ["state", "next_at"])
