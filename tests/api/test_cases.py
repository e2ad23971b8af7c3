"""Cases over the API: who sees which, what they see of them, lists and cursors, and the state as known then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casework.domain.facts import Role
from casework.views.access.tokens import Scope
from tests.api.deliveries import line, send_lines
from tests.api.players import CHALLENGE, CONTEST, MARK, PNG, RULING, Players, offered, step
from tests.samples import REVIEW_MARK


def get(client: Any, case_id: str, **parameters: str) -> Any:
    response = client.get(f"/api/v1/cases/{case_id}", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_the_uploader_sees_the_decision_and_what_may_be_done(quick: Players) -> None:
    case_id, uploader = quick.open("sees", marks=[])
    case = get(uploader, case_id)
    assert case["case_id"] == case_id
    assert case["upload"]["title"] == "My review"
    assert case["evidence"]["share_of_upload"] == "0.93"
    assert case["evidence"]["segments"][0] == {"upload": ["0", "100"], "work": ["600", "700"]}
    assert (case["outcome"], case["rule"], case["standard"]) == ("presumed_infringing", "band_high", "cn-2021-1")
    assert (case["procedure"], case["availability"], case["action"]) == ("presumed_infringing", "blocked", "block")
    assert offered(case) == ["marks", "contests"]
    assert case["allowed_steps"][1]["until"] == case["deadlines"]["contest_until"]
    assert case["statement_of_reasons"]["remedies"] == ["mark", "contest", "authority", "court"]


def test_title_and_address_are_for_uploader_and_compliance_alone(quick: Players) -> None:
    case_id, uploader, panel = quick.contested("title")
    for client in (uploader, quick.compliance):
        assert get(client, case_id)["upload"]["url"] == "https://example.org/v/up-1"
    for client in (quick.right_holder, quick.oversight, quick.engine, *panel):
        text = client.get(f"/api/v1/cases/{case_id}").text + client.get(f"/api/v1/cases/{case_id}/events").text
        assert "My review" not in text
        assert "example.org" not in text


def test_words_are_for_the_parties_and_those_who_decide(quick: Players) -> None:
    case_id, uploader, panel = quick.contested("words")
    for client in (uploader, quick.right_holder, quick.compliance, *panel):
        assert get(client, case_id)["appeal"]["reasons"] == CONTEST["reasons"]
        assert CONTEST["reasons"] in client.get(f"/api/v1/cases/{case_id}/events").text
    for client in (quick.oversight, quick.engine):
        assert get(client, case_id)["appeal"]["reasons"] is None
        assert CONTEST["reasons"] not in client.get(f"/api/v1/cases/{case_id}/events").text


def test_others_cannot_tell_the_case_from_none(quick: Players) -> None:
    case_id, _uploader = quick.open("hidden")
    quick.hire()
    strangers = [quick.other_right_holder, next(iter(quick.reviewers.values()))]
    for client in strangers:
        for path in ("", "/events", "/evidence/ev_1"):
            hidden = client.get(f"/api/v1/cases/{case_id}{path}")
            absent = client.get(f"/api/v1/cases/00000000-0000-5000-8000-000000000000{path}")
            assert (hidden.status_code, hidden.json()) == (404, absent.json())
        for name, body in (("statements", {"statement": "x"}), ("contests", CONTEST), ("rulings", RULING)):
            assert step(client, case_id, name, body).status_code == 404


def test_a_link_opens_its_own_case_alone(quick: Players) -> None:
    mine, uploader = quick.open("link mine")
    other, _other_uploader = quick.open("link other")
    assert uploader.get(f"/api/v1/cases/{other}").status_code == 403
    assert step(uploader, other, "contests", CONTEST).status_code == 403
    assert uploader.get("/api/v1/cases").status_code == 403
    link = uploader.headers["authorization"].removeprefix("Bearer ")
    forged = quick.site.api(f"{link[:-2]}{'A' if link[-2] != 'A' else 'B'}{link[-1]}")
    assert forged.get(f"/api/v1/cases/{mine}").status_code == 401


@pytest.mark.parametrize(
    "name", ["x", "0", "%00", "..%2f..", "'", "{0bbddb52-860f-5e4f-9712-3b1fcd0ac46c}", "1" * 5000, "%ff", "💥"]
)
def test_malformed_ids_are_not_found(quick: Players, name: str) -> None:
    for path in (f"/api/v1/cases/{name}", f"/api/v1/cases/{name}/events", f"/api/v1/cases/{name}/evidence/{name}"):
        assert quick.compliance.get(path).status_code == 404
    assert step(quick.compliance, name, "panels", {}).status_code == 404


def test_case_ids_have_one_spelling(quick: Players) -> None:
    case_id, _uploader = quick.open("spelling")
    assert quick.compliance.get(f"/api/v1/cases/{case_id.upper()}").status_code == 404
    assert quick.compliance.get(f"/api/v1/cases/{case_id.replace('-', '')}").status_code == 404


def test_a_case_as_it_was_known_then(players: Players) -> None:
    clock = players.site.clock
    case_id, uploader = players.open("then")
    before = clock.now()
    clock.advance(timedelta(days=2))
    step(uploader, case_id, "marks", MARK)
    now = get(uploader, case_id)
    then = get(uploader, case_id, at=before.isoformat())
    assert (now["procedure"], now["availability"], now["version"]) == ("marked_lawful", "public", 2)
    assert (then["procedure"], then["availability"], then["version"]) == ("presumed_infringing", "blocked", 1)
    assert then["marks"] == []
    assert then["allowed_steps"] == []
    long_ago = uploader.get(f"/api/v1/cases/{case_id}", params={"at": "2020-01-01T00:00:00Z"})
    assert long_ago.status_code == 404


@pytest.mark.parametrize("at", ["yesterday", "2026-07-01", "2026-07-01T00:00:00", "1782820740", "2026-13-01T00:00:00Z"])
def test_a_time_without_zone_or_sense_is_named(quick: Players, at: str) -> None:
    case_id, uploader = quick.open(f"at {at}")
    response = uploader.get(f"/api/v1/cases/{case_id}", params={"at": at})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/at"


def catch_up(players: Players) -> None:
    """What the worker does."""
    players.site.parts.casework.views.catch_up()


def test_lists_are_pages_without_gaps_or_repeats(players: Players) -> None:
    names = [f"page {number}" for number in range(7)]
    send_lines(players.engine, [line(name, work__id="w-pages") for name in names])
    catch_up(players)
    found: list[str] = []
    address: str | None = "/api/v1/cases?work_id=w-pages&limit=3&outcome=presumed_infringing&outcome=warning"
    pages = 0
    while address is not None:
        page = players.right_holder.get(address).json()
        # Cases that come in between do not shift the pages.
        send_lines(players.engine, [line(f"between {pages}", work__id="w-pages")])
        catch_up(players)
        found += [case["decision_id"] for case in page["cases"]]
        address = page["next"]
        pages += 1
    assert found == names[::-1]
    assert pages == 3


def test_lists_hold_the_callers_cases_alone(players: Players) -> None:
    mine, _uploader, panel = players.contested("list mine")
    theirs, _other = players.open("list theirs", work__right_holder_id="rh-9")
    catch_up(players)

    def listed(client: Any) -> set[str]:
        return {case["case_id"] for case in client.get("/api/v1/cases?limit=200").json()["cases"]}

    assert mine in listed(players.right_holder)
    assert theirs not in listed(players.right_holder)
    assert listed(players.other_right_holder) == {theirs}
    for reviewer in panel:
        assert mine in listed(reviewer)
        assert theirs not in listed(reviewer)
    for client in (players.compliance, players.oversight, players.engine):
        assert {mine, theirs} <= listed(client)


def test_filters_narrow_a_list(players: Players) -> None:
    players.open("filter low", "0.3", work__id="w-filter")
    case_id, uploader = players.open("filter high", "0.95", work__id="w-filter", upload__id="up-filter")
    players.open("filter marked", "0.95", work__id="w-filter", marks=[REVIEW_MARK])
    step(uploader, case_id, "contests", CONTEST)
    catch_up(players)

    def names(**filters: str) -> list[str]:
        rows = players.compliance.get("/api/v1/cases", params={"work_id": "w-filter", **filters}).json()["cases"]
        return [row["decision_id"] for row in rows]

    assert names() == ["filter marked", "filter high", "filter low"]
    assert names(outcome="marked_lawful") == ["filter marked"]
    assert names(procedure="presumed_lawful") == ["filter low"]
    assert names(upload_id="up-filter") == ["filter high"]
    assert names(decision_id="filter low") == ["filter low"]
    assert names(medium="text") == []
    assert names(ruling="upheld") == []


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"cursor": "rubbish"}, 422),
        ({"cursor": "0197ad62-0000-5000-8000-00000000000"}, 422),
        ({"cursor": "0197AD62-0000-5000-8000-000000000000"}, 422),
        ({"limit": "0"}, 400),
        ({"limit": "201"}, 400),
        ({"limit": "many"}, 400),
        ({"procedure": "nowhere"}, 400),
        ({"medium": "smell"}, 400),
        ({"work_id": "w\x00"}, 422),
        ({"work_id": "x" * 201}, 400),
    ],
)
def test_parameters_that_do_not_fit_are_named(quick: Players, parameters: dict[str, str], status: int) -> None:
    response = quick.compliance.get("/api/v1/cases", params=parameters)
    assert response.status_code == status, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in parameters]


def test_files_go_to_both_sides_and_the_panel_as_attachments(quick: Players) -> None:
    case_id, uploader = quick.heard("files")
    name = "许可 licence.png"
    sent = uploader.post(f"/api/v1/cases/{case_id}/evidence", files=[("files", (name, PNG, "image/png"))])
    assert sent.status_code == 200, sent.text
    (exhibit,) = sent.json()["exhibits"]
    assert (exhibit["name"], exhibit["side"], exhibit["size"]) == (name, "uploader", len(PNG))
    panel = quick.seat(case_id)
    for client in (uploader, quick.right_holder, quick.compliance, *panel):
        found = client.get(exhibit["href"])
        assert (found.status_code, found.content) == (200, PNG)
        assert found.headers["content-disposition"].startswith("attachment;")
        assert found.headers["content-type"] == "image/png"
    for client in (quick.oversight, quick.engine, quick.other_right_holder):
        assert client.get(exhibit["href"]).status_code == 404


def test_engineers_and_readers_may_do_nothing(quick: Players) -> None:
    case_id, _uploader, _panel = quick.contested("readers")
    for client in (quick.oversight, quick.engine):
        assert get(client, case_id)["allowed_steps"] == []
        assert step(client, case_id, "statements", {"statement": "x"}).status_code == 403


def test_after_an_erasure_the_case_stays_and_the_words_are_gone(players: Players) -> None:
    case_id, uploader, _panel = players.contested("erased", upload__uploader_id="u-erased")
    subject = get(players.compliance, case_id)["upload"]["uploader"]
    assert get(players.compliance, case_id)["appeal"]["reasons"]
    players.site.parts.casework.vault.erase(subject)
    case = get(players.compliance, case_id)
    assert case["appeal"]["reasons"] is None
    assert case["upload"]["title"] is None
    assert case["procedure"] == "panel"
    assert players.compliance.get(f"/api/v1/cases/{case_id}/events").status_code == 200
    assert get(uploader, case_id)["version"] == case["version"]


def test_a_challenge_names_the_exceptions_considered(quick: Players) -> None:
    quick.hire()
    case_id, uploader = quick.open("challenge", "0.3")
    assert offered(get(quick.right_holder, case_id)) == ["challenges"]
    assert step(quick.right_holder, case_id, "challenges", CHALLENGE).status_code == 200
    case = get(uploader, case_id)
    assert case["appeal"]["kind"] == "challenge"
    assert case["appeal"]["exceptions_considered"] == CHALLENGE["exceptions_considered"]
    assert (case["procedure"], case["availability"]) == ("adjudication", "public")


def test_an_account_without_cases_has_no_list(quick: Players) -> None:
    account = quick.site.account(Role.REVIEWER)
    client = quick.site.api(quick.site.token(account, Scope.CASES_READ))
    assert client.get("/api/v1/cases").json() == {"cases": [], "next": None}
