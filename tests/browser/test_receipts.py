"""The check of a receipt in Chromium: on a phone without a script, nothing too wide, and axe finds no fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from casework.database import parse_database_url
from casework.eventlog.clock import SimulatedClock
from tests.browser.serving import serve
from tests.look.browser import Windows
from tests.look.faults import assert_no_faults
from tests.views.pages.stories import open_case
from tests.web import START, Site, running, settings_for

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    with running(settings_for(parse_database_url(f"sqlite:///{path}")), SimulatedClock(START)) as site:
        yield site


def test_a_receipt_is_checked_on_a_phone_without_a_script(site: Site, windows: Windows) -> None:
    story = open_case(site).contest()
    event = next(one for one in story.casework.history(story.id) if one.event.TOPIC == "case.contest_lodged")
    code = site.parts.proofs.codes.code(event.stream, event.version)
    with serve(site.app) as address:
        page = windows.open(width=390, height=844).page
        page.route("**/*.js", lambda route: route.abort())
        page.goto(f"{address}/transparency/receipt?lang=zh")
        page.fill("#code", "no code")
        page.press("#code", "Enter")
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        page.fill("#code", code.lower().replace("-", " "))
        page.press("#code", "Enter")
        expect(page.locator("#found")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert_no_faults(page, "receipt")
