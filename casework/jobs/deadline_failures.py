"""Deadlines that could not be fired: counted, put off for longer each time, and shown to people until they succeed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from casework.database import writing
from casework.domain.values import DeadlineKind
from casework.eventlog.clock import Clock
from casework.views.models.columns import Moment
from casework.views.models.deadlines import Due

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
"""How long a failing deadline is left alone: after the first failure, and at most; twice as long each time."""

NO_EFFECT = "no_effect"
"""The problem of a deadline that the case does not have, although the read model says so: the view is out of date."""

_METADATA = sa.MetaData()
_FAILURES = sa.Table(
    "deadline_failures",
    _METADATA,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("due_at", Moment, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("problem", sa.String(100), nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class DeadlineFailure:
    """One deadline that fails. ``problem`` is the code of a refusal or the kind of a fault, never its words."""

    due: Due
    attempts: int
    problem: str
    first_at: datetime
    last_at: datetime
    next_at: datetime


class DeadlineFailures:
    """The table of failing deadlines, for the workers and for whoever watches over them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def known(self) -> dict[Due, datetime]:
        """All failing deadlines, and when each is tried again."""
        with self._engine.connect() as connection:
            return {_due(row): row.next_at for row in connection.execute(sa.select(_FAILURES))}

    def failed(self, due: Due, problem: str) -> DeadlineFailure:
        """Count one more failure and put the deadline off."""
        now = self._clock.now()
        with writing(self._engine) as connection:
            known = connection.execute(sa.select(_FAILURES).where(*_is(due)).with_for_update()).one_or_none()
            attempts = 1 if known is None else known.attempts + 1
            values = {"attempts": attempts, "problem": problem[:100], "last_at": now, "next_at": now + _pause(attempts)}
            if known is None:
                key = {"case_id": due.case_id, "kind": due.kind.value, "due_at": due.due_at}
                self._insert(connection, {**key, **values, "first_at": now})
            else:
                connection.execute(sa.update(_FAILURES).where(*_is(due)).values(values))
            row = connection.execute(sa.select(_FAILURES).where(*_is(due))).one()
        return _failure(row)

    @staticmethod
    def _insert(connection: Connection, row: dict[str, Any]) -> None:
        """Another worker may have counted the first failure at this very moment: then its row stands."""
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(_FAILURES), row)
        except sa.exc.IntegrityError:
            return

    def settled(self, due: Due) -> None:
        """Forget a deadline: it was fired, or the case does not have it any more."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(_FAILURES).where(*_is(due)))

    def list_all(self, limit: int = 50) -> list[DeadlineFailure]:
        """What fails, the longest first."""
        query = sa.select(_FAILURES).order_by(_FAILURES.c.first_at, _FAILURES.c.case_id).limit(limit)
        with self._engine.connect() as connection:
            return [_failure(row) for row in connection.execute(query)]

    def count(self) -> int:
        """How many deadlines fail."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_FAILURES)).scalar_one())


def _pause(attempts: int) -> timedelta:
    doubled: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _is(due: Due) -> tuple[sa.ColumnElement[bool], ...]:
    columns = _FAILURES.c
    return (columns.case_id == due.case_id, columns.kind == due.kind.value, columns.due_at == due.due_at)


def _due(row: Row[Any]) -> Due:
    case_id: UUID = row.case_id
    return Due(case_id, DeadlineKind(row.kind), row.due_at)


def _failure(row: Row[Any]) -> DeadlineFailure:
    return DeadlineFailure(_due(row), row.attempts, row.problem, row.first_at, row.last_at, row.next_at)
