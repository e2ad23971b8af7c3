"""Moments as whole microseconds since 1970, and the local days of a report's period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

HOUR = 3_600_000_000
DAY = 24 * HOUR
_MINUTE = HOUR // 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ZONE_IS_FURTHER = 2 * DAY
"""From UTC; only so near to a border does the time zone matter."""


def microseconds(text: str) -> int:
    """A moment as facts write it, such as ``2026-06-30T15:59:59.5Z``. Raises ``ValueError`` for one without a zone."""
    since = datetime.fromisoformat(text) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(instant: int) -> datetime:
    """The aware UTC moment of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=instant)


def local_day(instant: int, zone: tzinfo) -> date:
    """The day in the zone on which an instant lies."""
    return moment_of(instant).astimezone(zone).date()


class Border:
    """The beginning of a local day. A day need not begin at one instant where clocks are moved at midnight."""

    def __init__(self, day: date, zone: tzinfo) -> None:
        self.day = day
        self._zone = zone
        midnight = microseconds(f"{day.isoformat()}T00:00:00Z")
        self.surely_before = midnight - _NO_ZONE_IS_FURTHER
        self.surely_after = midnight + _NO_ZONE_IS_FURTHER

    def follows(self, instant: int) -> bool:
        """Whether the instant lies on an earlier local day."""
        if instant < self.surely_before:
            return True
        if instant >= self.surely_after:
            return False
        return local_day(instant, self._zone) < self.day


class Period:
    """The local days from ``start`` to before ``end``."""

    def __init__(self, start: date, end: date, zone: tzinfo) -> None:
        self.start, self.end, self.zone = start, end, zone
        self.first, self.last = Border(start, zone), Border(end, zone)
        self._days: dict[int, date] = {}

    def holds(self, instant: int) -> bool:
        """Whether the instant lies on a day of the period."""
        if self.first.surely_after <= instant < self.last.surely_before:
            return True
        return self.last.follows(instant) and not self.first.follows(instant)

    def day_of(self, instant: int) -> date:
        """The local day of an instant. No zone of our time has an offset of odd seconds, so minutes suffice."""
        minute = instant // _MINUTE
        day = self._days.get(minute)
        if day is None:
            day = self._days[minute] = local_day(minute * _MINUTE, self.zone)
        return day
