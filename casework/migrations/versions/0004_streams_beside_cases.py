"""An index of the events that belong to no case: so few that to ask for them costs nothing while decisions come in."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX stored_events_beside_cases ON stored_events (topic) WHERE substr(topic, 1, 5) <> 'case.'")
