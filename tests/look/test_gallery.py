"""How every component behaves in Chromium: no accessibility faults, nothing wider than a phone, strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.look.browser import Windows
from tests.look.faults import assert_no_faults
from tests.look.gallery import serve_gallery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_gallery() as served:
        yield served


@pytest.mark.parametrize("language", ["en", "zh"])
def test_has_no_faults(windows: Windows, address: str, language: str) -> None:
    window = windows.open(language=language)
    window.page.goto(f"{address}/?lang={language}")
    for width in (1280, 390):
        window.page.set_viewport_size({"width": width, "height": 900})
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        assert_no_faults(window.page, f"the gallery in {language}, {width} wide")
    assert window.complaints == []


def test_dark_is_dark_and_light_is_light(windows: Windows, address: str) -> None:
    brightness = {}
    page = windows.open().page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")[:3])
    assert brightness["light"] > 700
    assert brightness["dark"] < 150


def test_everything_is_there_without_script(windows: Windows, address: str) -> None:
    page = windows.open(script=False).page
    page.goto(f"{address}/?lang=en")
    assert page.locator("input[type=file]").is_visible()
    assert page.locator("textarea").is_visible()
    assert page.locator(".govuk-character-count__message").inner_text() == "You can enter up to 200 characters"


def test_character_count_speaks_chinese(windows: Windows, address: str) -> None:
    page = windows.open().page
    page.goto(f"{address}/?lang=zh")
    page.locator("textarea").fill("字" * 40)
    status = page.locator(".govuk-character-count__status")
    page.wait_for_function("document.querySelector('.govuk-character-count__status').innerText.includes('160')")
    assert status.inner_text() == "还可输入160个字符"


def test_shortcut_presses_the_button_but_not_while_typing(windows: Windows, address: str) -> None:
    page = windows.open().page
    page.goto(f"{address}/?lang=en")
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


def test_leaving_with_something_typed_asks_first(windows: Windows, address: str) -> None:
    window = windows.open()
    page = window.page
    page.goto(f"{address}/?lang=en")
    page.locator("textarea").press_sequentially("typed")
    page.goto(f"{address}/?lang=zh")
    assert window.questions == ["beforeunload"]
    page.goto(f"{address}/?lang=en")
    assert window.questions == ["beforeunload"]


def test_prints_without_what_can_only_be_clicked(windows: Windows, address: str) -> None:
    page = windows.open().page
    page.goto(f"{address}/?lang=en")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".casework-languages").is_hidden()
    assert page.locator(".govuk-button").first.is_hidden()
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"


def test_a_window_that_was_used_is_as_good_as_a_new_one(windows: Windows, address: str) -> None:
    used = windows.open(width=390).sign_in("a session", address)
    used.page.route("**/*.js", lambda route: route.abort())
    used.page.goto(f"{address}/?lang=en")
    used.page.emulate_media(media="print", color_scheme="dark")
    used.page.locator("textarea").press_sequentially("typed")
    used.complaints.append("as if a script had failed")
    windows.take_back()
    window = windows.open()
    assert window.page is used.page
    assert (window.context.cookies(), window.complaints, window.questions) == ([], [], [])
    assert window.page.url == "about:blank"
    window.page.goto(f"{address}/?lang=en")
    assert window.page.evaluate("[innerWidth, matchMedia('print').matches]") == [1280, False]
    assert window.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is False
    assert window.page.locator(".govuk-character-count__status").count() == 1
