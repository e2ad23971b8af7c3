"""Texts, publishing and published reports in Chromium: on a phone without a script, by day and by night."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casework.database import parse_database_url
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from tests.browser.serving import serve
from tests.look.browser import Windows
from tests.look.faults import assert_no_faults
from tests.samples import REVERSED, UPHELD
from tests.views.pages.publishing_stories import (
    ADDRESS,
    WORDS,
    agree,
    approve_all,
    make_run,
    officers,
    propose,
    submit,
)
from tests.views.pages.stories import open_case, seat_reviewers
from tests.web import START, Site, running, settings_for

pytestmark = pytest.mark.browser

WHY = {"why_en": "One decision was recorded late.", "why_zh": "一项决定迟到。"}
KEEP = os.environ.get("CASEWORK_SCREENSHOTS")
"""A folder for pictures of the pages, for eyes."""


@pytest.fixture(scope="module")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a published report, its correction, and another correction and a draft that wait."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copyfile(_sqlite_template, folder / "casework.db")
    clock = SimulatedClock(START)
    with running(settings_for(parse_database_url(f"sqlite:///{folder / 'casework.db'}")), clock) as site:
        seat_reviewers(site)
        approve_all(site)
        first, second = officers(site)
        for number, why in enumerate(({}, WHY, WHY), 1):
            clock.advance(timedelta(hours=1))
            open_case(site).contest().rule(UPHELD, REVERSED, REVERSED)
            assert propose(first, make_run(site, first, folder), **why).status_code == 303
            if number < 3:
                assert agree(second, "agreements", number).status_code == 303
        page = "/compliance/texts/fees"
        submit(first, page, f"{page}/drafts", {**WORDS, "en": "We write that.\n\nAnd {platform} stands for it."})
        yield site


def test_pages_fit_a_phone_and_have_no_faults(site: Site, windows: Windows) -> None:
    officer = site.account(Role.COMPLIANCE)
    session = site.browser(officer).cookies
    public = ["/transparency", f"/transparency/{ADDRESS}.1", f"/transparency/{ADDRESS}.2"]
    desk = ["/compliance/texts", "/compliance/texts/fees", "/compliance/publications"]
    desk += [f"/compliance/publications/{ADDRESS}", "/compliance/reports"]
    # Those with the most in them; the others are made of the same parts.
    looked_at = ("/compliance/texts/fees", f"/compliance/publications/{ADDRESS}")
    with serve(site.app) as address:
        window = windows.open(width=390, height=844)
        page = window.page
        page.route("**/*.js", lambda route: route.abort())
        window.context.add_cookies(
            [{"name": one.name, "value": one.value or "", "url": address} for one in session.jar]
        )
        for place in [*public, *desk]:
            page.emulate_media(color_scheme="light")
            page.goto(f"{address}{place}?lang=zh" if place in public else f"{address}{place}?lang=en")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, place
            name = place.strip("/").replace("/", "-")
            if KEEP:
                page.screenshot(path=f"{KEEP}/{name}.png", full_page=True)
            if place in (public[-1], *looked_at) or KEEP:
                assert_no_faults(page, place)
            if KEEP:
                page.screenshot(path=f"{KEEP}/{name}-dark.png", full_page=True)
        page.goto(f"{address}/transparency/{ADDRESS}.1/read?lang=zh")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click("aside a")
        assert page.url.endswith(f"/transparency/{ADDRESS}.2")
