"""What was due before a step is the clock's doing, also where the step came before the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api.conftest import UnderLaw
from tests.api.players import Players, step
from tests.api.procedures import LEGAL_ACTION, NOTICES, taken, waiting, warned
from tests.web import Browser


def last_events(client: Browser, case_id: str) -> list[tuple[str, str]]:
    """The last two events with who caused them."""
    events: list[dict[str, Any]] = client.get(f"/api/v1/cases/{case_id}/events").json()["events"]
    return [(event["type"], event["by"]) for event in events][-2:]


def test_a_wait_that_ended_before_a_step_was_ended_by_the_clock(each_under: UnderLaw) -> None:
    lawful = each_under("cn-civil-code")
    case_id, uploader = waiting(lawful, "late wait")
    taken(step(lawful.intake, case_id, "deliveries", {}))
    lawful.site.clock.advance(timedelta(days=40))
    case = taken(step(lawful.right_holder, case_id, "legal-actions", LEGAL_ACTION))
    assert (case["procedure"], case["availability"]) == ("restored", "public")
    told = [("wait_expired", "clock"), ("legal_action_reported", "right_holder")]
    assert [last_events(one, case_id) for one in (uploader, lawful.right_holder, lawful.compliance)] == [told] * 3


def test_a_warning_that_lapsed_before_a_notice_lapsed_by_the_clock(lawful: Players) -> None:
    case_id, _uploader = warned(lawful, "late warning")
    lawful.site.clock.advance(timedelta(days=40))
    taken(step(lawful.right_holder, case_id, "notices", {"elements": NOTICES["cn-civil-code"]}, key="once"))
    assert last_events(lawful.compliance, case_id) == [("warning_lapsed", "clock"), ("notice_received", "right_holder")]
    again = step(lawful.right_holder, case_id, "notices", {"elements": NOTICES["cn-civil-code"]}, key="once")
    assert taken(again)["version"] == 3, "the same key writes nothing again"
