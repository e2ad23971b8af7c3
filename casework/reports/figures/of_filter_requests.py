"""The figures ``filter_requests``: who asked for filtering, how complete that was, what became of it."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from itertools import accumulate

from casework.domain.case.events import CaseReopened
from casework.domain.facts import Event
from casework.domain.filter_request.events import (
    FilterOwnershipFoundFalse,
    FilterRequestAccepted,
    FilterRequestCompleted,
    FilterRequestFoundIncomplete,
    FilterRequestReceived,
    FilterRequestRejected,
    FilterRequestWithdrawn,
    RejectionReason,
)
from casework.domain.values import ReopeningCause
from casework.reports.figures.building import broken_down, cells_of, counted, decimal_value, number
from casework.reports.figures.statistics import EXACT, rounded
from casework.reports.figures.values import Figure, Inputs, Scope, Unit, Value, Words
from casework.views.models.figures_facts import REOPENING

_SINCE = 2


def _flow(name: str, event: type[Event], label: Words, definition: Words) -> Figure:
    counter = f"filter_requests.{name}"
    return counted(counter, counter, Scope.FLOW, (event,), label, definition, since=_SINCE)


def _active_at_end(inputs: Inputs) -> Value:
    """Accepted before the end of the period, less what ended by then though it had been active."""
    before = inputs.extract.before
    accepted = before.get("filter_requests.accepted", 0) + inputs.total("filter_requests.accepted")
    ended = before.get("filter_requests.deactivated", 0) + inputs.total("filter_requests.deactivated")
    return Value(accepted - ended)


def _cases_reopened(inputs: Inputs) -> Value:
    return Value(inputs.cells(f"{REOPENING}.received").get(ReopeningCause.OWNERSHIP_FALSE.value, 0))


def _median_completeness(inputs: Inputs) -> Value:
    """The middle score, or the mean of the two in the middle. A score is the cell of what was received."""
    cells = inputs.cells("filter_requests.received")
    scores = sorted((Decimal(score), times) for score, times in cells.items())
    places = list(accumulate(times for _, times in scores))
    if not places or not places[-1]:
        return decimal_value(None, 0)
    last = places[-1] - 1
    middle = sum(scores[bisect_right(places, place)][0] for place in (last // 2, (last + 1) // 2))
    return decimal_value(rounded(EXACT.divide(middle, Decimal(2))), places[-1])


FILTER_REQUESTS: tuple[Figure, ...] = (
    _flow(
        "received",
        FilterRequestReceived,
        Words("Filter requests", "过滤请求"),
        Words(
            "Requests of right holders, received in the period, to compare uploads with one of their works.",
            "报告期内收到的、权利人要求将上传内容与其某一作品比对的请求。",
        ),
    ),
    _flow(
        "incomplete",
        FilterRequestFoundIncomplete,
        Words("Found incomplete", "被认定不完整"),
        Words(
            "How often in the period a request was found to lack something of the published list, so that it had to be "
            "supplied first. A request that was complete in between counts again.",
            "报告期内请求被认定缺少公布清单所列内容、须先行补充的次数。其间曾经补齐者再次计数。",
        ),
    ),
    _flow(
        "completed_later",
        FilterRequestCompleted,
        Words("Completed later", "其后补齐"),
        Words(
            "How often in the period all that was lacking of a request was supplied, whenever it had been asked for.",
            "报告期内请求所缺内容被全部补齐的次数，不论何时要求补充。",
        ),
    ),
    _flow(
        "accepted",
        FilterRequestAccepted,
        Words("Filter requests accepted", "已接受的过滤请求"),
        Words("Requests accepted in the period, active from then on.", "报告期内接受的请求，自此生效。"),
    ),
    _flow(
        "rejected",
        FilterRequestRejected,
        Words("Filter requests rejected", "已驳回的过滤请求"),
        Words(
            "Requests rejected in the period, bare warning letters among them, which the system rejects itself.",
            "报告期内驳回的请求，包括由系统直接驳回的单纯预警函。",
        ),
    ),
    broken_down(
        "filter_requests.rejected_by_reason.{rejection}",
        cells_of("filter_requests.rejected"),
        Scope.FLOW,
        (FilterRequestRejected,),
        Words("Filter requests rejected by reason", "按理由划分的已驳回过滤请求"),
        Words("The rejected requests, by the reason given.", "已驳回的请求，按驳回理由划分。"),
        cells=tuple(reason.value for reason in RejectionReason),
        parent="filter_requests.rejected",
        since=_SINCE,
    ),
    _flow(
        "withdrawn",
        FilterRequestWithdrawn,
        Words("Filter requests withdrawn", "已撤回的过滤请求"),
        Words(
            "Requests that their right holders took back in the period, accepted or not.",
            "报告期内权利人撤回的请求，不论是否已被接受。",
        ),
    ),
    number(
        "filter_requests.active_at_end",
        _active_at_end,
        Scope.STATE,
        (FilterRequestAccepted, FilterRequestWithdrawn, FilterOwnershipFoundFalse),
        Words("Filter requests active at the end", "期末有效的过滤请求"),
        Words(
            "Requests accepted before the end of the period and neither withdrawn nor ended by a finding of false "
            "ownership before it, as of T.",
            "报告期结束前已接受、且在此之前既未撤回也未因权属不实而终止的请求，截至T。",
        ),
        since=_SINCE,
    ),
    _flow(
        "ownership_false",
        FilterOwnershipFoundFalse,
        Words("Filter requests ended by false ownership", "因权属不实终止的过滤请求"),
        Words(
            "Requests, accepted or not, that ended in the period because the work was found to be somebody else's.",
            "报告期内因认定作品属于他人而终止的请求，不论是否已被接受。",
        ),
    ),
    number(
        "filter_requests.cases_reopened",
        _cases_reopened,
        Scope.FLOW,
        (CaseReopened,),
        Words("Cases reopened for false ownership", "因权属不实重新开启的案件"),
        Words(
            "Cases reopened in the period, and public by default, because the work was found not to belong to the "
            "claimant, with or without a filter request. Masked where the same cell of the reopenings is.",
            "报告期内因认定作品不属于主张人而重新开启并默认恢复公开的案件，不论有无过滤请求。"
            "重新开启原因的相应分项被遮蔽时，本数亦予遮蔽。",
        ),
        since=_SINCE,
    ),
    Figure(
        "filter_requests.median_completeness",
        Words("Median completeness", "完整度中位数"),
        Words(
            "The median of the scores with which the requests of the period came in: the sum of the weights of what "
            "was supplied, by the list for the kind of work that was published then.",
            "报告期内收到的请求在收到时的完整度评分的中位数：按当时公布的该类作品清单，已提供内容的权重之和。",
        ),
        Unit.SHARE,
        Scope.FLOW,
        (FilterRequestReceived,),
        measure=_median_completeness,
        since=_SINCE,
    ),
)
