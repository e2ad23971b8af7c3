"""A form that could not be sent, in Chromium: its sender is told, and what was typed can still be sent again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import PHONE
from tests.look.browser import Windows
from tests.look.faults import assert_no_faults
from tests.views.pages.stories import Story, open_case
from tests.web import Site

pytestmark = pytest.mark.browser

WORDS = "Two hours of thinking."


def bench(story: Story, windows: Windows, address: str, *, script: bool) -> tuple[Page, str]:
    """The form of a reviewer with words in it, and the session that is still to be opened for it to be sent."""
    story.seat()
    site = story.site
    reviewer = story.casework.case(story.id).panel[0]
    window = windows.open(script=script, width=PHONE).sign_in(site.parts.sessions.open(reviewer), address)
    window.page.goto(f"{address}/reviewer/cases/{story.id}")
    window.page.fill("#reasons_en", WORDS)
    window.context.clear_cookies(name="casework_session")
    window.page.get_by_role("button", name="Check the ruling").click()
    return window.page, site.parts.sessions.open(reviewer)


def test_words_typed_in_a_session_that_ended_are_sent_in_the_next_one(
    site: Site, windows: Windows, address: str
) -> None:
    page, session = bench(open_case(site).contest(), windows, address, script=True)
    said = page.get_by_role("alert")
    expect(said).to_contain_text("You are no longer signed in")
    expect(said).to_be_focused()
    assert_no_faults(page, "a form that was not sent")
    expect(page.locator("#reasons_en")).to_have_value(WORDS)
    page.context.add_cookies([{"name": "casework_session", "value": session, "url": address}])
    page.get_by_role("button", name="Check the ruling").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("There is a problem")
    expect(page.locator("#reasons_en")).to_have_value(WORDS)
    expect(page.get_by_text("You are no longer signed in")).to_have_count(0)


def test_without_a_script_the_browser_sends_them_once_more(site: Site, windows: Windows, address: str) -> None:
    page, session = bench(open_case(site).contest(), windows, address, script=False)
    expect(page.get_by_role("heading", name="You are no longer signed in")).to_be_visible()
    page.context.add_cookies([{"name": "casework_session", "value": session, "url": address}])
    page.reload()
    expect(page.locator("#reasons_en")).to_have_value(WORDS)


def test_a_service_that_does_not_answer_is_said_beside_the_button(site: Site, windows: Windows, address: str) -> None:
    page = windows.open(language="zh", width=PHONE).page
    page.goto(f"{address}{open_case(site).page}")
    page.fill("#contests-reasons", WORDS)
    page.route("**/contests", lambda route: route.abort())
    page.locator("form[action$=contests] button[value=check]").first.click()
    expect(page.get_by_role("alert")).to_contain_text("服务没有响应")
    expect(page.locator("#contests-reasons")).to_have_value(WORDS)
