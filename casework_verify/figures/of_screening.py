"""The figures ``screening``, from the tallies of the days of the period."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from casework_verify import statistics
from casework_verify.figures.sheet import Counting, Sheet
from casework_verify.known import MEDIA


def screening(counting: Counting, sheet: Sheet) -> None:
    """What the platform says that it screened and matched."""
    screened: Counter[str] = Counter()
    matched: Counter[str] = Counter()
    for tally in counting.tallies:
        screened[tally.medium] += tally.screened
        matched[tally.medium] += tally.matched
    for name, found in (("screened", screened), ("matched", matched)):
        sheet.put(f"screening.{name}", sum(found.values()))
        sheet.cells(f"screening.{name}_by_medium.{{medium}}", found)
    sheet.share("screening.match_rate")
    for medium in MEDIA:
        part, whole = matched[medium], screened[medium]
        value = statistics.six_places(Fraction(part, whole)) if whole else None
        sheet.ratio("screening.match_rate_by_medium.{medium}", value, part, whole, cell=medium)
