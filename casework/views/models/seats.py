"""Seats on panels that somebody left or that were not needed any more, from the read model of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row


def list_left(
    connection: Connection, tables: Mapping[str, sa.Table], reviewer: str, *, limit: int = 5
) -> list[Row[Any]]:
    """Cases that left a reviewer's queue without a ruling of that person, the latest seat first."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.assigned_at, cases)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(assignments.c.reviewer == reviewer, assignments.c.state == "dropped")
        .order_by(assignments.c.assigned_at.desc(), assignments.c.case_id)
        .limit(limit)
    )
    return list(connection.execute(query))
