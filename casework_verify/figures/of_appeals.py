"""The figures ``appeals``: of both sides, of further reviews and of reopenings."""

from __future__ import annotations

from collections import Counter

from casework_verify.course import BY_DEFAULT, OMITTED, REVERSALS
from casework_verify.figures.registry import SIDES
from casework_verify.figures.sheet import Counting, Sheet, counted
from casework_verify.statistics import OUTCOMES


def appeals(counting: Counting, sheet: Sheet) -> None:
    """All of them."""
    for party, kind in SIDES.items():
        _of_side(counting, sheet, f"appeals.{party}", kind)
    _rounds(counting, sheet, "appeals.further_reviews", "further_review")
    _rounds(counting, sheet, "appeals.reopenings", "reopening")
    begun = (item.cell for item in counting.begun("reopening"))
    sheet.cells("appeals.reopenings.by_cause.{reopening}", begun)
    sheet.put("appeals.urgent_blocks", counting.times("appeals.urgent_blocks"))


def _of_side(counting: Counting, sheet: Sheet, key: str, kind: str) -> None:
    received, ends = counting.begun(kind), Counter(item.fate for item in counting.ended(kind))
    merits = {outcome: ends[outcome] for outcome in OUTCOMES}
    fell = [item for item in received if item.became in REVERSALS]
    losses = counting.losses(kind)
    appealable = appealed = 0
    for _shape, fate, number in counted(counting.decisions):
        if fate.restricted if kind == "contest" else fate.challengeable:
            appealable += number
            appealed += number if (fate.contested if kind == "contest" else fate.challenged) else 0
    sheet.count(
        key,
        open_at_start=counting.open_at_start(kind),
        received=len(received),
        decided_on_merits=sum(merits.values()),
        decided_by_default=ends[BY_DEFAULT],
        omitted=ends[OMITTED],
        open_at_end=counting.open_at_end(kind),
        overturned=len(fell),
        new_restrictions=sum(losses.values()),
        appealable=appealable,
        appealed=appealed,
    )
    sheet.cells(f"{key}.decided.{{ruling}}", merits)
    sheet.cells(f"{key}.fate.{{fate}}", (item.became for item in received))
    sheet.cells(f"{key}.grounds.{{{kind}_ground}}.received", (item.cell for item in received))
    sheet.cells(f"{key}.grounds.{{{kind}_ground}}.overturned", (item.cell for item in fell))
    sheet.cells(f"{key}.new_restrictions_by.{{restricting}}", losses)
    sheet.share(f"{key}.overturn_rate")
    sheet.share(f"{key}.appeal_rate")


def _rounds(counting: Counting, sheet: Sheet, key: str, kind: str) -> None:
    fates = [item.fate for item in counting.ended(kind)]
    ruled = [fate for fate in fates if fate != OMITTED]
    sheet.count(
        key,
        open_at_start=counting.open_at_start(kind),
        received=len(counting.begun(kind)),
        decided=len(ruled),
        omitted=len(fates) - len(ruled),
        open_at_end=counting.open_at_end(kind),
    )
    sheet.cells(f"{key}.rulings.{{level_fate}}", ruled)
