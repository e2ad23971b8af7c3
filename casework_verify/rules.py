"""The rules that a report says its figures rest on: what standards and regimes set as times, and their calendars.

They stand in the report as ``rules``, each standard and regime with the digest of its published text, so that whoever
has the published text can check them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from casework_verify.moments import DAY, local_day, microseconds

_MINUTE = 60_000_000
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Standard:
    """How long things may take, in microseconds, and where its working days are counted."""

    ruling_due: int
    prior_review_due: int
    prior_review_due_fast: int
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days: Monday to Friday without ``holidays``, with ``make_up_days``; of these ``years`` only.

    ``every_day``: every day is one, of any year.
    """

    years: frozenset[int]
    holidays: frozenset[date]
    make_up_days: frozenset[date]
    every_day: bool

    def works(self, day: date) -> bool | None:
        """Whether the day is a working day; ``None`` where nobody knows the year's holidays."""
        if self.every_day:
            return True
        if day.year not in self.years:
            return None
        return day in self.make_up_days or (day.weekday() < _SATURDAY and day not in self.holidays)


@dataclass(frozen=True, slots=True)
class Regime:
    """When the wait after a counter-notice begins (``delivery``, ``receipt`` or ``None``), and its last day."""

    starts: str | None
    latest: int | None
    business_days: bool
    calendar: Calendar | None

    def last_day(self, begins: int, zone: tzinfo) -> int | None:
        """The end of the last day on which the upload has to be back; ``None`` where the law or calendar names none."""
        if self.latest is None or self.calendar is None:
            return None
        day = local_day(begins, zone)
        left = self.latest if self.business_days else 0
        if not self.business_days:
            day += timedelta(days=self.latest)
            while not (works := self.calendar.works(day)):
                if works is None:
                    return None
                day += timedelta(days=1)
        while left:
            day += timedelta(days=1)
            works = self.calendar.works(day)
            if works is None:
                return None
            left -= works
        ends = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return microseconds(ends.isoformat())


class Rules:
    """The standards and regimes of a report by their ids."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for a document that is not one."""
        calendars = {name: _calendar(one) for name, one in document["calendars"].items()}
        self.standards = {name: _standard(one) for name, one in document["standards"].items()}
        self.regimes = {name: _regime(one, calendars) for name, one in document["regimes"].items()}


def _standard(document: Mapping[str, Any]) -> Standard:
    review = document["prior_review"]
    return Standard(
        ruling_due=int(document["ruling_due_days"]) * DAY,
        prior_review_due=int(review["due_minutes"]) * _MINUTE,
        prior_review_due_fast=int(review["due_minutes_time_sensitive"]) * _MINUTE,
        zone=ZoneInfo(document["time_zone"]),
    )


def _regime(document: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Regime:
    wait = document["wait"]
    return Regime(
        starts=wait["starts"],
        latest=wait["latest"],
        business_days=wait["kind"] == "business_days",
        calendar=calendars.get(document["calendar"]),
    )


def _calendar(document: Mapping[str, Any]) -> Calendar:
    return Calendar(
        years=frozenset(document["years"]),
        holidays=frozenset(map(date.fromisoformat, document["holidays"])),
        make_up_days=frozenset(map(date.fromisoformat, document["make_up_days"])),
        every_day=bool(document["every_day"]),
    )
