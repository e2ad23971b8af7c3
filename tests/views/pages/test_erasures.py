"""Requests for erasure at the compliance desk: written down, refused with a reason, granted once more asked for."""

from __future__ import annotations

from casework.domain.facts import Role
from tests.views.pages.stories import open_case
from tests.web import Site, post_form

DESK = "/compliance/erasures"


def test_a_request_is_written_down_refused_and_granted(sqlite_site: Site) -> None:
    story = open_case(sqlite_site, upload__title="Anna's review", upload__uploader_id="u-anna")
    browser = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    assert "Nobody has asked yet" in browser.get(DESK).text
    unknown = post_form(browser, DESK, {"party": "uploader:nobody"}, to=f"{DESK}/requests")
    assert (unknown.status_code, "uploader:nobody" in unknown.text) == (422, True)
    person = f"{DESK}/{story.uploader.id}"
    asked = post_form(browser, DESK, {"party": "uploader:u-anna"}, to=f"{DESK}/requests")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{person}?done=requests")
    assert "Waiting for an answer" in browser.get(person).text
    assert post_form(browser, person, {"reason": ""}, to=f"{person}/refuse").status_code == 422
    late = post_form(browser, person, {"reason": "legal_claims", "until": "2020-01-01"}, to=f"{person}/refuse")
    assert "The day until which the data are kept is over." in late.text
    until = {"reason": "legal_claims", "until": "2027-01-31"}
    assert post_form(browser, person, until, to=f"{person}/refuse").status_code == 303
    assert "Kept for legal claims" in browser.get(person).text
    assert "Anna&#39;s review" in browser.get(f"/compliance/cases/{story.id}").text
    sure = post_form(browser, person, {"answer": ""}, to=f"{person}/erase")
    assert sure.status_code == 422, "nobody erases by one click"
    assert post_form(browser, person, {"answer": "erase"}, to=f"{person}/erase").status_code == 303
    page = browser.get(person).text
    assert "Nothing is kept of this person." in page
    assert "Erase everything for good" not in page
    assert "Anna" not in browser.get(f"/compliance/cases/{story.id}").text
    assert story.uploader.id in browser.get(DESK).text
    other = sqlite_site.browser(sqlite_site.account(Role.REVIEWER))
    assert other.get(DESK).status_code == 403
    assert browser.get(f"{DESK}/up_short").status_code == 404
