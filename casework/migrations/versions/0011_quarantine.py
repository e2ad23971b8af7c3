"""What became of results that waited: why one was discarded, which case one opened, and which messages are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_quarantine", sa.Column("discard_reason", sa.String(20)))
    op.add_column("engine_quarantine", sa.Column("case_id", sa.Uuid))
    op.create_index("engine_quarantine_settled", "engine_quarantine", ["settled_at", "item"])
    sealed = sa.text("subject IS NOT NULL")
    op.create_index(
        "engine_deliveries_sealed", "engine_deliveries", ["received_at"], sqlite_where=sealed, postgresql_where=sealed
    )
