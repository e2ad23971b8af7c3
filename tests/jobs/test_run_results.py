"""What a run leaves behind: digests of its files, and what it changes against the published report of its period."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.domain.facts import Actor, Refused, Role
from casework.jobs.report_runs import ReportRun, ReportRuns
from casework.jobs.report_worker import ReportMaker
from casework.publishing import AgreementForm, ProposalForm
from casework.views.access.tokens import Scope
from tests.views.pages.publishing_stories import ADDRESS, approve_all
from tests.views.pages.stories import open_case
from tests.web import Site

PERIOD = (date(2026, 6, 1), date(2026, 8, 1))
ONE, OTHER = (Actor(role=Role.COMPLIANCE, id=name) for name in ("acc-one", "acc-other"))
WHY = {"why_en": "It came late.", "why_zh": "迟到。"}


class Watching(ReportRuns):
    """Notes how far a run says that it is."""

    told: list[tuple[int, int]]

    def progress(self, run: ReportRun, done: int, whole: int) -> bool:
        self.told.append((done, whole))
        return super().progress(run, done, whole)


def made(site: Site, folder: Path, watched: list[tuple[int, int]] | None = None) -> ReportRun:
    parts = site.parts
    object.__setattr__(parts.settings, "reports_directory", folder)
    site.clock.advance(timedelta(minutes=1))
    run = parts.report_runs.request(*PERIOD, ONE.id)
    runs = Watching(parts.engine, site.clock)
    runs.told = [] if watched is None else watched
    maker = ReportMaker(
        parts.casework,
        runs,
        folder,
        zone=parts.settings.zone,
        platform="P",
        formats=("html", "json"),
        texts=parts.narratives,
        proofs=parts.proofs,
        earlier=parts.publishing.data_before,
        compare=parts.publishing.compare,
    )
    assert maker.make_one()
    return parts.report_runs.get(run.id)


def propose(site: Site, run: ReportRun, **why: str) -> int:
    reports = site.parts.publishing.propose(ProposalForm(run=run.id, **why), ONE)
    assert reports.open is not None
    return reports.open.number


def refused(site: Site, run: ReportRun, **why: str) -> Refused:
    with pytest.raises(Refused) as caught:
        propose(site, run, **why)
    return caught.value


def test_a_run_computes_what_it_corrects_and_proposing_reads_it(sqlite_site: Site, tmp_path: Path) -> None:
    site, publishing = sqlite_site, sqlite_site.parts.publishing
    approve_all(site)
    open_case(site)
    first, before = made(site, tmp_path), made(site, tmp_path)
    assert (first.corrects, first.changes) == (None, None)
    publishing.publish(*PERIOD, AgreementForm(proposal=propose(site, first)), OTHER)
    open_case(site)
    told: list[tuple[int, int]] = []
    later = made(site, tmp_path, told)
    assert later.corrects == 1
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 1
    # One that was made before there was anything to correct says so.
    assert refused(site, before, **WHY).code == "report_changes_missing"
    assert refused(site, later).code == "already_published"
    publishing.publish(*PERIOD, AgreementForm(proposal=propose(site, later, **WHY)), OTHER)
    edition = publishing.edition(f"{ADDRESS}.2")
    assert edition.published.changes == later.changes
    changes = publishing.changes(edition)
    assert changes is not None
    total = next(one for one in changes["figures"] if one["key"] == "decisions.total")
    assert (total["old"]["value"], total["new"]["value"], len(total["events"])) == (1, 2, 1)


def test_files_that_were_changed_after_the_run_are_refused_by_name(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    approve_all(site)
    run = made(site, tmp_path)
    folder = tmp_path / run.id
    assert dict(run.digests) == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in run.files}
    name = next(one for one in run.files if one.endswith(".json"))
    gone = next(one for one in run.files if one.endswith(".zh.html"))
    kept = {one: (folder / one).read_bytes() for one in (name, gone)}
    (folder / name).write_bytes(kept[name].replace(b'"platform": "P"', b'"platform": "Q"'))
    (folder / gone).unlink()
    error = refused(site, run)
    assert (error.code, set(error.details["files"].split(", "))) == ("report_files_differ", {name, gone})
    officer = site.api(site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_WRITE))
    answer = officer.post(f"/api/v1/reports/{run.id}/proposals", json={}).json()
    assert name in answer["detail"]
    assert gone in answer["detail"]
    for one, content in kept.items():
        (folder / one).write_bytes(content)
    propose(site, run)
    # Whoever has to agree reads what was proposed, whatever became of the folder.
    (folder / name).write_bytes(b"{}")
    browser = site.browser(site.account(Role.COMPLIANCE))
    shown = browser.get(f"/compliance/publications/{ADDRESS}/files/{name}")
    assert json.loads(shown.content) == json.loads(kept[name])
    assert browser.get(f"/compliance/publications/{ADDRESS}/files/none.json").status_code == 404
