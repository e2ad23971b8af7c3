"""Chromium for tests: the machine's own, quiet, started once for a process, its windows used again and again.

Its shell without a user interface is taken where there is one: a test costs it half the time, as each window of the
whole browser draws bars and buttons, in processes of their own, that nobody sees.

A new window takes Chromium longer than what most tests do in it, so a test gets one that another test has used before:
without cookies, on an empty page, with nothing left of what was listened to or emulated.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio import events
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


PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium for a block; `CHROMIUM` names another program than on the path."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise RuntimeError("no Chromium on this machine: run the set-up (make setup), or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
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


@pytest.fixture(scope="session")
def _windows() -> Iterator[tuple[Windows, asyncio.AbstractEventLoop]]:
    with chromium() as browser:
        loop = asyncio.get_running_loop()
        events._set_running_loop(None)
        yield Windows(browser), loop
        events._set_running_loop(loop)


@pytest.fixture
def windows(_windows: tuple[Windows, asyncio.AbstractEventLoop]) -> Iterator[Windows]:
    """Opens windows of Chromium for this test.

    Playwright's loop counts as running in this thread from its start to its end, and nothing else may run one there
    then. Between these tests it is said not to: it rests, and only a call to Playwright wakes it.
    """
    opened, loop = _windows
    events._set_running_loop(loop)
    try:
        yield opened
        opened.take_back()
    finally:
        events._set_running_loop(None)
