"""The numbers of the harmonised templates: those of the registry, and what only they ask for, counted from the log.

Counts of measures are counts of restrictions, each with its statement of reasons; all else is a figure of the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from casework.domain.case.notice_events import NoticeAccepted, NoticeReceived, NoticeRejected
from casework.domain.case.outside_events import OrderReceived, OutsideProceedingDecided, OutsideProceedingOpened
from casework.domain.standard.standard import Standards
from casework.domain.values import Measure, OutsideForum, OutsideOutcome
from casework.eventlog.codec import Recorded
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.restrictions import Restriction, restrictions
from casework.reports.dsa.statements import Manner, ground_of, pages_of_cases, visibility_of
from casework.reports.figures.registry import Figures, compute
from casework.reports.figures.statistics import median_hours, ratio
from casework.reports.generation import ProjectionBehind
from casework.views.models import figures
from casework.views.models.catch_up import Views
from casework.views.models.figures_ledger import Extract

_MICROSECOND = timedelta(microseconds=1)


class Sources(Protocol):
    """What the numbers are read from: the application, or parts of it."""

    @property
    def log(self) -> EventLog:
        """The log."""

    @property
    def views(self) -> Views:
        """The read models, with the figures among them."""

    @property
    def standards(self) -> Standards:
        """The published standards."""

    @property
    def law(self) -> Law:
        """The law."""


@dataclass(slots=True)
class Counted:
    """What the log alone tells of a period. Durations are in microseconds.

    ``measures`` counts restrictions at the platform's own initiative by ground and kind, ``automation`` all of them by
    source and degree. The trusted ones of ``notices`` are those of trusted senders.
    """

    measures: Counter[tuple[str, str]] = field(default_factory=Counter)
    machine_found: Counter[str] = field(default_factory=Counter)
    automation: Counter[tuple[str, str]] = field(default_factory=Counter)
    trusted_items: int = 0
    actions: Counter[bool] = field(default_factory=Counter)
    decided: Counter[bool] = field(default_factory=Counter)
    to_action: dict[bool, list[int]] = field(default_factory=lambda: {True: [], False: []})
    to_effect: list[int] = field(default_factory=list)
    reversed_outside: int = 0
    implemented: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything that the templates are filled from; ``end`` is the first day after the period."""

    start: date
    end: date
    figures: Figures
    extract: Extract
    counted: Counted
    family: str

    def count(self, *keys: str) -> int:
        """The sum of figures that are counts."""
        return sum(int(self.figures[key].number or 0) for key in keys)

    def share(self, key: str) -> Decimal | None:
        """A figure that is a share, or ``None`` where there is nothing to divide by."""
        number = self.figures[key].number
        return None if number is None else Decimal(number)

    def median(self, *kinds: str) -> Decimal | None:
        """The median in hours over the items of these kinds that were finished in the period."""
        values: Sequence[int] = [
            value for kind in kinds for value in self.extract.values.get(f"times.{kind}.finished", ())
        ]
        return median_hours(sorted(values))

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.end - timedelta(days=1)

    @property
    def implemented_share(self) -> Decimal | None:
        """Of what outside bodies reversed in full or in part, the share that the platform put into effect."""
        return ratio(self.counted.implemented, self.counted.reversed_outside)


def numbers_of(sources: Sources, start: date, end: date, as_of: datetime, zone: ZoneInfo, manner: Manner) -> Numbers:
    """Compute them for the local days ``[start, end)`` as known at ``as_of``. Costs the length of the log.

    Raises ``ProjectionBehind`` and ``IdentityBroken``.
    """
    extract = _extract(sources, start, end, as_of, zone)
    return Numbers(
        start=start,
        end=end,
        figures=compute(extract, as_of, zone),
        extract=extract,
        counted=_counted(sources, start, end, as_of, zone, manner),
        family=sources.law.family,
    )


def _extract(sources: Sources, start: date, end: date, as_of: datetime, zone: ZoneInfo) -> Extract:
    views = sources.views
    views.catch_up([figures.NAME])
    status = next(one for one in views.status() if one.name == figures.NAME)
    if status.stuck_at is not None:
        raise ProjectionBehind(status.error or f"stuck at event {status.stuck_at}")
    (now,) = figures.extracts(views.engine, views.tables(figures.NAME), [(start, end)])
    if now.last_recorded is None or now.last_recorded <= as_of:
        return now
    periods = [(start, end)]
    (known,) = figures.extracts_as_known(sources.log, sources.standards, sources.law, zone, periods, as_of)
    return known


def _counted(sources: Sources, start: date, end: date, as_of: datetime, zone: ZoneInfo, manner: Manner) -> Counted:
    found = Counted()
    begin = datetime.combine(start, time(), zone)
    # Nothing is recorded before it happens, so that what was recorded before the period is none of it.
    for streams, page in pages_of_cases(sources.log, since=begin, until=as_of):
        within = {one.position for one in page if start <= one.occurred.astimezone(zone).date() < end}
        for history in streams.values():
            if not within.isdisjoint(one.position for one in history):
                _count_case(found, history, within, manner)
    return found


def _count_case(found: Counted, history: Sequence[Recorded], within: set[int], manner: Manner) -> None:
    for one in restrictions(history):
        if one.recorded.position in within:
            _count_restriction(found, one, manner)
    received: dict[int, Recorded] = {}
    forums: dict[int, OutsideForum] = {}
    for recorded in history:
        event = recorded.event
        counts = recorded.position in within
        if isinstance(event, NoticeReceived):
            received[event.notice] = recorded
            found.trusted_items += event.items if counts and event.trusted else 0
        elif isinstance(event, NoticeAccepted | NoticeRejected) and counts:
            _count_notice(found, event, received[event.notice], recorded)
        elif isinstance(event, OrderReceived) and counts:
            found.to_effect.append((recorded.recorded - (event.since or recorded.occurred)) // _MICROSECOND)
        elif isinstance(event, OutsideProceedingOpened):
            forums[event.proceeding] = event.forum
        elif isinstance(event, OutsideProceedingDecided) and counts:
            _count_outside(found, event, forums[event.proceeding])


def _count_restriction(found: Counted, one: Restriction, manner: Manner) -> None:
    found.automation[one.source, one.automation] += 1
    if one.source == words.VOLUNTARY:
        ground = ground_of(one, manner)
        found.measures[ground, visibility_of(one)] += 1
        if one.detected_by_machine:
            found.machine_found[ground] += 1


def _count_notice(found: Counted, event: NoticeAccepted | NoticeRejected, first: Recorded, now: Recorded) -> None:
    notice = first.event
    trusted = isinstance(notice, NoticeReceived) and notice.trusted
    found.decided[trusted] += 1
    if isinstance(event, NoticeAccepted) and event.measure is not Measure.NONE:
        found.actions[trusted] += 1
        found.to_action[trusted].append(max(0, (now.occurred - first.occurred) // _MICROSECOND))


def _count_outside(found: Counted, event: OutsideProceedingDecided, forum: OutsideForum) -> None:
    turned = event.outcome in (OutsideOutcome.PARTIALLY_REVERSED, OutsideOutcome.REVERSED)
    if forum is OutsideForum.EXTERNAL_BODY and turned:
        found.reversed_outside += 1
        found.implemented += event.implemented
