"""Decisions in: the three forms of delivery, the answers, and deliveries that repeat or contradict themselves."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from casework.app import build_parts, create_app
from casework.domain.facts import Role
from casework.views.access.tokens import Scope
from tests.api.deliveries import ANSWER_FIELDS, JSON, NDJSON, answers, events_in, line, send, send_lines, statuses
from tests.samples import REVIEW_MARK, decision_line
from tests.web import Site


def test_an_object_gets_an_object(site: Site) -> None:
    response = send(site.engine_api(), line("eng-1", "0.93"))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(JSON)
    answer = response.json()
    assert set(answer) == ANSWER_FIELDS
    assert {name: answer[name] for name in ANSWER_FIELDS - {"case_id", "decision_page"}} == {
        "decision_id": "eng-1",
        "status": "created",
        "outcome": "presumed_infringing",
        "rule": "band_high",
        "standard": "cn-2021-1",
        "action": "block",
        "errors": [],
    }
    assert answer["decision_page"].startswith("/d/")
    assert site.parts.links.read(answer["decision_page"].removeprefix("/d/")) is not None


@pytest.mark.parametrize(
    ("share", "marks", "outcome", "action"),
    [
        ("0.50", [], "presumed_lawful", "publish"),
        ("0.5000000001", [], "warning", "publish"),
        ("0.8999999999999999999999999999", [], "warning", "publish"),
        ("0.9", [], "presumed_infringing", "block"),
        ("0.9", [REVIEW_MARK], "marked_lawful", "publish"),
    ],
)
def test_the_standard_is_applied_exactly(
    sqlite_site: Site, share: str, marks: list[dict[str, str]], outcome: str, action: str
) -> None:
    # As JSON numbers, which a float would round to the wrong side.
    body = line("eng-1", share, marks=marks).replace(f'"{share}"'.encode(), share.encode())
    assert f'"share_of_upload": {share}'.encode() in body
    answer = send(sqlite_site.engine_api(), body).json()
    assert (answer["outcome"], answer["action"]) == (outcome, action)


def test_an_array_gets_an_array_in_order(site: Site) -> None:
    body = json.dumps([decision_line("0.3", f"eng-{number}") for number in (3, 1, 2)]).encode()
    response = send(site.engine_api(), body)
    assert response.status_code == 200
    assert [answer["decision_id"] for answer in response.json()] == ["eng-3", "eng-1", "eng-2"]


def test_an_empty_array_is_an_empty_answer(sqlite_site: Site) -> None:
    response = send(sqlite_site.engine_api(), b" [ ] ")
    assert (response.status_code, response.json()) == (200, [])


def test_lines_get_lines_in_order_over_several_transactions(site: Site) -> None:
    names = [f"eng-{number}" for number in range(1203)]
    response = send_lines(site.engine_api(), [line(name) for name in names])
    assert response.status_code == 200
    assert [answer["decision_id"] for answer in answers(response)] == names
    assert events_in(site) == len(names)


def test_blank_lines_carriage_returns_and_a_byte_order_mark_are_passed_over(sqlite_site: Site) -> None:
    body = b"\xef\xbb\xbf" + line("eng-1") + b"\r\n\r\n  \t\n\n" + line("eng-2")
    response = send(sqlite_site.engine_api(), body, NDJSON)
    assert statuses(response) == ["created", "created"]


def test_gzip_is_unpacked_in_several_parts_too(site: Site) -> None:
    packed = gzip.compress(line("eng-1") + b"\n") + gzip.compress(line("eng-2") + b"\n")
    response = send(site.engine_api(), packed, NDJSON, content_encoding="gzip")
    assert statuses(response) == ["created", "created"]


def test_the_same_again_is_a_duplicate_with_the_same_case_and_link(site: Site) -> None:
    api = site.engine_api()
    first = send(api, line(marks=[REVIEW_MARK])).json()
    site.clock.advance(timedelta(days=3))
    again = send(api, line(marks=[REVIEW_MARK]))
    assert again.status_code == 200
    assert again.json() == {**first, "status": "duplicate"}
    assert events_in(site) == 1


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"evidence__share_of_upload": "0.94"}, "/evidence"),
        ({"decided_at": "2026-06-30T20:59:00+08:00"}, "/decided_at"),
        ({"upload__title": "Another title"}, "/upload/title"),
        ({"upload__uploader_id": "u-78"}, "/upload/uploader_id"),
        ({"work__right_holder_id": "rh-4"}, "/work/right_holder_id"),
        ({"marks": [{**REVIEW_MARK, "statement": "Other words."}]}, "/marks"),
    ],
)
def test_the_same_id_with_other_content_is_refused_and_the_difference_named(
    sqlite_site: Site, changes: dict[str, object], place: str
) -> None:
    api = sqlite_site.engine_api()
    first = send(api, line(marks=[REVIEW_MARK])).json()
    response = send(api, line(**{"marks": [REVIEW_MARK], **changes}))
    assert response.status_code == 207
    answer = response.json()
    assert (answer["status"], answer["case_id"]) == ("refused", first["case_id"])
    assert [error["pointer"] for error in answer["errors"]] == [place]
    assert events_in(sqlite_site) == 1


def test_the_same_moment_in_another_zone_is_no_difference(sqlite_site: Site) -> None:
    api = sqlite_site.engine_api()
    send(api, line())
    assert send(api, line(decided_at="2026-06-30T11:59:00Z")).json()["status"] == "duplicate"


def test_the_same_id_of_another_source_is_another_case(sqlite_site: Site) -> None:
    api = sqlite_site.engine_api()
    first = send(api, line()).json()
    other = send(api, line(source="audio-eu2")).json()
    assert other["status"] == "created"
    assert other["case_id"] != first["case_id"]


def test_two_equal_lines_of_one_delivery_open_one_case(site: Site) -> None:
    response = send_lines(site.engine_api(), [line(), line(), line("eng-1", "0.2")])
    assert response.status_code == 207
    assert statuses(response) == ["created", "duplicate", "refused"]
    assert len({answer["case_id"] for answer in answers(response)}) == 1
    assert events_in(site) == 1


def test_two_deliveries_at_once_open_each_case_once(site: Site) -> None:
    lines = [line(f"eng-{number}") for number in range(400)]
    token = site.token(site.account(Role.ENGINEER), Scope.DECISIONS_WRITE)
    others = [build_parts(site.parts.settings, clock=site.clock) for _ in range(3)]
    sites = [site, *(Site(create_app(parts=parts), parts, site.clock) for parts in others)]
    try:
        with ThreadPoolExecutor(len(sites)) as pool:
            responses = list(pool.map(lambda one: send_lines(one.api(token), lines), sites))
    finally:
        for parts in others:
            parts.close()
    assert [response.status_code for response in responses] == [200] * len(sites)
    found = [answers(response) for response in responses]
    for same in zip(*found, strict=True):
        assert sorted(answer["status"] for answer in same) == ["created", "duplicate", "duplicate", "duplicate"]
        assert len({(answer["case_id"], answer["decision_page"]) for answer in same}) == 1
    assert events_in(site) == len(lines)


def test_a_decision_from_before_any_standard_is_refused_by_its_time(sqlite_site: Site) -> None:
    response = send(sqlite_site.engine_api(), line(decided_at="2019-01-01T00:00:00+08:00"))
    assert response.status_code == 207
    assert response.json()["errors"][0]["pointer"] == "/decided_at"


def test_personal_words_are_not_in_the_log(sqlite_site: Site) -> None:
    send(sqlite_site.engine_api(), line(upload__title="Wang Xiaoming sings", marks=[REVIEW_MARK]))
    log = sqlite_site.parts.casework.log
    (recorded,) = log.read(0, 10)
    _topic, stored = log.codec.encode_recorded(recorded)
    for word in (b"Xiaoming", b"u-77", b"rh-3", b"It is a review", b"example.org"):
        assert word not in stored


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.DECISIONS_WRITE])
def test_other_scopes_are_not_enough(sqlite_site: Site, scope: Scope) -> None:
    token = sqlite_site.token(sqlite_site.account(*_ROLES), scope)
    response = send(sqlite_site.api(token), line())
    assert response.status_code == 403
    assert response.json()["needs"] == "decisions:write"
    assert events_in(sqlite_site) == 0


_ROLES = (Role.ENGINEER, Role.COMPLIANCE, Role.RIGHT_HOLDER)


def test_nobody_is_turned_away_with_a_problem(sqlite_site: Site) -> None:
    response = send(sqlite_site.api(), line())
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("application/problem+json")
    assert events_in(sqlite_site) == 0
