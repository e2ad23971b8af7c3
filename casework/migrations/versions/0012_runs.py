"""Runs: what a pack for the regulator was asked for, digests of the files that were made, what a correction changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_runs", sa.Column("kind", sa.String(10), nullable=False, server_default="report"))
    op.add_column("report_runs", sa.Column("asked", sa.JSON))
    op.add_column("report_runs", sa.Column("digests", sa.JSON))
    op.add_column("report_runs", sa.Column("corrects", sa.Integer))
    op.add_column("report_runs", sa.Column("changes", sa.String(64)))
