"""Runs of reports: taken by one worker only, taken over when it falls silent, given up when that happens too often."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.database import DatabaseUnavailable
from casework.errors import NotFound
from casework.jobs.report_runs import LEASE, MOST_ATTEMPTS, ReportRun, ReportRuns, RunState
from casework.jobs.report_worker import ReportMaker, ReportWorker
from casework.views.language import Language
from casework.views.pages.compliance_reports import problem_text
from tests.web import Site

HALF = (date(2026, 1, 1), date(2026, 7, 1))


@pytest.fixture
def runs(site: Site) -> ReportRuns:
    return site.parts.report_runs


def test_each_run_is_taken_once_oldest_first(site: Site, runs: ReportRuns) -> None:
    first = runs.request(*HALF, "ac_1")
    site.clock.advance(timedelta(seconds=1))
    second = runs.request(*HALF, "ac_1")
    assert [run.id for run in runs.latest()] == [second.id, first.id]
    taken: list[str] = []

    def take() -> None:
        run = runs.take(threading.current_thread().name)
        if run is not None:
            taken.append(run.id)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted([first.id, second.id])


def test_a_silent_worker_loses_its_run(site: Site, runs: ReportRuns) -> None:
    runs.request(*HALF, "ac_1")
    run = runs.take("a")
    assert run is not None
    site.clock.advance(LEASE / 2)
    assert runs.progress(run, 1, 10)
    site.clock.advance(LEASE * 3 / 4)
    assert runs.take("b") is None
    site.clock.advance(LEASE / 4)
    again = runs.take("b")
    assert again is not None
    assert again.id == run.id
    assert not runs.progress(run, 2, 10)
    assert not runs.finish(run, {"late.pdf": "0" * 64})
    assert runs.finish(again, {"report.pdf": "0" * 64})
    done = runs.get(run.id)
    assert (done.state, done.files, done.ended) == (RunState.DONE, ("report.pdf",), True)
    assert runs.take("c") is None


def test_what_kills_workers_is_given_up(site: Site, runs: ReportRuns) -> None:
    run = runs.request(*HALF, "ac_1")
    for attempt in range(MOST_ATTEMPTS):
        assert runs.take(f"worker {attempt}") is not None
        site.clock.advance(LEASE)
    assert runs.take("another") is None
    assert (runs.get(run.id).state, runs.get(run.id).problem) == (RunState.FAILED, "fault")


def test_a_released_run_is_taken_at_once(runs: ReportRuns) -> None:
    run = runs.request(*HALF, "ac_1")
    taken = runs.take("a")
    assert taken is not None
    assert runs.release(taken)
    assert runs.get(run.id).state is RunState.WAITING
    assert runs.take("b") is not None


def test_unknown_runs_and_empty_periods_are_refused(runs: ReportRuns) -> None:
    with pytest.raises(NotFound):
        runs.get("rr_none")
    with pytest.raises(ValueError, match="ends after"):
        runs.request(HALF[0], HALF[0], "ac_1")


def test_a_report_that_cannot_be_written_is_failed_not_lost(sqlite_site: Site, tmp_path: Path) -> None:
    parts = sqlite_site.parts
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    run = parts.report_runs.request(*HALF, "ac_1")
    maker = ReportMaker(parts.casework, parts.report_runs, in_the_way, zone=parts.settings.zone, platform="P")
    assert maker.make_one()
    assert not maker.make_one()
    assert (parts.report_runs.get(run.id).state, parts.report_runs.get(run.id).problem) == (RunState.FAILED, "folder")
    assert "folder" in problem_text("folder")


def test_a_worker_tells_how_far_it_is_and_stops_when_superseded(sqlite_site: Site, tmp_path: Path) -> None:
    parts, runs = sqlite_site.parts, sqlite_site.parts.report_runs
    told: list[tuple[int, int]] = []

    class Watching(ReportRuns):
        """Looks over the worker's shoulder; after three steps somebody else takes the run."""

        def progress(self, run: ReportRun, done: int, whole: int) -> bool:
            told.append((done, whole))
            if len(told) == 3:
                sqlite_site.clock.advance(LEASE)
                assert runs.take("somebody else") is not None
            return super().progress(run, done, whole)

    run = runs.request(*HALF, "ac_1")
    maker = ReportMaker(
        parts.casework,
        Watching(parts.engine, sqlite_site.clock),
        tmp_path,
        zone=parts.settings.zone,
        platform="P",
        languages=(Language.EN,),
        formats=("pdf",),
    )
    assert maker.make_one()
    assert len(told) == 3
    assert told == sorted(told)
    assert runs.get(run.id).state is RunState.RUNNING
    assert list(tmp_path.rglob("*.pdf")) == []


def test_the_worker_outlives_a_database_that_is_away(sqlite_site: Site, tmp_path: Path) -> None:
    parts = sqlite_site.parts
    run = parts.report_runs.request(*HALF, "ac_1")
    calls: list[int] = []

    def build() -> ReportMaker:
        calls.append(1)
        if len(calls) < 3:
            raise DatabaseUnavailable("away")
        return ReportMaker(
            parts.casework, parts.report_runs, tmp_path, zone=parts.settings.zone, platform="P", formats=("json",)
        )

    stop = threading.Event()
    thread = threading.Thread(target=ReportWorker(build, look_seconds=0.01).run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 20
    while not parts.report_runs.get(run.id).ended and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(10)
    done = parts.report_runs.get(run.id)
    assert done.state is RunState.DONE
    assert (tmp_path / run.id / done.files[0]).is_file()
