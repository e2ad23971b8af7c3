"""The naive second count of what lies beside the cases: screening, fees, erasure, audit samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.screening.events import ScreeningTallyRecorded
from casework.eventlog.codec import Recorded
from tests.reports import sampling
from tests.reports.sampling import Counted, Kappa


def recounted(
    log: Sequence[Recorded], inside: Callable[[datetime], bool], start: date, end: date, kappa: Kappa
) -> dict[str, Counted]:
    """Every figure of these groups: number, numerator, denominator, interval."""
    happened = [one.event for one in log if inside(one.occurred)]
    results = sampling.recounted(log, inside, kappa)
    results |= _screening([one.event for one in log], start, end)
    results |= {key: (number, None, None, None) for key, number in _fees([one.event for one in log], start, end)}
    for name, kind in (("charged", FeeCharged), ("waived", FeeWaived)):
        these: list[Any] = [one for one in happened if isinstance(one, kind)]
        results[f"fees.{name}"] = (len(these), None, None, None)
        for cell in {f"{one.item}/{one.currency}" for one in these}:
            amounts = [one.amount for one in these if f"{one.item}/{one.currency}" == cell]
            results[f"fees.{name}_by_item.{cell}"] = (len(amounts), None, None, None)
            results[f"fees.{name}_amount.{cell}"] = (Fraction(sum(amounts)), None, None, None)
    for name, topic in (
        ("erasure_requests", "requested"),
        ("erased", "personal_data_erased"),
        ("refused", "refused"),
    ):
        number = sum(f"erasure.{topic}" == one.TOPIC for one in happened)
        results[f"personal_data.{name}"] = (number, None, None, None)
    return results


def _screening(told: Sequence[Any], start: date, end: date) -> dict[str, Counted]:
    """A tally belongs to its day, whenever it was recorded."""
    these = [one for one in told if isinstance(one, ScreeningTallyRecorded) and start <= one.date < end]
    results: dict[str, Counted] = {}
    for medium in (None, "text", "audio", "image", "video"):
        counted = [one for one in these if medium in (None, one.medium.value)]
        screened, matched = sum(one.screened for one in counted), sum(one.matched for one in counted)
        rate = Fraction(matched, screened) if screened else None
        tail = "" if medium is None else f"_by_medium.{medium}"
        results[f"screening.screened{tail}"] = (screened, None, None, None)
        results[f"screening.matched{tail}"] = (matched, None, None, None)
        results[f"screening.match_rate{tail}"] = (rate, matched, screened, None)
    return results


def _fees(told: Sequence[Any], start: date, end: date) -> Iterator[tuple[str, Fraction]]:
    """Each day of the period has the latest schedule that begins on it or before."""
    schedules = [one for one in told if isinstance(one, FeeSchedulePublished)]
    for day in range(start.toordinal(), end.toordinal()):
        begun = [one for one in schedules if one.effective.toordinal() <= day]
        if begun:
            latest = max(begun, key=lambda one: one.effective)
            for item in latest.items:
                yield f"fees.schedule.{latest.effective}/{item.code}/{item.currency}", Fraction(item.amount)
