"""Decisions in: the three forms of delivery, the answers, and deliveries that repeat or contradict themselves."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from casework.domain.facts import Role
from casework.parts import build_parts
from casework.views.access.tokens import Scope
from tests.api.deliveries import ANSWER_FIELDS, JSON, NDJSON, Bench, answers, line, send, send_lines, statuses
from tests.samples import MATCHER, REVIEW_MARK, decision_line


def test_an_object_gets_an_object(each_bench: Bench) -> None:
    response = send(each_bench.api, line("one object", "0.93"))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(JSON)
    answer = response.json()
    assert set(answer) == ANSWER_FIELDS
    assert {name: answer[name] for name in ANSWER_FIELDS - {"case_id", "decision_page"}} == {
        "decision_id": "one object",
        "status": "created",
        "outcome": "presumed_infringing",
        "rule": "band_high",
        "standard": "cn-2021-1",
        "action": "block",
        "errors": [],
    }
    assert answer["decision_page"].startswith("/d/")
    case, _epoch = each_bench.site.parts.links.read(answer["decision_page"].removeprefix("/d/")) or (None, None)
    assert str(case) == answer["case_id"]


@pytest.mark.parametrize(
    ("share", "marks", "outcome", "action"),
    [
        ("0.50", [], "presumed_lawful", "publish"),
        ("0.5000000001", [], "warning", "publish"),
        ("0.8999999999999999999999999999", [], "warning", "publish"),
        ("0.9", [], "presumed_infringing", "block"),
        ("0.90", [REVIEW_MARK], "marked_lawful", "publish"),
    ],
)
def test_the_standard_is_applied_exactly(
    bench: Bench, share: str, marks: list[dict[str, str]], outcome: str, action: str
) -> None:
    # As JSON numbers, which a float would round to the wrong side.
    body = line(f"exact {share}", share, marks=marks).replace(f'"{share}"'.encode(), share.encode())
    assert f'"share_of_upload": {share}'.encode() in body
    answer = send(bench.api, body).json()
    assert (answer["outcome"], answer["action"]) == (outcome, action)


def test_an_array_gets_an_array_in_order(each_bench: Bench) -> None:
    body = json.dumps([decision_line("0.3", f"array {number}") for number in (3, 1, 2)]).encode()
    response = send(each_bench.api, body)
    assert response.status_code == 200
    assert [answer["decision_id"] for answer in response.json()] == ["array 3", "array 1", "array 2"]


def test_an_empty_array_is_an_empty_answer(bench: Bench) -> None:
    response = send(bench.api, b" [ ] ")
    assert (response.status_code, response.json()) == (200, [])


def test_lines_get_lines_in_order_over_several_transactions(each_bench: Bench) -> None:
    there = each_bench.events()
    names = [f"many {number}" for number in range(1203)]
    response = send_lines(each_bench.api, [line(name) for name in names])
    assert response.status_code == 200
    assert [answer["decision_id"] for answer in answers(response)] == names
    assert each_bench.events() == there + len(names)


def test_blank_lines_carriage_returns_and_a_byte_order_mark_are_passed_over(bench: Bench) -> None:
    body = b"\xef\xbb\xbf" + line("mark 1") + b"\r\n\r\n  \t\n\n" + line("mark 2")
    response = send(bench.api, body, NDJSON)
    assert statuses(response) == ["created", "created"]


def test_gzip_is_unpacked_in_several_parts_too(bench: Bench) -> None:
    packed = gzip.compress(line("packed 1") + b"\n") + gzip.compress(line("packed 2") + b"\n")
    response = send(bench.api, packed, NDJSON, content_encoding="gzip")
    assert statuses(response) == ["created", "created"]


def test_the_same_again_is_a_duplicate_with_the_same_case_and_link(each_bench: Bench) -> None:
    first = send(each_bench.api, line("again", marks=[REVIEW_MARK])).json()
    there = each_bench.events()
    each_bench.site.clock.advance(timedelta(days=3))
    again = send(each_bench.api, line("again", marks=[REVIEW_MARK]))
    assert again.status_code == 200
    assert again.json() == {**first, "status": "duplicate"}
    assert each_bench.events() == there


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
    bench: Bench, changes: dict[str, Any], place: str
) -> None:
    name = f"differs in {place}"
    first = send(bench.api, line(name, marks=[REVIEW_MARK])).json()
    there = bench.events()
    response = send(bench.api, line(name, **{"marks": [REVIEW_MARK], **changes}))
    assert response.status_code == 207
    answer = response.json()
    assert (answer["status"], answer["case_id"]) == ("refused", first["case_id"])
    assert [error["pointer"] for error in answer["errors"]] == [place]
    assert bench.events() == there


def test_the_same_moment_in_another_zone_is_no_difference(bench: Bench) -> None:
    send(bench.api, line("zone"))
    assert send(bench.api, line("zone", decided_at="2026-06-30T11:59:00Z")).json()["status"] == "duplicate"


def test_the_same_id_of_another_source_is_another_case(bench: Bench) -> None:
    first = send(bench.api, line("source")).json()
    other = send(bench.api, line("source", source="audio-eu2")).json()
    assert other["status"] == "created"
    assert other["case_id"] != first["case_id"]


def test_two_equal_lines_of_one_delivery_open_one_case(each_bench: Bench) -> None:
    there = each_bench.events()
    response = send_lines(each_bench.api, [line("twin"), line("twin"), line("twin", "0.2")])
    assert response.status_code == 207
    assert statuses(response) == ["created", "duplicate", "refused"]
    assert len({answer["case_id"] for answer in answers(response)}) == 1
    assert each_bench.events() == there + 1


def test_two_deliveries_at_once_open_each_case_once(each_bench: Bench) -> None:
    there = each_bench.events()
    lines = [line(f"race {number}") for number in range(300)]
    site = each_bench.site
    # Two processes share nothing but the database; so do two sets of parts.
    other = build_parts(site.parts.settings, clock=site.clock)
    try:
        intakes = [site.parts.intake, other.intake]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda intake: list(intake.take(lines, MATCHER)), intakes))
    finally:
        other.close()
    for same in zip(*found, strict=True):
        assert sorted(answer.status for answer in same) == ["created", "duplicate"]
        assert len({(answer.case_id, answer.page) for answer in same}) == 1
    assert each_bench.events() == there + len(lines)


def test_a_decision_from_before_any_standard_is_refused_by_its_time(bench: Bench) -> None:
    response = send(bench.api, line("early", decided_at="2019-01-01T00:00:00+08:00"))
    assert response.status_code == 207
    assert response.json()["errors"][0]["pointer"] == "/decided_at"


def test_personal_words_are_not_in_the_log(bench: Bench) -> None:
    there = bench.site.parts.casework.log.head()
    send(bench.api, line("private", upload__title="Wang Xiaoming sings", marks=[REVIEW_MARK]))
    log = bench.site.parts.casework.log
    (recorded,) = log.read(there, 10)
    _topic, stored = log.codec.encode_recorded(recorded)
    for word in (b"Xiaoming", b"u-77", b"rh-3", b"It is a review", b"example.org"):
        assert word not in stored


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.DECISIONS_WRITE])
def test_other_scopes_are_not_enough(bench: Bench, scope: Scope) -> None:
    there = bench.events()
    token = bench.site.token(bench.site.account(Role.ENGINEER, Role.COMPLIANCE, Role.RIGHT_HOLDER), scope)
    response = send(bench.site.api(token), line("other scope"))
    assert response.status_code == 403
    assert response.json()["needs"] == "decisions:write"
    assert bench.events() == there


def test_nobody_is_turned_away_with_a_problem(bench: Bench) -> None:
    there = bench.events()
    response = send(bench.site.api(), line("nobody"))
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("application/problem+json")
    assert bench.events() == there
