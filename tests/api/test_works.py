"""Records of works and the platform's profile over the API, and what they do to decisions that come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from casework.ledger_steps import WORK_STEPS
from tests.api.deliveries import line, send
from tests.api.players import Players
from tests.api.test_sanctions import moment, suspend
from tests.web import Browser

SMALL = {"service": "sharing", "yearly_active_users": 49_999_999, "market_value_cny": "100000000000"}
LARGE = {**SMALL, "yearly_active_users": 50_000_000}


def record(client: Browser, work: str, name: str, body: Any, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/api/v1/works/{work}/{name}", json=body, headers=headers)


def decided(players: Players, decision_id: str, work: str, share: str = "0.93", **changes: Any) -> dict[str, Any]:
    """What becomes of a decision on this work."""
    answer: dict[str, Any] = send(players.engine, line(decision_id, share, work__id=work, **changes)).json()
    assert answer["status"] == "created", answer
    return answer


def holder(players: Players, outside_id: str = "rh-3") -> str:
    return players.site.parts.casework.vault.pseudonym("rh", outside_id)


def test_a_work_on_the_no_block_list_is_cleared(quick: Players) -> None:
    assert decided(quick, "free-1", "w-free")["outcome"] == "presumed_infringing"
    listed = record(quick.compliance, "w-free", "no-block", {"reason": "public_domain", "grounds": "He died in 1920."})
    assert listed.json()["no_block"] == "public_domain"
    answer = decided(quick, "free-2", "w-free")
    assert (answer["outcome"], answer["rule"], answer["action"]) == ("cleared", "no_block", "publish")
    assert record(quick.compliance, "w-free", "no-block-ends", {"grounds": "Another one."}).json()["no_block"] is None
    assert decided(quick, "free-3", "w-free")["outcome"] == "presumed_infringing"


def test_a_licence_covers_its_uploader(quick: Players) -> None:
    body = {"licensee_id": "u-licensed", "starts": moment(quick, days=-1), "grounds": "Contract 7."}
    licensed = record(quick.compliance, "w-licence", "licences", body)
    assert licensed.status_code == 200, licensed.text
    pseudonym = quick.site.parts.casework.vault.pseudonym("up", "u-licensed")
    assert licensed.json()["licences"][0]["licensee"] == pseudonym
    covered = decided(quick, "lic-1", "w-licence", upload__uploader_id="u-licensed")
    assert (covered["outcome"], covered["rule"]) == ("cleared", "no_block")
    assert decided(quick, "lic-2", "w-licence")["outcome"] == "presumed_infringing"
    record(quick.compliance, "w-licence", "licence-ends", {"licence": 1, "grounds": "Ended."})
    quick.site.clock.advance(timedelta(seconds=1))
    ended = decided(quick, "lic-3", "w-licence", upload__uploader_id="u-licensed")
    assert ended["outcome"] == "presumed_infringing"


def test_false_ownership_switches_the_filter_off_and_stands_in_the_ledger(quick: Players) -> None:
    before = decided(quick, "false-1", "w-false", work__right_holder_id="rh-false")
    claimant = holder(quick, "rh-false")
    body = {"claimant": claimant, "cases": [before["case_id"]], "finding": "The film is not theirs."}
    found = record(quick.compliance, "w-false", "ownership-findings", body, key="f")
    assert found.json()["false_claimants"] == [claimant]
    again = record(quick.compliance, "w-false", "ownership-findings", body, key="f")
    assert len(again.json()["history"]) == 1
    ledger = quick.compliance.get(f"/api/v1/sanctions/{claimant}").json()
    assert ledger["stages"]["false_ownership"] == "warned"
    assert len(ledger["history"]) == 1
    after = decided(quick, "false-2", "w-false", work__right_holder_id="rh-false")
    assert (after["outcome"], after["action"]) == ("warning", "publish")
    assert decided(quick, "false-3", "w-false")["outcome"] == "presumed_infringing", "another claimant's"
    back = {"claimant": claimant, "finding": "It is theirs after all."}
    assert record(quick.compliance, "w-false", "ownership-confirmations", back).json()["false_claimants"] == []
    assert decided(quick, "false-4", "w-false", work__right_holder_id="rh-false")["action"] == "block"


def test_a_withdrawn_reference_blocks_nothing(quick: Players) -> None:
    assert record(quick.compliance, "w-gone", "withdrawals", {"grounds": "A wrong file."}).status_code == 200
    assert decided(quick, "gone-1", "w-gone")["outcome"] == "warning"
    back = record(quick.compliance, "w-gone", "reinstatements", {"grounds": "The right file."})
    assert back.json()["reference_withdrawn"] is False
    assert decided(quick, "gone-2", "w-gone")["outcome"] == "presumed_infringing"


def test_suspended_automatic_blocking_leaves_a_warning(quick: Players) -> None:
    cases = [decided(quick, f"auto-{one}", "w-auto", work__right_holder_id="rh-auto")["case_id"] for one in (1, 2)]
    party = holder(quick, "rh-auto")
    answer = suspend(quick, party, "wrong_automatic_blocks", "automatic_blocking", cases, days=3)
    assert answer.status_code == 200, answer.text
    warned = decided(quick, "auto-3", "w-auto", work__right_holder_id="rh-auto")
    assert (warned["outcome"], warned["rule"], warned["action"]) == ("warning", "band_high", "publish")
    case = quick.site.parts.casework.case(UUID(warned["case_id"]))
    assert case.decision.without_block == "automatic_blocking_suspended"
    quick.site.clock.advance(timedelta(days=3))
    assert decided(quick, "auto-4", "w-auto", work__right_holder_id="rh-auto")["action"] == "block"


def test_prior_review_is_asked_for_accepted_and_holds(quick: Players) -> None:
    body = {
        "ground": "high_loss",
        "starts": moment(quick),
        "ends": moment(quick, days=3),
        "justification": "It opens in cinemas on Friday.",
    }
    asked = record(quick.right_holder, "w-prior", "prior-reviews", body)
    assert asked.status_code == 200, asked.text
    assert asked.json()["prior_reviews"][0]["state"] == "requested"
    assert asked.json()["history"] == []
    flagged = {"work__flags": ["high_loss"]}
    assert decided(quick, "prior-1", "w-prior", share="0.2", **flagged)["outcome"] == "presumed_lawful"
    for other in (quick.right_holder, quick.intake, quick.oversight):
        assert record(other, "w-prior", "prior-review-acceptances", {"request": 1}).status_code == 403
    assert record(quick.compliance, "w-prior", "prior-reviews", body).status_code == 403
    accepted = record(quick.compliance, "w-prior", "prior-review-acceptances", {"request": 1})
    assert accepted.json()["prior_reviews"][0]["state"] == "accepted"
    held = decided(quick, "prior-2", "w-prior", share="0.2", **flagged)
    assert (held["outcome"], held["rule"], held["action"]) == ("prior_review", "prior_review", "hold")
    assert decided(quick, "prior-3", "w-prior", share="0.2")["outcome"] == "presumed_lawful", "it bears no flag"
    taken_back = record(quick.right_holder, "w-prior", "prior-review-withdrawals", {"request": 1})
    assert taken_back.json()["prior_reviews"][0]["state"] == "withdrawn"
    assert decided(quick, "prior-4", "w-prior", share="0.2", **flagged)["outcome"] == "presumed_lawful"


def test_who_is_suspended_cannot_ask_for_prior_review(quick: Players) -> None:
    cases = [decided(quick, f"urg-{one}", "w-urgent", work__right_holder_id="rh-9")["case_id"] for one in (1, 2)]
    suspend(quick, holder(quick, "rh-9"), "wrong_urgent_measures", "urgent_measures", cases, days=1)
    body = {"ground": "high_loss", "starts": moment(quick), "ends": moment(quick, days=3), "justification": "Soon."}
    refused = record(quick.other_right_holder, "w-urgent", "prior-reviews", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "urgent_measures_suspended")
    quick.site.clock.advance(timedelta(days=1))
    assert record(quick.other_right_holder, "w-urgent", "prior-reviews", body).status_code == 200


def test_a_refused_request_says_why_and_right_holders_see_only_their_own(players: Players) -> None:
    body = {"ground": "high_loss", "starts": moment(players), "ends": moment(players, days=3), "justification": "Soon."}
    record(players.right_holder, "w-two", "prior-reviews", body)
    other = record(players.other_right_holder, "w-two", "prior-reviews", body).json()
    assert [one["number"] for one in other["prior_reviews"]] == [2]
    refusal = {"request": 1, "reasons": "It has been on television for years."}
    refused = record(players.compliance, "w-two", "prior-review-refusals", refusal).json()
    assert [one["state"] for one in refused["prior_reviews"]] == ["refused", "requested"]
    assert refused["history"][-1]["words"] == refusal["reasons"]
    own = players.right_holder.get("/api/v1/works/w-two").json()
    assert [one["number"] for one in own["prior_reviews"]] == [1]
    assert own["history"] == []


def test_only_compliance_keeps_records(quick: Players) -> None:
    for name in WORK_STEPS:
        for other in (quick.intake, quick.oversight):
            assert record(other, "w-who", name, {}).status_code == 403
        if name not in ("prior-reviews", "prior-review-withdrawals"):
            assert record(quick.right_holder, "w-who", name, {}).status_code == 403
    assert quick.right_holder.get("/api/v1/works").status_code == 403
    nothing = quick.compliance.get("/api/v1/works/w-who").json()
    assert nothing["history"] == []


def test_lists_works_by_page(players: Players) -> None:
    for name in ("list-1", "list-2", "list-3"):
        record(players.compliance, name, "withdrawals", {"grounds": "x"})
    first = players.compliance.get("/api/v1/works?limit=2").json()
    assert [one["work"] for one in first["works"]] == ["list-3", "list-2"]
    second = players.compliance.get(first["next"]).json()
    assert second["works"][0]["work"] == "list-1"
    assert second["works"][0]["reference_withdrawn"]
    assert players.compliance.get("/api/v1/works?cursor=%00").status_code == 422


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("licences", {"licensee": "rh_x", "starts": "2026-01-01T00:00:00Z", "grounds": "x"}, "/licensee"),
        ("ownership-findings", {"claimant": "up_x", "cases": ["0" * 32], "finding": "x"}, "/claimant"),
        ("no-block", {"reason": "because", "grounds": "x"}, "/reason"),
        (
            "licences",
            {"licensee": "up_x", "licensee_id": "x", "starts": "2026-01-01T00:00:00Z", "grounds": "x"},
            "",
        ),
    ],
)
def test_fields_that_do_not_fit_are_named(quick: Players, name: str, body: Any, pointer: str) -> None:
    answer = record(quick.compliance, "w-unfit", name, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_exempt_platform_warns_and_blocks_nothing(quick: Players) -> None:
    assert quick.compliance.get("/api/v1/platform").json()["filtering_duty_applies"] is True
    assert quick.right_holder.post("/api/v1/platform", json=SMALL).status_code == 403
    declared = quick.compliance.post("/api/v1/platform", json=SMALL, headers={"Idempotency-Key": "p"})
    assert declared.status_code == 200, declared.text
    assert declared.json()["filtering_duty_applies"] is False
    assert declared.json()["profile"]["market_value_cny"] == "100000000000"
    assert declared.json()["german_start_up"] is None
    repeated = quick.compliance.post("/api/v1/platform", json=SMALL, headers={"Idempotency-Key": "p"}).json()
    assert len(repeated["declared"]) == len(declared.json()["declared"])
    warned = decided(quick, "exempt-1", "w-exempt")
    assert (warned["outcome"], warned["rule"], warned["action"]) == ("warning", "band_high", "publish")
    past = {**LARGE, "effective": moment(quick, days=-1)}
    refused = quick.compliance.post("/api/v1/platform", json=past)
    assert (refused.status_code, refused.json()["code"]) == (409, "effective_in_the_past")
    quick.site.clock.advance(timedelta(seconds=1))
    assert quick.compliance.post("/api/v1/platform", json=LARGE).json()["filtering_duty_applies"] is True
    assert decided(quick, "exempt-2", "w-exempt")["action"] == "block"
