"""Publishing over the API, and what it rests on: moments still to come, damaged bytes, words that are held."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.contents import Contents, DamagedContent
from casework.domain.facts import Role
from casework.domain.publication.values import TextSection
from casework.reports.narrative import read_passages, split, unknown_placeholders
from casework.views.access.tokens import Scope
from tests.views.pages.publishing_stories import ADDRESS, approve_all, make_run
from tests.views.pages.stories import open_case
from tests.web import Browser, Site


def officer(site: Site) -> Browser:
    return site.api(
        site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_WRITE, Scope.REPORTS_READ, Scope.CASES_READ)
    )


def test_a_report_is_published_over_the_api(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    first, second, anybody = officer(site), officer(site), site.api()
    approve_all(site)
    open_case(site)
    run = make_run(site, site.browser(site.account(Role.COMPLIANCE)), tmp_path)
    base = f"/api/v1/reports/{run}"
    assert first.post("/api/v1/reports/rr_none/proposals", json={}).status_code == 404
    assert first.post(f"{base}/proposals", json={"run": run}).status_code == 422
    proposed = first.post(f"{base}/proposals", json={})
    assert (proposed.status_code, proposed.json()["stage"]) == (200, "open")
    own = first.post(f"{base}/agreements", json={"proposal": 1})
    assert (own.status_code, own.json()["code"]) == (409, "second_officer_needed")
    wrong = second.post(f"{base}/ends", json={"proposal": 1, "how": "forgotten", "reasons": "No."})
    assert wrong.status_code == 422
    ended = second.post(f"{base}/ends", json={"proposal": 1, "how": "declined", "reasons": "A word is wrong."})
    assert ended.json()["stage"] == "declined"
    assert anybody.get("/api/v1/transparency").json() == {"reports": []}
    assert first.post(f"{base}/proposals", json={}).json()["proposal"] == 2
    agreed = second.post(f"{base}/agreements", json={"proposal": 2}).json()
    assert (agreed["stage"], agreed["edition"]) == ("agreed", f"{ADDRESS}.1")
    again = second.post(f"{base}/proposals", json={})
    assert (again.status_code, again.json()["code"]) == (409, "already_published")
    (listed,) = anybody.get("/api/v1/transparency").json()["reports"]
    assert listed == anybody.get(f"/api/v1/transparency/{ADDRESS}.1").json()
    assert {one["name"].rpartition(".")[2] for one in listed["files"]} == {"json", "csv", "xlsx", "html"}
    assert anybody.get(f"/api/v1/transparency/{ADDRESS}.2").status_code == 404
    for step in ("proposals", "agreements", "ends"):
        assert anybody.post(f"{base}/{step}", json={}).status_code == 401, step
    # Digests of what is published are public; who declined and why is not.
    site.parts.casework.views.catch_up(["log_tree"])
    facts = anybody.get("/api/v1/log/facts").text
    assert listed["files"][0]["sha256"] in facts
    assert "A word is wrong." not in facts


def test_texts_are_drafted_by_one_and_approved_by_another_over_the_api(sqlite_site: Site) -> None:
    first, second, anybody = officer(sqlite_site), officer(sqlite_site), sqlite_site.api()
    base = "/api/v1/texts/fees"
    assert first.get("/api/v1/texts/weather").status_code == 404
    assert first.post(f"{base}/drafts", json={"since": "2026-01-01", "en": "{password}"}).status_code == 422
    assert first.post(f"{base}/drafts", json={"since": "2026-01-01"}).json()["code"] == "text_empty"
    drafted = first.post(f"{base}/drafts", json={"since": "2026-01-01", "en": "No fees.", "zh": "不收费。"}).json()
    assert (drafted["open"], drafted["drafts"][0]["text"]) == (1, {"en": "No fees.", "zh": "不收费。"})
    assert first.post(f"{base}/approvals", json={"draft": 1}).json()["code"] == "second_officer_needed"
    assert second.post(f"{base}/approvals", json={"draft": 2}).json()["code"] == "draft_unknown"
    assert second.post(f"{base}/approvals", json={"draft": 1}).json()["drafts"][0]["stage"] == "agreed"
    second.post(f"{base}/drafts", json={"since": "2026-02-01", "en": "Some fees."})
    declined = first.post(f"{base}/declines", json={"draft": 2, "reasons": "Which?"}).json()
    assert (declined["open"], declined["drafts"][1]["stage"]) == (None, "declined")
    assert first.get(base).json() == declined
    assert first.get("/api/v1/texts").json()["texts"][3] == declined
    assert anybody.get(base).status_code == 401
    reader = sqlite_site.api(sqlite_site.token(sqlite_site.account(Role.OVERSIGHT), Scope.REPORTS_READ))
    assert reader.get(base).status_code == 403


def test_bytes_that_were_changed_are_not_served_as_published(sqlite_site: Site) -> None:
    contents = Contents(sqlite_site.parts.engine)
    kept, _same = contents.put([b"one", b"one"])
    assert contents.put([b"one"]) == [kept]
    assert contents.get(kept) == b"one"
    assert contents.get("0" * 64) is None
    with sqlite_site.parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE contents SET content = :other"), {"other": b"two"})
    with pytest.raises(DamagedContent):
        contents.get(kept)


def test_a_case_is_never_shown_as_of_a_moment_to_come(sqlite_site: Site) -> None:
    story, api = open_case(sqlite_site), officer(sqlite_site)
    now = sqlite_site.clock.now()
    address = f"/api/v1/cases/{story.id}"
    assert api.get(address, params={"at": now.isoformat()}).status_code == 200
    future = api.get(address, params={"at": (now + timedelta(seconds=1)).isoformat()})
    assert (future.status_code, future.json()["errors"][0]["code"]) == (422, "not_yet")
    assert api.get(address, params={"at": (now - timedelta(days=1)).isoformat()}).status_code == 404


def test_every_section_comes_with_a_draft_that_can_be_filled_in() -> None:
    passages = read_passages()
    assert [one.section for one in passages] == [one.value for one in TextSection]
    for passage in passages:
        for language in ("en", "zh"):
            written = passage.written(language)
            assert unknown_placeholders(written) == []
            assert split(written) == (passage.zh if language == "zh" else passage.en)


@pytest.mark.parametrize(
    ("written", "unknown"),
    [
        ("{platform} and {low}", []),
        ("{platform.__class__}", ["platform.__class__"]),
        ("{low!r} {high:>9}", ["low", "high"]),
        ("{}", ["{}"]),
        ("a lone {", ["{"]),
        ("{{platform}}", []),
    ],
)
def test_only_what_the_report_knows_may_be_filled_in(written: str, unknown: list[str]) -> None:
    assert unknown_placeholders(written) == unknown


def test_line_breaks_within_a_paragraph_are_spaces_but_not_between_chinese_signs() -> None:
    assert split("one\ntwo\r\n\r\n 三\n四 \n \nfive") == ("one two", "三四", "five")
