"""Steps over the API: what each needs, 409 with the steps that are possible, keys that make repeats harmless."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.api.players import CHALLENGE, CONTEST, MARK, PNG, RULING, Players, offered, step
from tests.web import Browser, Site


def version(client: Browser, case_id: str) -> int:
    return int(client.get(f"/api/v1/cases/{case_id}").json()["version"])


# Cases for requests that are refused, played once: each of these tests looks that its case stayed as it was.


@pytest.fixture(scope="module")
def opened(quick: Players) -> tuple[str, Browser]:
    """A case in which nothing has happened yet."""
    return quick.open("stays as it was")


@pytest.fixture(scope="module")
def heard(quick: Players) -> tuple[str, Browser]:
    """A case under contest while both sides may still comment."""
    return quick.heard("stays under contest")


@pytest.fixture(scope="module")
def contested(quick: Players) -> tuple[str, Browser, list[Browser]]:
    """A case before its panel."""
    return quick.contested("stays before its panel")


def test_a_mark_makes_the_upload_public(quick: Players) -> None:
    case_id, uploader = quick.open("step mark")
    case = step(uploader, case_id, "marks", MARK).json()
    assert (case["procedure"], case["availability"]) == ("marked_lawful", "public")
    assert case["marks"] == [{"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "A review."}]


def test_a_contest_is_heard_and_withdrawn(quick: Players) -> None:
    case_id, uploader = quick.heard("step contest")
    case = step(quick.right_holder, case_id, "statements", {"statement": "It harms us."}).json()
    assert case["statements"][0]["statement"] == "It harms us."
    assert offered(case) == ["statements", "evidence", "settlements"]
    case = step(uploader, case_id, "withdrawals").json()
    assert (case["procedure"], case["availability"], offered(case)) == ("closed", "blocked", [])


def test_a_step_that_the_state_does_not_allow_lists_those_that_it_does(quick: Players) -> None:
    case_id, uploader = quick.open("step refused")
    there = version(uploader, case_id)
    response = step(uploader, case_id, "statements", {"statement": "x"})
    assert response.status_code == 409
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert (problem["type"], problem["refusal"]) == ("urn:casework:problem:no_open_appeal", "no_open_appeal")
    assert offered(problem) == ["marks", "contests"]
    assert all(one["until"] is None or one["until"].endswith("Z") for one in problem["allowed_steps"])
    assert version(uploader, case_id) == there


@pytest.mark.parametrize(
    ("who", "name", "body"),
    [
        ("right holder", "marks", MARK),
        ("right holder", "contests", CONTEST),
        ("uploader", "challenges", CHALLENGE),
        ("uploader", "rulings", RULING),
        ("uploader", "panels", {}),
        ("compliance", "statements", {"statement": "x"}),
        ("compliance", "rulings", RULING),
        ("reviewer", "statements", {"statement": "x"}),
        ("reviewer", "panels", {}),
        ("reviewer", "withdrawals", {}),
    ],
)
def test_a_step_of_another_role_is_refused(
    quick: Players, contested: tuple[str, Browser, list[Browser]], who: str, name: str, body: Any
) -> None:
    case_id, uploader, panel = contested
    callers = {
        "right holder": quick.right_holder,
        "uploader": uploader,
        "compliance": quick.compliance,
        "reviewer": panel[0],
    }
    there = version(quick.compliance, case_id)
    assert step(callers[who], case_id, name, body).status_code == 409
    assert version(quick.compliance, case_id) == there


def test_a_window_that_has_closed_is_named(quick: Players) -> None:
    case_id, uploader = quick.open("window")
    quick.site.clock.advance(timedelta(days=180))
    response = step(uploader, case_id, "contests", CONTEST)
    assert (response.status_code, response.json()["refusal"]) == (409, "window_closed")
    assert offered(response.json()) == ["marks"]


def test_a_panel_waits_for_reviewers_and_compliance_seats_it(sqlite_site: Site) -> None:
    players = Players(sqlite_site, sqlite_site.engine_api())
    case_id, uploader = players.open("waits")
    players.hire(1)
    assert step(uploader, case_id, "contests", CONTEST).json()["procedure"] == "adjudication"
    response = step(players.compliance, case_id, "panels", {})
    assert (response.status_code, response.json()["refusal"]) == (409, "too_few_reviewers")
    assert offered(response.json()) == ["panels"]
    players.hire(2)
    assert step(players.compliance, case_id, "panels", {}, key="seat").json()["procedure"] == "panel"
    assert step(players.compliance, case_id, "panels", {}, key="seat").status_code == 200
    assert step(players.compliance, case_id, "panels", {}).json()["refusal"] == "no_panel_due"
    first, second = players.panel(case_id)
    step(first, case_id, "rulings", RULING)
    step(second, case_id, "rulings", {**RULING, "outcome": "reversed"})
    assert step(players.compliance, case_id, "panels", {}).json()["refusal"] == "too_few_reviewers"
    players.hire(3)
    assert step(players.compliance, case_id, "panels", {}).status_code == 200
    (third,) = players.panel(case_id)
    assert third not in (first, second)


@pytest.mark.parametrize("key", ["", "x" * 201], ids=["empty", "too long"])
def test_a_key_that_is_none_is_refused_by_its_name(opened: tuple[str, Browser], key: str) -> None:
    """An empty one would make all requests of a careless program look like repeats of its first."""
    case_id, uploader = opened
    response = step(uploader, case_id, "contests", CONTEST, key=key)
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/Idempotency-Key"]
    assert version(uploader, case_id) == 1


def test_the_same_key_does_a_thing_once(players: Players) -> None:
    case_id, uploader = players.heard("key")
    first = step(uploader, case_id, "statements", {"statement": "Once."}, key="k-1")
    again = step(uploader, case_id, "statements", {"statement": "Once."}, key="k-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(again.json()["statements"]) == 1
    other = step(uploader, case_id, "statements", {"statement": "Something else."}, key="k-1")
    assert (other.status_code, other.json()["refusal"]) == (409, "idempotency_key_reused")
    another_step = step(uploader, case_id, "withdrawals", {}, key="k-1")
    assert another_step.json()["refusal"] == "idempotency_key_reused"
    side = step(players.right_holder, case_id, "statements", {"statement": "Mine."}, key="k-1")
    assert side.status_code == 200, "keys of two callers have nothing to do with one another"
    assert (
        step(uploader, case_id, "statements", {"statement": "Once."}).json()["version"] == first.json()["version"] + 2
    )


@pytest.mark.parametrize(
    ("name", "body"), [("marks", MARK), ("contests", CONTEST), ("withdrawals", None), ("rulings", RULING)]
)
def test_keys_are_honoured_on_every_step(quick: Players, name: str, body: Any) -> None:
    if name in ("marks", "contests"):
        quick.hire()
        case_id, caller = quick.open(f"key {name}")
    else:
        case_id, caller, panel = quick.contested(f"key {name}")
        caller = panel[0] if name == "rulings" else caller
    first = step(caller, case_id, name, body, key="same")
    again = step(caller, case_id, name, body, key="same")
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json() == first.json()


def test_the_same_step_at_once_is_done_once(players: Players) -> None:
    players.hire()
    case_id, uploader = players.open("at once")
    link = uploader.headers["authorization"].removeprefix("Bearer ")
    with ThreadPoolExecutor(4) as pool:
        clients = [players.site.api(link) for _ in range(4)]
        found = list(pool.map(lambda client: step(client, case_id, "contests", CONTEST, key="once"), clients))
    assert [response.status_code for response in found] == [200] * 4
    events = uploader.get(f"/api/v1/cases/{case_id}/events").json()["events"]
    assert [event["type"] for event in events].count("contest_lodged") == 1


@pytest.mark.parametrize(
    ("name", "body", "pointers"),
    [
        ("marks", {}, ["/basis", "/truthful"]),
        ("marks", {**MARK, "provision": "CN_ART24_99"}, ["/provision"]),
        ("marks", {**MARK, "truthful": "yes"}, ["/truthful"]),
        ("marks", {**MARK, "truthful": 1}, ["/truthful"]),
        ("contests", {"ground": "whim", "reasons": "  "}, ["/ground", "/reasons"]),
        ("contests", {**CONTEST, "reasons": "x" * 20_001}, ["/reasons"]),
        ("contests", {**CONTEST, "reasons": "a\x00b"}, ["/reasons"]),
        ("contests", {**CONTEST, "segments": [-1]}, ["/segments/0"]),
        ("contests", {**CONTEST, "segments": [True]}, ["/segments/0"]),
        ("contests", {**CONTEST, "segments": list(range(2001))}, ["/segments"]),
        ("contests", {**CONTEST, "restored": True}, ["/restored"]),
        ("contests", [], [""]),
        ("statements", {"statement": 5}, ["/statement"]),
        ("withdrawals", {"why": "x"}, ["/why"]),
    ],
)
def test_fields_that_do_not_fit_are_named(
    opened: tuple[str, Browser], name: str, body: Any, pointers: list[str]
) -> None:
    case_id, uploader = opened
    response = uploader.post(f"/api/v1/cases/{case_id}/{name}", json=body)
    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == pointers
    assert version(uploader, case_id) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"outcome": "maybe"}, "/outcome"),
        ({"bases": []}, "/bases"),
        ({"bases": ["not a code"]}, "/bases/0"),
        ({"factors": {"purpose": "p", "nature": "n", "amount": "a"}}, "/factors/market"),
        ({"reasons": {}}, "/reasons"),
        ({"reasons": {"en": " "}}, "/reasons/en"),
        ({"reasons": {"fr": "Parce que."}}, "/reasons/fr"),
        ({"evidence_ids": ["x" * 201]}, "/evidence_ids/0"),
        ({"reviewer_id": "ac_somebody_else"}, "/reviewer_id"),
    ],
)
def test_rulings_that_do_not_fit_are_named(
    contested: tuple[str, Browser, list[Browser]], change: dict[str, Any], pointer: str
) -> None:
    case_id, _uploader, (reviewer, _second) = contested
    there = version(reviewer, case_id)
    response = step(reviewer, case_id, "rulings", {**RULING, **change})
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
    assert version(reviewer, case_id) == there


def test_a_ruling_relies_on_files_of_the_case_and_may_name_its_reviewer(quick: Players) -> None:
    case_id, uploader = quick.heard("relies")
    sent = uploader.post(f"/api/v1/cases/{case_id}/evidence", files=[("files", ("a.png", PNG, "image/png"))])
    (exhibit,) = sent.json()["exhibits"]
    reviewer, _second = quick.seat(case_id)
    unknown = step(reviewer, case_id, "rulings", {**RULING, "evidence_ids": ["ev_other"]})
    assert (unknown.status_code, unknown.json()["refusal"]) == (409, "evidence_unknown")
    own_id = next(name for name, client in quick.reviewers.items() if client is reviewer)
    body = {**RULING, "reviewer_id": own_id, "evidence_ids": [exhibit["id"]]}
    assert step(reviewer, case_id, "rulings", body).json()["own_ruling"]["evidence_ids"] == [exhibit["id"]]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"statement": NaN}', "application/json", 400),
        (b'{"statement": "a", "statement": "b"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"statement=x", "application/x-www-form-urlencoded", 415),
        (b'{"statement": "x"}', "text/plain", 415),
        (b'{"statement": "x"}', "application/json; charset=latin-1", 415),
        (b'{"statement": "' + b"x" * 2_000_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_are_none_are_refused(
    opened: tuple[str, Browser], content: bytes, media_type: str, status: int
) -> None:
    case_id, uploader = opened
    address = f"/api/v1/cases/{case_id}/statements"
    response = uploader.post(address, content=content, headers={"content-type": media_type})
    assert response.status_code == status, response.text
    assert response.json()["status"] == status
    assert version(uploader, case_id) == 1


FILES: dict[str, tuple[str, bytes, str]] = {
    "no bytes": ("a.png", b"", "empty"),
    "a text that says it is a picture": ("a.png", b"hello", "wrong_type"),
    "a path": ("../../etc/passwd", b"hello", "unsafe_name"),
    "a page": ("a.html", b"<html><script>alert(1)</script>", "unsupported"),
    "a program": ("a.exe", b"MZ" + b"\0" * 100, "unsupported"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_are_looked_at_before_they_are_kept(heard: tuple[str, Browser], kind: str) -> None:
    name, content, code = FILES[kind]
    case_id, uploader = heard
    there = version(uploader, case_id)
    sent = [("files", ("good.png", PNG, "image/png")), ("files", (name, content, "image/png"))]
    response = uploader.post(f"/api/v1/cases/{case_id}/evidence", files=sent)
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("/files/1", code)]
    assert version(uploader, case_id) == there


def test_forms_without_files_or_with_other_parts_are_refused(heard: tuple[str, Browser]) -> None:
    case_id, uploader = heard
    there = version(uploader, case_id)
    address = f"/api/v1/cases/{case_id}/evidence"
    good = ("files", ("good.png", PNG, "image/png"))
    assert uploader.post(address, files=[("other", ("good.png", PNG, "image/png"))]).status_code == 422
    assert uploader.post(address, files=[good], data={"note": "x"}).status_code == 422
    assert uploader.post(address, files=[good] * 11).json()["errors"][0]["code"] == "too_many_files"
    assert uploader.post(address, content=b"x", headers={"content-type": "image/png"}).status_code == 415
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert uploader.post(address, content=b"--y\r\nrubbish", headers=broken).status_code in (400, 422)
    assert uploader.post(address, content=b"", headers={"content-type": "multipart/form-data"}).status_code in (
        400,
        422,
    )
    large = uploader.post(address, files=[("files", ("a.png", PNG + b"\0" * 30_000_000, "image/png"))])
    assert large.json()["errors"][0]["code"] == "too_large"
    assert version(uploader, case_id) == there


def test_a_file_sent_again_is_kept_once(quick: Players) -> None:
    case_id, uploader = quick.heard("file again")
    address = f"/api/v1/cases/{case_id}/evidence"
    first = uploader.post(address, files=[("files", ("a.png", PNG, "image/png"))]).json()
    again = uploader.post(address, files=[("files", ("b.png", PNG, "image/png"))] * 2).json()
    assert again["exhibits"] == first["exhibits"]
    mine = quick.right_holder.post(address, files=[("files", ("a.png", PNG, "image/png"))]).json()
    assert len({exhibit["id"] for exhibit in mine["exhibits"]}) == 2
