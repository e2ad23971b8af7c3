"""The figures ``notices``, ``counter_notices`` and ``warnings``."""

from __future__ import annotations

from collections import Counter

from casework_verify import statistics
from casework_verify.figures.registry import COUNTER_ENDS, NOTICE_ENDS
from casework_verify.figures.sheet import Counting, Sheet


def notices(counting: Counting, sheet: Sheet) -> None:
    """What right holders notified and uploaders declared, and what came of it."""
    for key, kind, ends, fate in (
        ("notices", "notice", NOTICE_ENDS, "notices.fate.{notice_fate}"),
        ("counter_notices", "counter_notice", COUNTER_ENDS, "counter_notices.fate.{wait_outcome}"),
    ):
        received = counting.begun(kind)
        ended = Counter(item.fate for item in counting.ended(kind))
        sheet.put(f"{key}.open_at_start", counting.open_at_start(kind))
        sheet.put(f"{key}.open_at_end", counting.open_at_end(kind))
        sheet.put(f"{key}.received", len(received))
        sheet.count(key, **{end: ended[end] for end in ends})
        sheet.cells(fate, (item.fate for item in received))
    for name in ("items", "by_trusted", "deficient", "cured", "barred_repeats"):
        sheet.put(f"notices.{name}", counting.times(f"notices.{name}"))
    for name in ("deficient", "cured", "accepted", "forwarded", "legal_action_reported"):
        sheet.put(f"counter_notices.{name}", counting.times(f"counter_notices.{name}"))
    measures = (item.measure for item in counting.ended("notice"))
    sheet.cells("notices.measures.{measure}", [measure for measure in measures if measure is not None])
    over = [wait for course in counting.known.courses for wait in course.waits]
    waits = sorted(length for moment, length in over if counting.period.holds(moment))
    sheet.put("counter_notices.median_wait_h", statistics.median(waits), len(waits))


def warnings(counting: Counting, sheet: Sheet) -> None:
    """What right holders said to warnings; those issued stand with the decisions."""
    for name in ("notified", "tolerated", "licensed", "lapsed"):
        sheet.put(f"warnings.{name}", counting.times(f"warnings.{name}"))
