"""A look at states of pages: on a phone and on a desk, in both languages, with nothing too wide and no faults.

A load costs more than what is looked at afterwards, and both languages have the same structure. So a state is opened
once: the window is made wide and narrow, and the next state of the same page is opened in the other language.
"""

from __future__ import annotations

from collections import defaultdict

from playwright.sync_api import Page, expect

from tests.look.browser import Window, Windows
from tests.look.faults import assert_no_faults

LANGUAGES = ("en", "zh")
PHONE = 390
DESK = 1280


class Look:
    """Goes from one state to the next; ``finish`` opens what is left out."""

    def __init__(self, windows: Windows, address: str) -> None:
        self._address = address
        self._windows: dict[str, Window] = {language: windows.open(language=language) for language in LANGUAGES}
        self._seen: defaultdict[str, list[tuple[str, str | None, str]]] = defaultdict(list)

    def at(self, kind: str, path: str, session: str | None = None, *, press: str = "", status: str = "") -> None:
        """Look at ``path`` as the session's owner; ``kind`` is the template, ``press`` a button that finds errors.

        In English axe looks at the wide page, in Chinese at the narrow one. ``status`` is what a page or a form is
        refused with: browsers report it as an error of the network.
        """
        language = LANGUAGES[len(self._seen[kind]) % 2]
        self._seen[kind].append((path, session, status))
        page = self._open(language, path, session)
        if press:
            page.locator(press).click()
            expect(page.locator(".govuk-error-summary")).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        self._fits(page, path, last=DESK if language == "en" else PHONE)
        assert_no_faults(page, f"{path} in {language}")
        self._hears_nothing_but(status, language, path)

    def finish(self) -> None:
        """See that what was looked at in one language alone fits in the other too."""
        for states in self._seen.values():
            if len(states) == 1:
                path, session, status = states[0]
                self._fits(self._open("zh", path, session), path, last=PHONE)
                self._hears_nothing_but(status, "zh", path)

    def _open(self, language: str, path: str, session: str | None) -> Page:
        window = self._windows[language]
        window.context.clear_cookies()
        if session is not None:
            window.sign_in(session, self._address)
        window.page.goto(f"{self._address}{path}")
        assert window.page.evaluate("document.documentElement.lang").startswith(language), path
        return window.page

    def _hears_nothing_but(self, status: str, language: str, path: str) -> None:
        complaints = self._windows[language].complaints
        assert [one for one in complaints if not status or status not in one] == [], path
        complaints.clear()

    @staticmethod
    def _fits(page: Page, path: str, *, last: int) -> None:
        for width in sorted((PHONE, DESK), key=lambda one: one == last):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
