"""The open deadlines of all cases: where the worker looks for what is due. No command is decided from it.

Part of the read model of cases, so that a row of the list and its deadlines are replaced together. The table is never
the last word: whoever fires a deadline folds the case and looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.values import DeadlineKind
from casework.views.models.columns import Moment

LARGEST_LIST = 500
"""Keys in one statement; SQLite takes no more than some thousand values."""


def deadlines_table(metadata: sa.MetaData, named: Callable[[str], str]) -> sa.Table:
    """One row an open deadline."""
    table = sa.Table(
        named("deadlines"),
        metadata,
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("due_at", Moment, primary_key=True),
    )
    sa.Index(None, table.c.due_at, table.c.case_id, table.c.kind)
    return table


def replace_deadlines(
    connection: Connection, table: sa.Table, of_cases: Collection[UUID], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Forget what these cases had and write ``rows``: a deadline that was moved, paused or met is gone."""
    ordered = sorted(of_cases)
    for start in range(0, len(ordered), LARGEST_LIST):
        connection.execute(_forget(table), {"of_cases": ordered[start : start + LARGEST_LIST]})
    if rows:
        connection.execute(sa.insert(table), rows)


@lru_cache(maxsize=64)
def _forget(table: sa.Table) -> sa.Delete:
    """Written once: it runs after every step."""
    return sa.delete(table).where(table.c.case_id.in_(sa.bindparam("of_cases", expanding=True)))


@dataclass(frozen=True, slots=True)
class Due:
    """One open deadline of one case. ``due_at`` is aware, in UTC."""

    case_id: UUID
    kind: DeadlineKind
    due_at: datetime


def list_due(
    connection: Connection,
    tables: Mapping[str, sa.Table],
    now: datetime,
    *,
    after: Due | None = None,
    limit: int = 200,
) -> list[Due]:
    """What is due at ``now``, the earliest first; ``after`` is the last one of the page before."""
    table = tables["deadlines"]
    query = sa.select(table).where(table.c.due_at <= now)
    if after is not None:
        place = sa.tuple_(
            sa.literal(after.due_at, Moment),
            sa.literal(after.case_id, sa.Uuid()),
            sa.literal(after.kind.value, sa.Text()),
        )
        query = query.where(sa.tuple_(table.c.due_at, table.c.case_id, table.c.kind) > place)
    query = query.order_by(table.c.due_at, table.c.case_id, table.c.kind).limit(limit)
    return [_due(row) for row in connection.execute(query)]


def list_of_case(connection: Connection, tables: Mapping[str, sa.Table], case_id: UUID) -> list[Due]:
    """The open deadlines of one case, the earliest first."""
    table = tables["deadlines"]
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.due_at, table.c.kind)
    return [_due(row) for row in connection.execute(query)]


def is_open(connection: Connection, tables: Mapping[str, sa.Table], due: Due) -> bool:
    """Whether the read model still has this very deadline."""
    table = tables["deadlines"]
    same = (table.c.case_id == due.case_id, table.c.kind == due.kind.value, table.c.due_at == due.due_at)
    return bool(connection.execute(sa.select(sa.exists().where(*same))).scalar_one())


def next_due_at(connection: Connection, tables: Mapping[str, sa.Table]) -> datetime | None:
    """The earliest open deadline of all; ``None`` when nothing is open."""
    found: datetime | None = connection.execute(sa.select(sa.func.min(tables["deadlines"].c.due_at))).scalar_one()
    return found


def count_due(connection: Connection, tables: Mapping[str, sa.Table], now: datetime) -> int:
    """How many deadlines are due at ``now`` and still open: what the worker has not done yet."""
    table = tables["deadlines"]
    return int(connection.execute(sa.select(sa.func.count()).where(table.c.due_at <= now)).scalar_one())


def _due(row: Row[Any]) -> Due:
    return Due(row.case_id, DeadlineKind(row.kind), row.due_at)
