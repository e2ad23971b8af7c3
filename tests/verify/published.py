"""A report and its public facts, made by the program from a played history, as somebody outside receives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.public_facts import fact_line
from casework.eventlog.topics import EVENT_TYPES
from casework.reports import exports
from casework.reports.comparison import Earlier, periods_before
from casework.reports.figures.masking import VERSION as MASKING
from casework.reports.figures.masking import mask
from casework.reports.figures.registry import Figures, compute
from casework.reports.generation import Report
from casework.reports.rules import rules_document
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import Ledger
from casework.views.models.figures_path import Grounds
from tests.reports.histories import FIRST, LAW, SHANGHAI, STANDARDS, Habits, as_recorded, histories_of, played
from tests.reports.sampling import PSEUDONYMS

CODEC = Codec(EVENT_TYPES)
PERIOD = (date(2026, 1, 15), date(2026, 3, 20))
Days = tuple[date, date]


@dataclass(frozen=True)
class Published:
    """What was counted by the program, and what everybody gets to check it."""

    log: list[Recorded]
    facts: list[bytes]
    figures: Figures
    report: Report

    @cached_property
    def json(self) -> bytes:
        return exports.as_json(self.report)

    @property
    def document(self) -> dict[str, Any]:
        """Each time another one, which a test may change."""
        document: dict[str, Any] = json.loads(self.json)
        return document


def facts_of(log: Sequence[Recorded]) -> list[bytes]:
    return [fact_line(one, CODEC.encode_recorded(one)[1], n, PSEUDONYMS) for n, one in enumerate(log)]


def published(
    cases: int,
    seed: int,
    *,
    period: Days = PERIOD,
    zone: ZoneInfo = SHANGHAI,
    habits: Habits = Habits(wild=0.5),
    masked: bool = False,
    masking: int = MASKING,
    as_of: datetime | None = None,
) -> Published:
    """A report as of T, by default two days after everything. The facts are those of the whole log all the same."""
    log = as_recorded(played(cases, seed, habits))
    return published_of(log, period=period, zone=zone, masked=masked, masking=masking, as_of=as_of)


def published_of(
    log: list[Recorded],
    *,
    period: Days = PERIOD,
    zone: ZoneInfo = SHANGHAI,
    masked: bool = False,
    masking: int = MASKING,
    as_of: datetime | None = None,
    page: int | None = None,
) -> Published:
    """The same of any log; ``page`` is how many events the projection takes in at once, by default all."""
    moment = as_of or log[-1].recorded + timedelta(days=2)
    ledger = Ledger(Calendar(zone), Grounds(STANDARDS, LAW))
    known = [one for one in log if one.recorded <= moment]
    for start_at in range(0, len(known), page or len(known)):
        ledger.fold(known[start_at : start_at + (page or len(known))], histories_of(known))

    def counted(start: date, end: date) -> Figures:
        complete = compute(ledger.extract(start, end), moment, zone)
        return mask(complete, masking) if masked else complete

    earlier = []
    for start, end in periods_before(*period):
        extract = ledger.extract(start, end)
        recorded = bool(extract.counts) or any(extract.before.values())
        earlier.append(Earlier(start, end, recorded, counted(start, end)))
    report = Report(
        *period, moment, zone, "Platform", known[-1].position, counted(*period), masked, (FIRST,), tuple(earlier),
        rules_document(STANDARDS, LAW), masking=masking,
    )  # fmt: skip
    return Published(log, facts_of(log), report.figures, report)
