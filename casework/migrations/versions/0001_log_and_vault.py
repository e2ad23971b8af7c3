"""The event log, as the recorders of the eventsourcing library expect it, and the vault."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _create_postgresql_log()
        op.execute("CREATE SCHEMA IF NOT EXISTS views")
    else:
        _create_sqlite_log()
    _create_vault()


def _create_sqlite_log() -> None:
    # The recorder reads `rowid`. As a declared column it is kept by VACUUM, which renumbers hidden row ids.
    op.execute(
        """
        CREATE TABLE stored_events (
            rowid INTEGER PRIMARY KEY,
            originator_id TEXT NOT NULL,
            originator_version INTEGER NOT NULL,
            topic TEXT NOT NULL,
            state BLOB NOT NULL,
            UNIQUE (originator_id, originator_version)
        )
        """
    )


def _create_postgresql_log() -> None:
    # Only ever added to: statistics are kept fresh, rows are frozen by age, nothing is left to clean up.
    op.execute(
        """
        CREATE TABLE stored_events (
            originator_id uuid NOT NULL,
            originator_version bigint NOT NULL,
            topic text NOT NULL,
            state bytea NOT NULL,
            notification_id bigserial NOT NULL,
            PRIMARY KEY (originator_id, originator_version)
        ) WITH (
            autovacuum_enabled = true,
            autovacuum_vacuum_threshold = 100000000,
            autovacuum_vacuum_scale_factor = 0.5,
            autovacuum_analyze_threshold = 1000,
            autovacuum_analyze_scale_factor = 0.01
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id ASC)")


def _create_vault() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False, unique=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_items",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False, index=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
