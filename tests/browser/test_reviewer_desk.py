"""Reviewer and compliance desks in Chromium: a ruling by keyboard alone, without a script, no faults in any look."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from casework.domain.facts import Role
from casework.views.access.accounts import Account
from tests.browser.looking import DESK, PHONE, Look
from tests.look.browser import Windows
from tests.samples import REVERSED, UPHELD
from tests.views.pages.stories import Story, a_file, open_case
from tests.web import Site

pytestmark = pytest.mark.browser


def page_for(
    windows: Windows, site: Site, address: str, account: Account, *, script: bool = True, width: int = DESK
) -> Page:
    window = windows.open(script=script, width=width)
    page = window.sign_in(site.parts.sessions.open(account.id), address).page
    page.set_default_timeout(15_000)
    return page


def seats(story: Story) -> list[Account]:
    story.seat()
    return [story.site.parts.accounts.find(one) for one in story.casework.case(story.id).panel]


_PERIOD = (date(2026, 1, 1), date(2026, 7, 1))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_a_ruling_by_keyboard_alone(site: Site, windows: Windows, address: str) -> None:
    story = open_case(site).contest(a_file())
    reviewer = seats(story)[0]
    page = page_for(windows, site, address, reviewer, width=PHONE)
    page.goto(f"{address}/reviewer")
    page.keyboard.press("n")
    page.wait_for_url("**/reviewer/cases/*")
    number = page.url.rpartition("/")[2]
    tab_to(page, "#outcome")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    tab_to(page, "#bases-LICENSED")
    page.keyboard.press("Space")
    for factor in ("purpose", "nature", "amount", "market"):
        tab_to(page, f"#{factor}-weight")
        page.keyboard.press("Space")
    tab_to(page, "#reasons_en")
    page.keyboard.type("The licence covers it.")
    tab_to(page, "button[value=check]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check the ruling before you submit it")).to_be_focused()
    expect(page.locator("#ruling")).to_contain_text("The licence covers it.")
    tab_to(page, "button[value=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your ruling is in and sealed.")).to_be_visible()
    case = story.casework.case(story.id)
    assert number == str(story.id)
    assert case.has_ruled(reviewer.id)
    assert story.casework.ruling(case.submitted[0].sealed).outcome is REVERSED


def test_what_is_missing_gets_the_focus_and_nothing_is_lost(site: Site, windows: Windows, address: str) -> None:
    story = open_case(site).contest()
    page = page_for(windows, site, address, seats(story)[0])
    page.goto(f"{address}/reviewer/cases/{story.id}")
    page.locator("#reasons_en").fill("Half a ruling")
    page.get_by_role("button", name="Check the ruling").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page.locator("#reasons_en")).to_have_value("Half a ruling")
    page.get_by_role("link", name="Choose an outcome").click()
    expect(page.locator("#outcome")).to_be_focused()


def test_a_ruling_without_a_script(site: Site, windows: Windows, address: str) -> None:
    story = open_case(site).contest(a_file())
    page = page_for(windows, site, address, seats(story)[1], script=False)
    page.goto(f"{address}/reviewer/cases/{story.id}")
    page.get_by_role("button", name="Check the ruling").click()
    expect(page.get_by_role("link", name="Choose an outcome")).to_be_visible()
    page.get_by_label("Upheld").check()
    page.locator("summary", has_text="Lawful uses of article 24").click()
    page.locator("#bases-CN_ART24_02").check()
    for factor in ("purpose", "nature", "amount", "market"):
        page.locator(f"#{factor}-weight-neutral").check()
    page.get_by_label("licence.txt").check()
    page.get_by_label("Reasons in Chinese").fill("引用超出需要。")
    page.get_by_role("button", name="Check the ruling").click()
    expect(page.get_by_text("The block was right. The upload stays blocked.")).to_be_visible()
    page.get_by_role("button", name="Change the ruling").click()
    expect(page.get_by_label("Reasons in Chinese")).to_have_value("引用超出需要。")
    page.get_by_role("button", name="Check the ruling").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("Your ruling is in and sealed.")).to_be_visible()
    assert story.casework.case(story.id).has_ruled(seats(story)[1].id)


def test_filters_work_with_and_without_a_script(site: Site, windows: Windows, address: str) -> None:
    lawful = open_case(site, "0.2")
    officer = site.account(Role.COMPLIANCE)
    for script in (True, False):
        page = page_for(windows, site, address, officer, script=script)
        page.goto(f"{address}/compliance/cases")
        page.get_by_label("First decision").select_option("presumed_lawful")
        if not script:
            page.get_by_role("button", name="Show").click()
        expect(page.locator("#cases tbody tr")).to_have_count(1)
        expect(page.locator(f'#cases a[href="/compliance/cases/{lawful.id}"]')).to_be_visible()
        page.get_by_label("Find a case").fill(str(lawful.id))
        page.get_by_role("button", name="Find", exact=True).click()
        page.wait_for_url(f"**/compliance/cases/{lawful.id}")


def test_no_page_has_faults_in_light_or_dark(site: Site, windows: Windows, address: str) -> None:
    third = open_case(site).contest(a_file()).rule(UPHELD, REVERSED)
    decided = open_case(site).contest(a_file()).rule(UPHELD, UPHELD)
    owed = open_case(site).contest(a_file()).seat()
    re_reviewer = site.parts.accounts.find(str(third.casework.case(third.id).re_reviewer))
    look = Look(windows, address)
    sessions = site.parts.sessions
    reviewer = sessions.open(seats(owed)[0].id)
    look.at("reviewer", "/reviewer", reviewer)
    look.at("reviewer's case", f"/reviewer/cases/{owed.id}", reviewer)
    look.at("reviewer's case", f"/reviewer/cases/{third.id}", sessions.open(re_reviewer.id))
    look.at("reviewer's case", f"/reviewer/cases/{decided.id}", sessions.open(seats(decided)[0].id))
    officer = site.account(Role.COMPLIANCE)
    asked = site.parts.report_runs.request(*_PERIOD, officer.id)
    for path in ("", "/cases", f"/cases/{decided.id}", "/people", "/reports", f"/reports/{asked.id}"):
        look.at(path or "compliance", f"/compliance{path}", sessions.open(officer.id))
    look.finish()
