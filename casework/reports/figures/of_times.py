"""The figures ``times`` of the registry: how long procedures take from the event that the law names to their result.

Deadlines are those of the standard of the case; for a counter-notice, the last day on which the law wants the upload
back. No standard and no law here sets a day for the check of a notice, so notices have no figures of being due.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from casework.domain.case.events import FilteringDecisionRecorded, LawfulUseMarked, RulingIssued, UploadWithdrawn
from casework.domain.case.notice_events import (
    CounterNoticeAccepted,
    CounterNoticeAmended,
    CounterNoticeLapsed,
    CounterNoticeReceived,
    LegalActionReported,
    NoticeAccepted,
    NoticeAmended,
    NoticeLapsed,
    NoticeReceived,
    NoticeRejected,
    NoticeWithdrawn,
    WaitExpired,
)
from casework.domain.facts import Event
from casework.reports.figures import statistics
from casework.reports.figures.building import broken_down, decimal_value, number, share
from casework.reports.figures.of_appeals import CLOSING, RIGHT_HOLDER, UPLOADER, Side, capital
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models.figures_facts import COUNTER_NOTICE, NOTICE, PRIOR_REVIEW, as_microseconds, list_of

OVERDUE_CELLS = ("up_to_7d", "up_to_30d", "over_30d")
WITHIN_CELLS = ("within_24h", "within_48h", "within_7d", "later")
_HOUR = statistics.MICROSECONDS_AN_HOUR
_DAY = 24 * _HOUR


class Timing(NamedTuple):
    """One procedure: its kind of item, what it is called, what its time is, and the events that begin and end it."""

    kind: str
    name: Words
    time: Words
    finishing: tuple[type[Event], ...]
    omitting: tuple[type[Event], ...]
    has_due: bool = True


def _values(inputs: Inputs, kind: str, name: str) -> Sequence[int]:
    return inputs.extract.values.get(list_of(kind, name), ())


def _hours_of(kind: str, statistic: Callable[[Sequence[int]], Decimal | None]) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        finished = _values(inputs, kind, "finished")
        return decimal_value(statistic(finished), len(finished))

    return measure


def survival_inputs(inputs: Inputs, kind: str) -> tuple[Sequence[int], list[int]]:
    """Durations of those received in the period that had their result, and the censored ones, both ascending."""
    as_of = as_microseconds(inputs.as_of)
    waiting = [max(0, as_of - since) for since in reversed(_values(inputs, kind, "open_since"))]
    return _values(inputs, kind, "received_finished"), sorted([*waiting, *_values(inputs, kind, "received_omitted")])


def _censored_median(kind: str) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        ended, censored = survival_inputs(inputs, kind)
        return decimal_value(statistics.survival_median_hours(ended, censored), len(ended) + len(censored))

    return measure


def _within(kind: str) -> Callable[[Inputs], Mapping[str, int]]:
    def breakdown(inputs: Inputs) -> Mapping[str, int]:
        finished = _values(inputs, kind, "finished")
        limits = [bisect_right(finished, hours * _HOUR) for hours in (24, 48, 168)]
        places = (0, *limits, len(finished))
        return {cell: places[i + 1] - places[i] for i, cell in enumerate(WITHIN_CELLS)}

    return breakdown


def _due(inputs: Inputs, kind: str, name: str) -> int:
    """How many due moments of the period have passed as of T."""
    return bisect_right(_values(inputs, kind, name), as_microseconds(inputs.as_of))


def _all_due(kind: str) -> Callable[[Inputs], Value]:
    def measure(inputs: Inputs) -> Value:
        return Value(sum(_due(inputs, kind, name) for name in ("due_met", "due_missed", "open_due")))

    return measure


def _overdue(kind: str) -> Callable[[Inputs], Mapping[str, int]]:
    def breakdown(inputs: Inputs) -> Mapping[str, int]:
        as_of, due = as_microseconds(inputs.as_of), inputs.extract.due.get(kind, ())
        late, week, month = (bisect_left(due, as_of - days * _DAY) for days in (0, 7, 30))
        return dict(zip(OVERDUE_CELLS, (late - week, week - month, month), strict=True))

    return breakdown


def times(timing: Timing) -> tuple[Figure, ...]:
    """How long one procedure took, and whether that was on time."""
    return (*_durations(timing), *(_deadlines(timing) if timing.has_due else ()))


def _durations(timing: Timing) -> tuple[Figure, ...]:
    kind, prefix = timing.kind, f"times.{timing.kind}"
    en, zh = timing.name
    finishing, ended = timing.finishing, (*timing.finishing, *timing.omitting)

    def hours(name: str, measure: Callable[[Inputs], Value], label: Words, definition: Words) -> Figure:
        scope = Scope.COHORT if name == "median_h_censored" else Scope.FLOW
        reads = ended if name == "median_h_censored" else finishing
        return Figure(f"{prefix}.{name}", label, definition, Unit.HOURS, scope, reads, measure=measure)

    return (
        number(
            f"{prefix}.finished",
            lambda inputs: Value(len(_values(inputs, kind, "finished"))),
            Scope.FLOW,
            finishing,
            Words(f"{capital(en)} finished", f"办结的{zh}"),
            Words(
                f"{capital(en)} that had their result in the period. {timing.time.en}",
                f"报告期内有结果的{zh}。{timing.time.zh}",
            ),
        ),
        hours(
            "median_h",
            _hours_of(kind, statistics.median_hours),
            Words(f"{capital(en)}: median hours", f"{zh}时长中位数（小时）"),
            Words("Median over those finished in the period.", "报告期内办结者的中位数。"),
        ),
        hours(
            "p90_h",
            _hours_of(kind, statistics.ninth_decile_hours),
            Words(f"{capital(en)}: 90 % took at most, in hours", f"{zh}时长第九十百分位数（小时）"),
            Words(
                "The smallest duration that at least 90 % of those finished in the period did not exceed.",
                "报告期内办结者中至少90%未超过的最小时长。",
            ),
        ),
        hours(
            "mean_h",
            _hours_of(kind, statistics.mean_hours),
            Words(f"{capital(en)}: mean hours", f"{zh}时长平均数（小时）"),
            Words("Mean over those finished in the period.", "报告期内办结者的平均数。"),
        ),
        hours(
            "median_h_censored",
            _censored_median(kind),
            Words(f"{capital(en)}: median hours with open ones", f"{zh}时长中位数（含未结，小时）"),
            Words(
                "Kaplan-Meier median over those received in the period: open ones count up to T, those closed without "
                "a result up to then. n/a while more than half wait.",
                "报告期内收到者的卡普兰—迈耶中位数：未结的计至T，未有结果而终结的计至终结之时。半数以上未结时不适用。",
            ),
        ),
        broken_down(
            f"{prefix}.{{within}}",
            _within(kind),
            Scope.FLOW,
            finishing,
            Words(f"{capital(en)} finished, by duration", f"按时长划分的办结{zh}"),
            Words(
                "Finished in the period within 24 hours; after more than 24 and within 48 hours; after more than 48 "
                "hours and within 7 days; later.",
                "报告期内办结：24小时以内；超过24小时至48小时；超过48小时至7日；更晚。",
            ),
            cells=WITHIN_CELLS,
            parent=f"{prefix}.finished",
        ),
    )


def _deadlines(timing: Timing) -> tuple[Figure, ...]:
    kind, prefix = timing.kind, f"times.{timing.kind}"
    en, zh = timing.name
    ended = (*timing.finishing, *timing.omitting)
    return (
        number(
            f"{prefix}.due",
            _all_due(kind),
            Scope.FLOW,
            ended,
            Words(f"{capital(en)} that fell due", f"到期的{zh}"),
            Words(
                f"{capital(en)} whose result fell due in the period and at or before T, without those that closed "
                f"without a result in time. {_DUE[kind].en}",
                f"期限在报告期内且不晚于T届满的{zh}，不含期限内未有结果而终结的。{_DUE[kind].zh}",
            ),
        ),
        number(
            f"{prefix}.on_time",
            lambda inputs: Value(_due(inputs, kind, "due_met")),
            Scope.FLOW,
            ended,
            Words(f"{capital(en)} finished on time", f"按期办结的{zh}"),
            Words("Of these, finished no later than due.", "其中不迟于期限办结的数量。"),
        ),
        share(
            f"{prefix}.on_time_rate",
            (f"{prefix}.on_time",),
            f"{prefix}.due",
            Scope.FLOW,
            ended,
            Words(f"{capital(en)}: share on time", f"{zh}按期率"),
            Words("Finished on time divided by fallen due.", "按期办结数除以到期数。"),
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


_STANDARD = Words("The standard of the case sets the deadline.", "期限由案件所适用的标准规定。")
_DUE: Mapping[str, Words] = {
    UPLOADER.kind: _STANDARD,
    RIGHT_HOLDER.kind: _STANDARD,
    PRIOR_REVIEW: _STANDARD,
    COUNTER_NOTICE: Words(
        "The deadline is the last day on which the law of the regime wants the upload back, counted by its calendar; "
        "where it names none, a counter-notice is not counted here.",
        "期限为所适用法律规定恢复上传内容的最后一日，依其工作日历计算；法律未规定的，反通知不计入。",
    ),
}


def _of_side(side: Side) -> Timing:
    return Timing(
        side.kind,
        side.name,
        Words("Time runs from lodging to the first ruling.", "时间自提出之时起至首次裁决之时止。"),
        (*side.lodged, RulingIssued),
        CLOSING,
    )


TIMINGS = (
    _of_side(UPLOADER),
    _of_side(RIGHT_HOLDER),
    Timing(
        PRIOR_REVIEW,
        Words("prior reviews", "事前审查"),
        Words(
            "Time runs from the recording of the decision to the ruling, whatever the upload was meanwhile.",
            "时间自记录决定之时起至裁决之时止，不论上传内容其间状态如何。",
        ),
        (FilteringDecisionRecorded, RulingIssued),
        (LawfulUseMarked, NoticeAccepted, UploadWithdrawn),
    ),
    Timing(
        NOTICE,
        Words("notices", "通知"),
        Words(
            "Time runs from receipt, or from the latest cure of a deficient notice, to its acceptance or rejection.",
            "时间自收到之时（有补正的，自最近一次补正之时）起至接受或驳回之时止。",
        ),
        (NoticeReceived, NoticeAmended, NoticeAccepted, NoticeRejected),
        (NoticeLapsed, NoticeWithdrawn, *CLOSING),
        has_due=False,
    ),
    Timing(
        COUNTER_NOTICE,
        Words("counter-notices", "反通知"),
        Words(
            "Time runs from receipt, or from the latest cure, until the upload was restored, at once or after the "
            "wait.",
            "时间自收到之时（有补正的，自最近一次补正之时）起至上传内容立即或于等待期满后恢复之时止。",
        ),
        (CounterNoticeReceived, CounterNoticeAmended, CounterNoticeAccepted, WaitExpired),
        (CounterNoticeLapsed, LegalActionReported, NoticeWithdrawn, RulingIssued, *CLOSING),
    ),
)
TIMES = tuple(figure for timing in TIMINGS for figure in times(timing))
