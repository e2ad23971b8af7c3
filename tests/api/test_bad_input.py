"""Bad input: each kind has its answer, the lines beside it go in, and nothing else changes. Never a 500."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from tests.api.deliveries import JSON, NDJSON, Bench, answers, events_in, line, send, send_lines, statuses
from tests.samples import decision_line
from tests.web import Browser, Site

SHARE = b'"share_of_upload": "0.93"'


def with_share(text: str) -> bytes:
    """A line with this spelling as its share."""
    body = line("bad")
    assert SHARE in body
    return body.replace(SHARE, b'"share_of_upload": ' + text.encode())


def with_change(**changes: Any) -> bytes:
    return line("bad", **changes)


BAD_LINES: dict[str, tuple[bytes, str]] = {
    "share above one": (with_share("1.0000000001"), "/evidence/share_of_upload"),
    "share below zero": (with_share("-0.01"), "/evidence/share_of_upload"),
    "NaN": (with_share("NaN"), ""),
    "NaN as text": (with_share('"NaN"'), "/evidence/share_of_upload"),
    "infinity": (with_share("Infinity"), ""),
    "infinity as text": (with_share('"-Infinity"'), "/evidence/share_of_upload"),
    "1e999": (with_share("1e999"), "/evidence/share_of_upload"),
    "1e-999": (with_share("1e-999"), "/evidence/share_of_upload"),
    "41 digits": (with_share("0." + "1" * 41), "/evidence/share_of_upload"),
    "a million digits": (with_share("0." + "1" * 900_000), "/evidence/share_of_upload"),
    "a whole number of 5,000 digits": (with_share("1" * 5000), ""),
    "a share as boolean": (with_share("true"), "/evidence/share_of_upload"),
    "a share as list": (with_share("[0.9]"), "/evidence/share_of_upload"),
    "a share with blanks": (with_share('" 0.9"'), "/evidence/share_of_upload"),
    "a share in other digits": (with_share('"０.９"'), "/evidence/share_of_upload"),
    "no share of a fingerprint": (with_share("null"), "/evidence"),
    "a boolean as version": (with_change(upload__version=True), "/upload/version"),
    "a fraction as version": (with_change(upload__version=1.5), "/upload/version"),
    "a huge version": (with_change(upload__version=2**70), "/upload/version"),
    "text as version": (with_change(upload__version="1"), "/upload/version"),
    "a number as flag": (with_change(upload__commercial=1), "/upload/commercial"),
    "a number as id": (with_change(upload__id=17), "/upload/id"),
    "an id of 10,000 characters": (with_change(upload__id="x" * 10_000), "/upload/id"),
    "an empty id": (with_change(upload__id=""), "/upload/id"),
    "NUL in an id": (with_change(upload__id="up\x00"), "/upload/id"),
    "NUL in a title": (with_change(upload__title="My\x00review"), "/upload/title"),
    "half a character": (with_change(upload__title="\ud800"), "/upload/title"),
    "half a character as a name": (line("bad").replace(b'"source"', b'"\\ud800"'), ""),
    "an unknown field": (with_change(priority=1), "/priority"),
    "an unknown field deep inside": (with_change(evidence__colour="red"), "/evidence/colour"),
    "a date without zone": (with_change(decided_at="2026-06-30T19:59:00"), "/decided_at"),
    "a date in seconds": (with_change(decided_at=1782820740), "/decided_at"),
    "a date that is none": (with_change(decided_at="2026-02-30T19:59:00Z"), "/decided_at"),
    "the year 9999": (with_change(decided_at="9999-12-31T23:59:59-12:00"), "/decided_at"),
    "the year 1": (with_change(decided_at="0001-01-01T00:00:00+14:00"), "/decided_at"),
    "a year before there were uploads": (with_change(decided_at="1989-12-31T23:59:59Z"), "/decided_at"),
    "public since later": (with_change(upload__public_since="2026-07-01T00:00:00+08:00"), "/upload/public_since"),
    "an unknown medium": (with_change(upload__medium="smell"), "/upload/medium"),
    "an unknown provision": (
        with_change(marks=[{"basis": "statutory_exception", "provision": "CN_ART24_14"}]),
        "/marks/0",
    ),
    "a segment that ends before it starts": (
        with_change(evidence__segments=[{"upload": [5, 4]}]),
        "/evidence/segments/0",
    ),
    "too many segments": (with_change(evidence__segments=[{"upload": [0, 1]}] * 2001), "/evidence/segments"),
    "a name given twice": (line("bad").replace(b'"source"', b'"source": "a", "source"'), ""),
    "invalid UTF-8": (line("bad").replace(b"My review", b"My \xff review"), ""),
    "UTF-16": (line("bad").decode().encode("utf-16-le").replace(b"\n", b" "), ""),
    "deep nesting": (b'{"decision_id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    "a list": (b"[1, 2]", ""),
    "a number": (b"17", ""),
    "null": (b"null", ""),
    "half an object": (line("bad")[:-10], ""),
    "two objects": (line("bad") + line("bad"), ""),
    "no JSON": (b"decision_id,source", ""),
    "a control character": (line("bad").replace(b"My review", b"My \x01 review"), ""),
    "a line of 10 MB": (with_change(upload__title="x" * 10_000_000), ""),
    "80,000 unknown names": (json.dumps({f"n{number}": 0 for number in range(80_000)}).encode(), ""),
}


@pytest.mark.parametrize("kind", BAD_LINES)
def test_a_bad_line_is_refused_and_its_neighbours_go_in(bench: Bench, kind: str) -> None:
    bad, pointer = BAD_LINES[kind]
    there = bench.events()
    response = send_lines(bench.api, [line(f"before {kind}"), bad, line(f"after {kind}")])
    assert response.status_code == 207
    assert statuses(response) == ["created", "refused", "created"]
    refused = answers(response)[1]
    assert refused["case_id"] is None
    assert refused["errors"]
    assert all(error["code"] and error["detail"] for error in refused["errors"])
    assert pointer in [error["pointer"] for error in refused["errors"]]
    assert len(response.content) < 30_000, "the answer must not repeat what was sent"
    assert bench.events() == there + 2


@pytest.mark.postgresql
def test_bad_lines_are_refused_on_postgresql_too(postgresql_site: Site) -> None:
    bad = [one for one, _pointer in BAD_LINES.values() if len(one) < 100_000]
    response = send_lines(postgresql_site.engine_api(), [line("before"), *bad, line("after")])
    assert statuses(response) == ["created", *["refused"] * len(bad), "created"]
    assert events_in(postgresql_site) == 2


@pytest.mark.parametrize(
    "kind", [kind for kind, (bad, _pointer) in BAD_LINES.items() if kind not in ("two objects", "half an object")]
)
def test_a_bad_element_is_refused_by_itself(bench: Bench, kind: str) -> None:
    bad, _pointer = BAD_LINES[kind]
    there = bench.events()
    neighbours = [line(f"ahead of {kind}"), line(f"behind {kind}")]
    response = send(bench.api, b"[" + b",".join([neighbours[0], bad, neighbours[1]]) + b"]")
    if kind in ("no JSON", "UTF-16"):  # its comma or its quotes belong to the array
        assert response.status_code in (207, 400)
        return
    assert response.status_code == 207
    assert [answer["status"] for answer in response.json()] == ["created", "refused", "created"]
    assert bench.events() == there + 2


def test_a_single_object_that_does_not_fit_is_multi_status(bench: Bench) -> None:
    there = bench.events()
    response = send(bench.api, with_share("2"))
    assert response.status_code == 207
    assert response.json()["status"] == "refused"
    assert response.json()["decision_id"] == "bad"
    assert bench.events() == there


@pytest.mark.parametrize("share", ["-0.0", "-0", "0", "0e-7", "1", "1.000", "9E-1"])
def test_unusual_spellings_of_good_shares_are_taken(bench: Bench, share: str) -> None:
    body = with_share(share).replace(b'"bad"', f'"spelling {share}"'.encode())
    response = send(bench.api, body)
    assert response.status_code == 200, response.text


WHOLE: dict[str, tuple[bytes, dict[str, str], int]] = {
    "nothing": (b"", {}, 400),
    "nothing but blanks": (b" \n \n", {}, 400),
    "blank lines": (b" \n \n", {"content_type": NDJSON}, 400),
    "no JSON": (b"hello", {}, 400),
    "a bare string": (b'"hello"', {}, 400),
    "half an object": (line()[:-5], {}, 400),
    "half an array": (b"[" + line(), {}, 400),
    "an array in pieces": (b"[" + line() + b",," + line("eng-2") + b"]", {}, 400),
    "something after an array": (b"[" + line() + b"] x", {}, 400),
    "an open string": (b'[{"a": "' + b'\\"' * 200_000, {}, 400),
    "NaN instead of an object": (b"NaN", {}, 400),
    "truncated gzip": (gzip.compress(line() * 20)[:-9], {"content_encoding": "gzip"}, 400),
    "broken gzip": (gzip.compress(line())[:30] + b"rubbish" * 9, {"content_encoding": "gzip"}, 400),
    "no gzip": (line(), {"content_encoding": "gzip"}, 400),
    "empty gzip": (gzip.compress(b""), {"content_encoding": "gzip"}, 400),
    "another packing": (line(), {"content_encoding": "br"}, 415),
    "another type": (line(), {"content_type": "text/csv"}, 415),
    "a form": (b"decision_id=1", {"content_type": "application/x-www-form-urlencoded"}, 415),
    "another character set": (line(), {"content_type": "application/json; charset=utf-16"}, 415),
    "an object of 10 MB": (line(upload__title="x" * 10_000_000), {}, 413),
    "10,001 lines": (b"{}\n" * 10_001, {"content_type": NDJSON}, 413),
    "10,001 blank lines": (b"\n" * 10_001 + line(), {"content_type": NDJSON}, 413),
    "1,001 elements": (b"[" + b",".join([line()] * 1001) + b"]", {}, 413),
    "a million elements": (b"[" + b"0," * 1_000_000 + b"0]", {}, 413),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_bad_delivery_is_refused_as_a_whole(bench: Bench, kind: str) -> None:
    there = bench.events()
    body, headers, status = WHOLE[kind]
    media_type = headers.get("content_type", JSON)
    rest = {name: value for name, value in headers.items() if name != "content_type"}
    response = send(bench.api, body, media_type, **rest)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert problem["status"] == status
    assert problem["errors"][0]["detail"]
    assert len(response.content) < 2000
    assert bench.events() == there


def tight(bench: Bench, **limits: int) -> Browser:
    """An engine at the same site with tighter limits."""
    settings = bench.site.parts.settings.model_copy(update=limits)
    api = Site(replace(bench.site.parts, settings=settings), bench.site.clock, bench.site.loop).api()
    api.headers["authorization"] = bench.api.headers["authorization"]
    return api


def test_a_bomb_is_stopped_early(bench: Bench) -> None:
    there = bench.events()
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 100_000
    api = tight(bench, most_body_bytes=1_000_000)
    tracemalloc.start()
    response = send(api, bomb, NDJSON, content_encoding="gzip")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert response.status_code == 413
    assert peak < 10_000_000
    assert bench.events() == there


def test_limits_are_those_of_the_settings(bench: Bench) -> None:
    there = bench.events()
    api = tight(bench, most_body_bytes=2048, most_line_bytes=1024)
    assert send(api, b"[" + b",".join([line("a"), line("b"), line("c")]) + b"]").status_code == 413
    chunks: Iterator[bytes] = iter([line("a"), b"\n", line("b"), b"\n", line("c"), b"\n"])
    response = api.post("/api/v1/decisions", content=chunks, headers={"content-type": NDJSON})
    assert response.status_code == 413
    packed = gzip.compress(b"\n".join([line("a"), line("b"), line("c")]))
    assert send(api, packed, NDJSON, content_encoding="gzip").status_code == 413
    assert statuses(send_lines(api, [line("a", upload__title="x" * 500), b"[]"])) == ["refused", "refused"]
    assert bench.events() == there


def test_a_connection_that_breaks_changes_nothing(bench: Bench) -> None:
    there = bench.events()
    token = bench.api.headers["authorization"]
    messages = iter(
        [
            {"type": "http.request", "body": line("eng-1") + b"\n", "more_body": True},
            {"type": "http.request", "body": line("eng-2") + b"\n", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def send_away(_message: Any) -> None:
        return

    headers = [(b"authorization", token.encode()), (b"content-type", NDJSON.encode()), (b"host", b"testserver")]
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/decisions",
        "raw_path": b"/api/v1/decisions",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    with start_blocking_portal() as elsewhere:  # where a test with Chromium was here before, a loop runs in this thread
        elsewhere.call(bench.site, scope, receive, send_away)
    assert next(messages, None) is None
    assert bench.events() == there


def test_the_good_lines_of_a_bad_delivery_are_really_there(site: Site) -> None:
    api = site.engine_api()
    response = send_lines(api, [line("good-1"), b"{", line("good-2")])
    cases = [answer["case_id"] for answer in answers(response) if answer["status"] == "created"]
    assert [api.get(f"/api/v1/cases/{case}").json()["decision_id"] for case in cases] == ["good-1", "good-2"]
    assert json.loads(line("good-1")) == decision_line("0.93", "good-1")
