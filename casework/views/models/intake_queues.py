"""What the intake desk works through, a page at a time, from the read model of cases.

The check queues are read in the order of their own index (``queues.py``); what waits for a cure, in that of the open
deadlines.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.values import DeadlineKind
from casework.views.models.columns import Moment

CURES = (DeadlineKind.NOTICE_CURE.value, DeadlineKind.COUNTER_NOTICE_CURE.value)
Tables = Mapping[str, sa.Table]


def list_checks(
    connection: Connection, tables: Tables, *, subject: str | None = None, after: UUID | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Notices and counter-notices to check: trusted senders first, then who waits longest.

    ``subject``: ``notice`` or ``counter_notice`` alone. ``after``: the last case of the page before; one that has left
    the queue meanwhile begins it anew.
    """
    cases = tables["cases"]
    query = sa.select(cases).where(cases.c.to_check.is_not(None))
    if subject is not None:
        query = query.where(cases.c.to_check == subject)
    last = None if after is None else connection.execute(query.where(cases.c.case_id == after)).one_or_none()
    found: list[Row[Any]] = []
    # One group after the other is read in the order of the index; the order of both at once would be a sort.
    for trusted in (True, False):
        of_group = query.where(cases.c.notice_trusted.is_(sa.true() if trusted else sa.false()))
        if last is not None and last.notice_trusted is trusted:
            of_group = of_group.where(_behind(cases, last.to_check_since, last.case_id))
        elif last is not None and trusted:
            continue
        if len(found) < limit:
            of_group = of_group.order_by(cases.c.to_check_since, cases.c.case_id)
            found += connection.execute(of_group.limit(limit - len(found)))
    return found


def _behind(cases: sa.Table, since: datetime, case_id: UUID) -> sa.ColumnElement[bool]:
    place = sa.tuple_(sa.literal(since, Moment), sa.literal(case_id, sa.Uuid()))
    return sa.tuple_(cases.c.to_check_since, cases.c.case_id) > place


def list_cures(
    connection: Connection, tables: Tables, now: datetime, *, after: UUID | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Deficient notices and counter-notices whose senders may still complete them: whose time ends first, first."""
    cases, deadlines = tables["cases"], tables["deadlines"]
    query = (
        sa.select(cases, deadlines.c.kind, deadlines.c.due_at)
        .join(cases, cases.c.case_id == deadlines.c.case_id)
        .where(deadlines.c.kind.in_(CURES), deadlines.c.due_at > now)
    )
    last = None if after is None else connection.execute(query.where(cases.c.case_id == after)).first()
    if last is not None:
        place = sa.tuple_(sa.literal(last.due_at, Moment), sa.literal(last.case_id, sa.Uuid()))
        query = query.where(sa.tuple_(deadlines.c.due_at, deadlines.c.case_id) > place)
    return list(connection.execute(query.order_by(deadlines.c.due_at, deadlines.c.case_id).limit(limit)))


def count_cures(connection: Connection, tables: Tables, now: datetime) -> int:
    """How many wait for their sender."""
    deadlines = tables["deadlines"]
    query = sa.select(sa.func.count()).where(deadlines.c.kind.in_(CURES), deadlines.c.due_at > now)
    return int(connection.execute(query).scalar_one())


def list_undelivered(
    connection: Connection, tables: Tables, *, after: UUID | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Waits whose end nobody knows yet, mostly because the counter-notice has not reached the right holder."""
    cases = tables["cases"]
    query = sa.select(cases).where(_is_undelivered(cases))
    if after is not None:
        query = query.where(cases.c.case_id > after)
    return list(connection.execute(query.order_by(cases.c.case_id).limit(limit)))


def count_undelivered(connection: Connection, tables: Tables) -> int:
    """How many of them there are."""
    query = sa.select(sa.func.count()).where(_is_undelivered(tables["cases"]))
    return int(connection.execute(query).scalar_one())


def _is_undelivered(cases: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(cases.c.waits.is_(sa.true()), cases.c.wait_until.is_(None))
