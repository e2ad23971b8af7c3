"""``/cases/{id}/media``: compared files come in once, each field that is wrong is named, and few may fetch."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from casework.domain.facts import Role
from casework.jobs.previews import PreviewMaker
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, Bench, line, send
from tests.api.players import Players
from tests.matching.media_files import make, source
from tests.web import Browser, Site

LONG = {"upload": ["1", "2"], "work": ["1", "2"]}


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of a tone."""
    path = tmp_path_factory.mktemp("song") / "song.mp3"
    return make(path, *source("sine=frequency=440:duration=2")).read_bytes()


def opened(players: Players, decision_id: str, **changes: Any) -> dict[str, Any]:
    body = line(decision_id, "0.93", upload__medium="audio", evidence__segments=[LONG], **changes)
    answer: dict[str, Any] = send(players.engine, body).json()
    assert answer["errors"] == []
    return answer


def put(
    client: Browser, case_id: str, content: bytes, side: str = "upload", name: str = "song.mp3", key: str | None = None
) -> httpx.Response:
    return client.post(
        f"/api/v1/cases/{case_id}/media",
        data={"side": side},
        files={"file": (name, content)},
        headers={} if key is None else {"Idempotency-Key": key},
    )


def prepare(site: Site) -> None:
    maker = PreviewMaker(site.parts.casework, site.parts.previews)
    while maker.make_one():
        pass


def media(client: Browser, case_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v1/cases/{case_id}/media").json()
    return {one["side"]: one for one in answer["media"]}


def pointers(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_a_file_comes_in_once_and_another_one_is_refused(players: Players, song: bytes) -> None:
    case_id = opened(players, "m-once")["case_id"]
    first = put(players.engine, case_id, song)
    assert first.status_code == 200, first.text
    upload, work = first.json()["media"]
    assert (upload["state"], upload["media_type"], upload["size"]) == ("waiting", "audio/mpeg", len(song))
    assert (work["state"], work["media_type"]) == ("none", None)
    assert put(players.engine, case_id, song).json() == first.json()
    other = put(players.engine, case_id, song + b"\0")
    assert (other.status_code, other.json()["code"]) == (409, "media_differs")
    events = players.engine.get(f"/api/v1/cases/{case_id}/events").json()["events"]
    assert [one["type"] for one in events] == ["filtering_decision_recorded", "matched_media_deposited"]


def test_an_upload_is_the_one_that_the_decision_names(quick: Players, song: bytes) -> None:
    digest = hashlib.sha256(song).hexdigest()
    case_id = opened(quick, "m-named", upload__content_sha256=digest)["case_id"]
    assert put(quick.engine, case_id, song + b"\0").json()["code"] == "media_differs"
    assert put(quick.engine, case_id, song).status_code == 200


def test_a_key_answers_again_and_is_not_used_for_another_side(quick: Players, song: bytes) -> None:
    case_id = opened(quick, "m-key")["case_id"]
    first = put(quick.engine, case_id, song, key="k1")
    assert put(quick.engine, case_id, song, key="k1").json() == first.json()
    again = put(quick.engine, case_id, song, side="work", key="k1")
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_reused")


def test_each_field_that_is_wrong_is_named(quick: Players, song: bytes) -> None:
    case_id = opened(quick, "m-wrong")["case_id"]
    address = f"/api/v1/cases/{case_id}/media"
    assert pointers(put(quick.engine, case_id, song, side="both")) == [("/side", "enum")]
    nothing = quick.engine.post(address, data={"more": "1"}, files={"other": ("a.mp3", song)})
    assert pointers(nothing) == [
        ("/file", "not_a_file"),
        ("/more", "extra_forbidden"),
        ("/other", "extra_forbidden"),
        ("/side", "enum"),
    ]
    assert pointers(put(quick.engine, case_id, b"<svg><script>alert(1)</script></svg>", name="a.svg"))[0][0] == "/file"
    assert pointers(put(quick.engine, case_id, b"<html>", name="a.txt")) == [("/file", "wrong_type")]
    assert pointers(put(quick.engine, case_id, b"")) == [("/file", "empty")]
    assert pointers(put(quick.engine, case_id, song, name="../song.mp3")) == [("/file", "unsafe_name")]
    assert quick.engine.post(address, json={"side": "upload"}).status_code == 415
    assert put(quick.engine, "00000000-0000-4000-8000-00000000abcd", song).status_code == 404


def test_a_file_over_the_limit_of_the_settings_is_refused(small: Players, song: bytes) -> None:
    case_id = opened(small, "m-large")["case_id"]
    assert pointers(put(small.engine, case_id, song)) == [("/file", "too_large")]
    assert put(small.engine, case_id, song[:4096]).status_code == 200


@pytest.fixture
def small(bench: Bench) -> Iterator[Players]:
    """The same site, where files have 4 KiB at most."""
    site, parts = bench.site, bench.site.parts
    site.parts = replace(parts, settings=parts.settings.model_copy(update={"most_media_bytes": 4096}))
    token = site.token(site.account(Role.ENGINEER), Scope.DECISIONS_WRITE, Scope.CASES_READ, valid_for=YEARS)
    yield Players(site, site.api(token))
    site.parts = parts


def test_only_who_delivers_decisions_lays_files_there(quick: Players, song: bytes) -> None:
    answer = opened(quick, "m-who")
    link = quick.site.api(answer["decision_page"].removeprefix("/d/"))
    for client in (quick.right_holder, quick.compliance, quick.intake, link):
        assert put(client, answer["case_id"], song).status_code == 403
    assert put(quick.site.api(), answer["case_id"], song).status_code == 401


def test_previews_are_for_those_who_may_see_the_case_and_originals_for_their_own_side(
    quick: Players, song: bytes
) -> None:
    answer = opened(quick, "m-see")
    case_id = answer["case_id"]
    link = quick.site.api(answer["decision_page"].removeprefix("/d/"))
    for side in ("upload", "work"):
        assert put(quick.engine, case_id, song, side=side).status_code == 200
    prepare(quick.site)
    for client, sides in (
        (link, ["upload"]),
        (quick.right_holder, ["work"]),
        (quick.compliance, ["upload", "work"]),
        (quick.intake, ["upload", "work"]),
        (quick.engine, []),
        (quick.oversight, []),
    ):
        found = media(client, case_id)
        assert {one["state"] for one in found.values()} == {"ready"}
        assert [side for side in found if "original" in found[side]["links"]] == sides
        for side in ("upload", "work"):
            status = client.get(f"/api/v1/cases/{case_id}/media/{side}/original").status_code
            assert status == (200 if side in sides else 404)
            shown = client.get(f"/api/v1/cases/{case_id}/media/{side}/excerpt").status_code
            assert shown == (200 if sides else 404)
    assert quick.other_right_holder.get(f"/api/v1/cases/{case_id}/media").status_code == 404
    assert quick.other_right_holder.get(f"/api/v1/cases/{case_id}/media/work/excerpt").status_code == 404
    assert link.get(f"/api/v1/cases/{case_id}/media/upload/facts").status_code == 404
    assert link.get(f"/api/v1/cases/{case_id}/media/both/excerpt").status_code == 404


def test_a_preview_is_sent_by_ranges_and_never_as_what_a_browser_runs(quick: Players, song: bytes) -> None:
    answer = opened(quick, "m-range")
    put(quick.engine, answer["case_id"], song)
    prepare(quick.site)
    address = f"{answer['decision_page']}/media/upload/excerpt"
    browser = quick.site.browser()
    whole = browser.get(address)
    size = len(whole.content)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/mp4")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cache-control"] == "private, max-age=300"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, start, end in (
        ("0-99", 0, 100),
        ("100-", 100, size),
        ("-50", size - 50, size),
        (f"9-{size * 9}", 9, size),
    ):
        part = browser.get(address, headers={"range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, whole.content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for false in (f"bytes={size}-", "bytes=-0", "bytes=5-4"):
        refused = browser.get(address, headers={"range": false})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")
    for ignored in ("bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"):
        assert browser.get(address, headers={"range": ignored}).status_code == 200
    tag = whole.headers["etag"]
    assert browser.get(address, headers={"if-none-match": tag}).status_code == 304
    assert browser.get(address, headers={"range": "bytes=0-9", "if-range": '"other"'}).status_code == 200
    assert browser.get(address, headers={"range": "bytes=0-9", "if-range": tag}).status_code == 206
    assert browser.head(address).headers["content-length"] == str(size)
    assert list(Path(tempfile.gettempdir()).glob("casework-previews-*/original")) == [], "a decoding left its file"
    own = browser.get(f"{answer['decision_page']}/media/upload/original")
    assert own.content == song
    assert own.headers["content-disposition"].startswith('attachment; filename="song.mp3"')


def test_each_desk_fetches_below_its_own_address(quick: Players, song: bytes) -> None:
    case_id = opened(quick, "m-desk")["case_id"]
    put(quick.engine, case_id, song)
    prepare(quick.site)
    site = quick.site
    for account, desk, status in (
        (site.account(Role.RIGHT_HOLDER), "right-holder", 200),
        (site.account(Role.RIGHT_HOLDER, right_holder_id="rh-8"), "right-holder", 404),
        (site.account(Role.COMPLIANCE), "compliance", 200),
        (site.account(Role.INTAKE), "intake", 200),
        (site.account(Role.REVIEWER), "reviewer", 404),
    ):
        answer = site.browser(account).get(f"/{desk}/cases/{case_id}/media/upload/excerpt")
        assert answer.status_code == status, desk
    assert site.browser().get(f"/compliance/cases/{case_id}/media/upload/excerpt").status_code in (302, 303, 401)
    assert site.browser().get("/d/false/media/upload/excerpt").status_code == 404
