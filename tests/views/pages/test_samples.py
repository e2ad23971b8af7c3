"""Audit samples on pages: announced, drawn and labelled by forms, blind, in both languages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

import httpx

from casework.domain.case.further import ReopenCase
from casework.domain.facts import Actor, Role
from casework.domain.values import ReopeningCause
from tests.api.deliveries import line, send
from tests.look.leaks import english_leaks
from tests.web import Browser, Site, form_token

ANNOUNCEMENT = {
    "start": "2026-06-01",
    "end": "2026-07-02",
    "population": "all",
    "design": "simple",
    "cases": "500",
    "seed": "spring-2026",
    "labelled_by": "both",
}
LABEL = {"truth": "lawful", "basis": "CN_ART24_02", "reasons": "It quotes a little."}
DECIDED = ("Presumed infringing", "Blocked", "band", "limit at", "0.5", "90%", "Filtering standard", "cn-2021")


def submit(browser: Browser, page: str, to: str, data: dict[str, Any]) -> httpx.Response:
    token = form_token(browser.get(page).text)
    return browser.post(to, data={"_csrf_token": token, **data})


def deliver(site: Site, name: str, share: str = "0.93") -> str:
    answer = send(site.engine_api(), line(name, share, upload__id=name)).json()
    assert answer["status"] == "created", answer
    case: str = answer["case_id"]
    return case


def announce(browser: Browser, **changes: str) -> str:
    sent = submit(browser, "/samples", "/samples/announcements", {**ANNOUNCEMENT, **changes})
    assert sent.status_code == 303, unescape(sent.text)
    address: str = sent.headers["location"].partition("?")[0]
    return address


def drawn(browser: Browser, **changes: str) -> str:
    address = announce(browser, **changes)
    sent = submit(browser, address, f"{address}/draws", {"beacon": "checkpoint"})
    assert sent.status_code == 303, unescape(sent.text)
    return address


def label_all(browser: Browser, address: str) -> int:
    number = 0
    while "/items/" in (at := browser.get(f"{address}/next").headers["location"]):
        sent = submit(browser, at, f"{at}/labels", LABEL)
        assert sent.status_code == 303, unescape(sent.text)
        number += 1
    return number


def test_the_whole_way_by_forms(site: Site) -> None:
    for number in range(3):
        deliver(site, f"up-{number}")
    officer, regulator = site.browser(site.account(Role.COMPLIANCE)), site.browser(site.account(Role.OVERSIGHT))
    assert regulator.get("/").headers["location"] == "/samples"
    assert "No sample was announced yet" in officer.get("/samples").text
    address = drawn(officer, reopens="yes")
    assert "Label the cases that wait for your side: 3" in officer.get(address).text
    assert label_all(officer, address) == 3
    page = officer.get(f"{address}?done=labelled").text
    assert "Your label was sealed." in page
    assert "No labels are open yet" in page
    assert label_all(regulator, address) == 3
    page = unescape(officer.get(address).text)
    for said in ("False block", "43.9", "Draw it yourself", "spring-2026:", "case_"):
        assert said in page, said
    closed = submit(officer, address, f"{address}/closings", {})
    assert closed.status_code == 303
    assert "This sample is closed." in regulator.get(address).text
    assert "3 of 3" in unescape(officer.get("/samples").text)


def test_the_labelling_desk_is_blind_and_the_same_whether_or_not_the_other_side_has_labelled(shared_site: Site) -> None:
    site = shared_site
    case = deliver(site, "blind-page")
    officer, regulator = site.browser(site.account(Role.COMPLIANCE)), site.browser(site.account(Role.OVERSIGHT))
    address = drawn(officer)
    item = officer.get(f"{address}/next").headers["location"]

    def seen(of: str) -> str:
        page = officer.get(of).text
        page = page[page.index("<main") : page.index("</main>")]
        return re.sub(r'name="_csrf_token" value="\w+"', "", page)

    before = [seen(one) for one in (item, address, "/samples")]
    for secret in (case, "case_", *DECIDED):
        assert secret not in before[0], secret
    sent = submit(regulator, item, f"{item}/labels", LABEL)
    assert sent.status_code == 303
    assert [seen(one) for one in (item, address, "/samples")] == before


def test_what_was_typed_is_kept_and_what_does_not_fit_is_said(shared_site: Site) -> None:
    deliver(shared_site, "typed")
    officer = shared_site.browser(shared_site.account(Role.COMPLIANCE))
    wrong = submit(
        officer, "/samples", "/samples/announcements", {**ANNOUNCEMENT, "cases": "many", "seed": "two words"}
    )
    assert wrong.status_code == 422
    for said in ("Give a whole number", "This does not fit: Your part of the seed", 'value="two words"'):
        assert said in unescape(wrong.text), said
    backwards = submit(officer, "/samples", "/samples/announcements", {**ANNOUNCEMENT, "end": "2026-05-01"})
    assert "The period must end after it begins." in backwards.text
    address = announce(officer)
    early = {"beacon": "public", "value": "7f", "source": "drand", "published": "2020-01-01T00:00:00Z"}
    refused = submit(officer, address, f"{address}/draws", early)
    assert "must have come out after the sample was announced" in refused.text
    submit(officer, address, f"{address}/draws", {"beacon": "checkpoint"})
    item = officer.get(f"{address}/next").headers["location"]
    empty = submit(officer, item, f"{item}/labels", {"truth": "", "reasons": "Because."})
    assert empty.status_code == 422
    assert "Because." in empty.text


def test_nobody_labels_a_case_in_which_he_or_she_took_a_step(sqlite_site: Site) -> None:
    case = deliver(sqlite_site, "own-step")
    account = sqlite_site.account(Role.COMPLIANCE)
    casework = sqlite_site.parts.casework
    actor = Actor(role=Role.COMPLIANCE, id=account.id)
    casework.handle(UUID(case), ReopenCase(cause=ReopeningCause.NEW_EVIDENCE), actor)
    officer = sqlite_site.browser(account)
    address = drawn(officer)
    assert officer.get(f"{address}/next").headers["location"] == address
    colleague = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    item = colleague.get(f"{address}/next").headers["location"]
    refused = submit(officer, item, f"{item}/labels", LABEL)
    assert "somebody else must label it" in refused.text
    assert label_all(colleague, address) == 1


def test_other_people_have_no_such_pages(shared_site: Site) -> None:
    reviewer = shared_site.browser(shared_site.account(Role.REVIEWER))
    assert reviewer.get("/samples").status_code == 403
    assert shared_site.browser().get("/samples").status_code in (303, 401)


def test_chinese_pages_have_no_english(shared_site: Site) -> None:
    deliver(shared_site, "chinese")
    account = shared_site.account(Role.COMPLIANCE)
    officer = shared_site.browser(account)
    chinese = shared_site.browser(account, language="zh")
    address = drawn(officer, labelled_by="own", design="outcome_equal")
    item = officer.get(f"{address}/next").headers["location"]
    assert english_leaks(chinese.get(item).text) == []
    label_all(officer, address)
    for page in ("/samples", address):
        assert english_leaks(chinese.get(page).text) == []
