"""The one place that reads the time: everything else is handed a moment, so that tests and replays can choose it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that moves only when told to: for tests, the demonstration and replays."""

    def __init__(self, start: datetime) -> None:
        """``start`` must be aware; a naive one raises ``ValueError``."""
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """The moment this clock was last moved to, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward and return the new moment. Time never runs backwards: ``ValueError`` for a negative step."""
        if by < timedelta(0):
            raise ValueError("a clock cannot be moved backwards")
        self._now += by
        return self._now

    def advance_to(self, moment: datetime) -> datetime:
        """Move forward to ``moment`` (aware, not before the present one) and return it in UTC."""
        return self.advance(_in_utc(moment) - self._now)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
