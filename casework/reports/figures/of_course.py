"""How things went: decisions over the steps of the period, the way of cases, and how long appeals waited.

These figures are what the charts of a report draw, so that every drawn number stands in its data files too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.decision import RULES
from casework.reports.figures.building import broken_down, cells_of
from casework.reports.figures.labels import WAITING_DAYS
from casework.reports.figures.of_decisions import PASSED_THEN, REVERSED
from casework.reports.figures.of_times import TIMINGS, Timing, survival_inputs
from casework.reports.figures.statistics import survival_shares
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models.figures_counts import PATHS

LONGEST_BY_WEEK = 92
"""Days. A longer period is told by months, a shorter one by weeks."""

LEAST_FOR_A_CURVE = 5
"""Fewer ended appeals than this are not told as a curve, which would show each of them."""

_DAY = 86_400_000_000
_BANDS: Mapping[str, Words] = {
    "band_low": Words("Low band", "低档"),
    "band_middle": Words("Middle band", "中档"),
    "band_high": Words("High band", "高档"),
    "other": Words("Other rules", "其他规则"),
}
OTHER_RULES: tuple[str, ...] = tuple(rule.value for rule in RULES if rule.value not in _BANDS)
"""The rules of a standard that no band of the share decides."""

_CUT = Words(
    "One cell for each calendar month, or for each week from Monday in a period of at most 92 days, cut at the ends "
    "of the period and named by its first day.",
    "每个自然月一档；报告期不超过92日的，自周一起每周一档；首尾以报告期为界，以首日命名。",
)


def steps_of(start: date, end: date) -> list[date]:
    """The first days of the steps in which ``[start, end)`` is told: months, or weeks when it is short."""
    by_week = (end - start).days <= LONGEST_BY_WEEK
    found, day = [], start
    while day < end:
        found.append(day)
        if by_week:
            day += timedelta(days=7 - day.weekday())
        else:
            day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return found


def _by_step(rules: tuple[str, ...]) -> Callable[[Inputs], Mapping[str, int]]:
    def breakdown(inputs: Inputs) -> Mapping[str, int]:
        extract = inputs.extract
        steps = steps_of(extract.start, extract.end)
        found = dict.fromkeys((step.isoformat() for step in steps), 0)
        ends = [*(step.toordinal() for step in steps[1:]), extract.end.toordinal()]
        place = 0
        for day, cells in sorted(extract.daily.get("decisions.by_rule", {}).items()):
            while day >= ends[place]:
                place += 1
            found[steps[place].isoformat()] += sum(cells.get(rule, 0) for rule in rules)
        return found

    return breakdown


def _over_time(band: str) -> Figure:
    en, zh = _BANDS[band]
    rules = (band,) if band != "other" else OTHER_RULES
    which = Words(f"decided by {en.lower()}", f"由{zh}决定的") if band != "other" else Words(
        "decided by any other rule", "由其他规则决定的"
    )  # fmt: skip
    return broken_down(
        f"decisions.over_time.{band}.{{step}}",
        _by_step(rules),
        Scope.COHORT,
        (FilteringDecisionRecorded,),
        Words(f"Decisions over time: {en.lower()}", f"各时段的决定：{zh}"),
        Words(
            f"Decisions of the period {which.en}, by the local day of decided_at. {_CUT.en}",
            f"报告期内{which.zh}决定，按 decided_at 的当地日期划分。{_CUT.zh}",
        ),
        parent=None if band == "other" else f"decisions.by_rule.{band}",
    )


_WAYS = Figure(
    "decisions.paths.{path}",
    Words("From the decision to what became of it", "从决定到结果"),
    Words(
        "Decisions of the period as first / middle / last. First: the decision itself restricted the upload "
        "(filtering.restrictions) or left it public (filtering.passed). Middle: a contest or challenge was lodged in "
        "the case by T, or none. Last, as of T: the restriction was reversed (filtering.reversed) or stands; or the "
        "upload left public was restricted later (filtering.passed_then_restricted) or is public.",
        "报告期内的决定，以“起点 / 中间 / 终点”表示。起点：决定本身限制了上传内容（filtering.restrictions）"
        "或使其保持公开（filtering.passed）。中间：截至T案件中有人提出申诉或质疑，或无人提出。"
        "终点（截至T）：限制已被撤销（filtering.reversed）或仍然有效；"
        "或保持公开的内容后被限制（filtering.passed_then_restricted）或仍公开。",
    ),
    Unit.COUNT,
    Scope.COHORT,
    tuple(dict.fromkeys((*REVERSED, *PASSED_THEN))),
    breakdown=cells_of("decisions.paths"),
    dimension="path",
    cells=PATHS,
    parent="decisions.total",
)

COURSE: tuple[Figure, ...] = (*(_over_time(band) for band in _BANDS), _WAYS)


def _waiting_shares(kind: str) -> Callable[[Inputs], Mapping[str, Value]]:
    def measures(inputs: Inputs) -> Mapping[str, Value]:
        ended, censored = survival_inputs(inputs, kind)
        days = range(WAITING_DAYS + 1)
        number = len(ended) + len(censored)
        if len(ended) < LEAST_FOR_A_CURVE:
            return {str(day): Value(None, None, number) for day in days}
        shares = survival_shares(ended, censored, [day * _DAY for day in days])
        return {
            str(day): Value(None, None, number) if one is None else Value(one[0], None, number, one[1])
            for day, one in zip(days, shares, strict=True)
        }

    return measures


def _waiting(timing: Timing) -> Figure:
    en, zh = timing.name
    return Figure(
        f"times.{timing.kind}.waiting.{{day}}",
        Words(f"{en[0].upper()}{en[1:]}: share still waiting", f"{zh}仍未裁决的比例"),
        Words(
            "Share of those received in the period without a result after so many days, by Kaplan and Meier: open ones "
            "count up to T, those closed without a result up to then. Interval: Greenwood's variance, on the scale of "
            "log(-log). n/a beyond the longest time observed, and where fewer than five have a result.",
            "报告期内收到者经过相应天数后仍无结果的比例（卡普兰—迈耶法）：未结的计至T，未有结果而终结的计至终结之时。"
            "区间：格林伍德方差，log(-log)尺度。超出最长观察时间，或有结果者不足五件的，不适用。",
        ),
        Unit.SHARE,
        Scope.COHORT,
        (*timing.finishing, *timing.omitting),
        measures=_waiting_shares(timing.kind),
        dimension="day",
        cells=tuple(str(day) for day in range(WAITING_DAYS + 1)),
        interval="Greenwood 95 %",
    )


WAITING: tuple[Figure, ...] = tuple(_waiting(timing) for timing in TIMINGS[:2])
