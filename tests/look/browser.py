"""Chromium for tests: the machine's own, quiet, started once for a file, its windows used again and again.

A new window takes Chromium longer than what most tests do in it, so a test gets one that another test has used before:
without cookies, on an empty page, with nothing left of what was listened to or emulated.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_running: list[Browser] = []


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this file, started if it does not run; `CHROMIUM` names another program than on the path."""
    if _running:
        yield _running[0]
        return
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("no Chromium on this machine: run the set-up (make setup), or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        _running.append(browser)
        try:
            yield browser
        finally:
            _running.clear()
            browser.close()


@dataclass
class Window:
    """A window with one page, and what happened in it in this test.

    ``complaints`` are errors of scripts and of the console, ``questions`` the kinds of dialogs; all are agreed to.
    """

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", self._agree)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _agree(self, dialog: Dialog) -> None:
        self.questions.append(dialog.type)
        dialog.accept()

    def sign_in(self, session: str, address: str) -> Window:
        """Belong to this session at the site from now on."""
        self.context.add_cookies([{"name": "casework_session", "value": session, "url": address}])
        return self

    def clean(self) -> None:
        """Become what a new window is."""
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.page.emulate_media(media="screen", color_scheme="light")
        self.context.clear_cookies()
        self.complaints.clear()
        self.questions.clear()


class Windows:
    """The windows of one Chromium: those in use, and those that wait, by language and whether scripts run in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._waiting: dict[tuple[str, bool], list[Window]] = {}
        self._used: list[tuple[tuple[str, bool], Window]] = []

    def open(self, *, language: str = "en", script: bool = True, width: int = 1280, height: int = 900) -> Window:
        """A clean window until the end of the test, whose visitor reads ``language`` (``en`` or ``zh``)."""
        kind = (language, script)
        waiting = self._waiting.setdefault(kind, [])
        if waiting:
            window = waiting.pop()
        else:
            locale = "zh-CN" if language == "zh" else "en-GB"
            context = self._browser.new_context(locale=locale, java_script_enabled=script)
            window = Window(context, context.new_page())
        self._used.append((kind, window))
        window.page.set_viewport_size({"width": width, "height": height})
        return window

    def take_back(self) -> None:
        """At the end of a test."""
        while self._used:
            kind, window = self._used.pop()
            window.clean()
            self._waiting[kind].append(window)


# No longer than one file: while Playwright is there, a loop runs in this thread, and nothing else may start one.
@pytest.fixture(scope="module")
def _windows() -> Iterator[Windows]:
    with chromium() as browser:
        yield Windows(browser)


@pytest.fixture
def windows(_windows: Windows) -> Iterator[Windows]:
    """Opens windows of Chromium for this test."""
    yield _windows
    _windows.take_back()
