"""A period of local days as people type it: read from two fields, with what is wrong with each."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo

from casework.reports.generation import has_begun
from casework.views.language import gettext

EARLIEST_YEAR = 2000

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_period(start: str, end: str) -> tuple[tuple[date, date] | None, dict[str, str]]:
    """The period, or what is wrong with each field; ``end`` is the first day after it."""
    wrong = {}
    first, last = _day(start), _day(end)
    if first is None:
        wrong["from"] = gettext("Give the first day as a date, such as 2026-01-01")
    if last is None:
        wrong["to"] = gettext("Give the day after the last one as a date, such as 2026-07-01")
    if first is None or last is None:
        return None, wrong
    if first >= last:
        return None, {"to": gettext("The period must end after it begins")}
    return (first, last), {}


def check_begun(start: date, as_of: datetime, zone: tzinfo, field: str, wrong: dict[str, str]) -> None:
    """Put it with what is wrong when the period had not begun at the moment of a report."""
    if not has_begun(start, as_of, zone):
        wrong[field] = gettext("The period had not begun at that time.")


def _day(written: str) -> date | None:
    if not _DAY.fullmatch(written.strip()):
        return None
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        return None
    return day if day.year >= EARLIEST_YEAR else None
