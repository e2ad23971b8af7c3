"""The figures ``times`` of the registry: how long appeals take, and whether that is on time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from casework.domain.case.events import AppealWithdrawn, RulingIssued
from casework.reports.figures import statistics
from casework.reports.figures.building import broken_down, decimal_value, number, share
from casework.reports.figures.of_appeals import RIGHT_HOLDER, UPLOADER, Side, capital
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models.figures_facts import OpenAppeal, as_microseconds

OVERDUE_CELLS = ("up_to_7d", "up_to_30d", "over_30d")
WITHIN_CELLS = ("within_24h", "within_48h", "within_7d", "later")
_HOUR = statistics.MICROSECONDS_AN_HOUR
_DAY = 24 * _HOUR


def _values(inputs: Inputs, kind: str, name: str) -> Sequence[int]:
    return inputs.extract.values.get(f"times.{kind}.{name}", ())


def _hours_of(kind: str, statistic: Callable[[Sequence[int]], Decimal | None]) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        ruled = _values(inputs, kind, "ruled")
        return decimal_value(statistic(ruled), len(ruled))

    return measure


def _open_received(inputs: Inputs, kind: str) -> list[OpenAppeal]:
    """Open appeals that were lodged in the period."""
    return [one for one in inputs.extract.open if one.kind == kind and inputs.in_period(one.lodged)]


def survival_inputs(inputs: Inputs, kind: str) -> tuple[Sequence[int], list[int]]:
    """Durations of the period's appeals that ended in a ruling, and the censored ones, both ascending."""
    as_of = as_microseconds(inputs.as_of)
    waiting = [max(0, as_of - one.lodged) for one in _open_received(inputs, kind)]
    return _values(inputs, kind, "received_ruled"), sorted([*waiting, *_values(inputs, kind, "received_omitted")])


def _censored_median(kind: str) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        ended, censored = survival_inputs(inputs, kind)
        return decimal_value(statistics.survival_median_hours(ended, censored), len(ended) + len(censored))

    return measure


def _within(kind: str) -> Callable[[Inputs], Mapping[str, int]]:
    def breakdown(inputs: Inputs) -> Mapping[str, int]:
        ruled = _values(inputs, kind, "ruled")
        limits = [bisect_right(ruled, hours * _HOUR) for hours in (24, 48, 168)]
        places = (0, *limits, len(ruled))
        return {cell: places[i + 1] - places[i] for i, cell in enumerate(WITHIN_CELLS)}

    return breakdown


def _late_and_open(inputs: Inputs, kind: str) -> list[OpenAppeal]:
    """Open appeals whose due moment has passed as of T and lies in the period."""
    as_of = as_microseconds(inputs.as_of)
    return [one for one in inputs.extract.open if one.kind == kind and one.due <= as_of and inputs.in_period(one.due)]


def _due(inputs: Inputs, kind: str, name: str) -> int:
    return bisect_right(_values(inputs, kind, name), as_microseconds(inputs.as_of))


def _all_due(kind: str) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        ended = _due(inputs, kind, "due_met") + _due(inputs, kind, "due_missed")
        return Value(ended + len(_late_and_open(inputs, kind)))

    return measure


def _overdue(kind: str) -> Callable[[Inputs], Mapping[str, int]]:
    def breakdown(inputs: Inputs) -> Mapping[str, int]:
        as_of = as_microseconds(inputs.as_of)
        late = [as_of - one.due for one in inputs.extract.open if one.kind == kind and one.due < as_of]
        ages = [0 if each <= 7 * _DAY else 1 if each <= 30 * _DAY else 2 for each in late]
        return {cell: ages.count(place) for place, cell in enumerate(OVERDUE_CELLS)}

    return breakdown


def times(side: Side) -> tuple[Figure, ...]:
    """How long one side's appeals took."""
    kind, prefix = side.kind, f"times.{side.kind}"
    en, zh = side.name
    ruled, ended = (side.lodged, RulingIssued), (side.lodged, RulingIssued, AppealWithdrawn)

    def hours(name: str, measure: Callable[[Inputs], Value], label: Words, definition: Words) -> Figure:
        scope = Scope.COHORT if name == "median_h_censored" else Scope.FLOW
        reads = ended if name == "median_h_censored" else ruled
        return Figure(f"{prefix}.{name}", label, definition, Unit.HOURS, scope, reads, measure=measure)

    return (
        number(
            f"{prefix}.finished",
            lambda inputs: Value(len(_values(inputs, kind, "ruled"))),
            Scope.FLOW,
            ruled,
            Words(f"{capital(en)} finished", f"办结的{zh}"),
            Words(
                f"{capital(en)} whose ruling was issued in the period. Time runs from lodging to the ruling.",
                f"报告期内作出裁决的{zh}。时间自提出之时起至裁决之时止。",
            ),
        ),
        hours(
            "median_h",
            _hours_of(kind, statistics.median_hours),
            Words(f"{capital(en)}: median hours", f"{zh}时长中位数"),
            Words("Median over those finished in the period.", "报告期内办结者的中位数。"),
        ),
        hours(
            "p90_h",
            _hours_of(kind, statistics.ninth_decile_hours),
            Words(f"{capital(en)}: 90 % took at most", f"{zh}时长第九十百分位"),
            Words(
                "The smallest duration that at least 90 % of those finished in the period did not exceed.",
                "报告期内办结者中至少90%未超过的最小时长。",
            ),
        ),
        hours(
            "mean_h",
            _hours_of(kind, statistics.mean_hours),
            Words(f"{capital(en)}: mean hours", f"{zh}时长平均数"),
            Words("Mean over those finished in the period.", "报告期内办结者的平均数。"),
        ),
        hours(
            "median_h_censored",
            _censored_median(kind),
            Words(f"{capital(en)}: median with open ones", f"{zh}时长中位数（含未结）"),
            Words(
                "Kaplan-Meier median over those received in the period: open ones count up to T, withdrawn ones up to "
                "their withdrawal. n/a while more than half wait.",
                "报告期内收到者的卡普兰—迈耶中位数：未结的计至T，撤回的计至撤回之时。半数以上未结时不适用。",
            ),
        ),
        broken_down(
            f"{prefix}.{{within}}",
            _within(kind),
            Scope.FLOW,
            ruled,
            Words(f"{capital(en)} finished, by duration", f"按时长划分的办结{zh}"),
            Words(
                "Finished in the period within 24 hours; after more than 24 and within 48 hours; after more than 48 "
                "hours and within 7 days; later.",
                "报告期内办结：24小时以内；超过24小时至48小时；超过48小时至7日；更晚。",
            ),
            cells=WITHIN_CELLS,
            parent=f"{prefix}.finished",
        ),
        number(
            f"{prefix}.due",
            _all_due(kind),
            Scope.FLOW,
            ended,
            Words(f"{capital(en)} that fell due", f"到期的{zh}"),
            Words(
                f"{capital(en)} whose ruling fell due in the period and at or before T under the case's standard, "
                "without those withdrawn in time.",
                f"依案件所适用标准，裁决期限在报告期内且不晚于T届满的{zh}，不含期限内撤回的。",
            ),
        ),
        number(
            f"{prefix}.on_time",
            lambda inputs: Value(_due(inputs, kind, "due_met")),
            Scope.FLOW,
            ended,
            Words(f"{capital(en)} decided on time", f"按期裁决的{zh}"),
            Words("Of these, ruled on no later than due.", "其中不迟于期限作出裁决的数量。"),
        ),
        share(
            f"{prefix}.on_time_rate",
            (f"{prefix}.on_time",),
            f"{prefix}.due",
            Scope.FLOW,
            ended,
            Words(f"{capital(en)}: share on time", f"{zh}按期率"),
            Words("Decided on time divided by fallen due.", "按期裁决数除以到期数。"),
            interval=False,
        ),
        broken_down(
            f"{prefix}.overdue_open.{{overdue}}",
            _overdue(kind),
            Scope.STATE,
            ended,
            Words(f"{capital(en)} open and overdue", f"逾期未结的{zh}"),
            Words(
                "Open as of T and past due, by how long: up to 7 days, up to 30 days, over 30 days.",
                "截至T未结且已逾期，按逾期时长划分：7日以内、30日以内、超过30日。",
            ),
            cells=OVERDUE_CELLS,
        ),
    )


TIMES = (*times(UPLOADER), *times(RIGHT_HOLDER))
