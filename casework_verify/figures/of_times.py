"""The figures ``times``: how long procedures took, and whether that was on time."""

from __future__ import annotations

from casework_verify import statistics
from casework_verify.course import Item
from casework_verify.figures.registry import DUE, SIDES, TIMED, WAITING_DAYS
from casework_verify.figures.sheet import Counting, Sheet
from casework_verify.moments import DAY, HOUR
from casework_verify.statistics import Survival

_LEAST_FOR_A_CURVE = 5
"""With fewer results than this no curve is told."""


def times(counting: Counting, sheet: Sheet) -> None:
    """Every procedure."""
    for kind in TIMED:
        _durations(counting, sheet, kind)
        if kind in DUE:
            _deadlines(counting, sheet, kind)


def _durations(counting: Counting, sheet: Sheet, kind: str) -> None:
    key = f"times.{kind}"
    took = sorted(item.took for item in counting.ended(kind) if item.has_result)
    number = len(took)
    sheet.put(f"{key}.finished", number)
    sheet.put(f"{key}.median_h", statistics.median(took), number)
    sheet.put(f"{key}.p90_h", statistics.ninth_decile(took), number)
    sheet.put(f"{key}.mean_h", statistics.mean(took), number)
    sheet.cells(f"{key}.{{within}}", (_within(span) for span in took))
    received = counting.begun(kind)
    survival = Survival(
        [item.took for item in received if item.has_result],
        [_so_far(item, counting.as_of) for item in received if not item.has_result],
    )
    sheet.put(f"{key}.median_h_censored", survival.median(), survival.number)
    if kind in SIDES.values():
        _waiting(sheet, f"{key}.waiting.{{day}}", survival)


def _so_far(item: Item, as_of: int) -> int:
    """How long it was seen without a result: until it ended otherwise, or until T."""
    return max(0, as_of - item.since) if item.ended is None else item.took


def _within(span: int) -> str:
    if span <= 24 * HOUR:
        return "within_24h"
    if span <= 48 * HOUR:
        return "within_48h"
    return "within_7d" if span <= 7 * DAY else "later"


def _waiting(sheet: Sheet, identifier: str, survival: Survival) -> None:
    told = len(survival.ended) >= _LEAST_FOR_A_CURVE
    shares = survival.shares([int(day) * DAY for day in WAITING_DAYS]) if told else [None] * len(WAITING_DAYS)
    for day, found in zip(WAITING_DAYS, shares, strict=True):
        value, interval = (None, None) if found is None else found
        sheet.with_interval(identifier, value, survival.number, interval, day)


def _deadlines(counting: Counting, sheet: Sheet, kind: str) -> None:
    key, as_of = f"times.{kind}", counting.as_of
    dated = [(item, item.due) for item in counting.of(kind) if item.due is not None]
    # Whatever closed in time without a result was never due.
    fallen = [
        (item, due)
        for item, due in dated
        if due <= as_of and counting.period.holds(due) and (item.has_result or item.ended is None or item.ended > due)
    ]
    kept = sum(item.has_result and item.ended is not None and item.ended <= due for item, due in fallen)
    sheet.count(key, due=len(fallen), on_time=kept)
    sheet.share(f"{key}.on_time_rate")
    late = (as_of - due for item, due in dated if item.ended is None and due < as_of)
    sheet.cells(f"{key}.overdue_open.{{overdue}}", (_overdue(span) for span in late))


def _overdue(span: int) -> str:
    if span <= 7 * DAY:
        return "up_to_7d"
    return "up_to_30d" if span <= 30 * DAY else "over_30d"
