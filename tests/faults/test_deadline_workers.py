"""Workers that are killed at random moments while deadlines run out: each effect is in the log exactly once.

Real `casework worker` processes, two at a time, on a database whose simulated time is past all deadlines. A smaller
number runs with the suite; `FAULT_DEADLINES=1000 pytest tests/faults/test_deadline_workers.py` runs the whole bar
(`FAULT_KILLS`: how often both are killed).
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from casework.database import DatabaseUrl
from casework.domain.facts import Role
from casework.domain.values import DeadlineKind
from casework.eventlog.store import EventLog
from casework.parts import build_parts
from casework.simulated_time import begin
from tests.faults.nursery import Forked, fork
from tests.jobs.clocked_cases import ALL_OVER, KINDS, write_cases
from tests.web import environment_for, settings_for

DEADLINES = int(os.environ.get("FAULT_DEADLINES", "72"))
KILLS = int(os.environ.get("FAULT_KILLS", max(3, DEADLINES // 50)))
SEED = random.randrange(10**6)
"""Said when the test fails, so that it can be played again."""

PATIENCE_SECONDS = 180


class Workers:
    """Two workers that are started together and killed one after the other."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._log = folder / "workers.log"
        self._log.touch()
        self._running: list[Forked] = []

    def start(self) -> None:
        self._running = [fork(self._environment, self._folder, self._log, "worker") for _ in range(2)]

    def kill(self, pause: float) -> None:
        """As a power cut would, at two moments."""
        for process in self._running:
            assert process.poll() is None, self._log.read_text()[-3000:]
            process.kill()
            time.sleep(pause)
        self._wait()

    def _wait(self) -> None:
        for process in self._running:
            process.wait(10)
        self._running = []

    def end(self) -> None:
        for process in self._running:
            process.kill()
        self._wait()


@contextlib.contextmanager
def ended(workers: Workers) -> Iterator[Workers]:
    try:
        yield workers
    finally:
        workers.end()


def fired(log: EventLog, cases: Mapping[UUID, DeadlineKind]) -> Counter[tuple[UUID, str]]:
    """What the clock has written, by case and topic."""
    return Counter(
        (one.stream, one.event.TOPIC)
        for one in log.read(0, 1_000_000)
        if one.by.role is Role.CLOCK and one.stream in cases
    )


def written(engine: sa.Engine) -> int:
    """How many events there are. Positions say less: of two writers at once, the one that gives way may leave a gap."""
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM stored_events")).scalar_one())


def wait_for(engine: sa.Engine, events: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while written(engine) < events:
        assert time.monotonic() < until, f"no progress beyond {written(engine)}"
        time.sleep(0.01)


def test_each_effect_once_although_workers_are_killed(
    database_url: DatabaseUrl, tmp_path: Path, environment: dict[str, str]
) -> None:
    chance = random.Random(SEED)
    parts = build_parts(settings_for(database_url))
    log = parts.casework.log
    begin(parts.engine, log, ALL_OVER)
    cases = write_cases(log, DEADLINES)
    expected = Counter((case_id, KINDS[kind]) for case_id, kind in cases.items())
    last = written(parts.engine) + DEADLINES
    step = max(1, DEADLINES // (2 * KILLS))
    killed = 0
    with ended(Workers(environment_for(database_url, tmp_path, environment), tmp_path)) as workers:
        while written(parts.engine) < last - step and killed < KILLS:
            workers.start()
            wait_for(parts.engine, written(parts.engine) + chance.randint(1, step))
            time.sleep(chance.uniform(0, 0.03))
            workers.kill(chance.uniform(0, 0.02))
            killed += 1
        assert killed >= 3, "the workers were too quick to be killed"
        assert written(parts.engine) < last, "nothing was left to do after the last kill"
        workers.start()
        wait_for(parts.engine, last)
        time.sleep(1)  # one more of anything would come now
    assert fired(log, cases) == expected, f"seed {SEED}"
    assert_views_agree(database_url)
    parts.close()


def assert_views_agree(url: DatabaseUrl) -> None:
    """After a restart the read model knows of nothing that is due, and a rebuild finds the same rows."""
    parts = build_parts(settings_for(url))
    views = parts.casework.views
    views.catch_up()
    before = _rows(views.engine, views.tables("cases"))
    views.rebuild(["cases"])
    assert _rows(views.engine, views.tables("cases")) == before
    assert parts.deadline_failures.count() == 0
    parts.close()


def _rows(engine: sa.Engine, tables: Mapping[str, sa.Table]) -> dict[str, list[tuple[object, ...]]]:
    """All rows; a tally that has come back to zero says as much as one that is missing."""
    selects = {name: sa.select(table) for name, table in tables.items()}
    selects["tallies"] = selects["tallies"].where(tables["tallies"].c.number != 0)
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select)), key=repr)
            for name, select in selects.items()
        }
