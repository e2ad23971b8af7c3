"""Audit samples as desks list them, one row each, and beside them the frame that samples are drawn from.

The page of one sample folds its stream; these rows serve lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.facts import Event
from casework.domain.sample.events import (
    EVENTS,
    AuditDisagreementFound,
    AuditLabelGiven,
    AuditLabelsOpened,
    SampleAnnounced,
    SampleClosed,
    SampleDrawn,
)
from casework.domain.sample.state import SIDES
from casework.domain.sample.values import Side
from casework.eventlog.codec import Recorded
from casework.views.models.columns import Moment, upsert
from casework.views.models.sample_frame import FrameTable

Tables = Mapping[str, sa.Table]
SampleRow = dict[str, Any]

ANNOUNCED, DRAWN, CLOSED = "announced", "drawn", "closed"


class SamplesModel:
    """The read model. ``pseudonym`` is that of the vault."""

    name = "samples"
    version = 3

    def __init__(self, pseudonym: Callable[[str, str], str]) -> None:
        self._frame = FrameTable(pseudonym)

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """One row a sample: what was announced, how far it is; ``by_platform`` and ``by_regulator`` count labels.

        ``frame``: what samples are drawn from.
        """
        samples = sa.Table(
            named("samples"),
            metadata,
            sa.Column("sample", sa.Uuid, primary_key=True),
            sa.Column("announced", sa.BigInteger, nullable=False, unique=True),
            sa.Column("announced_at", Moment, nullable=False),
            sa.Column("announced_by", sa.Text, nullable=False),
            sa.Column("starts", Moment, nullable=False),
            sa.Column("ends", Moment, nullable=False),
            sa.Column("design", sa.Text, nullable=False),
            sa.Column("sides", sa.Text, nullable=False),
            sa.Column("stage", sa.Text, nullable=False),
            sa.Column("drawn_at", Moment),
            sa.Column("closed_at", Moment),
            sa.Column("population", sa.BigInteger),
            sa.Column("cases", sa.Integer, nullable=False),
            sa.Column("by_platform", sa.Integer, nullable=False),
            sa.Column("by_regulator", sa.Integer, nullable=False),
            sa.Column("opened", sa.Integer, nullable=False),
            sa.Column("disagreements", sa.Integer, nullable=False),
        )
        return {"samples": samples, "frame": self._frame.table(metadata, named)}

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Apply a page: the rows that it touches are read once, changed in memory and written back in bulk."""
        self._frame.fold(connection, tables["frame"], events)
        ours = [one for one in events if isinstance(one.event, EVENTS)]
        if not ours:
            return
        table, touched = tables["samples"], sorted({one.stream for one in ours})
        rows: dict[UUID, SampleRow] = {}
        for start in range(0, len(touched), 500):
            query = sa.select(table).where(table.c.sample.in_(touched[start : start + 500]))
            rows |= {row.sample: dict(row._mapping) for row in connection.execute(query)}
        for recorded in ours:
            if isinstance(recorded.event, SampleAnnounced):
                rows[recorded.stream] = _announced(recorded, recorded.event)
            else:
                _go_on(rows[recorded.stream], recorded.event, recorded.recorded)
        upsert(connection, table, list(rows.values()))


def _announced(recorded: Recorded, event: SampleAnnounced) -> SampleRow:
    return {
        "sample": recorded.stream,
        "announced": recorded.position,
        "announced_at": recorded.recorded,
        "announced_by": SIDES[recorded.by.role].value,
        "starts": event.start,
        "ends": event.end,
        "design": event.design.value,
        "sides": " ".join(side.value for side in event.sides),
        "stage": ANNOUNCED,
        "drawn_at": None,
        "closed_at": None,
        "population": None,
        "cases": event.cases,
        "by_platform": 0,
        "by_regulator": 0,
        "opened": 0,
        "disagreements": 0,
    }


def _go_on(row: SampleRow, event: Event, moment: datetime) -> None:
    match event:
        case SampleDrawn():
            row.update(stage=DRAWN, drawn_at=moment, population=event.population, cases=len(event.drawn))
        case AuditLabelGiven():
            row["by_platform" if event.side is Side.PLATFORM else "by_regulator"] += 1
        case AuditLabelsOpened():
            row["opened"] += 1
        case AuditDisagreementFound():
            row["disagreements"] += 1
        case SampleClosed():
            row.update(stage=CLOSED, closed_at=moment)


# Queries, of the live tables of the view (``Views.tables("samples")``).


def list_samples(
    connection: Connection, tables: Tables, *, before: UUID | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Samples, the latest announced first; ``before`` is the last sample of the page before."""
    samples = tables["samples"]
    query = sa.select(samples).order_by(samples.c.announced.desc()).limit(limit)
    if before is not None:
        last = samples.alias()
        place = sa.select(last.c.announced).where(last.c.sample == before).scalar_subquery()
        query = query.where(samples.c.announced < place)
    return list(connection.execute(query))
