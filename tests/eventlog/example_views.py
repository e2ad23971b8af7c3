"""Read models for the tests of the loop: one that counts every event, one that fails where it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from casework.eventlog.codec import Recorded
from tests.eventlog.examples import Counted


class Seen:
    """How often each event was folded: exactly once, or the test fails."""

    name = "seen"

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        events = sa.Table(
            named("seen_events"),
            metadata,
            sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("number", sa.Integer, nullable=False, index=True),
            sa.Column("folded", sa.Integer, nullable=False),
            sa.Index("ix_seen_folded", "folded"),
            sa.UniqueConstraint("position", "number"),
        )
        totals = sa.Table(
            named("seen_totals"),
            metadata,
            sa.Column("name", sa.String(10), primary_key=True),
            sa.Column("events", sa.Integer, nullable=False),
        )
        return {"seen_events": events, "seen_totals": totals}

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        totals, seen = tables["seen_totals"], tables["seen_events"]
        # Neither statement is idempotent, on purpose.
        if connection.execute(sa.update(totals).values(events=totals.c.events + len(events))).rowcount == 0:
            connection.execute(sa.insert(totals).values(name="all", events=len(events)))
        for event in events:
            again = sa.update(seen).where(seen.c.position == event.position).values(folded=seen.c.folded + 1)
            if connection.execute(again).rowcount == 0:
                number = event.event.number if isinstance(event.event, Counted) else -1
                connection.execute(sa.insert(seen).values(position=event.position, number=number, folded=1))


class Fragile(Seen):
    """Fails on the number it is told, while it is told so."""

    name = "fragile"

    def __init__(self, fails_on: int | None = None) -> None:
        super().__init__()
        self.fails_on = fails_on

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        return super().tables(metadata, lambda plain: named(plain.replace("seen", "fragile")))

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        super().fold(connection, tables, events)
        for event in events:
            if isinstance(event.event, Counted) and event.event.number == self.fails_on:
                raise ValueError(f"cannot bear {self.fails_on}")
