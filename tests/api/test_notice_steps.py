"""Notices, counter-notices and waits over the API: each step once good, refused by state and by role, and repeated."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.database import DatabaseUrl
from tests.api.conftest import UnderLaw, bench_on
from tests.api.players import CONTEST, Players, step
from tests.api.procedures import (
    ACCEPT,
    ACCEPT_COUNTER,
    COUNTER_NOTICES,
    LEGAL_ACTION,
    NOTICES,
    countered,
    event_types,
    measured,
    noticed,
    read,
    taken,
    waiting,
    warned,
)
from tests.web import Browser

CIVIL = "cn-civil-code"
NOTICE = {"elements": NOTICES[CIVIL]}
COUNTER = {"elements": COUNTER_NOTICES[CIVIL]}
PAUSE = {"cause": "notarisation", "working_days": 5, "proof": "Notary's receipt 117."}


def test_a_notice_is_cured_accepted_countered_and_stayed(each_under: UnderLaw) -> None:
    players = each_under(CIVIL)
    case_id, uploader = warned(players, "whole notice")
    partly = {"elements": {"identity": "The Studio Ltd.", "prima_facie_evidence": " "}, "items": 2}
    case = taken(step(players.right_holder, case_id, "notices", {**partly, "measure_sought": "block"}))
    assert (case["procedure"], case["availability"], case["regime"]) == ("notice_check", "public", CIVIL)
    assert (case["notice"]["elements"], case["notice"]["missing"]) == (["identity"], ["prima_facie_evidence"])
    assert (case["notice"]["items"], case["notice"]["measure_sought"]) == (2, "block")
    deficient = {"subject": "notice", "decision": "deficient", "remarks": "Say which scenes."}
    case = taken(step(players.intake, case_id, "intake-decisions", deficient))
    assert case["notice"]["missing"] == ["prima_facie_evidence"]
    assert {"kind": "notice_cure", "due_at": case["notice"]["cure_until"]} in case["deadlines"]["clocks"]
    case = taken(step(players.right_holder, case_id, "notices", {"elements": {"prima_facie_evidence": "Scene 12."}}))
    assert case["notice"]["words"] == {"identity": "The Studio Ltd.", "prima_facie_evidence": "Scene 12."}
    assert (case["notice"]["missing"], len(case["notices"])) == ([], 1)
    label = {**ACCEPT, "measure": "label", "reasons": "A label is enough."}
    case = taken(step(players.intake, case_id, "intake-decisions", label))
    assert (case["procedure"], case["availability"]) == ("measure_taken", "public_limited")
    assert case["notice"]["reasons"] == "A label is enough."
    case = taken(step(uploader, case_id, "counter-notices", COUNTER))
    assert (case["procedure"], case["notice"]["counter_notice"]["missing"]) == ("counter_check", [])
    case = taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    assert (case["procedure"], case["notice"]["counter_notice"]["waits"]) == ("waiting", True)
    players.site.clock.advance(timedelta(hours=2))
    case = taken(step(players.right_holder, case_id, "deliveries"))
    assert case["notice"]["counter_notice"]["delivered_at"] is not None
    due = [one["due_at"] for one in case["deadlines"]["clocks"] if one["kind"] == "wait"]
    case = taken(step(players.right_holder, case_id, "wait-pauses", PAUSE))
    later = [one["due_at"] for one in case["deadlines"]["clocks"] if one["kind"] == "wait"]
    assert due[0] < later[0]
    assert case["notice"]["counter_notice"]["paused_working_days"] == 5
    assert taken(step(players.right_holder, case_id, "wait-pauses", PAUSE)) == case
    case = taken(step(players.right_holder, case_id, "legal-actions", LEGAL_ACTION))
    assert (case["procedure"], case["availability"]) == ("stayed", "public_limited")
    assert case["legal_actions"][0]["proof"] == "Filed as 2026-88."
    case = taken(step(players.right_holder, case_id, "withdrawals", {"subject": "notice"}))
    assert (case["procedure"], case["availability"]) == ("closed", "public")


@pytest.mark.parametrize("regime", ["cn-network-rights", "us-dmca"])
def test_the_regime_says_what_follows_a_counter_notice(under: UnderLaw, regime: str) -> None:
    players = under(regime)
    case_id, _uploader = countered(players, f"follows {regime}", regime)
    case = taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    expected = ("restored", "public") if regime == "cn-network-rights" else ("waiting", "blocked")
    assert (case["procedure"], case["availability"], case["regime"]) == (*expected, regime)
    again = step(players.right_holder, case_id, "notices", {"elements": NOTICES[regime]})
    refusal = "repeat_notice_barred" if regime == "cn-network-rights" else "notice_open"
    assert (again.status_code, again.json()["refusal"]) == (409, refusal)


def test_a_barred_repeat_leaves_a_trace(under: UnderLaw) -> None:
    players = under("cn-network-rights")
    case_id, uploader = countered(players, "trace", "cn-network-rights")
    taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    body = {"elements": NOTICES["cn-network-rights"]}
    assert step(players.right_holder, case_id, "notices", body).status_code == 409
    assert event_types(uploader, case_id)[-1] == "repeat_notice_barred"
    assert read(uploader, case_id)["procedure"] == "restored"


def test_a_case_without_a_chosen_regime_says_so(quick: Players) -> None:
    case_id, _uploader = warned(quick, "no regime")
    response = step(quick.right_holder, case_id, "notices", NOTICE)
    assert (response.status_code, response.json()["refusal"]) == (409, "regime_not_chosen")
    assert read(quick.right_holder, case_id)["regime"] is None


@pytest.mark.parametrize(
    ("body", "procedure"),
    [
        ({"answer": "tolerate"}, "closed"),
        ({"answer": "license", "licence": "Free for reviews."}, "closed"),
        ({"answer": "notify", "notice": {**NOTICE, "measure_sought": "label"}}, "notice_check"),
    ],
)
def test_a_warning_is_answered(under: UnderLaw, body: dict[str, Any], procedure: str) -> None:
    players = under(CIVIL)
    case_id, uploader = warned(players, f"answer {body['answer']}")
    case = taken(step(players.right_holder, case_id, "warning-answers", body, key="answer"))
    assert (case["procedure"], case["availability"]) == (procedure, "public")
    again = taken(step(players.right_holder, case_id, "warning-answers", body, key="answer"))
    assert again == case
    told = uploader.get(f"/api/v1/cases/{case_id}/events").json()["events"]
    answered = next(event for event in told if event["type"] == "warning_answered")
    assert answered["data"].get("licence") == body.get("licence")


def test_notices_are_rejected_with_reasons_for_their_sender(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = noticed(players, "rejected")
    body = {"subject": "notice", "decision": "reject", "reasons": "The evidence shows another film."}
    case = taken(step(players.compliance, case_id, "intake-decisions", body))
    assert (case["notice"]["stage"], case["availability"]) == ("closed", "public")
    assert read(players.right_holder, case_id)["notice"]["reasons"] == body["reasons"]
    assert read(uploader, case_id)["notice"]["reasons"] is None
    assert body["reasons"] not in uploader.get(f"/api/v1/cases/{case_id}/events").text


def test_counter_notices_are_cured_too(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = measured(players, "counter cure")
    taken(step(uploader, case_id, "counter-notices", {"elements": {"identity": "A. Writer"}}))
    incomplete = step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER)
    assert (incomplete.status_code, incomplete.json()["refusal"]) == (409, "counter_notice_incomplete")
    deficient = {"subject": "counter_notice", "decision": "deficient", "missing": ["identity"], "remarks": "Full name."}
    case = taken(step(players.intake, case_id, "intake-decisions", deficient))
    assert case["notice"]["counter_notice"]["missing"] == ["identity", "prima_facie_evidence"]
    case = taken(step(uploader, case_id, "counter-notices", COUNTER))
    assert case["notice"]["counter_notice"]["words"] == COUNTER["elements"]
    assert taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))["procedure"] == "waiting"


def test_legal_action_can_be_reported_in_every_state(under: UnderLaw) -> None:
    players = under(CIVIL)
    for name, share in (("lawful", "0.3"), ("warning", "0.7"), ("blocked", "0.93")):
        case_id, _uploader = players.open(f"legal {name}", share)
        before = read(players.right_holder, case_id)["procedure"]
        case = taken(step(players.right_holder, case_id, "legal-actions", LEGAL_ACTION))
        assert (case["procedure"], case["legal_actions"][0]["stays"]) == (before, False)


STAGES: dict[str, Callable[[Players, str], tuple[str, Browser]]] = {
    "warned": warned,
    "noticed": noticed,
    "measured": measured,
    "countered": countered,
    "waiting": waiting,
}


Reached = Callable[[str], tuple[str, Browser]]


@pytest.fixture(scope="module")
def reached(lawful: Players) -> Reached:
    """A case at a stage and its uploader, played once for what is refused: each test looks that it stayed there."""
    known: dict[tuple[str, datetime], tuple[str, Browser]] = {}

    def at(stage: str) -> tuple[str, Browser]:
        place = (stage, lawful.site.clock.now())  # where the clock has been moved, another state may follow
        if place not in known:
            known[place] = STAGES[stage](lawful, f"stays {stage} at {place[1]}")
        return known[place]

    return at


@pytest.mark.parametrize(
    ("stage", "who", "name", "body", "refusal"),
    [
        ("measured", "right_holder", "warning-answers", {"answer": "tolerate"}, None),
        ("noticed", "right_holder", "notices", NOTICE, "notice_open"),
        ("noticed", "uploader", "counter-notices", COUNTER, "nothing_to_counter"),
        ("countered", "uploader", "counter-notices", COUNTER, "counter_notice_open"),
        ("measured", "intake", "intake-decisions", ACCEPT, "no_notice_to_check"),
        ("measured", "intake", "intake-decisions", ACCEPT_COUNTER, "no_counter_notice_to_check"),
        ("countered", "right_holder", "deliveries", {}, "no_delivery_due"),
        ("waiting", "intake", "deliveries", {"delivered_at": "2020-01-01T00:00:00Z"}, "delivered_before_acceptance"),
        ("waiting", "intake", "deliveries", {"delivered_at": "2990-01-01T00:00:00Z"}, "delivered_in_future"),
        ("measured", "right_holder", "wait-pauses", PAUSE, "no_wait"),
        ("waiting", "right_holder", "wait-pauses", {**PAUSE, "working_days": 21}, "pause_too_long"),
        ("warned", "right_holder", "withdrawals", {"subject": "notice"}, "no_open_notice"),
        ("noticed", "right_holder", "withdrawals", {"subject": "appeal"}, "no_open_appeal"),
    ],
)
def test_steps_that_the_state_does_not_allow(
    lawful: Players, reached: Reached, stage: str, who: str, name: str, body: Any, refusal: str | None
) -> None:
    case_id, uploader = reached(stage)
    client = uploader if who == "uploader" else getattr(lawful, who)
    before = read(client, case_id)["version"]
    response = step(client, case_id, name, body)
    assert response.status_code == 409, response.text
    problem = response.json()
    assert refusal in (None, problem["refusal"])
    assert problem["detail"] != "This step is not possible now.", problem["refusal"]
    assert isinstance(problem["allowed_steps"], list)
    assert read(client, case_id)["version"] == before


@pytest.mark.parametrize(
    ("stage", "name", "body", "barred"),
    [
        ("warned", "warning-answers", {"answer": "tolerate"}, ["uploader", "intake", "compliance"]),
        ("warned", "notices", NOTICE, ["uploader", "intake", "compliance"]),
        ("measured", "counter-notices", COUNTER, ["right_holder", "intake", "compliance"]),
        ("waiting", "deliveries", {}, ["uploader"]),
        ("waiting", "wait-pauses", PAUSE, ["uploader", "intake"]),
        ("waiting", "legal-actions", LEGAL_ACTION, ["uploader", "intake", "compliance"]),
        ("noticed", "withdrawals", {"subject": "notice"}, ["uploader", "intake"]),
    ],
)
def test_steps_of_another_role(
    lawful: Players, reached: Reached, stage: str, name: str, body: Any, barred: list[str]
) -> None:
    case_id, uploader = reached(stage)
    for who in barred:
        client = uploader if who == "uploader" else getattr(lawful, who)
        before = read(client, case_id)["version"]
        response = step(client, case_id, name, body)
        assert (response.status_code, response.json()["refusal"]) == (409, "not_your_step"), who
        assert name not in [one["name"] for one in response.json()["allowed_steps"]]
        assert read(client, case_id)["version"] == before


def test_decisions_of_intake_need_their_scope(lawful: Players, reached: Reached) -> None:
    case_id, uploader = reached("noticed")
    for client in (uploader, lawful.right_holder, lawful.oversight):
        response = step(client, case_id, "intake-decisions", ACCEPT)
        assert response.status_code == 403
    assert lawful.right_holder.get(f"/api/v1/cases/{case_id}").json()["procedure"] == "notice_check"
    assert step(lawful.other_right_holder, case_id, "notices", NOTICE).status_code == 404
    assert lawful.site.api().post(f"/api/v1/cases/{case_id}/notices", json=NOTICE).status_code == 401


@pytest.mark.parametrize(
    ("stage", "who", "name", "body"),
    [
        ("warned", "right_holder", "notices", NOTICE),
        ("measured", "uploader", "counter-notices", COUNTER),
        ("noticed", "intake", "intake-decisions", ACCEPT),
        ("countered", "intake", "intake-decisions", ACCEPT_COUNTER),
        ("waiting", "intake", "deliveries", None),
        ("waiting", "right_holder", "wait-pauses", PAUSE),
        ("waiting", "right_holder", "legal-actions", LEGAL_ACTION),
        ("noticed", "right_holder", "withdrawals", None),
    ],
)
def test_the_same_key_does_a_thing_once(under: UnderLaw, stage: str, who: str, name: str, body: Any) -> None:
    players = under(CIVIL)
    case_id, uploader = STAGES[stage](players, f"once {stage} {name}")
    client = uploader if who == "uploader" else getattr(players, who)
    first = taken(step(client, case_id, name, body, key="same"))
    assert taken(step(client, case_id, name, body, key="same")) == first
    other = step(client, case_id, "withdrawals", {"subject": "appeal"}, key="same")
    assert (other.status_code, other.json()["refusal"]) == (409, "idempotency_key_reused")


def test_two_officers_at_once_take_one_measure(each_under: UnderLaw) -> None:
    players = each_under(CIVIL)
    case_id, _uploader = noticed(players, "two officers")
    token = players.intake.headers["authorization"].removeprefix("Bearer ")
    with ThreadPoolExecutor(3) as pool:
        clients: list[Browser] = [players.site.api(token) for _ in range(3)]
        answers = list(pool.map(lambda client: step(client, case_id, "intake-decisions", ACCEPT), clients))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert event_types(players.compliance, case_id).count("notice_accepted") == 1


def test_what_comes_after_the_time_to_cure_is_a_new_notice(lawful: Players) -> None:
    """The worker has not been here, and yet the words that lapsed are no part of the new ones."""
    case_id, _uploader = warned(lawful, "late cure")
    taken(step(lawful.right_holder, case_id, "notices", {"elements": {"identity": "The Studio Ltd."}}))
    taken(step(lawful.intake, case_id, "intake-decisions", {"subject": "notice", "decision": "deficient"}))
    lawful.site.clock.advance(timedelta(days=60))
    evidence = {"prima_facie_evidence": "The contract with the studio."}
    case = taken(step(lawful.right_holder, case_id, "notices", {"elements": evidence}))
    assert (case["notice"]["number"], case["notice"]["words"]) == (2, evidence)


def test_a_withdrawal_takes_the_own_appeal_before_the_notice(lawful: Players) -> None:
    lawful.hire()
    case_id, uploader = measured(lawful, "which withdrawal")
    taken(step(uploader, case_id, "contests", CONTEST))
    case = taken(step(uploader, case_id, "withdrawals"))
    assert (case["availability"], case["notice"]["ended_at"]) == ("blocked", None)
    case = taken(step(lawful.right_holder, case_id, "withdrawals"))
    assert (case["availability"], case["notice"]["stage"]) == ("public", "closed")


def test_words_are_erased_with_the_person_whom_they_are_about(sqlite_url: DatabaseUrl) -> None:
    """The sender's words go with the sender; the officer's reasons to both sides stay with the case."""
    for bench in bench_on(sqlite_url, CIVIL):
        players = Players(bench.site, bench.api)
        case_id, uploader = countered(players, "erased")
        taken(step(players.right_holder, case_id, "legal-actions", LEGAL_ACTION))
        vault = bench.site.parts.casework.vault
        assert vault.erase(vault.pseudonym("rh", "rh-3")) >= 2
        case = read(players.compliance, case_id)
        assert (case["notice"]["words"], case["legal_actions"][0]["proof"]) == (None, None)
        assert case["notice"]["elements"] == ["identity", "prima_facie_evidence"]
        assert case["notice"]["reasons"] == ACCEPT["reasons"]
        assert case["notice"]["counter_notice"]["words"] == COUNTER["elements"]
        assert vault.erase(vault.pseudonym("up", "u-77")) >= 1
        assert read(uploader, case_id)["notice"]["counter_notice"]["words"] is None
