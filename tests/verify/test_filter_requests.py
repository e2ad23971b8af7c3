"""Facts of filter requests that cannot be right are noticed, whatever they would count as."""

from __future__ import annotations

from typing import Any

import pytest

from casework_verify.filter_requests import FilterRequests

RECEIVED: tuple[str, dict[str, Any]] = ("received", {"completeness": "0.60"})
LACKING: tuple[str, dict[str, Any]] = ("found_incomplete", {"further": False})
COMPLETED: tuple[str, dict[str, Any]] = ("completed", {})
ACCEPTED: tuple[str, dict[str, Any]] = ("accepted", {})
REJECTED: tuple[str, dict[str, Any]] = ("rejected", {"reason": "misleading"})
ENDED: tuple[str, dict[str, Any]] = ("withdrawn", {"active": True})


def told(*facts: tuple[str, dict[str, Any]]) -> tuple[FilterRequests, list[str]]:
    requests, counted = FilterRequests(), []
    for moment, (step, data) in enumerate(facts):
        counted += [name for name, _cell in requests.take("s", f"filter_request.{step}", data, moment)]
    return requests, counted


def test_a_whole_course_is_counted() -> None:
    requests, counted = told(RECEIVED, LACKING, ("found_incomplete", {"further": True}), COMPLETED, ACCEPTED, ENDED)
    names = ["received", "incomplete", "completed_later", "accepted", "withdrawn"]
    assert counted == [f"filter_requests.{name}" for name in names]
    assert requests.turns == [(4, 1), (5, -1)]


@pytest.mark.parametrize(
    "facts",
    [
        (ACCEPTED,),
        (RECEIVED, RECEIVED),
        (("received", {"completeness": "1.01"}),),
        (RECEIVED, COMPLETED),
        (RECEIVED, LACKING, LACKING),
        (RECEIVED, LACKING, ACCEPTED),
        (RECEIVED, ENDED),
        (RECEIVED, ACCEPTED, ("ownership_found_false", {"active": False})),
        (RECEIVED, REJECTED, ACCEPTED),
        (RECEIVED, ACCEPTED, ENDED, ENDED),
    ],
)
def test_a_step_that_cannot_follow_is_refused(facts: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    with pytest.raises(ValueError, match=r"is|cannot|does|lies"):
        told(*facts)
