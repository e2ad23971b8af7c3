"""Clocks tell aware UTC times and never run backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from casework.eventlog.clock import SimulatedClock, SystemClock


def test_the_system_clock_tells_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_simulated_clock_moves_only_when_told() -> None:
    clock = SimulatedClock(datetime(2026, 6, 30, 20, 0, tzinfo=timezone(timedelta(hours=8))))
    noon = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
    assert (clock.now(), clock.now().tzinfo) == (noon, UTC)
    assert clock.advance(timedelta(days=1)) == clock.now() == noon + timedelta(days=1)
    assert clock.advance_to(noon + timedelta(days=3)) == clock.now()
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="backwards"):
        clock.advance_to(noon)


def test_refuses_times_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SimulatedClock(datetime(2026, 6, 30, 12, 0))  # noqa: DTZ001
