"""Days, working days and months: over the real tables, over time zones and changes of the clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.calendars import (
    CALENDAR_DAYS,
    Calendar,
    CalendarUnknown,
    add_days,
    add_months,
    add_working_days,
    end_of_day,
    working_days_between,
)
from casework.domain.facts import Refused
from casework.domain.regimes.regimes import CalendarName
from casework.working_days import calendars, chinese_working_days, federal_business_days

CHINA, UNITED_STATES = chinese_working_days(), federal_business_days()
SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
SANTIAGO = ZoneInfo("America/Santiago")
"""Its clocks change at midnight."""


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# The tables


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-04", True),  # a Sunday, worked for New Year
        ("2026-02-14", True),  # a Saturday, worked for Spring Festival
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-05-10", False),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2026-11-21", False),
        ("2026-11-23", True),
    ],
)
def test_china_works_on_make_up_days_and_not_on_statutory_holidays(day: str, works: bool) -> None:
    assert CHINA.is_working_day(date.fromisoformat(day)) is works


def test_every_day_of_china_is_that_of_the_library() -> None:
    day, last = date(min(CHINA.years), 1, 1), date(max(CHINA.years), 12, 31)
    while day <= last:
        assert CHINA.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-07-03", False),  # Independence Day falls on a Saturday
        ("2026-07-04", False),
        ("2026-07-06", True),
        ("2027-07-05", False),  # on a Sunday: the Monday after
        ("2021-12-31", False),  # New Year's Day 2022 is a Saturday
        ("2026-06-19", False),
        ("2019-06-19", True),  # not yet a holiday
        ("2026-11-26", False),
        ("2026-11-27", True),  # a custom, no federal holiday
        ("2026-10-12", False),
        ("2026-08-08", False),
    ],
)
def test_federal_business_days_follow_the_observed_holidays(day: str, works: bool) -> None:
    assert UNITED_STATES.is_working_day(date.fromisoformat(day)) is works


def test_every_calendar_that_a_regime_may_name_is_there_under_its_name() -> None:
    found = calendars()
    assert set(found) == set(CalendarName)
    assert {name.value for name in found} == {calendar.name for calendar in found.values()}
    assert found[CalendarName.CALENDAR_DAYS].is_working_day(date(9000, 1, 1))


@pytest.mark.parametrize(
    ("calendar", "year"),
    [(CHINA, max(CHINA.years) + 1), (CHINA, min(CHINA.years) - 1), (UNITED_STATES, 1999), (UNITED_STATES, 2051)],
)
def test_a_year_without_a_table_is_refused_by_its_number(calendar: Calendar, year: int) -> None:
    with pytest.raises(CalendarUnknown) as unknown:
        calendar.is_working_day(date(year, 6, 1))
    assert (unknown.value.calendar, unknown.value.year) == (calendar.name, year)
    assert isinstance(unknown.value, Refused)
    assert (unknown.value.code, unknown.value.details) == (
        "calendar_unknown",
        {"calendar": calendar.name, "year": str(year)},
    )


def test_a_period_that_runs_into_an_unknown_year_is_refused() -> None:
    last = max(CHINA.years)
    start = datetime(last, 12, 30, 12, 0, tzinfo=SHANGHAI)
    with pytest.raises(CalendarUnknown):
        add_working_days(CHINA, start, 20, SHANGHAI)
    with pytest.raises(CalendarUnknown):
        add_days(start, 15, SHANGHAI, CHINA)
    with pytest.raises(CalendarUnknown):
        working_days_between(CHINA, start, start + timedelta(days=30), SHANGHAI)
    assert add_days(start, 15, SHANGHAI) == datetime(last + 1, 1, 15, tzinfo=SHANGHAI)


# Working days


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-23T09:00", 1, "2026-11-25"),
        ("2026-11-23T23:59:59", 1, "2026-11-25"),
        ("2026-11-20T09:00", 1, "2026-11-24"),  # Friday: the weekend does not count
        ("2026-11-21T09:00", 1, "2026-11-24"),  # nor does it as the day of the event
        ("2026-02-13T09:00", 1, "2026-02-15"),  # Saturday 14 February is a make-up day
        ("2026-02-13T09:00", 2, "2026-02-25"),  # then Spring Festival
        ("2026-09-30T09:00", 3, "2026-10-11"),
        ("2026-09-30T09:00", 20, "2026-11-04"),
    ],
)
def test_working_days_of_china(start: str, count: int, end: str) -> None:
    assert add_working_days(CHINA, at(start, SHANGHAI), count, SHANGHAI) == at(end, SHANGHAI)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-06-30T12:00", 10, "2026-07-16"),
        ("2026-06-30T12:00", 14, "2026-07-22"),
        ("2026-10-29T12:00", 10, "2026-11-14"),  # the clocks change on 1 November, 11 November is a holiday
        ("2026-03-06T12:00", 1, "2026-03-10"),  # they change on 8 March
    ],
)
def test_business_days_of_the_united_states(start: str, count: int, end: str) -> None:
    assert add_working_days(UNITED_STATES, at(start, NEW_YORK), count, NEW_YORK) == at(end, NEW_YORK)


def test_the_day_of_the_event_is_that_of_the_zone_that_counts() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 24 November, 01:00 in Shanghai
    assert add_working_days(CHINA, late, 1, SHANGHAI) == at("2026-11-26", SHANGHAI)
    assert add_working_days(CHINA, late - timedelta(hours=2), 1, SHANGHAI) == at("2026-11-25", SHANGHAI)


@pytest.mark.parametrize("add", [add_days, add_months])
def test_nothing_to_wait_for_ends_at_once(add: Callable[[datetime, int, ZoneInfo], datetime]) -> None:
    start = at("2026-11-23T09:30", SHANGHAI)
    assert add(start, 0, SHANGHAI) == start
    assert add(start, 0, SHANGHAI).tzinfo is UTC
    assert add_working_days(CHINA, start, 0, SHANGHAI) == start
    with pytest.raises(ValueError, match="negative"):
        add(start, -1, SHANGHAI)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(CHINA, start, -1, SHANGHAI)


# Changes of the clocks


@pytest.mark.parametrize(
    ("start", "zone", "hours"),
    [
        ("2026-03-28T00:00", BERLIN, 47),  # the day after has 23 hours
        ("2026-10-24T00:00", BERLIN, 49),
        ("2026-03-07T00:00", NEW_YORK, 47),
        ("2026-10-31T00:00", NEW_YORK, 49),
        ("2026-03-28T00:00", SHANGHAI, 48),
        ("2026-09-05T00:00", SANTIAGO, 47),  # there is no midnight on 6 September
        ("2026-04-04T00:00", SANTIAGO, 49),
    ],
)
def test_days_are_those_of_the_wall_clock(start: str, zone: ZoneInfo, hours: int) -> None:
    begin = at(start, zone)
    elapsed = add_days(begin, 1, zone).astimezone(UTC) - begin.astimezone(UTC)
    assert elapsed == timedelta(hours=hours)


def test_a_missing_midnight_is_the_moment_of_the_change() -> None:
    assert end_of_day(date(2026, 9, 5), SANTIAGO) == datetime(2026, 9, 6, 4, 0, tzinfo=UTC)


# Calendar days and months


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-05T10:00", 15, "2026-11-21"),
        ("2026-11-06T10:00", 15, "2026-11-24"),  # a Saturday: on to Monday
        ("2026-09-20T10:00", 15, "2026-10-09"),  # National Day: on to 8 October
        ("2026-01-30T10:00", 15, "2026-02-15"),  # a Saturday that is worked
    ],
)
def test_the_last_day_of_a_chinese_period_is_a_working_day(start: str, count: int, end: str) -> None:
    assert add_days(at(start, SHANGHAI), count, SHANGHAI, CHINA) == at(end, SHANGHAI)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31T12:00", 1, "2026-03-01"),
        ("2027-12-31T12:00", 2, "2028-03-01"),
        ("2026-12-31T12:00", 12, "2028-01-01"),
        ("2026-11-22T12:00", 6, "2027-05-23"),
        ("2026-09-30T23:59", 6, "2027-03-31"),
    ],
)
def test_months_end_with_the_day_of_the_same_number(start: str, months: int, end: str) -> None:
    assert add_months(at(start, BERLIN), months, BERLIN) == at(end, BERLIN)


# Properties

_zones = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, SANTIAGO, ZoneInfo("UTC")])
_starts = st.datetimes(datetime(2005, 1, 1), datetime(2025, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001 - drawn in UTC
_calendars = st.sampled_from([CHINA, UNITED_STATES, CALENDAR_DAYS])


@given(_calendars, _starts, st.integers(0, 60), _zones)
def test_working_days_between_undoes_add_working_days(
    calendar: Calendar, start: datetime, count: int, zone: ZoneInfo
) -> None:
    end = add_working_days(calendar, start, count, zone)
    assert end >= start
    assert end.tzinfo is UTC
    assert working_days_between(calendar, start, end, zone) == count
    if count:
        assert working_days_between(calendar, start, end - timedelta(microseconds=1), zone) == count - 1


@given(_calendars, _starts, st.integers(0, 30), st.integers(0, 30), _zones)
def test_more_days_never_end_earlier(calendar: Calendar, start: datetime, one: int, more: int, zone: ZoneInfo) -> None:
    first = add_working_days(calendar, start, one, zone)
    assert add_working_days(calendar, start, one + more, zone) >= first
    assert add_days(start, one, zone) <= first or one == 0


@given(_starts, st.integers(1, 60), _zones)
def test_calendar_days_are_working_days_of_a_calendar_without_holidays(
    start: datetime, count: int, zone: ZoneInfo
) -> None:
    assert add_days(start, count, zone) == add_working_days(CALENDAR_DAYS, start, count, zone)


@given(_starts, st.integers(1, 48), _zones)
def test_months_are_never_longer_than_their_longest_days(start: datetime, months: int, zone: ZoneInfo) -> None:
    end = add_months(start, months, zone)
    assert add_days(start, 28 * months, zone) <= end <= add_days(start, 31 * months, zone)


@given(_starts, _starts, _zones)
def test_nothing_is_over_before_it_began(one: datetime, other: datetime, zone: ZoneInfo) -> None:
    if other <= one:
        assert working_days_between(UNITED_STATES, one, other, zone) == 0
