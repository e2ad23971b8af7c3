"""Filter requests as desks list them, one row each. The page of one folds its stream; these rows serve lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.filter_request.events import (
    FilterOwnershipFoundFalse,
    FilterRequestAccepted,
    FilterRequestCompleted,
    FilterRequestEvent,
    FilterRequestFoundIncomplete,
    FilterRequestReceived,
    FilterRequestRejected,
    FilterRequestSupplemented,
    FilterRequestWithdrawn,
)
from casework.domain.filter_request.state import RequestStage
from casework.eventlog.codec import Recorded
from casework.views.models.columns import Moment, upsert

Tables = Mapping[str, sa.Table]
RequestRow = dict[str, Any]


class FilterRequestsModel:
    """The read model."""

    name = "filter_requests"
    version = 1

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """One row a request. ``received`` is its place in the log, ``waits_since`` when its present stage began."""
        table = sa.Table(
            named("filter_requests"),
            metadata,
            sa.Column("stream", sa.Uuid, primary_key=True),
            sa.Column("received", sa.BigInteger, nullable=False, unique=True),
            sa.Column("received_at", Moment, nullable=False),
            sa.Column("right_holder", sa.Text, nullable=False),
            sa.Column("work", sa.Text, nullable=False),
            sa.Column("kind", sa.Text, nullable=False),
            sa.Column("request", sa.Integer, nullable=False),
            sa.Column("stage", sa.Text, nullable=False),
            sa.Column("waits_since", Moment, nullable=False),
            sa.Column("completeness", sa.Text, nullable=False),
            sa.Column("missing", sa.Integer, nullable=False),
        )
        sa.Index(None, table.c.right_holder, table.c.received)
        sa.Index(None, table.c.stage, table.c.received)
        return {"filter_requests": table}

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Apply a page: the rows that it touches are read once, changed in memory and written back in bulk."""
        ours = [one for one in events if isinstance(one.event, FilterRequestEvent)]
        if not ours:
            return
        table, touched = tables["filter_requests"], sorted({one.stream for one in ours})
        rows: dict[UUID, RequestRow] = {}
        for start in range(0, len(touched), 500):
            query = sa.select(table).where(table.c.stream.in_(touched[start : start + 500]))
            rows |= {row.stream: dict(row._mapping) for row in connection.execute(query)}
        for recorded in ours:
            if isinstance(recorded.event, FilterRequestReceived):
                rows[recorded.stream] = _received(recorded, recorded.event)
            else:
                _go_on(rows[recorded.stream], recorded)
        upsert(connection, table, list(rows.values()))


def _received(recorded: Recorded, event: FilterRequestReceived) -> RequestRow:
    return {
        "stream": recorded.stream,
        "received": recorded.position,
        "received_at": recorded.recorded,
        "right_holder": event.right_holder,
        "work": event.work,
        "kind": event.kind.value,
        "request": event.request,
        "stage": RequestStage.CHECK.value,
        "waits_since": recorded.recorded,
        "completeness": str(event.completeness),
        "missing": len(event.missing),
    }


def _go_on(row: RequestRow, recorded: Recorded) -> None:
    event = recorded.event
    stage: RequestStage | None = None
    match event:
        case FilterRequestFoundIncomplete() | FilterRequestSupplemented():
            row.update(completeness=str(event.completeness), missing=len(event.missing))
            if isinstance(event, FilterRequestFoundIncomplete):
                stage = RequestStage.INCOMPLETE
        case FilterRequestCompleted():
            row.update(completeness=str(event.completeness), missing=0)
            stage = RequestStage.CHECK
        case FilterRequestAccepted():
            stage = RequestStage.ACTIVE
        case FilterRequestRejected():
            stage = RequestStage.REJECTED
        case FilterRequestWithdrawn():
            stage = RequestStage.WITHDRAWN
        case FilterOwnershipFoundFalse():
            stage = RequestStage.OWNERSHIP_FALSE
    if stage is not None:
        row.update(stage=stage.value, waits_since=recorded.recorded)


# Queries. Each takes the live tables of the view (``Views.tables("filter_requests")``).


def list_filter_requests(
    connection: Connection,
    tables: Tables,
    *,
    right_holder: str | None = None,
    stage: RequestStage | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Requests, the latest first; of one right holder, in one stage. ``before``: the last one of the page before."""
    table = tables["filter_requests"]
    query = _wanted(sa.select(table), table, right_holder, stage).order_by(table.c.received.desc()).limit(limit)
    if before is not None:
        last = table.alias()
        place = sa.select(last.c.received).where(last.c.stream == before).scalar_subquery()
        query = query.where(table.c.received < place)
    return list(connection.execute(query))


def list_to_check(connection: Connection, tables: Tables, *, limit: int = 50) -> list[Row[Any]]:
    """Complete requests that wait for their check, the one that waits longest first."""
    table = tables["filter_requests"]
    query = sa.select(table).where(table.c.stage == RequestStage.CHECK.value)
    return list(connection.execute(query.order_by(table.c.waits_since, table.c.received).limit(limit)))


def count_filter_requests(connection: Connection, tables: Tables) -> dict[str, int]:
    """How many requests there are in each stage that occurs."""
    table = tables["filter_requests"]
    query = sa.select(table.c.stage, sa.func.count()).group_by(table.c.stage)
    return {stage: int(number) for stage, number in connection.execute(query)}


def _wanted(
    query: sa.Select[Any], table: sa.Table, right_holder: str | None, stage: RequestStage | None
) -> sa.Select[Any]:
    if right_holder is not None:
        query = query.where(table.c.right_holder == right_holder)
    return query if stage is None else query.where(table.c.stage == stage.value)
