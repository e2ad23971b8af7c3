"""The main ways through the pages of a case in Chromium: on a phone, with and without a script, by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.domain.facts import Role
from casework.domain.values import RulingOutcome
from casework.views.access.accounts import Account
from tests.browser.looking import DESK, PHONE, Look
from tests.look.browser import Window, Windows
from tests.views.pages.stories import Story, a_file, open_case
from tests.web import Site

pytestmark = pytest.mark.browser

WITH_AND_WITHOUT_SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


@pytest.fixture(scope="module")
def studio(site: Site) -> Account:
    return site.account(Role.RIGHT_HOLDER, name="工作室")


class Visitor:
    """A person at a browser, who reads English."""

    def __init__(self, windows: Windows, address: str, *, script: bool = True, width: int = PHONE) -> None:
        self.address = address
        self.window: Window = windows.open(script=script, width=width)
        self.page: Page = self.window.page

    def sign_in(self, site: Site, account: Account) -> Visitor:
        self.window.sign_in(site.parts.sessions.open(account.id), self.address)
        return self

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def close(self) -> None:
        """Tell what the browser complained about."""
        # A refused form is answered 422, which browsers report as an error of the network.
        assert [one for one in self.window.complaints if "422" not in one and "404" not in one] == []


@WITH_AND_WITHOUT_SCRIPT
def test_contests_with_a_file_on_a_phone(
    windows: Windows, address: str, site: Site, tmp_path: Path, script: bool
) -> None:
    licence = tmp_path / "licence.txt"
    licence.write_text("You may use it.")
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    story = open_case(site)
    visitor = Visitor(windows, address, script=script)
    page = visitor.open(story.page)
    page.get_by_role("link", name="Go to the contest form").click()
    page.get_by_role("button", name="Go on to check your answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose why the block is wrong")
    page.get_by_label("I have permission to use the work").check()
    page.get_by_label("Segment 1: 0:00–1:40").check()
    page.get_by_label("Your reasons").fill("They gave me a licence.\n\nSee the file.")
    page.get_by_role("button", name="Go on to check your answers").click()
    expect(page.get_by_text("Check your answers, add files, send")).to_be_visible()
    expect(page.locator("#contests")).to_contain_text("They gave me a licence.")
    page.locator("input[type=file][name=files]").set_input_files(empty)
    page.get_by_role("button", name="Send the contest").click()
    expect(page.get_by_role("alert")).to_contain_text("“empty.txt” is empty")
    page.locator("input[type=file][name=files]").set_input_files(licence)
    page.get_by_role("button", name="Send the contest").click()
    expect(page.get_by_role("alert")).to_contain_text("Your contest was received")
    expect(page.get_by_role("link", name="licence.txt")).to_be_visible()
    case = story.casework.case(story.id)
    assert case.appeal is not None
    assert case.appeal.segments == (0,)
    assert [exhibit.evidence.media_type for exhibit in case.exhibits] == ["text/plain"]
    # With a script the page was never left.
    assert ("done=contests" in page.url) is not script
    visitor.close()


@WITH_AND_WITHOUT_SCRIPT
def test_marks_by_keyboard_alone(windows: Windows, address: str, site: Site, script: bool) -> None:
    story = open_case(site)
    visitor = Visitor(windows, address, script=script)
    page = visitor.open(story.page)
    page.locator("#marks-basis").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("If it is fair use: which lawful use?")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Quoting to introduce, review or explain")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("I review the film.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Your mark was received")
    mark = story.casework.case(story.id).marks[-1]
    assert mark.provision == "CN_ART24_02"
    visitor.close()


def test_a_provision_is_asked_for_only_with_fair_use(windows: Windows, address: str, site: Site) -> None:
    visitor = Visitor(windows, address)
    page = visitor.open(open_case(site).page)
    question = page.get_by_text("If it is fair use: which lawful use?")
    expect(question).to_be_hidden()
    page.get_by_label("I have permission (licence)").check()
    expect(question).to_be_hidden()
    page.get_by_label("Fair use (the law allows it)").check()
    expect(question).to_be_visible()
    visitor.close()


@WITH_AND_WITHOUT_SCRIPT
def test_challenges_from_the_inbox(
    windows: Windows, address: str, site: Site, studio: Account, tmp_path: Path, script: bool
) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("No licence was given.")
    title = f"The Film {script}"
    story = open_case(site, "0.40", work__title=title)
    visitor = Visitor(windows, address, script=script).sign_in(site, studio)
    page = visitor.open("/right-holder")
    page.get_by_label("State").select_option("lawful")
    if not script:
        page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_label("No statutory exception covers the use").check()
    page.get_by_label("Your reasons").fill("It shows the ending.")
    page.get_by_label("Exceptions considered").fill("Quotation: too long.")
    page.get_by_role("button", name="Go on to check your answers").click()
    page.get_by_role("button", name="Change the answers").click()
    expect(page.get_by_label("Your reasons")).to_have_value("It shows the ending.")
    page.get_by_role("button", name="Go on to check your answers").click()
    page.locator("input[type=file][name=files]").set_input_files(proof)
    page.get_by_role("button", name="Send the challenge").click()
    expect(page.get_by_role("alert")).to_contain_text("Your challenge was received")
    assert len(story.casework.case(story.id).exhibits) == 1
    visitor.close()


def test_a_stale_tab_is_told_before_typing_is_lost(windows: Windows, address: str, site: Site) -> None:
    story = open_case(site).contest()
    visitor = Visitor(windows, address)
    page = visitor.open(story.page)
    story.say(story.right_holder, "Quicker than you.")
    page.get_by_label("Add a statement").fill("Slow but thorough.")
    page.get_by_role("button", name="Add the statement").click()
    expect(page.get_by_role("status").first).to_contain_text("This case changed after you opened the form")
    expect(page.get_by_label("Add a statement")).to_have_value("Slow but thorough.")
    page.get_by_role("button", name="Add the statement").click()
    expect(page.get_by_role("alert")).to_contain_text("Your statement was received")
    visitor.close()


def test_a_swapped_form_still_counts_characters(windows: Windows, address: str, site: Site) -> None:
    visitor = Visitor(windows, address)
    page = visitor.open(open_case(site).page)
    page.get_by_role("button", name="Go on to check your answers").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Your reasons").fill("12345")
    counter = page.locator("#contests .govuk-character-count__message:not(.govuk-visually-hidden)")
    expect(counter.first).to_contain_text("19,995")
    visitor.close()


def test_no_page_has_faults_or_is_too_wide(windows: Windows, address: str, site: Site, studio: Account) -> None:
    blocked = open_case(site)
    decided = open_case(site).contest(a_file()).rule(RulingOutcome.REVERSED, RulingOutcome.REVERSED)
    contested = open_case(site).contest(a_file()).say(decided.right_holder, "No.")
    lawful = open_case(site, "0.40")
    look = Look(windows, address)
    for path in (blocked.page, decided.page, f"{contested.page}?confirm=withdrawals"):
        look.at("decision", path)
    look.at("decision", blocked.page, press="#marks button[type=submit]", status="422")
    look.at("standard", "/standards/cn-2021-1")
    look.at("error", "/d/no", status="404")
    session = site.parts.sessions.open(studio.id)
    look.at("inbox", "/right-holder", session)
    for path in (lawful.desk, contested.desk):
        look.at("right holder's case", path, session)
    look.finish()


def test_a_printed_page_shows_the_evidence_and_no_forms_buttons_are_needed(
    windows: Windows, address: str, site: Site
) -> None:
    visitor = Visitor(windows, address, width=DESK)
    page = visitor.open(story_for_print(site).page)
    page.emulate_media(media="print")
    expect(page.get_by_text("What was matched")).to_be_visible()
    expect(page.locator("button[type=submit]").first).to_be_hidden()
    visitor.close()


def test_a_printed_page_does_not_give_the_secret_link_away(windows: Windows, address: str, site: Site) -> None:
    story = open_case(site).contest(a_file())
    visitor = Visitor(windows, address)
    page = visitor.open(story.page)
    page.emulate_media(media="print")
    printed = page.evaluate("[...document.links].map(link => getComputedStyle(link, '::after').content)")
    assert len(printed) > 5
    assert set(printed) == {"none"}
    visitor.close()


def story_for_print(site: Site) -> Story:
    return open_case(site).contest()
