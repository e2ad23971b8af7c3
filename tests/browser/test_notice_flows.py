"""Notice and counter-notice in Chromium: on a phone, with and without a script, and free of faults in every look."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.domain.regimes.elements import NoticeElement
from casework.views.access.accounts import Account
from tests.browser.looking import DESK, Look
from tests.browser.test_case_flows import WITH_AND_WITHOUT_SCRIPT, Visitor
from tests.look.browser import Windows
from tests.views.pages import notice_stories as play
from tests.views.pages.stories import open_case
from tests.web import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def regime() -> str:
    return "cn-e-commerce"


@pytest.fixture(scope="module")
def studio(site: Site) -> Account:
    return site.account(Role.RIGHT_HOLDER, name="工作室")


@WITH_AND_WITHOUT_SCRIPT
def test_a_warning_is_answered_with_a_notice(
    windows: Windows, address: str, site: Site, studio: Account, script: bool
) -> None:
    story = open_case(site, "0.70", work__title=f"Notified {script}")
    visitor = Visitor(windows, address, script=script).sign_in(site, studio)
    page = visitor.open("/right-holder?state=warnings")
    page.get_by_role("link", name=f"Notified {script}", exact=True).click()
    form = page.locator("#notices")
    form.get_by_role("button", name="Go on to check your answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill in: True name")
    page.get_by_role("link", name="Fill in: True name").click()
    expect(form.get_by_label("True name")).to_be_focused()
    form.get_by_label("True name").fill("Studio One")
    form.get_by_label("Proof of the right").fill("Registered in 2020.")
    form.get_by_label("Exact place of the material").fill("0:00 to 1:40")
    form.get_by_label("First evidence").fill("The whole opening.")
    form.get_by_label("I guarantee that what I say is true").check()
    form.get_by_label("a block").check()
    form.get_by_role("button", name="Go on to check your answers").click()
    expect(form).to_contain_text("Registered in 2020.")
    form.get_by_role("button", name="Send the notice").click()
    expect(page.get_by_role("alert")).to_contain_text("Your notice was received")
    assert story.casework.case(story.id).procedure is Procedure.NOTICE_CHECK
    visitor.close()


@WITH_AND_WITHOUT_SCRIPT
def test_a_counter_notice_is_sent_and_completed_on_a_phone(
    windows: Windows, address: str, site: Site, script: bool
) -> None:
    story = play.accept(play.notify(open_case(site, "0.70")))
    visitor = Visitor(windows, address, script=script)
    page = visitor.open(story.page)
    page.get_by_role("link", name="Go to the counter-notice form").click()
    form = page.locator("#counter-notices")
    form.get_by_label("True name").fill("Zhang San")
    form.get_by_label("Exact place of the material").fill("https://example.org/v/1")
    form.get_by_label("First evidence").fill("My licence of 2 May.\n\nSee its page 2.")
    form.get_by_label("I guarantee that what I say is true").check()
    form.get_by_role("button", name="Go on to check your answers").click()
    form.get_by_role("button", name="Change the answers").click()
    expect(form.get_by_label("First evidence")).to_have_value("My licence of 2 May.\n\nSee its page 2.")
    form.get_by_role("button", name="Go on to check your answers").click()
    form.get_by_role("button", name="Send the counter-notice").click()
    expect(page.get_by_role("alert")).to_contain_text("Your counter-notice was received")
    play.find_deficient(story, "counter_notice", NoticeElement.IDENTITY)
    page.goto(address + story.page)
    page.get_by_role("link", name="Go to what is missing").click()
    expect(form.get_by_label("First evidence")).to_have_count(0)
    form.get_by_label("True name").fill("Zhang San, Beijing")
    form.get_by_role("button", name="Go on to check your answers").click()
    form.get_by_role("button", name="Send what was missing").click()
    expect(page.get_by_role("alert")).to_contain_text("What was missing was received")
    visitor.close()


@WITH_AND_WITHOUT_SCRIPT
def test_two_warnings_are_tolerated_at_once(
    windows: Windows, address: str, site: Site, studio: Account, script: bool
) -> None:
    stories = [open_case(site, "0.70", work__title=f"Bulk {script} {number}") for number in range(2)]
    visitor = Visitor(windows, address, script=script, width=DESK).sign_in(site, studio)
    page = visitor.open("/right-holder?state=warnings")
    for number in range(2):
        page.get_by_label(f"Choose: Bulk {script} {number}").check()
    page.get_by_role("button", name="Answer the chosen warnings").click()
    page.get_by_label("Tolerate the use").check()
    page.get_by_label("I know that answers are recorded").check()
    page.get_by_role("button", name="Answer 2 warnings").click()
    expect(page.get_by_role("status")).to_contain_text("2 warnings were answered.")
    assert {one.casework.case(one.id).procedure for one in stories} == {Procedure.CLOSED}
    visitor.close()


def test_no_new_state_has_faults_or_is_too_wide(windows: Windows, address: str, site: Site, studio: Account) -> None:
    warned = open_case(site, "0.70")
    measure = play.accept(play.notify(open_case(site, "0.70")))
    cure = play.find_deficient(
        play.counter(play.accept(play.notify(open_case(site, "0.70")))), "counter_notice", NoticeElement.IDENTITY
    )
    waiting = play.accept_counter(play.counter(play.accept(play.notify(open_case(site, "0.70")))))
    stayed = play.sue(play.accept_counter(play.counter(play.accept(play.notify(open_case(site, "0.70"))))))
    settling = open_case(site).contest()
    play.order(play.settle(settling, settling.right_holder))
    look = Look(windows, address)
    for story in (measure, cure, waiting, stayed, settling):
        look.at("decision", story.page)
    session = site.parts.sessions.open(studio.id)
    look.at("inbox", "/right-holder", session)
    for path in (warned.desk, waiting.desk, f"{measure.desk}?confirm=notice"):
        look.at("right holder's case", path, session)
    look.finish()
