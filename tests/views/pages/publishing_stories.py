"""Texts and reports on their way into public, for tests of pages: two officers, forms, a worker that makes files."""

from __future__ import annotations

from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from casework.domain.facts import Actor, Role
from casework.domain.publication.values import TextSection
from casework.jobs.report_worker import ReportMaker
from casework.narrating import ApprovalForm, TextForm
from tests.web import Browser, Site, form_token, post_form

PERIOD = {"from": "2026-06-01", "to": "2026-08-01"}
ADDRESS = "2026-06-01.2026-08-01"
WORDS = {
    "since": "2026-01-01",
    "en": "We write this.\n\nAnd {platform} stands for it.",
    "zh": "本文如此。\n\n由{platform}负责。",
}


def submit(browser: Browser, page: str, to: str, data: dict[str, Any]) -> httpx.Response:
    token = form_token(browser.get(page).text)
    return browser.post(to, data={"_csrf_token": token, **data})


def officers(site: Site) -> tuple[Browser, Browser]:
    return site.browser(site.account(Role.COMPLIANCE)), site.browser(site.account(Role.COMPLIANCE))


def approve_all(site: Site) -> None:
    """Every text drafted by one officer and approved by another, straight through the rules."""
    narratives = site.parts.narratives
    one, other = (Actor(role=Role.COMPLIANCE, id=name) for name in ("acc-one", "acc-other"))
    for section in TextSection:
        texts = narratives.texts(section)
        if not texts.approved:
            form = TextForm(since=date(2026, 1, 1), en=WORDS["en"], zh=WORDS["zh"])
            open_one = narratives.draft(section, form, one).open
            assert open_one is not None
            narratives.approve(section, ApprovalForm(draft=open_one.number), other)


def make_run(site: Site, browser: Browser, folder: Path, **more: str) -> str:
    """Ask for the documents of the period and make them; the number of the run."""
    parts = site.parts
    object.__setattr__(parts.settings, "reports_directory", folder)
    asked = post_form(browser, "/compliance/reports", {**PERIOD, **more})
    assert asked.status_code == 303, unescape(asked.text)
    maker = ReportMaker(
        parts.casework,
        parts.report_runs,
        folder,
        zone=parts.settings.zone,
        platform=parts.settings.platform_name,
        formats=("html", "json", "csv", "xlsx"),
        texts=parts.narratives,
        proofs=parts.proofs,
        earlier=parts.publishing.data_before,
        compare=parts.publishing.compare,
    )
    assert maker.make_one()
    run: str = asked.headers["location"].rpartition("/")[2]
    return run


def propose(browser: Browser, run: str, **why: str) -> httpx.Response:
    page = f"/compliance/publications/runs/{run}"
    return submit(browser, page, f"{page}/proposals", {"run": run, **why})


def agree(browser: Browser, step: str, number: int, **more: str) -> httpx.Response:
    page = f"/compliance/publications/{ADDRESS}"
    return submit(browser, page, f"{page}/{step}", {"proposal": str(number), **more})
