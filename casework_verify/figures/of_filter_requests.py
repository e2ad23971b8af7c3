"""The figures ``filter_requests``."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from casework_verify import statistics
from casework_verify.figures.sheet import Counting, Sheet


def filter_requests(counting: Counting, sheet: Sheet) -> None:
    """Who asked for filtering, how complete that was, what became of it."""
    key = "filter_requests"
    for name in ("received", "incomplete", "completed_later", "accepted", "rejected", "withdrawn", "ownership_false"):
        sheet.put(f"{key}.{name}", counting.times(f"{key}.{name}"))
    reasons = counting.happened.get(f"{key}.rejected", Counter())
    sheet.cells(f"{key}.rejected_by_reason.{{rejection}}", reasons)
    follows = counting.period.last.follows
    turns = counting.known.filter_requests.turns
    sheet.put(f"{key}.active_at_end", sum(turn for moment, turn in turns if follows(moment)))
    reopened = sum(item.cell == "ownership_false" for item in counting.begun("reopening"))
    sheet.put(f"{key}.cases_reopened", reopened)
    scores = sorted(map(Fraction, counting.happened.get(f"{key}.received", Counter()).elements()))
    median = None
    if scores:
        last = len(scores) - 1
        median = statistics.six_places((scores[last // 2] + scores[(last + 1) // 2]) / 2)
    sheet.put(f"{key}.median_completeness", median, len(scores))
