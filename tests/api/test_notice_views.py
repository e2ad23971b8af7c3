"""What each caller is told of notices: their words, the course of their check, clocks, lists and past states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import UnderLaw
from tests.api.players import CONTEST, Players, step
from tests.api.procedures import (
    ACCEPT,
    ACCEPT_COUNTER,
    COUNTER_NOTICES,
    NOTICES,
    SECRET_ADDRESS,
    SECRET_CONTACT,
    WRITER_ADDRESS,
    WRITER_CONTACT,
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
NETWORK = "cn-network-rights"


def everything(client: Browser, case_id: str) -> str:
    """All that the API tells this caller of the case."""
    return client.get(f"/api/v1/cases/{case_id}").text + client.get(f"/api/v1/cases/{case_id}/events").text


def test_the_uploader_reads_a_notice_once_it_is_forwarded_and_without_addresses(under: UnderLaw) -> None:
    players = under(NETWORK)
    case_id, uploader = noticed(players, "forwarded", NETWORK)
    for client in (uploader, players.oversight, players.engine):
        notice = read(client, case_id)["notice"]
        assert (notice["words"], notice["elements"], notice["missing"]) == (None, None, None)
        assert "The Studio Ltd." not in everything(client, case_id)
    assert read(players.intake, case_id)["notice"]["words"] == NOTICES[NETWORK]
    taken(step(players.intake, case_id, "intake-decisions", ACCEPT))
    notice = read(uploader, case_id)["notice"]
    assert notice["words"]["identity"] == "The Studio Ltd."
    assert set(notice["words"]) == set(NOTICES[NETWORK]) - {"contact", "address"}
    assert (notice["reasons"], notice["measure"]) == (ACCEPT["reasons"], "block")
    for secret in (SECRET_ADDRESS, SECRET_CONTACT):
        assert secret not in everything(uploader, case_id)
        assert secret in everything(players.right_holder, case_id)
    for client in (players.oversight, players.engine):
        assert "The Studio Ltd." not in everything(client, case_id)


@pytest.mark.parametrize(("regime", "reachable"), [(NETWORK, False), ("us-dmca", True)])
def test_the_right_holder_reads_a_counter_notice_once_it_is_forwarded(
    under: UnderLaw, regime: str, reachable: bool
) -> None:
    players = under(regime)
    case_id, uploader = countered(players, f"counter words {regime}", regime)
    counter = read(players.right_holder, case_id)["notice"]["counter_notice"]
    assert (counter["words"], counter["elements"], counter["missing"]) == (None, None, None)
    assert "A. Writer" not in everything(players.right_holder, case_id)
    assert read(uploader, case_id)["notice"]["counter_notice"]["words"] == COUNTER_NOTICES[regime]
    taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    assert read(players.right_holder, case_id)["notice"]["counter_notice"]["words"]["identity"] == "A. Writer"
    told = everything(players.right_holder, case_id)
    assert (WRITER_ADDRESS in told, WRITER_CONTACT in told) == (reachable, reachable)


def test_how_the_check_goes_is_between_sender_and_intake(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = warned(players, "check")
    taken(step(players.right_holder, case_id, "notices", {"elements": {"identity": "The Studio Ltd."}}))
    before = everything(uploader, case_id)
    remarks = "Say which scenes, please."
    taken(
        step(
            players.intake,
            case_id,
            "intake-decisions",
            {"subject": "notice", "decision": "deficient", "remarks": remarks},
        )
    )
    assert everything(uploader, case_id) == before
    assert "notice_cure" not in clocks(uploader, case_id)
    assert "notice_cure" in clocks(players.right_holder, case_id)
    assert remarks in players.right_holder.get(f"/api/v1/cases/{case_id}/events").text
    taken(step(players.right_holder, case_id, "notices", {"elements": {"prima_facie_evidence": "Scene 12."}}))
    assert everything(uploader, case_id) == before
    assert "notice_amended" in event_types(players.right_holder, case_id)
    assert "notice_amended" in event_types(players.intake, case_id)
    taken(step(players.intake, case_id, "intake-decisions", ACCEPT))
    taken(step(uploader, case_id, "counter-notices", {"elements": {"identity": "A. Writer"}}))
    before = everything(players.right_holder, case_id)
    deficient = {"subject": "counter_notice", "decision": "deficient", "remarks": "Why is it a review?"}
    taken(step(players.intake, case_id, "intake-decisions", deficient))
    assert everything(players.right_holder, case_id) == before
    assert "counter_notice_cure" in clocks(uploader, case_id)
    assert deficient["remarks"] in everything(uploader, case_id)


def clocks(client: Browser, case_id: str) -> list[str]:
    """The kinds of clocks that this caller is told of."""
    return [one["kind"] for one in read(client, case_id)["deadlines"]["clocks"]]


def test_nobody_learns_who_checked(under: UnderLaw) -> None:
    players = under(CIVIL)
    case_id, uploader = waiting(players, "staff")
    accounts = players.site.parts.accounts.list_all()
    for client in (uploader, players.right_holder, players.oversight):
        told = everything(client, case_id)
        assert not [account.id for account in accounts if account.id in told]
        assert not [account.name for account in accounts if account.name in told]


def test_reviewers_read_what_was_exchanged_without_addresses(under: UnderLaw) -> None:
    players = under(NETWORK)
    players.hire()
    case_id, uploader = measured(players, "reviewers read", NETWORK)
    taken(step(uploader, case_id, "contests", CONTEST))
    (reviewer, _second) = players.seat(case_id)
    words = read(reviewer, case_id)["notice"]["words"]
    assert words["prima_facie_evidence"] == "Scenes 12 to 15."
    assert SECRET_ADDRESS not in everything(reviewer, case_id)


def test_clocks_stand_in_the_order_in_which_they_run_out(each_under: UnderLaw) -> None:
    players = each_under(CIVIL)
    case_id, uploader = waiting(players, "clocks")
    taken(step(players.intake, case_id, "deliveries"))
    taken(step(uploader, case_id, "contests", CONTEST))
    found = read(uploader, case_id)["deadlines"]["clocks"]
    assert {"wait", "ruling"} <= {one["kind"] for one in found}
    assert found == sorted(found, key=lambda one: one["due_at"])


def test_the_past_is_as_it_was_known_then(each_under: UnderLaw) -> None:
    players = each_under(CIVIL)
    case_id, uploader = warned(players, "past")
    moments = []
    for who, name, body in (
        (players.right_holder, "notices", {"elements": NOTICES[CIVIL]}),
        (players.intake, "intake-decisions", ACCEPT),
        (uploader, "counter-notices", {"elements": COUNTER_NOTICES[CIVIL]}),
    ):
        players.site.clock.advance(timedelta(hours=1))
        taken(step(who, case_id, name, body))
        moments.append(players.site.clock.now().isoformat().replace("+00:00", "Z"))
    address = f"/api/v1/cases/{case_id}"
    seen = [uploader.get(address, params={"at": moment}).json() for moment in moments]
    assert [one["procedure"] for one in seen] == ["notice_check", "measure_taken", "counter_check"]
    assert [one["availability"] for one in seen] == ["public", "blocked", "blocked"]
    assert [one["notice"]["words"] is None for one in seen] == [True, False, False]
    assert all(one["allowed_steps"] == [] for one in seen)
    assert uploader.get(address, params={"at": "2026-06-30T00:00:00Z"}).status_code == 404


@pytest.mark.parametrize(
    ("stage", "procedure"),
    [
        (noticed, "notice_check"),
        (measured, "measure_taken"),
        (countered, "counter_check"),
        (waiting, "waiting"),
    ],
)
def test_lists_are_filtered_by_the_new_states(under: UnderLaw, stage: Any, procedure: str) -> None:
    players = under(CIVIL)
    case_id, _uploader = stage(players, f"list {procedure}")
    players.site.parts.casework.views.catch_up()
    for client in (players.right_holder, players.intake):
        listed = client.get("/api/v1/cases", params={"procedure": procedure, "limit": 200}).json()["cases"]
        assert case_id in [one["case_id"] for one in listed]
        assert {one["procedure"] for one in listed} == {procedure}
    other = players.intake.get("/api/v1/cases", params={"procedure": "stayed"}).json()["cases"]
    assert case_id not in [one["case_id"] for one in other]


def test_steps_of_each_caller_are_listed(lawful: Players) -> None:
    case_id, uploader = countered(lawful, "allowed")
    assert "intake-decisions" in names(lawful.intake, case_id)
    assert {"legal-actions", "withdrawals"} <= names(lawful.right_holder, case_id)
    assert "counter-notices" not in names(uploader, case_id)
    assert "upload-withdrawals" in names(uploader, case_id)
    taken(step(lawful.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    assert "wait-pauses" in names(lawful.right_holder, case_id)
    assert {"deliveries", "orders"} <= names(lawful.intake, case_id)


def names(client: Browser, case_id: str) -> set[str]:
    """What this caller may do now."""
    return {one["name"] for one in read(client, case_id)["allowed_steps"]}
