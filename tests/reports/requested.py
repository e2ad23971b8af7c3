"""The naive second count of filter requests: each request is gone through on its own, in a plain list of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from statistics import median

from casework.domain.case.events import CaseReopened
from casework.domain.filter_request import events as filtering
from casework.eventlog.codec import Recorded
from tests.reports.sampling import Counted


def requests_recounted(
    log: Sequence[Recorded], inside: Callable[[datetime], bool], before_end: Callable[[datetime], bool]
) -> dict[str, Counted]:
    """Each request is gone through on its own, from the first fact to the last."""
    found: dict[str, list[datetime]] = {}
    reasons: list[str] = []
    scores: list[Fraction] = []
    active = 0
    for stream in {one.stream for one in log if isinstance(one.event, filtering.FilterRequestReceived)}:
        course = [one for one in log if one.stream == stream]
        lacking = accepted = False
        for one in course:
            name = one.event.TOPIC.removeprefix("filter_request.").replace("completed", "completed_later")
            if name == "found_incomplete":
                name = "asked_again" if lacking else "incomplete"
            found.setdefault(name, []).append(one.occurred)
            lacking = name == "incomplete" or (lacking and name != "completed_later")
            if isinstance(one.event, filtering.FilterRequestRejected) and inside(one.occurred):
                reasons.append(one.event.reason.value)
            if isinstance(one.event, filtering.FilterRequestReceived) and inside(one.occurred):
                scores.append(Fraction(one.event.completeness))
            if before_end(one.occurred):
                accepted = name == "accepted"
        active += accepted
    names = ("received", "incomplete", "completed_later", "accepted", "rejected", "withdrawn", "ownership_found_false")
    numbers = {name.replace("_found", ""): sum(map(inside, found.get(name, ()))) for name in names}
    numbers["active_at_end"] = active
    reopened = [one for one in log if isinstance(one.event, CaseReopened) and inside(one.occurred)]
    numbers["cases_reopened"] = sum(one.event.cause == "ownership_false" for one in reopened)  # type: ignore[attr-defined]
    for reason in filtering.RejectionReason:
        numbers[f"rejected_by_reason.{reason.value}"] = reasons.count(reason.value)
    results: dict[str, Counted] = {f"filter_requests.{name}": (n, None, None, None) for name, n in numbers.items()}
    middle = Fraction(median(scores)) if scores else None
    results["filter_requests.median_completeness"] = (middle, None, len(scores), None)
    return results
