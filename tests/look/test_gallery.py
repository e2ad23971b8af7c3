"""How every component behaves in Chromium: no accessibility faults, nothing wider than a phone, strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.look.browser import chromium
from tests.look.faults import assert_no_faults
from tests.look.gallery import serve_gallery

pytestmark = pytest.mark.browser

LOOKS = list(product(("en", "zh"), (390, 1280)))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_gallery() as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Opened:
    """A page with everything that the browser complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, address: str) -> Page:
        self.page.goto(address, wait_until="networkidle")
        return self.page


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_has_no_faults(browser: Browser, address: str, language: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    opened = Opened(page)
    opened.go(f"{address}/?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_no_faults(page, f"the gallery in {language}, {width} wide")
    assert opened.complaints == []
    page.close()


def test_dark_is_dark_and_light_is_light(browser: Browser, address: str) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(address)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")[:3])
        page.close()
    assert brightness["light"] > 700
    assert brightness["dark"] < 150


def test_everything_is_there_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    assert page.locator("input[type=file]").is_visible()
    assert page.locator("textarea").is_visible()
    assert page.locator(".govuk-character-count__message").inner_text() == "You can enter up to 200 characters"
    # A button that can do nothing without a script is not shown.
    assert page.locator("[data-seek-upload]").first.is_hidden()
    context.close()


def test_both_players_go_to_the_segment(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=en", wait_until="networkidle")
    page.get_by_role("button", name="Play both 2").click()
    where = "[...document.querySelectorAll('[data-player]')].map((player) => player.currentTime)"
    assert page.evaluate(where) == [24, 2210]
    page.close()


def test_character_count_speaks_chinese(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=zh", wait_until="networkidle")
    page.locator("textarea").fill("字" * 40)
    status = page.locator(".govuk-character-count__status")
    page.wait_for_function("document.querySelector('.govuk-character-count__status').innerText.includes('160')")
    assert status.inner_text() == "还可输入160个字符"
    page.close()


def test_shortcut_presses_the_button_but_not_while_typing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=en", wait_until="networkidle")
    page.evaluate(
        "document.addEventListener('submit', (e) => { e.preventDefault(); window.sent = (window.sent || 0) + 1 })"
    )
    page.locator("textarea").focus()
    page.keyboard.press("s")
    assert page.evaluate("window.sent") is None
    page.locator("textarea").blur()
    page.keyboard.press("Control+s")
    assert page.evaluate("window.sent") is None
    page.keyboard.press("s")
    assert page.evaluate("window.sent") == 1
    page.close()


def test_leaving_with_something_typed_asks_first(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=en", wait_until="networkidle")
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.locator("textarea").press_sequentially("typed")
    page.goto(f"{address}/?lang=zh")
    assert questions == ["beforeunload"]
    page.goto(f"{address}/?lang=en")
    assert questions == ["beforeunload"]
    page.close()


def test_prints_without_what_can_only_be_clicked(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?lang=en", wait_until="networkidle")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".casework-languages").is_hidden()
    assert page.locator(".govuk-button").first.is_hidden()
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    page.close()
