"""The queues of the read model of cases: what the intake desk checks, which waits run, what is late, what is held.

Each is read in the order of an index of its own that holds these cases alone, so that none costs more with more cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row


def queue_indexes(cases: sa.Table) -> None:
    """Declare the indexes; each covers only the cases of its queue."""
    columns = cases.c
    queues = {
        "to_check": (_to_check(cases), (columns.notice_trusted, columns.to_check_since, columns.case_id)),
        "waits": (columns.waits.is_(sa.true()), (columns.wait_until, columns.case_id)),
        "overdue": (columns.overdue.is_(sa.true()), (columns.ruling_due, columns.case_id)),
        "needs_seats": (columns.needs_seats.is_(sa.true()), (columns.ruling_due, columns.case_id)),
        "prior_review": (columns.prior_review.is_(sa.true()), (columns.ruling_due, columns.case_id)),
    }
    for only, ordered in queues.values():
        sa.Index(None, *ordered, sqlite_where=only, postgresql_where=only)


def _to_check(cases: sa.Table) -> sa.ColumnElement[bool]:
    return cases.c.to_check.is_not(None)


def list_to_check(
    connection: Connection, tables: Mapping[str, sa.Table], *, subject: str | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Notices and counter-notices for the intake desk: those of trusted right holders first, then the oldest.

    ``subject``: ``notice`` or ``counter_notice`` alone. A deficient one comes back when it was amended.
    """
    cases = tables["cases"]
    query = sa.select(cases).where(_to_check(cases))
    if subject is not None:
        query = query.where(cases.c.to_check == subject)
    # One group after the other is read in the order of the index; the order of both at once would be a sort.
    found: list[Row[Any]] = []
    for trusted in (sa.true(), sa.false()):
        of_group = query.where(cases.c.notice_trusted == trusted).order_by(cases.c.to_check_since, cases.c.case_id)
        found += connection.execute(of_group.limit(limit - len(found))) if len(found) < limit else []
    return found


@dataclass(frozen=True, slots=True)
class ToCheck:
    """How much the intake desk has before it, and since when the oldest waits."""

    notices: int
    counter_notices: int
    oldest: datetime | None


def count_to_check(connection: Connection, tables: Mapping[str, sa.Table]) -> ToCheck:
    """The backlog of the intake desk."""
    cases = tables["cases"]
    query = (
        sa.select(cases.c.to_check, sa.func.count(), sa.func.min(cases.c.to_check_since))
        .where(_to_check(cases))
        .group_by(cases.c.to_check)
    )
    rows = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    oldest = [since for _number, since in rows.values()]
    return ToCheck(
        rows.get("notice", (0, None))[0], rows.get("counter_notice", (0, None))[0], min(oldest) if oldest else None
    )


def list_waits(connection: Connection, tables: Mapping[str, sa.Table], *, limit: int = 50) -> list[Row[Any]]:
    """Running waits after a counter-notice, the one that ends first at the top.

    Those whose end is not known yet (the counter-notice has not reached the right holder) come last.
    """
    cases = tables["cases"]
    running = sa.select(cases).where(cases.c.waits.is_(sa.true())).order_by(cases.c.wait_until, cases.c.case_id)
    found = list(connection.execute(running.where(cases.c.wait_until.is_not(None)).limit(limit)))
    if len(found) < limit:
        found += connection.execute(running.where(cases.c.wait_until.is_(None)).limit(limit - len(found)))
    return found


def list_overdue(connection: Connection, tables: Mapping[str, sa.Table], *, limit: int = 50) -> list[Row[Any]]:
    """Reviews whose ruling the clock found late, the longest overdue first (E5)."""
    return _by_due(connection, tables["cases"], tables["cases"].c.overdue, limit)


def list_prior_reviews(connection: Connection, tables: Mapping[str, sa.Table], *, limit: int = 50) -> list[Row[Any]]:
    """Reviews before publication that are open, by their fast clock (A5)."""
    return _by_due(connection, tables["cases"], tables["cases"].c.prior_review, limit)


def _by_due(connection: Connection, cases: sa.Table, flag: sa.Column[bool], limit: int) -> list[Row[Any]]:
    query = sa.select(cases).where(flag.is_(sa.true())).order_by(cases.c.ruling_due, cases.c.case_id).limit(limit)
    return list(connection.execute(query))


@dataclass(frozen=True, slots=True)
class Queues:
    """The length of each queue."""

    waits: int
    overdue: int
    prior_reviews: int


def count_queues(connection: Connection, tables: Mapping[str, sa.Table]) -> Queues:
    """How many waits run, how many reviews are overdue, how many uploads are under prior review."""
    columns = tables["cases"].c
    counts = [
        connection.execute(
            sa.select(sa.func.count()).select_from(tables["cases"]).where(flag.is_(sa.true()))
        ).scalar_one()
        for flag in (columns.waits, columns.overdue, columns.prior_review)
    ]
    return Queues(*counts)
