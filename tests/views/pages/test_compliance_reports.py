"""Reports at the desk: periods, figures on the screen, documents made by a worker, downloads."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path

import pytest

from casework.domain.facts import Role
from casework.jobs.report_worker import ReportMaker
from casework.views.pages.compliance_reports import last_half_year
from casework.views.periods import read_period
from tests.look.leaks import english_leaks
from tests.samples import REVERSED, UPHELD
from tests.views.pages.stories import open_case, seat_reviewers
from tests.web import Site, on_sqlite, post_form

PERIOD = {"from": "2026-06-01", "to": "2026-08-01"}


@pytest.mark.parametrize(
    ("today", "half"),
    [
        (date(2026, 11, 22), (date(2026, 1, 1), date(2026, 7, 1))),
        (date(2026, 7, 1), (date(2026, 1, 1), date(2026, 7, 1))),
        (date(2026, 6, 30), (date(2025, 7, 1), date(2026, 1, 1))),
        (date(2026, 1, 1), (date(2025, 7, 1), date(2026, 1, 1))),
    ],
)
def test_the_form_begins_with_the_last_half_year(today: date, half: tuple[date, date]) -> None:
    assert last_half_year(today) == half


@pytest.mark.parametrize(
    ("start", "end", "fields"),
    [
        ("", "2026-07-01", ["from"]),
        ("2026-01-01", "tomorrow", ["to"]),
        ("2026-02-30", "2026-13-01", ["from", "to"]),
        ("20260101", "2026-07-01", ["from"]),
        ("1850-01-01", "2026-07-01", ["from"]),
        ("2026-07-01", "2026-07-01", ["to"]),
        ("2026-07-02", "2026-07-01", ["to"]),
    ],
)
def test_wrong_periods_are_named(start: str, end: str, fields: list[str]) -> None:
    period, wrong = read_period(start, end)
    assert period is None
    assert sorted(wrong) == fields


@on_sqlite
def test_figures_stand_on_the_screen(site: Site) -> None:
    seat_reviewers(site)
    for _ in range(6):
        open_case(site)
    open_case(site).contest().rule(UPHELD, REVERSED, REVERSED)
    browser = site.browser(site.account(Role.COMPLIANCE))
    page = browser.get("/compliance/reports/figures", params=PERIOD)
    assert page.status_code == 200
    assert page.text.count("<svg") > 3
    wrong = browser.get("/compliance/reports/figures", params={"from": "x", "to": "2026-07-01"})
    assert wrong.status_code == 422
    assert "Give the first day as a date" in wrong.text


def test_numbers_lead_to_their_cases(sqlite_site: Site) -> None:
    story = open_case(sqlite_site)
    browser = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    period = {**PERIOD, "from": "2026-01-01"}
    figures = browser.get("/compliance/reports/figures", params=period).text
    links = re.findall(r'href="(/compliance/reports/figures/cases[^"]+)"', figures)
    total = next(link for link in links if "decisions.total&" in link)
    page = browser.get(html.unescape(total))
    assert page.status_code == 200
    assert f"/compliance/cases/{story.id}" in page.text
    assert "1 of 1 cases" in page.text
    assert "That was all of them." in page.text
    address = "/compliance/reports/figures/cases"
    warnings = browser.get(address, params={**period, "key": "abuse.warnings"}).text
    assert "not counted by single cases" in warnings
    assert browser.get(address, params={**period, "key": "none"}).status_code == 404
    assert browser.get(address, params={"from": "x", "to": "y", "key": "decisions.total"}).status_code == 404
    chinese = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE), language="zh")
    assert "已全部查看完毕" in chinese.get(address, params={**period, "key": "decisions.total"}).text
    reviewer = sqlite_site.browser(sqlite_site.account(Role.REVIEWER))
    assert reviewer.get(address, params={**period, "key": "decisions.total"}).status_code == 403


def test_documents_are_made_by_a_worker_and_downloaded(sqlite_site: Site, tmp_path: Path) -> None:
    parts = sqlite_site.parts
    object.__setattr__(parts.settings, "reports_directory", tmp_path)
    open_case(sqlite_site)
    browser = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    assert post_form(browser, "/compliance/reports", {"from": "", "to": ""}).status_code == 422
    asked = post_form(browser, "/compliance/reports", PERIOD)
    address = asked.headers["location"]
    waiting = browser.get(address).text
    assert "Waiting for a worker" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert 'data-hx-trigger="every 2s"' in waiting
    maker = ReportMaker(
        parts.casework,
        parts.report_runs,
        tmp_path,
        zone=parts.settings.zone,
        platform=parts.settings.platform_name,
        formats=("html", "json", "csv", "xlsx"),
    )
    assert maker.make_one()
    ready = browser.get(address).text
    assert "Ready" in ready
    assert "refresh" not in ready
    links = re.findall(r'href="([^"]+/files/[^"]+)"', ready)
    assert sorted(link.rpartition(".")[2] for link in links) == ["csv", "html", "html", "json", "xlsx"]
    for link in links:
        answer = browser.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment;")
    for name in ("none.pdf", "..%2F..%2Fcasework.db", "%2e%2e"):
        assert browser.get(f"{address}/files/{name}").status_code == 404
    assert browser.get("/compliance/reports/rr_none").status_code == 404
    part = browser.get(address, headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "Ready" in browser.get("/compliance/reports").text
    chinese = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE), language="zh")
    pages = [chinese.get(page).text for page in ("/compliance/reports", address, f"{address}/files/none")]
    assert [english_leaks(page, {"JSON", "Person", "XLSX"}) for page in pages] == [[] for _ in pages]
