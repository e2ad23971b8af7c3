"""Reviewers step back; compliance takes them off, reopens and records; whom it concerns is told why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import Availability
from casework.views.access.accounts import Account
from tests.look.leaks import english_leaks
from tests.samples import UPHELD
from tests.views.pages.intake_stories import LAW, counter, decide, measured, officer_of, site_under
from tests.views.pages.stories import Story, open_case, ruling, seat_reviewers
from tests.web import Browser, Site, form_token


@pytest.fixture
def law_site(_sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    with site_under(LAW, _sqlite_template, tmp_path) as site:
        yield site


def send(browser: Browser, page: str, step: str, **data: Any) -> Any:
    """Fill in a form of a case page and send it."""
    shown = browser.get(page).text
    found = re.search(r'name="start_token" value="(\d+)"', shown)
    filled = {"start_token": found.group(1) if found else "", **data}
    return browser.post(f"{page}/{step}", data={"_csrf_token": form_token(shown), **filled})


def seated(story: Story) -> list[Account]:
    story.seat()
    return [story.site.parts.accounts.find(one) for one in story.casework.case(story.id).panel]


def test_a_reviewer_steps_back_after_a_check_and_learns_what_became_of_it(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest()
    leaving, staying = seated(story)
    browser, page = sqlite_site.browser(leaving), f"/reviewer/cases/{story.id}"
    wrong = send(browser, page, "recusals", stage="check")
    assert wrong.status_code == 422
    assert 'href="#recusals-cause"' in wrong.text
    shown = send(browser, page, "recusals", cause="bias", stage="check")
    assert "Check your answers and send" in shown.text
    assert leaving.id in story.casework.case(story.id).panel
    assert send(browser, page, "recusals", cause="bias", stage="send").headers["location"] == "/reviewer?left=1"
    case = story.casework.case(story.id)
    assert leaving.id not in case.panel
    assert len(case.panel) == 2, "the seat is filled again at once"
    desk = unescape(browser.get("/reviewer").text)
    assert "You stepped back: fear of bias" in desk
    assert page not in desk
    gone = browser.get(page)
    assert gone.status_code == 404
    assert "You no longer sit on this case." in gone.text
    late = {"_csrf_token": form_token(browser.get("/reviewer").text), "reasons_en": "Half a ruling", "stage": "check"}
    assert "Half a ruling" in browser.post(page, data=late).text, "what was typed is kept"
    other = sqlite_site.browser(staying).get(page).text
    assert leaving.name not in other
    assert "You stepped back" not in other
    assert "fear of bias" not in other.split("recusals", 1)[0]
    assert send(sqlite_site.browser(sqlite_site.account(Role.REVIEWER)), "/reviewer", "x").status_code == 404


def test_a_ruling_that_is_in_cannot_be_left(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest()
    first = seated(story)[0]
    story.casework.submit_ruling(story.id, ruling(UPHELD), Actor(role=Role.REVIEWER, id=first.id))
    browser, page = sqlite_site.browser(first), f"/reviewer/cases/{story.id}"
    token = form_token(browser.get("/reviewer").text)
    answer = browser.post(f"{page}/recusals", data={"_csrf_token": token, "cause": "bias", "stage": "send"})
    assert answer.status_code == 422
    assert "You have already submitted your ruling" in unescape(answer.text)


def test_compliance_takes_a_reviewer_off_and_reads_who_was_refused(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest()
    absent, staying = seated(story)
    browser = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    page = f"/compliance/cases/{story.id}"
    wrong = send(browser, page, "reassignments", reviewer_id="nobody", cause="absence", stage="send")
    assert wrong.status_code == 422
    done = send(browser, page, "reassignments", reviewer_id=absent.id, cause="absence", stage="send")
    assert done.headers["location"] == f"{page}?done=reassignments"
    assert absent.id not in story.casework.case(story.id).panel
    with pytest.raises(Refused):
        story.casework.submit_ruling(story.id, ruling(UPHELD), Actor(role=Role.REVIEWER, id=absent.id))
    shown = unescape(browser.get(page).text)
    assert "A reviewer was taken off the case: absence" in shown
    assert f"{absent.name}: left this case before" in shown
    assert "1 step was refused and left a trace" in shown
    desk = unescape(sqlite_site.browser(absent).get("/reviewer").text)
    assert "You were taken off the case: absence" in desk
    assert staying.name in shown


def test_compliance_reopens_a_decided_case_with_reasons(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 4)
    story = open_case(sqlite_site).contest().rule(UPHELD, UPHELD)
    browser, page = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE)), f"/compliance/cases/{story.id}"
    wrong = send(browser, page, "reopenings", cause="new_evidence", reasons="", stage="check")
    assert wrong.status_code == 422
    assert 'href="#reopenings-reasons"' in wrong.text
    done = send(browser, page, "reopenings", cause="ownership_false", reasons="Another author.", stage="send")
    assert done.status_code == 303
    case = story.casework.case(story.id)
    assert (case.procedure, case.availability) == (Procedure.ADJUDICATION, Availability.PUBLIC)
    again = browser.get(page)
    assert "A review of this case is still open." in unescape(again.text)
    assert "Another author." in again.text
    stale = send(browser, page, "reopenings", cause="ownership_false", reasons="Once more.", stage="send")
    assert stale.status_code == 422
    assert "Once more." in stale.text


def test_an_officer_who_sits_on_the_case_takes_no_step_on_it(sqlite_site: Site) -> None:
    languages, media = ("zh", "en"), ("text", "audio", "image", "video")
    both = sqlite_site.account(Role.COMPLIANCE, Role.REVIEWER, languages=languages, media=media)
    other = sqlite_site.account(Role.REVIEWER, languages=languages, media=media)
    story = open_case(sqlite_site).contest().seat()
    browser, page = sqlite_site.browser(both), f"/compliance/cases/{story.id}"
    shown = browser.get(page).text
    assert other.name not in shown
    assert f'action="{page}/reopenings"' not in shown
    refused = send(browser, page, "reopenings", cause="new_evidence", reasons="Mine.", stage="send")
    assert refused.status_code == 422
    assert browser.get(f"/intake/cases/{story.id}").status_code == 404


def test_wrong_roles_and_steps_are_refused(sqlite_site: Site) -> None:
    story = open_case(sqlite_site, "0.3")
    officer = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    assert send(officer, f"/compliance/cases/{story.id}", "nonsense").status_code == 404
    intake = sqlite_site.browser(sqlite_site.account(Role.INTAKE))
    token = form_token(intake.get("/intake").text)
    answer = intake.post(f"/compliance/cases/{story.id}/reopenings", data={"_csrf_token": token})
    assert answer.status_code == 403


def test_the_bench_shows_the_notice_without_contact_and_the_overview_the_wait(law_site: Site) -> None:
    seat_reviewers(law_site, 3)
    officer = officer_of(law_site)
    story = measured(law_site, officer).contest().seat()
    counter(story)
    decide(story, officer, subject="counter_notice", decision="accept")
    (reviewer, _other) = seated(story)
    bench = unescape(law_site.browser(reviewer).get(f"/reviewer/cases/{story.id}").text)
    assert "The frames are those of the film." in bench
    assert "A review that quotes." in bench
    overview = unescape(law_site.browser(law_site.account(Role.COMPLIANCE)).get("/compliance").text)
    assert "not begun: the counter-notice has not arrived yet" in overview


def test_pages_are_in_chinese(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest()
    leaving, _ = seated(story)
    browser = sqlite_site.browser(leaving, language="zh")
    page = f"/reviewer/cases/{story.id}"
    shown = send(browser, page, "recusals", cause="bias", stage="check").text
    assert english_leaks(shown) == []
    send(browser, page, "recusals", cause="bias", stage="send")
    assert english_leaks(browser.get("/reviewer").text, allowed=("Person",)) == []
    assert english_leaks(browser.get(page).text, allowed=("Person",)) == []
    desk = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE), language="zh")
    text = desk.get(f"/compliance/cases/{story.id}").text
    assert english_leaks(text, allowed=("Person",)) == []
    assert english_leaks(desk.get("/compliance").text) == []
