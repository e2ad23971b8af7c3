"""The one place that reads the time: everything else is handed a moment, so that tests and replays can choose it."""

from __future__ import annotations

import time
from collections.abc import Callable
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


class ShiftedClock:
    """Runs like the machine's clock, but ahead of it or behind it by what ``read_shift`` says, read every second.

    All processes of an installation that plays with time read the same shift, and whoever moves it moves them all.
    """

    def __init__(self, read_shift: Callable[[], timedelta], *, every_seconds: float = 1.0) -> None:
        self._read_shift = read_shift
        self._every_seconds = every_seconds
        self._shift = read_shift()
        self._read_at = time.monotonic()

    def now(self) -> datetime:
        """The present moment of the simulation, aware, in UTC."""
        if time.monotonic() - self._read_at >= self._every_seconds:
            self._shift = self._read_shift()
            self._read_at = time.monotonic()
        return datetime.now(UTC) + self._shift


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
