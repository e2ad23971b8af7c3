"""A transparency report as data: figures of a period as of T, the standards in force, and what it was computed from.

It is computed from the projection, or from the log itself for a T before the latest event. Identities are checked
here; a breach refuses the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from casework.domain.standard.standard import Standard, Standards
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.reports.figures.masking import mask
from casework.reports.figures.of_times import survival_inputs
from casework.reports.figures.registry import Figures, compute
from casework.reports.figures.statistics import survival
from casework.reports.figures.values import Inputs
from casework.views.models import figures
from casework.views.models.catch_up import Views
from casework.views.models.figures_facts import CHALLENGE, CONTEST
from casework.views.models.figures_ledger import Extract

CURVE_DAYS = 14
"""How many days the curve of waiting appeals shows."""

LEAST_FOR_A_CURVE = 5
"""Fewer appeals than this are not drawn as a curve, which would show each of them."""

_DAY = 86_400_000_000


class ProjectionBehind(Exception):
    """The read model of the figures has stopped at an event; ``reason`` says why. A rebuild may help."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the figures cannot be brought up to date: {reason}")


@dataclass(frozen=True, slots=True)
class Curve:
    """Share of a side's appeals not yet ruled on after each whole day since lodging (Kaplan-Meier)."""

    contests: tuple[float | None, ...]
    challenges: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``end`` is the first day after the period; ``position`` the last event of the log that counted."""

    start: date
    end: date
    as_of: datetime
    zone: ZoneInfo
    platform: str
    position: int
    figures: Figures
    masked: bool
    standards: tuple[Standard, ...]
    curve: Curve

    @property
    def name(self) -> str:
        """The stem of its files."""
        return f"report-{self.start.isoformat()}-{self.end.isoformat()}"


def generate_report(
    log: EventLog,
    views: Views,
    standards: Standards,
    law: Law,
    *,
    start: date,
    end: date,
    as_of: datetime,
    zone: ZoneInfo,
    platform: str,
    masked: bool = True,
) -> Report:
    """Compute a report for the local days ``[start, end)``, counting events recorded at or before ``as_of``.

    Raises ``ValueError`` for an empty period or a moment without zone, ``ProjectionBehind``, and ``IdentityBroken``.
    """
    if start >= end:
        raise ValueError("a period ends after it begins")
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    extract = _extract(log, views, standards, law, start, end, as_of, zone)
    complete = compute(extract, as_of, zone)
    return Report(
        start=start,
        end=end,
        as_of=as_of,
        zone=zone,
        platform=platform,
        position=extract.position,
        figures=mask(complete) if masked else complete,
        masked=masked,
        standards=_in_force(standards, start, end, zone),
        curve=_curve(Inputs(extract, as_of, zone, {})),
    )


def _extract(
    log: EventLog,
    views: Views,
    standards: Standards,
    law: Law,
    start: date,
    end: date,
    as_of: datetime,
    zone: ZoneInfo,
) -> Extract:
    views.catch_up([figures.NAME])
    status = next(one for one in views.status() if one.name == figures.NAME)
    if status.stuck_at is not None:
        raise ProjectionBehind(status.error or f"stuck at event {status.stuck_at}")
    now = figures.extract(views.engine, views.tables(figures.NAME), start, end)
    if now.last_recorded is None or now.last_recorded <= as_of:
        return now
    return figures.extract_as_known(log, standards, law, zone, start, end, as_of)


def _in_force(standards: Standards, start: date, end: date, zone: ZoneInfo) -> tuple[Standard, ...]:
    """The standards that were in force at some moment of the period."""
    first = datetime(start.year, start.month, start.day, tzinfo=zone)
    last = datetime(end.year, end.month, end.day, tzinfo=zone)
    at_start = standards.in_force(first)
    family = standards.of_family(standards.family)
    return tuple(one for one in family if one == at_start or first < one.effective_from < last)


def _curve(inputs: Inputs) -> Curve:
    return Curve(_shares_waiting(inputs, CONTEST), _shares_waiting(inputs, CHALLENGE))


def _shares_waiting(inputs: Inputs, kind: str) -> tuple[float | None, ...]:
    ended, censored = survival_inputs(inputs, kind)
    if len(ended) < LEAST_FOR_A_CURVE:
        return (None,) * (CURVE_DAYS + 1)
    steps = survival(ended, censored)
    longest = max(ended[-1], censored[-1] if censored else 0)
    shares: list[float | None] = []
    share, place = 1.0, 0
    for day in range(CURVE_DAYS + 1):
        while place < len(steps) and steps[place][0] <= day * _DAY:
            share = steps[place][1] / steps[place][2]
            place += 1
        # Beyond the longest observation nothing is known, unless everything has ended.
        shares.append(share if day * _DAY <= longest or share == 0 else None)
    return tuple(shares)
