"""Several cases on one upload over the API: what the public sees, orders at the entry, barred repeats, reopening."""

from __future__ import annotations

from typing import Any

from casework.jobs.reopening import follow
from tests.api.conftest import UnderLaw
from tests.api.deliveries import line, send
from tests.api.players import Players, step
from tests.api.procedures import ACCEPT_COUNTER, NOTICES, ORDER, countered, read, taken
from tests.api.test_works import holder, record
from tests.web import Browser

NETWORK = "cn-network-rights"


def on_upload(players: Players, name: str, share: str, upload: str, **changes: Any) -> tuple[str, Browser]:
    """A case on this upload, about a work of its own."""
    about = {"upload__id": upload, "work__id": f"w-{name}", **changes}
    return players.open(name, share, **about)


def upload_of(client: Browser, upload: str, **query: Any) -> Any:
    """What is said of the upload, once the list of cases has followed the log."""
    return client.get(f"/api/v1/uploads/{upload}", params=query)


def settle(players: Players) -> None:
    """A worker comes round."""
    parts = players.site.parts
    follow(parts.casework, parts.follow_ups)
    parts.casework.views.catch_up()


def test_the_upload_shows_the_strictest_measure_and_who_makes_it_so(players: Players) -> None:
    lawful, _uploader = on_upload(players, "whole-1", "0.30", "up-whole")
    blocked, _uploader = on_upload(players, "whole-2", "0.95", "up-whole")
    settle(players)
    answer = upload_of(players.compliance, "up-whole")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["upload_version"], found["availability"], found["ordered"]) == (1, "blocked", None)
    assert [(one["case_id"], one["decisive"]) for one in found["cases"]] == [(lawful, False), (blocked, True)]
    assert found["cases"][0]["work_id"] == "w-whole-1"
    assert upload_of(players.compliance, "up-whole", version=7).status_code == 404
    assert upload_of(players.compliance, "up-whole", version=10**20).status_code in (400, 422)
    assert upload_of(players.compliance, "nothing").status_code == 404
    assert upload_of(players.right_holder, "up-whole").json()["availability"] == "blocked"


def test_a_right_holder_sees_its_own_cases_only(quick: Players) -> None:
    own, _uploader = on_upload(quick, "theirs-1", "0.30", "up-theirs")
    on_upload(quick, "theirs-2", "0.95", "up-theirs", work__right_holder_id="rh-other")
    settle(quick)
    found = upload_of(quick.right_holder, "up-theirs").json()
    assert [one["case_id"] for one in found["cases"]] == [own]
    assert found["availability"] == "blocked"
    on_upload(quick, "theirs-3", "0.95", "up-not-theirs", work__right_holder_id="rh-other")
    settle(quick)
    assert upload_of(quick.right_holder, "up-not-theirs").status_code == 404


def test_an_order_in_one_case_covers_later_and_other_cases_until_it_is_lifted(players: Players) -> None:
    first, _uploader = on_upload(players, "bound-1", "0.30", "up-bound")
    second, _uploader = on_upload(players, "bound-2", "0.30", "up-bound")
    taken(step(players.compliance, first, "orders", ORDER))
    body = line("bound-3", "0.30", upload__id="up-bound", work__id="w-bound-3")
    answer = send(players.engine, body).json()
    assert (answer["rule"], answer["action"]) == ("order", "block"), "at once, without a worker"
    third = answer["case_id"]
    settle(players)
    case = read(players.compliance, second)
    assert (case["availability"], case["procedure"]) == ("blocked", "presumed_lawful")
    assert case["outside"]["orders"][0]["reference"] == ORDER["reference"]
    assert upload_of(players.compliance, "up-bound").json()["orders"][0]["case_id"] == first
    assert len(read(players.compliance, third)["outside"]["orders"]) == 1
    lifted = taken(step(players.compliance, third, "orders", {"lift": 1, "reference": "Lifted on appeal"}))
    assert (lifted["availability"], lifted["procedure"]) == ("public", "presumed_lawful")
    settle(players)
    assert {read(players.compliance, one)["availability"] for one in (first, second, third)} == {"public"}
    after = send(players.engine, line("bound-4", "0.30", upload__id="up-bound", work__id="w-bound-4")).json()
    assert after["rule"] == "band_low"
    elsewhere = send(players.engine, line("bound-5", "0.30", upload__id="up-bound", upload__version=2)).json()
    assert elsewhere["rule"] == "band_low", "another version is another upload"


def test_a_mark_under_an_order_leaves_the_order(quick: Players) -> None:
    first, _uploader = on_upload(quick, "marked-1", "0.30", "up-marked")
    taken(step(quick.compliance, first, "orders", ORDER))
    case_id, uploader = on_upload(quick, "marked-2", "0.95", "up-marked")
    mark = {"basis": "own_work", "truthful": True}
    case = taken(step(uploader, case_id, "marks", mark))
    assert (case["procedure"], case["availability"]) == ("marked_lawful", "blocked")
    settle(quick)
    taken(step(quick.compliance, first, "orders", {"lift": 1}))
    settle(quick)
    assert read(quick.compliance, case_id)["availability"] == "public"


def test_a_repeat_on_the_same_upload_is_barred_in_a_linked_case(under: UnderLaw) -> None:
    players = under(NETWORK)
    first, _uploader = countered(players, "repeat-1", NETWORK)
    case = taken(step(players.intake, first, "intake-decisions", ACCEPT_COUNTER))
    assert case["procedure"] == "restored"
    upload = read(players.compliance, first)["upload"]["id"]
    second, _uploader = on_upload(players, "repeat-2", "0.7", upload)
    refused = step(players.right_holder, second, "notices", {"elements": NOTICES[NETWORK]})
    assert (refused.status_code, refused.json()["refusal"]) == (409, "repeat_notice_barred")
    events = players.compliance.get(f"/api/v1/cases/{second}/events").json()["events"]
    assert (events[-1]["type"], events[-1]["data"]["case"]) == ("repeat_notice_barred", first)
    elsewhere, _uploader = on_upload(players, "repeat-3", "0.7", "up-elsewhere")
    assert taken(step(players.right_holder, elsewhere, "notices", {"elements": NOTICES[NETWORK]}))


def test_the_progress_of_reopening_is_shown_to_staff(quick: Players) -> None:
    case_id, _uploader = quick.open("reopen-1", work__id="w-reopen", work__right_holder_id="rh-reopen")
    address = "/api/v1/works/w-reopen/reopening"
    assert quick.compliance.get(address).json()["reopenings"] == []
    body = {"claimant": holder(quick, "rh-reopen"), "cases": [case_id], "finding": "The film is not theirs."}
    assert record(quick.compliance, "w-reopen", "ownership-findings", body).status_code == 200
    settle(quick)
    (one,) = quick.compliance.get(address).json()["reopenings"]
    assert {name: one[name] for name in ("cause", "state", "total", "reopened", "untouched", "failed")} == {
        "cause": "ownership_false",
        "state": "finished",
        "total": 1,
        "reopened": 1,
        "untouched": 0,
        "failed": 0,
    }
    assert read(quick.compliance, case_id)["availability"] == "public"
    assert quick.right_holder.get(address).status_code == 403
    ledger = quick.compliance.get(f"/api/v1/sanctions/{holder(quick, 'rh-reopen')}").json()
    assert ledger["stages"]["false_ownership"] == "warned"
    assert len(ledger["history"]) == 1, "by the desk, not once more by the worker"
