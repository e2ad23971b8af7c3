"""Sanction ledgers over the API: from a warning to a suspension that takes effect, its appeal, and who may see what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from casework.domain.facts import Role
from casework.domain.party.values import RIGHTS_CONCERNED, Right
from casework.ledger_steps import PARTY_STEPS
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS
from tests.api.players import MARK, Players, step
from tests.web import Browser

WARNING = "You marked three uploads although nothing in them is a quotation."


def record(client: Browser, party: str, name: str, body: Any, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/api/v1/sanctions/{party}/{name}", json=body, headers=headers)


def moment(players: Players, **time: float) -> str:
    return (players.site.clock.now() + timedelta(**time)).isoformat()


def uploader_of(players: Players, outside_id: str) -> str:
    return players.site.parts.casework.vault.pseudonym("up", outside_id)


def cases_of(players: Players, name: str, number: int, **changes: Any) -> list[tuple[str, Browser]]:
    return [players.open(f"{name}-{one}", upload__uploader_id=name, **changes) for one in range(number)]


def assessment(players: Players, conduct: str, cases: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "conduct": conduct,
        "cases": cases,
        "acts": 10,
        "since": moment(players, days=-90),
        "until": moment(players),
        "gravity": "considerable",
        "intention": "negligent",
        "assessment": "Three of ten marks in ninety days, all after a warning.",
        **changes,
    }


def suspend(
    players: Players, party: str, conduct: str, right: str, cases: list[str], days: float = 30
) -> httpx.Response:
    """The whole way, each step accepted."""
    warned = record(players.compliance, party, "warnings", {"conduct": conduct, "cases": cases[:1], "warning": WARNING})
    assert warned.status_code == 200, warned.text
    weighed = record(players.compliance, party, "assessments", assessment(players, conduct, cases))
    assert weighed.status_code == 200, weighed.text
    wish = {"conduct": conduct, "right": right, "ends": moment(players, days=days), "reasons": "Again and again."}
    return record(players.compliance, party, "suspensions", wish)


def test_from_warning_to_suspension_with_effect_from_that_moment(players: Players) -> None:
    (first, _), (second, uploader), (third, later_uploader) = cases_of(players, "marker", 3)
    party = uploader_of(players, "marker")
    assert players.compliance.get(f"/api/v1/sanctions/{party}").json()["stages"]["wrong_marks"] == "clean"
    answer = suspend(players, party, "wrong_marks", "marking", [first, second])
    assert answer.status_code == 200, answer.text
    ledger = answer.json()
    assert ledger["stages"] == {"wrong_marks": "suspended", "unfounded_appeals": "clean"}
    assert set(ledger["suspended"]) == {"marking"}
    assert [entry["event"] for entry in ledger["history"]] == ["conduct_warned", "conduct_assessed", "right_suspended"]
    assert ledger["history"][0]["words"] == WARNING
    assert ledger["suspensions"][0]["running"]
    refused = step(uploader, second, "marks", MARK)
    assert (refused.status_code, refused.json()["code"]) == (409, "marking_suspended")
    players.site.clock.advance(timedelta(days=30))
    assert step(later_uploader, third, "marks", MARK).status_code == 200
    assert players.compliance.get(f"/api/v1/sanctions/{party}").json()["stages"]["wrong_marks"] == "clean"


def test_the_words_of_the_ledger_are_not_in_the_log(quick: Players) -> None:
    (first, _), (second, _) = cases_of(quick, "quiet", 2)
    party = uploader_of(quick, "quiet")
    suspend(quick, party, "wrong_marks", "marking", [first, second])
    log = quick.site.parts.casework.log
    everything = b"".join(log.codec.encode_recorded(one)[1] for one in log.read(0, 100_000))
    assert party.encode() in everything
    assert WARNING.encode() not in everything
    assert b"Again and again." not in everything
    quick.site.parts.casework.vault.erase(party)
    history = quick.compliance.get(f"/api/v1/sanctions/{party}").json()["history"]
    assert [entry["words"] for entry in history] == [None, None, None]


def test_each_step_answers_the_refusal_of_the_rules(quick: Players) -> None:
    (first, _), (second, _) = cases_of(quick, "refused", 2)
    party = uploader_of(quick, "refused")
    early = {"conduct": "wrong_marks", "right": "marking", "ends": moment(quick, days=3), "reasons": "x"}
    for name, body, code in (
        ("suspensions", early, "not_warned"),
        ("assessments", assessment(quick, "wrong_marks", [first, second]), "not_warned"),
        ("warnings", {"conduct": "false_ownership", "cases": [first], "warning": "x"}, "conduct_of_other_side"),
        ("lifts", {"suspension": 1, "reasons": "x"}, "suspension_unknown"),
        ("trust", {"trust": "right_holder", "grounds": "x"}, "not_a_right_holder"),
    ):
        answer = record(quick.compliance, party, name, body)
        assert (answer.status_code, answer.json()["code"]) == (409, code), name
    assert quick.compliance.get(f"/api/v1/sanctions/{party}").json()["version"] == 0


def test_only_cases_of_the_very_party_count(quick: Players) -> None:
    [(own, _)] = cases_of(quick, "own", 1)
    [(foreign, _)] = cases_of(quick, "foreign", 1)
    nowhere = "00000000-0000-4000-8000-000000000009"
    body = {"conduct": "wrong_marks", "cases": [own, foreign, nowhere], "warning": "x"}
    answer = record(quick.compliance, uploader_of(quick, "own"), "warnings", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/cases/1", "/cases/2"]
    faith = {"conduct": "wrong_marks", "case": foreign, "defence": "x"}
    answer = record(quick.compliance, uploader_of(quick, "own"), "good-faith", faith)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/case"]


def test_the_right_holder_sees_its_own_ledger_and_appeals(quick: Players) -> None:
    party = quick.site.parts.casework.vault.pseudonym("rh", "rh-9")
    cases = [quick.open(f"appeal-{one}", work__right_holder_id="rh-9")[0] for one in range(2)]
    suspended = suspend(quick, party, "unfounded_notices", "notices", cases)
    assert suspended.status_code == 200, suspended.text
    own = quick.other_right_holder
    ledger = own.get(f"/api/v1/sanctions/{party}").json()
    assert set(ledger["suspended"]) == {"notices"}
    assert ledger["history"][0]["words"] == WARNING
    body = {"suspension": 1, "reasons": "Both notices were right."}
    for other in (quick.right_holder, quick.compliance, quick.intake):
        assert record(other, party, "appeals", body).status_code == 403
    appealed = record(own, party, "appeals", body, key="once")
    assert appealed.json()["suspensions"][0]["appeal"] == "open"
    assert record(own, party, "appeals", body, key="once").json() == appealed.json()
    again = record(own, party, "appeals", body)
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")
    decision = {"suspension": 1, "outcome": "lifted", "reasons": "One of them was."}
    refused = record(quick.compliance, party, "appeal-decisions", decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "own_suspension")
    colleague = quick.site.account(Role.COMPLIANCE)
    token = quick.site.token(colleague, Scope.CASES_READ, Scope.CASES_ACT, valid_for=YEARS)
    decided = record(quick.site.api(token), party, "appeal-decisions", decision)
    assert decided.json()["suspensions"][0]["appeal"] == "lifted"
    assert decided.json()["suspended"] == {}


def test_who_may_see_ledgers(quick: Players) -> None:
    [(case_id, uploader)] = cases_of(quick, "seen", 1)
    party = uploader_of(quick, "seen")
    record(quick.compliance, party, "warnings", {"conduct": "wrong_marks", "cases": [case_id], "warning": WARNING})
    for reader, words in ((quick.compliance, WARNING), (quick.intake, WARNING), (quick.oversight, None)):
        answer = reader.get(f"/api/v1/sanctions/{party}")
        assert answer.json()["history"][0]["words"] == words
        assert reader.get("/api/v1/sanctions").status_code == 200
    quick.hire(1)
    for stranger in (quick.right_holder, uploader, *quick.reviewers.values()):
        assert stranger.get(f"/api/v1/sanctions/{party}").status_code == 403
        assert stranger.get("/api/v1/sanctions").status_code == 403
    assert quick.site.api().get("/api/v1/sanctions").status_code == 401
    for name in PARTY_STEPS:
        assert record(quick.oversight, party, name, {}).status_code == 403
        assert record(quick.intake, party, name, {}).status_code == 403


@pytest.mark.parametrize("party", ["nobody", "xx_abc", "up", "engine-1", "up_" + "a" * 300])
def test_what_is_no_pseudonym_is_not_found(quick: Players, party: str) -> None:
    assert quick.compliance.get(f"/api/v1/sanctions/{party}").status_code == (200 if party == "up" else 404)


def test_fields_that_do_not_fit_are_named(quick: Players) -> None:
    party = uploader_of(quick, "unfit")
    answer = record(quick.compliance, party, "warnings", {"conduct": "bad_taste", "cases": [], "warning": " ", "x": 1})
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/conduct", "/cases", "/warning", "/x"}


def test_lists_ledgers_by_page_and_by_party(players: Players) -> None:
    parties = []
    for name in ("list-a", "list-b", "list-c"):
        [(case_id, _)] = cases_of(players, name, 1)
        parties.append(uploader_of(players, name))
        body = {"conduct": "wrong_marks", "cases": [case_id], "warning": WARNING}
        assert record(players.compliance, parties[-1], "warnings", body).status_code == 200
    first = players.compliance.get("/api/v1/sanctions?limit=2").json()
    assert [one["party"] for one in first["ledgers"]] == [parties[2], parties[1]]
    second = players.compliance.get(first["next"]).json()
    assert second["ledgers"][0]["party"] == parties[0]
    assert second["ledgers"][0]["warnings"] == 1
    only = players.compliance.get(f"/api/v1/sanctions?party={parties[1]}").json()
    assert [one["party"] for one in only["ledgers"]] == [parties[1]]
    assert players.compliance.get("/api/v1/sanctions?party=up_nobody").json() == {"ledgers": [], "next": None}
    assert players.compliance.get("/api/v1/sanctions?party=%00").status_code == 422


def test_a_key_used_for_something_else_is_refused(quick: Players) -> None:
    (first, _), (second, _) = cases_of(quick, "keys", 2)
    party = uploader_of(quick, "keys")
    body = {"conduct": "wrong_marks", "cases": [first], "warning": WARNING}
    assert record(quick.compliance, party, "warnings", body, key="k").status_code == 200
    once_more = record(quick.compliance, party, "warnings", body, key="k").json()
    assert len(once_more["history"]) == 1
    other = record(quick.compliance, party, "warnings", {**body, "cases": [second]}, key="k")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_every_right_can_be_suspended_over_the_api(quick: Players) -> None:
    party = quick.site.parts.casework.vault.pseudonym("rh", "rh-all")
    cases = [quick.open(f"all-{one}", work__right_holder_id="rh-all")[0] for one in range(2)]
    for conduct, rights in RIGHTS_CONCERNED[Role.RIGHT_HOLDER].items():
        if conduct.value != "false_ownership":
            assert suspend(quick, party, conduct.value, next(iter(rights)).value, cases).status_code == 200
    suspended = quick.compliance.get(f"/api/v1/sanctions/{party}").json()["suspended"]
    assert set(suspended) == {right.value for right in Right if right is not Right.MARKING}
