"""How alembic runs our migrations: on the connection that `casework.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run migrations with `casework migrate`")
context.configure(connection=connection, target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
