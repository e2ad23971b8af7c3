"""The figures ``decisions``, ``filtering`` and ``marks``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from casework_verify import statistics
from casework_verify.course import REVERSALS, Shape
from casework_verify.figures.registry import SHARE_RULES
from casework_verify.figures.sheet import Counting, Fate, Sheet, counted
from casework_verify.statistics import OUTCOMES

_LONGEST_BY_WEEK = 92
"""Days of a period that is told by weeks; a longer one is told by months."""


def decisions(counting: Counting, sheet: Sheet) -> None:
    """Decisions of the period by what they said, over time, and by what became of them."""

    def by(of: Callable[[Shape], str]) -> Counter[str]:
        found: Counter[str] = Counter()
        for shape, _fate, number in counted(counting.decisions):
            found[of(shape)] += number
        return found

    sheet.put("decisions.total", sum(counting.decisions.values()))
    sheet.cells("decisions.by_outcome.{outcome}", by(lambda shape: shape.outcome))
    sheet.cells("decisions.by_rule.{rule}", by(lambda shape: shape.rule))
    sheet.cells("decisions.by_medium.{medium}", by(lambda shape: shape.medium))
    sheet.cells("decisions.by_method.{method}", by(lambda shape: shape.method))
    sheet.cells("decisions.by_engine.{engine}", by(lambda shape: shape.engine))
    sheet.cells("decisions.by_standard.{standard}", by(lambda shape: shape.standard))
    sheet.cells("decisions.by_share_band.{band}", by(lambda shape: shape.band))
    ways: Counter[str] = Counter()
    for _shape, fate, number in counted(counting.decisions):
        ways[_way(fate)] += number
    sheet.cells("decisions.paths.{path}", ways)
    sheet.put("warnings.issued", by(lambda shape: shape.outcome)["warning"])
    for rule in (*SHARE_RULES, "other"):
        _over_time(counting, sheet, rule)


def _way(fate: Fate) -> str:
    middle = "appealed" if fate.contested or fate.challenged else "not_appealed"
    if fate.restricted:
        return f"restricted/{middle}/{'stands' if fate.cause is None else 'reversed'}"
    return f"public/{middle}/{'public' if fate.public else 'restricted'}"


def _over_time(counting: Counting, sheet: Sheet, rule: str) -> None:
    found = {step.isoformat(): 0 for step in _steps(counting.period.start, counting.period.end)}
    for (one, day), number in counting.rule_days.items():
        if one == rule:
            found[max(step for step in found if step <= day.isoformat())] += number
    sheet.cells(f"decisions.over_time.{rule}.{{step}}", found)


def _steps(start: date, end: date) -> list[date]:
    """The first days of the months, or of the weeks from Monday, into which the period is cut."""
    every = [start + timedelta(days=number) for number in range((end - start).days)]
    if (end - start).days <= _LONGEST_BY_WEEK:
        return [day for day in every if day == start or day.weekday() == 0]
    return [day for day in every if day == start or day.day == 1]


def filtering(counting: Counting, sheet: Sheet) -> None:
    """What decisions of the period restricted or left public, and what fell since. Appeals and notices come first."""
    bands: dict[str, Counter[str]] = {"restrictions": Counter(), "reversed": Counter()}
    causes: Counter[str] = Counter()
    passed = later = people = 0
    for shape, fate, number in counted(counting.decisions):
        if not fate.restricted:
            passed += number
            later += 0 if fate.public else number
            continue
        bands["restrictions"][shape.band] += number
        people += number if fate.ruled else 0
        if fate.cause is not None:
            bands["reversed"][shape.band] += number
            causes[fate.cause] += number
    for name, found in bands.items():
        sheet.put(f"filtering.{name}", sum(found.values()))
        sheet.cells(f"filtering.{name}_by_share_band.{{band}}", found)
    sheet.cells("filtering.reversed_by_cause.{cause}", causes)
    sheet.count("filtering", passed=passed, passed_then_restricted=later, partly_automated=people)
    sheet.put("filtering.solely_automated", sheet.number("filtering.restrictions") - people)
    measures = sheet.number("notices.accepted") - sheet.number("notices.measures.none")
    lost = sum(counting.losses(side)["ruling"] for side in ("contest", "challenge"))
    sheet.put("filtering.not_automated", measures + lost)
    sheet.put("filtering.repeat_block_after_reversal", counting.repeats)
    hours = counting.wrongly_blocked
    sheet.put("filtering.wrongly_blocked_hours.sum_h", statistics.in_hours(sum(hours)), len(hours))
    sheet.put("filtering.wrongly_blocked_hours.median_h", statistics.median(hours), len(hours))
    sheet.share("filtering.error_rate_lower_bound")
    sheet.share("filtering.passed_then_restricted_rate")


def marks(counting: Counting, sheet: Sheet) -> None:
    """Marks of the period, and what rulings found of marked uses."""
    before: Counter[str] = Counter()
    for shape, _fate, number in counted(counting.decisions):
        for basis in shape.marks:
            before[basis] += number
    after = counting.happened.get("marks.after_decision", Counter())
    sheet.cells("marks.by_basis.{basis}", before + after)
    sheet.count("marks", before_decision=sum(before.values()), after_decision=sum(after.values()))
    sheet.put("marks.set", sum(before.values()) + sum(after.values()))
    sheet.put("marks.challenged", sum(item.on_mark for item in counting.begun("challenge")))
    examined = [item.fate for item in counting.ended("challenge") if item.on_mark and item.fate in OUTCOMES]
    wrong = sum(fate in REVERSALS for fate in examined)
    sheet.count("marks", examined=len(examined), found_wrong=wrong, found_right=len(examined) - wrong)
    sheet.share("marks.accuracy")
