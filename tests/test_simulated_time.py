"""Simulated time: from the first event or never, the same for all processes, forward only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from casework.database import DatabaseUrl
from casework.eventlog.clock import ShiftedClock, SystemClock
from casework.parts import Parts, build_parts
from casework.simulated_time import RealTime, begin, is_simulated, move_forward, shift_of
from tests import samples
from tests.web import settings_for

START = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
NEAR = timedelta(seconds=60)


@pytest.fixture
def trial(database_url: DatabaseUrl) -> Iterator[Parts]:
    """An installation that began with simulated time."""
    parts = build_parts(settings_for(database_url, clock=START))
    yield parts
    parts.close()


def test_time_runs_from_the_chosen_moment(trial: Parts) -> None:
    clock = trial.casework.clock
    assert is_simulated(clock)
    first = clock.now()
    assert START <= first < START + NEAR
    assert first.tzinfo is UTC
    time.sleep(0.01)
    assert clock.now() > first


def test_all_processes_tell_one_time_whatever_their_settings(trial: Parts, database_url: DatabaseUrl) -> None:
    list(trial.intake.take([samples.decision_line(decided_at=START.isoformat())], samples.MATCHER))
    others = [
        build_parts(settings_for(database_url)),
        build_parts(settings_for(database_url, clock=START + timedelta(days=90))),
    ]
    for other in others:
        assert abs(other.casework.clock.now() - trial.casework.clock.now()) < NEAR
        other.close()


def test_moved_forward_for_processes_that_run_already(trial: Parts) -> None:
    clock = ShiftedClock(lambda: shift_of(trial.engine) or timedelta(0), every_seconds=0)
    before = clock.now()
    move_forward(trial.engine, timedelta(days=15))
    assert timedelta(days=15) <= clock.now() - before < timedelta(days=15) + NEAR
    with pytest.raises(ValueError, match="backwards"):
        move_forward(trial.engine, timedelta(seconds=-1))


def test_a_shift_is_read_again_only_after_a_while() -> None:
    asked: list[int] = []

    def read() -> timedelta:
        asked.append(1)
        return timedelta(hours=len(asked))

    clock = ShiftedClock(read, every_seconds=3600)
    assert clock.now() < datetime.now(UTC) + timedelta(hours=1, minutes=1)
    clock.now()
    assert len(asked) == 1


def test_a_database_with_events_keeps_real_time(database_url: DatabaseUrl) -> None:
    parts = build_parts(settings_for(database_url))
    assert isinstance(parts.casework.clock, SystemClock)
    list(parts.intake.take([samples.decision_line()], samples.MATCHER))
    with pytest.raises(RealTime):
        begin(parts.engine, parts.casework.log, START)
    with pytest.raises(RealTime):
        move_forward(parts.engine, timedelta(days=1))
    with pytest.raises(RealTime, match="keeps real time"):
        build_parts(settings_for(database_url, clock=START))
    assert shift_of(parts.engine) is None
    parts.close()
