"""The tables of the calendar libraries, read once and handed to the rules as plain values.

China: statutory holidays and make-up days as the State Council orders them each year (``chinesecalendar``, which knows
the years that were ordered and no others). United States: the federal holidays of 5 U.S.C. s. 6103 with their
observance on weekdays (``holidays``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import chinese_calendar
import holidays

from casework.domain.calendars import CALENDAR_DAYS, SATURDAY, Calendar
from casework.domain.regimes.regimes import CalendarName

FIRST_FEDERAL_YEAR, LAST_FEDERAL_YEAR = 2000, 2050
"""Federal holidays are computed from the statute of today; decades ahead it may be another one."""


@cache
def chinese_working_days() -> Calendar:
    """The statutory working days of the mainland."""
    days = chinese_calendar.constants.holidays
    make_up_days = chinese_calendar.constants.workdays
    years = {day.year for day in days}
    return Calendar(
        CalendarName.CHINA.value,
        years=frozenset(years),
        holidays=frozenset(days),
        make_up_days=frozenset(day for day in make_up_days if day.weekday() >= SATURDAY),
    )


@cache
def federal_business_days() -> Calendar:
    """Monday to Friday without the federal holidays of the United States."""
    # The observance of New Year's Day may fall into the year before.
    years = range(FIRST_FEDERAL_YEAR, LAST_FEDERAL_YEAR + 1)
    return Calendar(
        CalendarName.UNITED_STATES.value,
        years=frozenset(years),
        holidays=frozenset(holidays.country_holidays("US", years=range(years.start, years.stop + 1))),
    )


def calendars() -> Mapping[CalendarName, Calendar]:
    """Every calendar that a regime may name."""
    return {
        CalendarName.CALENDAR_DAYS: CALENDAR_DAYS,
        CalendarName.CHINA: chinese_working_days(),
        CalendarName.UNITED_STATES: federal_business_days(),
    }
