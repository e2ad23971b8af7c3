"""The compliance desk shows how far a bulk reopening has come, and what all cases make of one upload."""

from __future__ import annotations

from casework.domain.facts import Role
from casework.domain.work.decisions import FindOwnershipFalse
from casework.jobs.reopening import follow
from tests import samples
from tests.jobs.clocked_cases import write_case
from tests.jobs.test_reopening import WORK, find, write_many
from tests.web import Site

PAGE = f"/compliance/works/one?id={WORK}"


def test_progress_is_shown_and_asks_again_while_it_runs(sqlite_site: Site) -> None:
    casework, follow_ups = sqlite_site.parts.casework, sqlite_site.parts.follow_ups
    officer = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    write_many(casework.log, 4)
    assert "Cases that are decided again" not in officer.get(PAGE).text
    find(casework)
    # The worker has noted the finding and died.
    looks = iter([False])
    follow(casework, follow_ups, stopped=lambda: next(looks, True))
    running = officer.get(PAGE).text
    assert "0 of 4 cases" in running
    assert 'data-hx-trigger="every 2s"' in running
    assert "Show how far it is now" in running, "the way without a script"
    part = officer.get(PAGE, headers={"hx-request": "true"}).text
    assert "0 of 4 cases" in part
    assert "<html" not in part
    follow(casework, follow_ups)
    done = officer.get(PAGE).text
    assert "All cases were looked at" in done
    assert 'data-hx-trigger="every 2s"' not in done
    chinese = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE), language="zh-CN")
    assert "全部案件均已查看" in chinese.get(PAGE).text


def test_a_case_that_failed_is_named_with_its_problem(sqlite_site: Site) -> None:
    casework, follow_ups = sqlite_site.parts.casework, sqlite_site.parts.follow_ups
    (case_id,) = write_many(casework.log, 1)
    find(casework)
    looks = iter([False])
    follow(casework, follow_ups, stopped=lambda: next(looks, True))
    (one,) = follow_ups.running()
    follow_ups.failed(one, case_id, "panel_unknown")
    text = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE)).get(PAGE).text
    assert f"/compliance/cases/{case_id}" in text
    assert "panel_unknown" in text


def test_the_case_page_shows_the_upload_as_a_whole(sqlite_site: Site) -> None:
    casework = sqlite_site.parts.casework
    lawful = write_case(casework.log, (samples.recorded("0.40", "one", upload__id="up-two"),))
    officer = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    casework.views.catch_up()
    address = f"/compliance/cases/{lawful}"
    assert "The upload as a whole" not in officer.get(address).text, "one case is all there is"
    other = write_case(casework.log, (samples.recorded("0.93", "two", upload__id="up-two", work__id="w-2"),))
    casework.views.catch_up()
    text = officer.get(address).text
    assert "The upload as a whole" in text
    assert "The most restrictive measure of all its cases holds." in text
    assert f"/compliance/cases/{other}" in text


def test_the_finding_alone_reopens_nothing_for_somebody_else(sqlite_site: Site) -> None:
    casework, follow_ups = sqlite_site.parts.casework, sqlite_site.parts.follow_ups
    write_many(casework.log, 1)
    wrong = FindOwnershipFalse(claimant="rh_somebody", finding=samples.reference("finding"))
    casework.ledgers.handle_work(WORK, wrong, samples.OFFICER)
    follow(casework, follow_ups)
    text = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE)).get(PAGE).text
    assert "All cases were looked at" in text
