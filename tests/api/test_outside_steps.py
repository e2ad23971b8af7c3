"""Courts, authorities, settlements, further levels, seats and urgent blocks over the API: good, refused, repeated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import UnderLaw
from tests.api.players import CHALLENGE, CONTEST, RULING, Players, step
from tests.api.procedures import LEGAL_ACTION, ORDER, PROCEEDING, event_types, measured, read, taken, trust
from tests.web import Browser

CIVIL = "cn-civil-code"
DECIDED = {
    "proceeding": 1,
    "decided_at": "2026-07-01T10:00:00+08:00",
    "outcome": "reversed",
    "implemented": True,
    "availability": "public",
    "words": "The use is a quotation.",
    "verified": True,
}
URGENT: dict[str, Any] = {
    "check": "Ms Vogel watched all of it: the whole film.",
    "harm": "It opens today.",
    "human_check": True,
}
QUOTATION = {"basis": "statutory_exception", "provision": "DE_QUOTATION"}
SETTLE = {"availability": "public", "terms": "The film is named."}
REOPEN = {"cause": "new_evidence", "reasons": "A licence has turned up."}
RECUSE = {"cause": "conflict_of_interest"}


def decided(players: Players, name: str) -> tuple[str, Browser]:
    """A case whose contest was rejected by both reviewers."""
    case_id, uploader, panel = players.contested(name)
    for reviewer in panel:
        taken(step(reviewer, case_id, "rulings", RULING))
    return case_id, uploader


def test_an_outside_proceeding_is_opened_by_a_side_and_decided_by_staff(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = players.open("outside")
    case = taken(step(uploader, case_id, "outside-proceedings", PROCEEDING))
    assert case["outside"]["proceedings"][0]["reference"] == "Case 2026-88"
    assert read(players.right_holder, case_id)["outside"] == case["outside"]
    assert step(uploader, case_id, "outside-proceedings", DECIDED).json()["refusal"] == "not_your_step"
    case = taken(step(players.intake, case_id, "outside-proceedings", DECIDED))
    assert (case["outside"]["proceedings"][0]["outcome"], case["availability"]) == ("reversed", "public")
    told = uploader.get(f"/api/v1/cases/{case_id}/events").json()["events"][-1]
    assert (told["type"], told["data"]["words"]) == ("outside_proceeding_decided", DECIDED["words"])
    unknown = step(players.intake, case_id, "outside-proceedings", {**DECIDED, "proceeding": 7})
    assert (unknown.status_code, unknown.json()["refusal"]) == (409, "proceeding_unknown")


def test_an_order_overrides_until_it_is_lifted(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = players.open("order", "0.3")
    case = taken(step(players.intake, case_id, "orders", ORDER))
    assert (case["availability"], case["outside"]["orders"][0]["number"]) == ("blocked", 1)
    assert read(uploader, case_id)["outside"]["orders"][0]["reference"] == ORDER["reference"]
    case = taken(step(players.compliance, case_id, "orders", {"lift": 1, "reference": "Lifted"}))
    assert (case["availability"], case["procedure"]) == ("public", "presumed_lawful")
    assert case["outside"]["orders"][0]["lifted_at"] is not None
    past = step(players.intake, case_id, "orders", {**ORDER, "until": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["refusal"]) == (409, "order_over")
    assert step(uploader, case_id, "orders", ORDER).status_code == 403
    assert step(players.right_holder, case_id, "orders", ORDER).status_code == 403


def test_the_sides_settle(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader, (reviewer, _second) = players.contested("settle")
    case = taken(step(uploader, case_id, "settlements", SETTLE))
    assert case["settlement"]["terms"] == "The film is named."
    assert read(players.right_holder, case_id)["settlement"] == case["settlement"]
    assert read(reviewer, case_id)["settlement"] is None
    assert "settlement_proposed" not in event_types(reviewer, case_id)
    assert "settlement_proposed" not in event_types(players.intake, case_id)
    case = taken(step(players.right_holder, case_id, "settlements", {**SETTLE, "terms": "Agreed."}))
    assert (case["procedure"], case["settlement"]["terms"]) == ("panel", "Agreed.")
    taken(step(players.right_holder, case_id, "settlements", {**SETTLE, "terms": "Agreed."}))
    case = taken(step(uploader, case_id, "settlements", {**SETTLE, "terms": "Agreed."}))
    assert (case["procedure"], case["availability"], case["settlement"]) == ("closed", "public", None)
    refused = step(uploader, case_id, "settlements", SETTLE)
    assert (refused.status_code, refused.json()["refusal"]) == (409, "no_open_appeal")


def test_the_upload_is_withdrawn_in_any_state(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = measured(players, "withdraw upload")
    case = taken(step(uploader, case_id, "upload-withdrawals", key="gone"))
    assert (case["procedure"], case["availability"]) == ("closed", "withdrawn")
    assert case["withdrawn_at"] is not None
    assert taken(step(uploader, case_id, "upload-withdrawals", key="gone")) == case
    taken(step(players.right_holder, case_id, "legal-actions", LEGAL_ACTION))


def test_a_ruling_is_reviewed_once_more_and_a_closed_case_reopened(under: UnderLaw) -> None:
    players = under(CIVIL)
    players.hire(6)
    case_id, uploader = decided(players, "further")
    case = taken(step(uploader, case_id, "further-reviews", {"reasons": "Look at segment two."}))
    assert (case["procedure"], case["appeal"]["level"], case["appeal"]["reasons"]) == (
        "adjudication",
        2,
        "Look at segment two.",
    )
    case = taken(step(uploader, case_id, "withdrawals"))
    case = taken(step(players.compliance, case_id, "reopenings", REOPEN, key="again"))
    assert (case["procedure"], case["appeal"]["reopened"]) == ("adjudication", "new_evidence")
    assert taken(step(players.compliance, case_id, "reopenings", REOPEN, key="again")) == case
    assert read(uploader, case_id)["appeal"]["reasons"] == REOPEN["reasons"]


def test_a_reviewer_steps_back_and_sees_no_more(under: UnderLaw) -> None:
    players = under(CIVIL)
    players.hire(4)
    case_id, uploader, (first, second) = players.contested("recusal")
    case = taken(step(first, case_id, "recusals", RECUSE, key="back"))
    assert (case["procedure"], case["allowed_steps"]) == ("panel", [])
    assert first.get(f"/api/v1/cases/{case_id}").status_code == 404
    assert step(first, case_id, "rulings", RULING).status_code == 404
    before = read(uploader, case_id)
    third = next(
        client for client in players.reviewers.values() if client not in (first, second) and sits(client, case_id)
    )
    taken(step(second, case_id, "rulings", RULING))
    assert taken(step(third, case_id, "rulings", RULING))["procedure"] == "decided"
    assert taken(step(first, case_id, "recusals", RECUSE, key="back")) == case, "no more than the first time"
    assert before["procedure"] == "panel"
    for client in (uploader, players.right_holder, second, players.intake, players.oversight):
        assert not {"reviewer_recused", "reviewer_seated"} & set(event_types(client, case_id))
    assert {"reviewer_recused", "reviewer_seated"} <= set(event_types(players.compliance, case_id))


def sits(client: Browser, case_id: str) -> bool:
    """Whether the case is this reviewer's business."""
    return client.get(f"/api/v1/cases/{case_id}").status_code == 200


def test_compliance_takes_a_reviewer_off_the_case(under: UnderLaw) -> None:
    players = under(CIVIL)
    players.hire(4)
    case_id, uploader, (first, _second) = players.contested("reassign")
    name = next(identity for identity, client in players.reviewers.items() if client is first)
    seen = uploader.get(f"/api/v1/cases/{case_id}").json()
    body = {"reviewer_id": name, "cause": "absence"}
    taken(step(players.compliance, case_id, "reassignments", body, key="off"))
    taken(step(players.compliance, case_id, "reassignments", body, key="off"))
    assert not sits(first, case_id)
    assert sum(sits(client, case_id) for client in players.reviewers.values()) == 2
    assert uploader.get(f"/api/v1/cases/{case_id}").json() == seen, "a side cannot tell that a seat changed hands"
    stranger = step(players.compliance, case_id, "reassignments", {**body, "reviewer_id": "ac_nobody"})
    assert (stranger.status_code, stranger.json()["refusal"]) == (409, "not_seated")


def test_a_trusted_right_holder_blocks_urgently_in_germany(under: UnderLaw) -> None:
    players = under("de-urhdag")
    case_id, uploader = players.open("urgent", "0.3", evidence__share_of_work="0.05", marks=[QUOTATION])
    assert read(uploader, case_id)["availability"] == "public"
    refused = step(players.right_holder, case_id, "urgent-blocks", URGENT)
    assert (refused.status_code, refused.json()["refusal"]) == (409, "not_trusted")
    trust(players)
    case = taken(step(players.right_holder, case_id, "urgent-blocks", URGENT))
    assert (case["procedure"], case["availability"], case["appeal"]["urgent"]) == ("adjudication", "blocked", True)
    assert (case["appeal"]["check"], case["appeal"]["harm"]) == (URGENT["check"], URGENT["harm"])
    told = uploader.get(f"/api/v1/cases/{case_id}/events").text
    assert URGENT["harm"] in told
    assert URGENT["check"] not in told
    assert URGENT["check"] in players.right_holder.get(f"/api/v1/cases/{case_id}/events").text
    assert URGENT["check"] not in uploader.get(f"/api/v1/cases/{case_id}").text


@pytest.mark.parametrize(
    ("name", "body", "barred"),
    [
        ("outside-proceedings", DECIDED, ["uploader", "right_holder"]),
        ("settlements", SETTLE, ["intake", "compliance", "reviewer"]),
        ("upload-withdrawals", {}, ["right_holder", "intake", "compliance", "reviewer"]),
        ("further-reviews", {"reasons": "x"}, ["intake", "compliance", "reviewer"]),
        ("reopenings", REOPEN, ["uploader", "right_holder", "intake", "reviewer"]),
        ("recusals", RECUSE, ["uploader", "right_holder", "intake", "compliance"]),
        ("reassignments", {"reviewer_id": "x", "cause": "absence"}, ["uploader", "right_holder", "intake", "reviewer"]),
        ("urgent-blocks", URGENT, ["uploader", "intake", "compliance", "reviewer"]),
    ],
)
def test_steps_of_another_role(lawful: Players, name: str, body: Any, barred: list[str]) -> None:
    case_id, uploader, panel = lawful.contested(f"other role {name}")
    callers = {
        "uploader": uploader,
        "right_holder": lawful.right_holder,
        "intake": lawful.intake,
        "compliance": lawful.compliance,
        "reviewer": panel[0],
    }
    there = read(lawful.compliance, case_id)["version"]
    for who in barred:
        response = step(callers[who], case_id, name, body)
        assert (response.status_code, response.json()["refusal"]) in ((409, "not_your_step"), (409, "not_assigned")), (
            who
        )
    assert read(lawful.compliance, case_id)["version"] == there


@pytest.mark.parametrize(
    ("who", "name", "body", "refusal"),
    [
        ("uploader", "further-reviews", {"reasons": "x"}, "nothing_decided"),
        ("right_holder", "urgent-blocks", URGENT, "urgent_block_unknown"),
        ("compliance", "reassignments", {"reviewer_id": "x", "cause": "absence"}, "no_ruling_due"),
        ("uploader", "settlements", SETTLE, "no_open_appeal"),
        ("intake", "outside-proceedings", DECIDED, "proceeding_unknown"),
        ("intake", "orders", {"lift": 1}, "order_unknown"),
        ("uploader", "outside-proceedings", {**PROCEEDING, "opened_at": "2990-01-01T00:00:00Z"}, "in_the_future"),
    ],
)
def test_steps_that_the_state_does_not_allow(lawful: Players, who: str, name: str, body: Any, refusal: str) -> None:
    case_id, uploader = lawful.open(f"not now {name} {refusal}")
    client = uploader if who == "uploader" else getattr(lawful, who)
    response = step(client, case_id, name, body)
    assert (response.status_code, response.json()["refusal"]) == (409, refusal)
    assert response.json()["detail"] != "This step is not possible now.", refusal
    assert read(uploader, case_id)["version"] == 1


@pytest.mark.parametrize(
    ("who", "name", "body"),
    [
        ("uploader", "outside-proceedings", PROCEEDING),
        ("intake", "orders", ORDER),
        ("uploader", "settlements", SETTLE),
        ("reviewer", "recusals", RECUSE),
    ],
)
def test_keys_make_repeats_harmless(under: UnderLaw, who: str, name: str, body: Any) -> None:
    players = under(CIVIL)
    case_id, uploader, panel = players.contested(f"key {name}")
    client = {"uploader": uploader, "intake": players.intake, "reviewer": panel[0]}[who]
    first = taken(step(client, case_id, name, body, key="same"))
    assert taken(step(client, case_id, name, body, key="same")) == first


def test_a_challenge_and_a_contest_are_told_with_who_lodged_them(under: UnderLaw) -> None:
    players = under(CIVIL)
    players.hire()
    case_id, uploader = players.open("lodged contest")
    appeal = taken(step(uploader, case_id, "contests", CONTEST))["appeal"]
    assert (appeal["lodged_by"], appeal["level"], appeal["urgent"], appeal["reopened"]) == ("uploader", 1, False, None)
    case_id, _uploader = players.open("lodged challenge", "0.3")
    assert taken(step(players.right_holder, case_id, "challenges", CHALLENGE))["appeal"]["lodged_by"] == "right_holder"
