"""A transparency report as data: figures of a period as of T, the standards in force, and what it was computed from.

It is computed from the projection, or from the log itself for a T before the latest event. Identities are checked
here; a breach refuses the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from casework.domain.standard.standard import Standard, Standards
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.reports.comparison import Earlier, periods_before
from casework.reports.figures.masking import VERSION as MASKING
from casework.reports.figures.masking import mask
from casework.reports.figures.registry import Figures, compute
from casework.reports.narrative import Passage, TextSource, passages_in_force, read_passages
from casework.reports.rules import rules_document
from casework.views.models import figures
from casework.views.models.catch_up import Views
from casework.views.models.figures_ledger import Extract


class ProjectionBehind(Exception):
    """The read model of the figures has stopped at an event; ``reason`` says why. A rebuild may help."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the figures cannot be brought up to date: {reason}")


class PeriodNotBegun(ValueError):
    """T lies before the first day of the period: nothing of it can have been recorded."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``end`` is the first day after the period; ``position`` the last event of the log that counted.

    ``rules``: what figures rest on beside the log (``casework.reports.rules``). ``passages``: the texts beside them.
    ``masking``: by which version of the rule small numbers are masked, if they are.
    """

    start: date
    end: date
    as_of: datetime
    zone: ZoneInfo
    platform: str
    position: int
    figures: Figures
    masked: bool
    standards: tuple[Standard, ...]
    earlier: tuple[Earlier, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    log: Mapping[str, Any] | None = None
    previous: Mapping[str, Any] | None = None
    passages: tuple[Passage, ...] = ()
    masking: int = MASKING

    @property
    def name(self) -> str:
        """The stem of its files."""
        return f"report-{self.start.isoformat()}-{self.end.isoformat()}"

    @property
    def over(self) -> bool:
        """Whether the period was over at T. If not, every figure of it may still grow, and the report says so."""
        return self.as_of.astimezone(self.zone).date() >= self.end

    @property
    def texts(self) -> tuple[Passage, ...]:
        """The texts beside the figures; where nobody was asked for them, those that come with the product."""
        return self.passages or tuple(passages_in_force(read_passages(), self.end))


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
    masking: int = MASKING,
    texts: TextSource | None = None,
) -> Report:
    """Compute a report for the local days ``[start, end)``, counting events recorded at or before ``as_of``.

    ``texts`` knows which texts were approved; without it those that come with the product stand in the report.
    ``masking``: the version of the rule of masking, to make an old report again as it was.
    Raises ``ValueError`` for an empty period, a moment without zone or an unknown rule, ``PeriodNotBegun``,
    ``ProjectionBehind``, and ``IdentityBroken``.
    """
    if start >= end:
        raise ValueError("a period ends after it begins")
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    if not has_begun(start, as_of, zone):
        raise PeriodNotBegun(f"the period begins on {start}, after {as_of.isoformat()}")
    periods = [(start, end), *periods_before(start, end)]
    extract, *before = _extracts(log, views, standards, law, periods, as_of, zone)
    complete = compute(extract, as_of, zone)
    return Report(
        start=start,
        end=end,
        as_of=as_of,
        zone=zone,
        platform=platform,
        position=extract.position,
        figures=mask(complete, masking) if masked else complete,
        masked=masked,
        masking=masking,
        standards=_in_force(standards, start, end, zone),
        earlier=tuple(_earlier(one, as_of, zone, masking if masked else None) for one in before),
        rules=rules_document(standards, law),
        passages=() if texts is None else tuple(texts.passages(as_of, end)),
    )


def has_begun(start: date, as_of: datetime, zone: tzinfo) -> bool:
    """Whether a period that begins with this local day had begun at a moment."""
    return as_of.astimezone(zone).date() >= start


def _extracts(
    log: EventLog,
    views: Views,
    standards: Standards,
    law: Law,
    periods: Sequence[tuple[date, date]],
    as_of: datetime,
    zone: ZoneInfo,
) -> list[Extract]:
    views.catch_up([figures.NAME])
    status = next(one for one in views.status() if one.name == figures.NAME)
    if status.stuck_at is not None:
        raise ProjectionBehind(status.error or f"stuck at event {status.stuck_at}")
    now = figures.extracts(views.engine, views.tables(figures.NAME), periods)
    if now[0].last_recorded is None or now[0].last_recorded <= as_of:
        return now
    return figures.extracts_as_known(log, standards, law, zone, periods, as_of)


def _earlier(extract: Extract, as_of: datetime, zone: ZoneInfo, masking: int | None) -> Earlier:
    complete = compute(extract, as_of, zone)
    recorded = bool(extract.counts) or any(extract.before.values())
    return Earlier(extract.start, extract.end, recorded, complete if masking is None else mask(complete, masking))


def _in_force(standards: Standards, start: date, end: date, zone: ZoneInfo) -> tuple[Standard, ...]:
    """The standards that were in force at some moment of the period."""
    first = datetime(start.year, start.month, start.day, tzinfo=zone)
    last = datetime(end.year, end.month, end.day, tzinfo=zone)
    at_start = standards.in_force(first)
    family = standards.of_family(standards.family)
    return tuple(one for one in family if one == at_start or first < one.effective_from < last)
