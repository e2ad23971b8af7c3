"""What follows from one event for many cases, as two tables: how far the worker has come, and where it failed.

The tables only say where to go on. What has happened stands in the log, where derived command ids keep a case from
being touched twice, so a worker that dies in the middle of a page just does the page again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from casework.database import writing
from casework.eventlog.clock import Clock
from casework.eventlog.codec import Recorded
from casework.views.models.columns import Moment, insert_into

LATE = timedelta(minutes=2)
"""How long a finished follow-up is still looked at: a case whose decision was being taken meanwhile comes in late."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
"""How long a case that fails is left alone: after the first failure, and at most; twice as long each time."""

_METADATA = sa.MetaData()
_FOLLOW_UPS = sa.Table(
    "follow_ups",
    _METADATA,
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, unique=True),
    sa.Column("topic", sa.String(100), nullable=False),
    sa.Column("begun_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, index=True),
    sa.Column("taken_back", sa.Boolean, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("untouched", sa.Integer, nullable=False),
)
_FAILURES = sa.Table(
    "follow_up_failures",
    _METADATA,
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("problem", sa.String(100), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One event that concerns many cases. ``place``: the place in the log of the last case that was looked at.

    ``done`` cases were changed, ``untouched`` needed nothing. ``taken_back``: the event did not count any more before
    all cases were reached.
    """

    stream: UUID
    version: int
    position: int
    topic: str
    begun_at: datetime
    finished_at: datetime | None
    taken_back: bool
    place: int
    total: int
    done: int
    untouched: int


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A case on which it failed. ``problem`` is the code of a refusal or the kind of a fault, never its words."""

    case_id: UUID
    problem: str
    attempts: int
    next_at: datetime


class FollowUps:
    """The tables, for the workers and for whoever watches over them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def last_position(self) -> int:
        """The place in the log of the latest event that was noted."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.max(_FOLLOW_UPS.c.position))).scalar_one() or 0)

    def note(self, found: Sequence[tuple[Recorded, int]]) -> None:
        """Remember events and how many cases each concerns; those that are known stay as they are."""
        if not found:
            return
        now = self._clock.now()
        rows = [
            {
                "stream": recorded.stream,
                "version": recorded.version,
                "position": recorded.position,
                "topic": recorded.event.TOPIC,
                "begun_at": now,
                "finished_at": None,
                "taken_back": False,
                "place": 0,
                "total": total,
                "done": 0,
                "untouched": 0,
            }
            for recorded, total in found
        ]
        with writing(self._engine) as connection:
            connection.execute(insert_into(connection, _FOLLOW_UPS).on_conflict_do_nothing(), rows)

    def running(self) -> list[FollowUp]:
        """What is not finished, or only just, in the order of the log."""
        finished = _FOLLOW_UPS.c.finished_at
        recent = sa.or_(finished.is_(None), finished > self._clock.now() - LATE)
        query = sa.select(_FOLLOW_UPS).where(recent).order_by(_FOLLOW_UPS.c.position)
        with self._engine.connect() as connection:
            return [_follow_up(row) for row in connection.execute(query)]

    def of_stream(self, stream: UUID, topics: Collection[str]) -> list[FollowUp]:
        """What follows, or followed, from events of one stream, the latest first."""
        query = sa.select(_FOLLOW_UPS).where(_FOLLOW_UPS.c.stream == stream, _FOLLOW_UPS.c.topic.in_(sorted(topics)))
        with self._engine.connect() as connection:
            return [_follow_up(row) for row in connection.execute(query.order_by(_FOLLOW_UPS.c.position.desc()))]

    def advance(self, one: FollowUp, place: int, *, done: int, untouched: int) -> None:
        """A page was looked at, unless another worker has said so already."""
        same = (*_key(one), _FOLLOW_UPS.c.place == one.place)
        counted = {"done": _FOLLOW_UPS.c.done + done, "untouched": _FOLLOW_UPS.c.untouched + untouched}
        with writing(self._engine) as connection:
            connection.execute(sa.update(_FOLLOW_UPS).where(*same).values(place=place, **counted))

    def finish(self, one: FollowUp, *, taken_back: bool = False) -> None:
        """No case is left, or the event does not count any more."""
        unfinished = (*_key(one), _FOLLOW_UPS.c.finished_at.is_(None))
        ended = {"finished_at": self._clock.now(), "taken_back": taken_back}
        with writing(self._engine) as connection:
            connection.execute(sa.update(_FOLLOW_UPS).where(*unfinished).values(ended))

    def failed(self, one: FollowUp, case_id: UUID, problem: str) -> None:
        """It went wrong on this case: it is tried again, later each time."""
        this = (_FAILURES.c.stream == one.stream, _FAILURES.c.version == one.version, _FAILURES.c.case_id == case_id)
        with writing(self._engine) as connection:
            before = connection.execute(sa.select(_FAILURES.c.attempts).where(*this)).scalar_one_or_none() or 0
            row = {"problem": problem[:100], "attempts": before + 1, "next_at": self._next_at(before)}
            keys = {"stream": one.stream, "version": one.version, "case_id": case_id}
            insert = insert_into(connection, _FAILURES).values(**keys, **row)
            connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=row))

    def settled(self, one: FollowUp, case_id: UUID, *, done: bool) -> None:
        """It went well at last; counted once, whoever else has tried."""
        this = (_FAILURES.c.stream == one.stream, _FAILURES.c.version == one.version, _FAILURES.c.case_id == case_id)
        column = _FOLLOW_UPS.c.done if done else _FOLLOW_UPS.c.untouched
        with writing(self._engine) as connection:
            if connection.execute(sa.delete(_FAILURES).where(*this)).rowcount:
                connection.execute(sa.update(_FOLLOW_UPS).where(*_key(one)).values({column: column + 1}))

    def failures(self, one: FollowUp, *, limit: int = 100) -> list[CaseFailure]:
        """The cases on which it failed, at most ``limit`` of them."""
        query = sa.select(_FAILURES).where(_FAILURES.c.stream == one.stream, _FAILURES.c.version == one.version)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_FAILURES.c.case_id).limit(limit))
            return [CaseFailure(row.case_id, row.problem, row.attempts, row.next_at) for row in rows]

    def count_failures(self, one: FollowUp) -> int:
        """How many cases it failed on."""
        these = (_FAILURES.c.stream == one.stream, _FAILURES.c.version == one.version)
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).where(*these)).scalar_one())

    def to_try_again(self, *, limit: int = 100) -> list[tuple[FollowUp, UUID]]:
        """Failed cases whose pause is over."""
        joined = sa.and_(_FAILURES.c.stream == _FOLLOW_UPS.c.stream, _FAILURES.c.version == _FOLLOW_UPS.c.version)
        query = (
            sa.select(_FOLLOW_UPS, _FAILURES.c.case_id)
            .join(_FAILURES, joined)
            .where(_FAILURES.c.next_at <= self._clock.now())
            .order_by(_FAILURES.c.next_at)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [(_follow_up(row), row.case_id) for row in connection.execute(query)]

    def _next_at(self, before: int) -> datetime:
        pause: timedelta = min(FIRST_PAUSE * (1 << min(before, 20)), LONGEST_PAUSE)
        return self._clock.now() + pause


def _key(one: FollowUp) -> tuple[sa.ColumnElement[bool], ...]:
    return (_FOLLOW_UPS.c.stream == one.stream, _FOLLOW_UPS.c.version == one.version)


def _follow_up(row: Row[Any]) -> FollowUp:
    return FollowUp(**{name: getattr(row, name) for name in FollowUp.__dataclass_fields__})
