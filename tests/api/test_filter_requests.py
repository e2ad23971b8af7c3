"""Filter requests over the API: scored at once, completed, checked, and ended by a finding that reopens cases."""

from __future__ import annotations

from typing import Any

import httpx

from casework.jobs.reopening import DONE, follow
from tests.api.deliveries import line, send
from tests.api.players import Players
from tests.web import Browser

PATH = "/api/v1/filter-requests"
LETTER: dict[str, Any] = {
    "work": "w-film",
    "kind": "film",
    "title": "The Film",
    "release_date": "2026-07-01",
    "cast": "A. Actor, B. Actress",
}
PROOF = {
    "authorship_credit": "Closing credits, minute 95.",
    "chain_of_title": "Contract of 2024 with the studio.",
    "release_licence": "Screening licence 2026/1.",
}
MATERIAL = {
    "sample": "Digest of the master file.",
    "core_scenes": "The chase on the bridge.",
    "character_images": "The heroine in red.",
    "code_names": ["F1LM", "那部片"],
    "infringing_seconds": "30",
    "frame_share": "0.5",
}


def post(client: Browser, body: Any, step: str = "", key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"{PATH}{step}", json=body, headers=headers)


def made(players: Players, **changes: Any) -> dict[str, Any]:
    answer = post(players.right_holder, {**LETTER, **PROOF, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_bare_warning_letter_is_rejected_at_once_and_a_full_request_may_follow(quick: Players) -> None:
    letter = post(quick.right_holder, {**LETTER, "code_names": ["F1LM"]}, key="one").json()
    assert (letter["stage"], letter["rejection"], letter["active"]) == ("rejected", "warning_letter_only", False)
    assert letter["completeness"] == "0.10"
    assert [one["event"] for one in letter["history"]] == ["received", "rejected"]
    again = post(quick.right_holder, {**LETTER, "code_names": ["F1LM"]}, key="one").json()
    assert again["id"] == letter["id"]
    assert again["history"] == letter["history"]
    assert post(quick.right_holder, LETTER, key="one").status_code == 409
    full = made(quick, **MATERIAL)
    assert (full["id"] != letter["id"], full["request"], full["stage"]) == (True, 2, "check")
    assert (full["completeness"], full["missing"]) == ("1.00", [])
    assert post(quick.right_holder, {**LETTER, **PROOF}).json()["code"] == "filter_request_open"


def test_what_is_missing_is_named_supplied_checked_and_accepted(players: Players) -> None:
    request = made(players, work="w-series", kind="series")
    step = f"/{request['id']}"
    assert (request["stage"], request["completeness"]) == ("incomplete", "0.40")
    assert request["missing"] == ["sample", "core_scenes", "character_images", "other_names", "yardsticks"]
    assert post(players.intake, {}, f"{step}/acceptances").json()["code"] == "filter_request_incomplete"
    assert post(players.right_holder, {}, f"{step}/completions").status_code == 422
    some = post(players.right_holder, {"sample": "Digest."}, f"{step}/completions").json()
    assert (some["stage"], some["completeness"], len(some["missing"])) == ("incomplete", "0.60", 4)
    full = post(players.right_holder, MATERIAL, f"{step}/completions").json()
    assert (full["stage"], full["completeness"]) == ("check", "1.00")
    assert full["said"]["sample"] == "Digest of the master file."
    asked = {"missing": ["chain_of_title"], "remarks": "The contract names another work."}
    lacking = post(players.intake, asked, f"{step}/deficiencies").json()
    assert (lacking["stage"], lacking["completeness"], lacking["words"]) == ("incomplete", "0.85", asked["remarks"])
    wrong = {**asked, "missing": ["recording_number"]}
    assert post(players.intake, wrong, f"{step}/deficiencies").json()["code"] == "element_not_on_list"
    post(players.right_holder, {"chain_of_title": "The right contract."}, f"{step}/completions")
    done = post(players.intake, {}, f"{step}/acceptances").json()
    assert (done["stage"], done["active"]) == ("active", True)
    for client, name in ((players.right_holder, "completions"), (players.intake, "rejections")):
        body = {"sample": "More."} if name == "completions" else {"reason": "misleading", "reasons": "No."}
        assert post(client, body, f"{step}/{name}").json()["code"] == "filter_request_answered"
    withdrawn = post(players.right_holder, {}, f"{step}/withdrawals").json()
    assert withdrawn["history"][-1]["data"] == {"active": True}
    assert post(players.right_holder, {}, f"{step}/withdrawals").json()["history"] == withdrawn["history"]


def test_who_may_see_and_do_what(quick: Players) -> None:
    request = made(quick, work="w-own", **MATERIAL)
    step = f"/{request['id']}"
    assert quick.other_right_holder.get(PATH + step).status_code == 404
    assert post(quick.other_right_holder, {}, f"{step}/withdrawals").status_code == 404
    assert post(quick.right_holder, {}, f"{step}/acceptances").status_code == 403
    assert post(quick.intake, {**LETTER, **PROOF}).status_code == 403
    assert post(quick.intake, {"finding": "No."}, f"{step}/ownership-findings").status_code == 403
    seen = quick.oversight.get(PATH + step).json()
    assert (seen["said"], seen["words"], seen["completeness"]) == ({}, None, "1.00")
    engine = quick.engine.get(PATH + step).json()["said"]
    assert (engine["code_names"], "chain_of_title" in engine) == (["F1LM", "那部片"], False)
    assert quick.other_right_holder.get(PATH).json()["filter_requests"] == []
    made(quick, work="w-own-2")
    page = quick.intake.get(PATH, params={"limit": 1}).json()
    following = quick.intake.get(page["next"]).json()
    assert [one["work"] for one in (*page["filter_requests"], *following["filter_requests"])] == ["w-own-2", "w-own"]
    open_ones = quick.intake.get(PATH, params={"stage": "incomplete"}).json()["filter_requests"]
    assert open_ones[0]["work"] == "w-own-2"
    assert {one["stage"] for one in open_ones} == {"incomplete"}
    assert quick.intake.get(PATH, params={"stage": "lost"}).status_code == 422
    assert quick.intake.get(PATH, params={"cursor": "lost"}).status_code == 422
    assert quick.intake.get(f"{PATH}/nothing").status_code == 404
    assert quick.intake.get(f"{PATH}/checklist").json()["checklists"]["text"]["sample"] == "0.4"


def test_ownership_found_false_ends_the_filter_and_reopens_the_cases(players: Players) -> None:
    site = players.site
    blocked = send(players.engine, line("false-1", "0.95", work__id="w-false")).json()
    request = made(players, work="w-false", **MATERIAL)
    step = f"/{request['id']}"
    assert post(players.intake, {}, f"{step}/acceptances").json()["active"]
    finding = {"finding": "The work is by somebody else.", "cases": [blocked["case_id"]]}
    found = post(players.compliance, finding, f"{step}/ownership-findings")
    assert found.status_code == 200, found.text
    assert (found.json()["stage"], found.json()["active"]) == ("ownership_false", False)
    assert found.json()["history"][-1]["data"] == {"active": True}
    assert follow(site.parts.casework, site.parts.follow_ups) == {DONE: 1}
    case = players.compliance.get(f"/api/v1/cases/{blocked['case_id']}").json()
    assert case["availability"] == "public"
    ledger = players.compliance.get(f"/api/v1/sanctions/{request['right_holder']}").json()
    assert "conduct_warned" in [one["event"] for one in ledger["history"]]
    again = made(players, work="w-false", **MATERIAL)
    refused = post(players.intake, {}, f"/{again['id']}/acceptances")
    assert refused.json()["code"] == "ownership_found_false"
    after = send(players.engine, line("false-2", "0.95", work__id="w-false")).json()
    assert after["action"] == "publish"
