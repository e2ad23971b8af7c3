"""First rulings are sealed: from no answer can anybody but compliance tell that one is in, let alone what it says.

The whole of what a caller can read is compared from before and after the first ruling.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.api.players import RULING, Players, offered, step
from tests.web import Browser

SECRET_REASON = "Only my own first thoughts, told to nobody."
FIRST = {**RULING, "outcome": "reversed", "reasons": {"en": SECRET_REASON}}


def everything(client: Browser, case_id: str) -> dict[str, Any]:
    """All that the API tells this caller of a case, headers included."""
    found: dict[str, Any] = {}
    for path in ("", "/events", "/evidence/ev_none"):
        response = client.get(f"/api/v1/cases/{case_id}{path}")
        headers = {name: value for name, value in response.headers.items() if name != "content-security-policy"}
        found[path] = (response.status_code, response.json(), headers)
    listed = client.get("/api/v1/cases?limit=200")
    if listed.status_code == 200:
        found["list"] = [row for row in listed.json()["cases"] if row["case_id"] == case_id]
    return found


def rule(reviewer: Browser, case_id: str, ruling: dict[str, Any]) -> dict[str, Any]:
    response = step(reviewer, case_id, "rulings", ruling)
    assert response.status_code == 200, response.text
    case: dict[str, Any] = response.json()
    return case


def test_nothing_tells_the_other_reviewer_that_a_ruling_is_in(quick: Players) -> None:
    case_id, _uploader, (first, second) = quick.contested("blind reviewer")
    quick.site.parts.casework.views.catch_up()
    before = everything(second, case_id)
    quick.site.clock.advance(timedelta(hours=5))
    rule(first, case_id, FIRST)
    quick.site.parts.casework.views.catch_up()
    assert everything(second, case_id) == before


def test_nothing_tells_readers_that_a_ruling_is_in(quick: Players) -> None:
    case_id, _uploader, (first, _second) = quick.contested("blind readers")
    quick.site.parts.casework.views.catch_up()
    readers = (quick.oversight, quick.engine)
    before = [everything(client, case_id) for client in readers]
    quick.site.clock.advance(timedelta(hours=5))
    rule(first, case_id, FIRST)
    quick.site.parts.casework.views.catch_up()
    assert [everything(client, case_id) for client in readers] == before


def test_nothing_tells_the_parties_that_a_ruling_is_in(quick: Players) -> None:
    case_id, uploader, (first, _second) = quick.contested("blind parties")
    quick.site.parts.casework.views.catch_up()
    sides = (uploader, quick.right_holder)
    before = [everything(client, case_id) for client in sides]
    quick.site.clock.advance(timedelta(hours=5))
    rule(first, case_id, FIRST)
    quick.site.parts.casework.views.catch_up()
    assert [everything(client, case_id) for client in sides] == before
    for client in sides:
        refused = step(client, case_id, "statements", {"statement": "Too late?"})
        assert refused.json()["refusal"] == "comments_closed", "as it was before the ruling"


def test_who_ruled_first_sees_that_own_ruling_and_nothing_else(quick: Players) -> None:
    case_id, _uploader, (first, second) = quick.contested("own ruling")
    case = rule(first, case_id, FIRST)
    assert case["own_ruling"]["reasons"]["en"] == SECRET_REASON
    assert (case["procedure"], case["rulings"], case["ruling"]) == ("panel", [], None)
    assert case["allowed_steps"] == []
    assert second.get(f"/api/v1/cases/{case_id}").json()["own_ruling"] is None


def test_compliance_sees_that_a_ruling_is_in_but_not_what_it_says(quick: Players) -> None:
    case_id, _uploader, (first, _second) = quick.contested("sealed")
    rule(first, case_id, FIRST)
    text = quick.compliance.get(f"/api/v1/cases/{case_id}").text
    events = quick.compliance.get(f"/api/v1/cases/{case_id}/events")
    assert [event["type"] for event in events.json()["events"]].count("ruling_submitted") == 1
    for told in (text, events.text):
        assert SECRET_REASON not in told
        assert "reversed" not in told


def test_the_answer_to_the_second_ruling_opens_both(quick: Players) -> None:
    case_id, uploader, (first, second) = quick.contested("opened")
    rule(first, case_id, FIRST)
    case = rule(second, case_id, {**RULING, "outcome": "reversed"})
    assert (case["procedure"], case["ruling"]["outcome"], case["availability"]) == ("decided", "reversed", "public")
    assert {one["reasons"]["en"] for one in case["rulings"]} == {SECRET_REASON, RULING["reasons"]["en"]}
    for client in (uploader, quick.right_holder):
        seen = client.get(f"/api/v1/cases/{case_id}").json()
        assert seen["ruling"]["outcome"] == "reversed"
        assert len(seen["rulings"]) == 2
        assert all(one["reviewer"] is None for one in seen["rulings"])


def test_the_third_reviewer_sees_both_reasons_without_names_and_parties_see_neither(quick: Players) -> None:
    case_id, uploader, (first, second) = quick.contested("disagreement")
    rule(first, case_id, FIRST)
    assert rule(second, case_id, RULING)["procedure"] == "re_review"
    (third,) = quick.panel(case_id)
    assert third not in (first, second)
    seen = third.get(f"/api/v1/cases/{case_id}").json()
    assert {one["outcome"] for one in seen["rulings"]} == {"reversed", "upheld"}
    assert offered(seen) == ["rulings", "recusals"]
    for client in (uploader, quick.right_holder):
        told = client.get(f"/api/v1/cases/{case_id}").text + client.get(f"/api/v1/cases/{case_id}/events").text
        assert SECRET_REASON not in told
        assert '"reversed"' not in told
    case = rule(third, case_id, {**RULING, "reasons": {"zh": "第三人的理由。"}})
    assert (case["procedure"], case["ruling"]["outcome"]) == ("decided", "upheld")
    decided = uploader.get(f"/api/v1/cases/{case_id}").json()
    assert [one["reasons"] for one in decided["rulings"]] == [{"zh": "第三人的理由。", "en": None}]


def test_reviewers_are_named_to_compliance_alone(quick: Players) -> None:
    case_id, uploader, (first, second) = quick.contested("names")
    rule(first, case_id, FIRST)
    rule(second, case_id, RULING)
    (third,) = quick.panel(case_id)
    rule(third, case_id, RULING)
    quick.site.parts.casework.views.catch_up()
    named = quick.compliance.get(f"/api/v1/cases/{case_id}/events").text
    assert all(reviewer in named for reviewer in quick.reviewers)
    for client in (uploader, quick.right_holder, quick.oversight, quick.engine, first, second, third):
        told = json.dumps(everything(client, case_id), default=str)
        assert not any(reviewer in told for reviewer in quick.reviewers)


def test_a_past_state_tells_no_more_than_it_did_then(players: Players) -> None:
    case_id, _uploader, (first, second) = players.contested("past")
    players.site.clock.advance(timedelta(hours=1))
    rule(first, case_id, FIRST)
    between = players.site.clock.now().isoformat()
    players.site.clock.advance(timedelta(hours=1))
    rule(second, case_id, {**RULING, "outcome": "reversed"})
    then = second.get(f"/api/v1/cases/{case_id}", params={"at": between}).json()
    assert (then["procedure"], then["rulings"], then["ruling"], then["own_ruling"]) == ("panel", [], None, None)
