"""The intake desk in Chromium: a notice decided by keyboard alone, without a script, no faults in any look."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.domain.values import Measure
from casework.quarantine import Held
from tests.browser.looking import DESK, PHONE, Look
from tests.look.browser import Windows
from tests.views.pages.intake_stories import LAW, counter, decide, measured, notify, officer_of
from tests.views.pages.stories import open_case
from tests.web import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def regime() -> str:
    return LAW


def page_for(windows: Windows, site: Site, address: str, role: Role, *, script: bool = True, width: int = DESK) -> Page:
    window = windows.open(script=script, width=width)
    page = window.sign_in(site.parts.sessions.open(site.account(role).id), address).page
    page.set_default_timeout(15_000)
    return page


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_a_notice_is_accepted_by_keyboard_alone_and_the_next_one_comes(
    site: Site, windows: Windows, address: str
) -> None:
    first, second = notify(open_case(site, "0.7")), notify(open_case(site, "0.7"))
    page = page_for(windows, site, address, Role.INTAKE, width=PHONE)
    page.goto(f"{address}/intake")
    page.keyboard.press("n")
    page.wait_for_url("**/intake/cases/*")
    assert page.url.rpartition("/")[2] in {str(first.id), str(second.id)}
    chosen, other = (first, second) if str(first.id) in page.url else (second, first)
    tab_to(page, "#decision")
    page.keyboard.press("Space")
    tab_to(page, "#measure")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    tab_to(page, "#reasons_accept")
    page.keyboard.type("It shows the whole scene.")
    tab_to(page, "button[value=check]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check the decision before it is sent")).to_be_focused()
    tab_to(page, "button[value=next]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is the next case.")).to_be_visible()
    assert str(other.id) in page.url
    notice = chosen.casework.case(chosen.id).notice
    assert notice is not None
    assert notice.stage is Procedure.MEASURE_TAKEN
    decide(other, officer_of(site), subject="notice", decision="reject", reasons="Another film.")


def test_what_is_missing_is_asked_for_without_a_script(site: Site, windows: Windows, address: str) -> None:
    story = notify(open_case(site, "0.7"), {"identity": "Film House Ltd."})
    page = page_for(windows, site, address, Role.INTAKE, script=False)
    page.goto(f"{address}/intake/cases/{story.id}")
    page.get_by_label("Incomplete: ask for what is missing").check()
    page.get_by_label("Remarks to the sender (optional)").fill("Name the minute.")
    page.get_by_role("button", name="Preview before sending").click()
    expect(page.get_by_text("Exact place of the material").first).to_be_visible()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("Your decision was recorded and sent.")).to_be_visible()
    notice = story.casework.case(story.id).notice
    assert notice is not None
    assert notice.deficiency is not None
    assert notice.measure is not Measure.BLOCK


def test_no_page_of_staff_has_faults_in_light_or_dark(site: Site, windows: Windows, address: str) -> None:
    officer = officer_of(site)
    checked = notify(open_case(site, "0.7"))
    answered = counter(measured(site, officer))
    waiting = counter(measured(site, officer))
    decide(waiting, officer, subject="counter_notice", decision="accept")
    session = site.parts.sessions.open(site.account(Role.COMPLIANCE).id)
    look = Look(windows, address)
    for path in ("/intake", "/intake?queue=deliveries"):
        look.at("intake", path, session)
    for one in (checked, answered, waiting):
        look.at("intake case", f"/intake/cases/{one.id}", session)
    look.at("case", f"/compliance/cases/{waiting.id}", session)
    look.at("compliance", "/compliance", session)
    look.at("people", "/compliance/people", session)
    body = json.dumps({"upload": "job-1", "note": "x" * 120}).encode()
    quarantine = site.parts.match_results.quarantine
    quarantine.record("own", "m-1", body, "job-1", [Held("ref-1", "unknown_upload")], [])
    look.at("quarantined", f"/compliance/quarantine/{quarantine.waiting()[0].item}", session)
    look.finish()
