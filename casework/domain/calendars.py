"""Days, working days and months as the law counts them: pure functions over tables that an outer room read.

One convention for all of them. The day of the event is not counted; a period ends with the end of its last day, so the
end given back is the midnight that follows, exclusive, in the zone that counts (Civil Code arts. 201 and 203; German
BGB ss. 187 and 188; Regulation 1182/71 art. 3; Federal Rule of Civil Procedure 6(a)). Days are those of the zone's wall
clock, so a period across a change of the clocks is an hour shorter or longer. All results are in UTC.
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from casework.domain.facts import Refused

SATURDAY = 5
MONTHS = 12


class CalendarUnknown(Refused):
    """The calendar has no table for this year: China publishes its holidays late in the year before.

    A step that needs the year is refused with ``calendar_unknown``; a newer version of the library brings the year.
    """

    def __init__(self, calendar: str, year: int) -> None:
        super().__init__("calendar_unknown", calendar=calendar, year=str(year))
        self.calendar = calendar
        self.year = year


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days: Monday to Friday without ``holidays``, and the ``make_up_days`` of weekends.

    ``years`` are those that the tables cover. ``every_day``: plain calendar days, of any year.
    """

    name: str
    years: frozenset[int] = frozenset()
    holidays: frozenset[date] = field(default=frozenset(), repr=False)
    make_up_days: frozenset[date] = field(default=frozenset(), repr=False)
    every_day: bool = False

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on this day. Raises ``CalendarUnknown`` for a year that the tables do not cover."""
        if self.every_day:
            return True
        if day.year not in self.years:
            raise CalendarUnknown(self.name, day.year)
        return day in self.make_up_days or (day.weekday() < SATURDAY and day not in self.holidays)


CALENDAR_DAYS = Calendar("calendar-days", every_day=True)
"""Every day counts."""


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The midnight after the day in the zone, in UTC: the exclusive end of a period whose last day this is."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def add_working_days(calendar: Calendar, start: datetime, count: int, zone: tzinfo) -> datetime:
    """The end of the ``count``-th working day after the day of ``start`` (exclusive, UTC).

    Nothing to wait for ends at once: zero gives ``start`` itself. Raises ``CalendarUnknown``; ``ValueError`` for a
    negative count.
    """
    if count < 0:
        raise ValueError("a period has no negative length")
    if count == 0:
        return start.astimezone(UTC)
    day = start.astimezone(zone).date()
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working_day(day)
    return end_of_day(day, zone)


def working_days_between(calendar: Calendar, start: datetime, end: datetime, zone: tzinfo) -> int:
    """How many working days after the day of ``start`` are over at ``end``: what ``add_working_days`` had added.

    Zero where ``end`` does not come after the day of ``start``. Raises ``CalendarUnknown``.
    """
    day, over = start.astimezone(zone).date(), end.astimezone(zone).date()
    count = 0
    while (day := day + timedelta(days=1)) < over:
        count += calendar.is_working_day(day)
    return count


def add_days(start: datetime, count: int, zone: tzinfo, working: Calendar = CALENDAR_DAYS) -> datetime:
    """The end of the ``count``-th calendar day after the day of ``start`` (exclusive, UTC).

    Where ``working`` is given and the last day is no working day of it, the next working day is the last one (Civil
    Code art. 203). Zero gives ``start`` itself. Raises ``CalendarUnknown``; ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("a period has no negative length")
    if count == 0:
        return start.astimezone(UTC)
    day = start.astimezone(zone).date() + timedelta(days=count)
    while not working.is_working_day(day):
        day += timedelta(days=1)
    return end_of_day(day, zone)


def add_months(start: datetime, months: int, zone: tzinfo) -> datetime:
    """The end of the day that bears the number of the day of ``start``, so many months later (exclusive, UTC).

    A month without that number ends the period with its last day (Regulation 1182/71 art. 3(2)(c)). Zero gives
    ``start`` itself. Raises ``ValueError`` for a negative count.
    """
    if months < 0:
        raise ValueError("a period has no negative length")
    if months == 0:
        return start.astimezone(UTC)
    day = start.astimezone(zone).date()
    years, month = divmod(day.month - 1 + months, MONTHS)
    last = gregorian.monthrange(day.year + years, month + 1)[1]
    return end_of_day(date(day.year + years, month + 1, min(day.day, last)), zone)
