"""Time that can be moved, for trials and the demonstration: an installation keeps it from its beginning or never.

The safe rule: only a database without a single event can begin to keep simulated time, and it keeps it for good. So no
platform that works in earnest can be put on another clock by a setting, and no day of a trial can be taken for a real
one. How far the clock is shifted stands in the database, so that all processes, also after a restart, tell one time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.eventlog.clock import Clock, ShiftedClock, SystemClock
from casework.eventlog.store import EventLog
from casework.views.access.tables import INSTALLATION

_NAME = "simulated clock"
_MICROSECOND = timedelta(microseconds=1)


class RealTime(ValueError):
    """The database keeps real time, which cannot be changed."""

    def __init__(self) -> None:
        super().__init__(
            "this database keeps real time: only one without any event can begin to keep simulated time;"
            " remove CASEWORK_CLOCK or use an empty database"
        )


def shift_of(engine: Engine) -> timedelta | None:
    """How far the simulated clock is ahead of the machine's; ``None`` where the database keeps real time."""
    with engine.connect() as connection:
        kept = connection.execute(sa.select(INSTALLATION.c.value).where(INSTALLATION.c.name == _NAME)).scalar()
    return None if kept is None else int(kept) * _MICROSECOND


def begin(engine: Engine, log: EventLog, start: datetime) -> timedelta:
    """Keep simulated time from now on, beginning at ``start`` (aware); the shift.

    Where the database keeps simulated time already, it goes on as it is. Raises ``RealTime`` where there are events.
    """
    kept = shift_of(engine)
    if kept is not None:
        return kept
    if log.head():
        raise RealTime
    shift = start - datetime.now(UTC)
    try:
        with writing(engine) as connection:
            connection.execute(sa.insert(INSTALLATION).values(name=_NAME, value=str(shift // _MICROSECOND)))
    except sa.exc.IntegrityError:  # another process was first: its beginning counts
        return shift_of(engine) or timedelta(0)
    return shift


def move_forward(engine: Engine, by: timedelta) -> timedelta:
    """Let time pass for all processes of this installation; the new shift.

    Time never runs backwards: ``ValueError`` for a negative step, ``RealTime`` where the database keeps real time.
    """
    if by < timedelta(0):
        raise ValueError("a clock cannot be moved backwards")
    with writing(engine) as connection:
        mine = INSTALLATION.c.name == _NAME
        kept = connection.execute(sa.select(INSTALLATION.c.value).where(mine).with_for_update()).scalar()
        if kept is None:
            raise RealTime
        shift = int(kept) * _MICROSECOND + by
        connection.execute(sa.update(INSTALLATION).where(mine).values(value=str(shift // _MICROSECOND)))
    return shift


def installed_clock(engine: Engine, log: EventLog, start: datetime | None) -> Clock:
    """The clock of this installation. ``start``: where simulated time is to begin. Raises ``RealTime``."""
    if start is not None:
        begin(engine, log, start)
    kept = shift_of(engine)
    if kept is None:
        return SystemClock()
    return ShiftedClock(lambda: shift_of(engine) or timedelta(0))


def is_simulated(clock: Clock) -> bool:
    """Whether this is the clock of an installation that keeps simulated time."""
    return isinstance(clock, ShiftedClock)
