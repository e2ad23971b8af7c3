"""Stored events beside their facts, on both databases: whatever was done to an event is named with its position."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, main_engine
from casework.stored_facts import compare_events
from casework.views.models.log_tree import NAME
from tests.reports.histories import played
from tests.reports.sampling import PSEUDONYMS
from tests.verify.signing import HABITS, Platform, platform_on


@pytest.fixture
def platform(database_url: DatabaseUrl) -> Iterator[Platform]:
    made = platform_on(database_url, played(8, 4, HABITS))
    yield made
    made.log.close()
    made.views.engine.dispose()


def found(platform: Platform) -> list[tuple[int, int, str]]:
    size = platform.proofs.size()
    told = compare_events(platform.log, platform.views, PSEUDONYMS, size)
    return [(one.n, one.position, one.what) for one in told]


def change(platform: Platform, *statements: str) -> None:
    """Behind everybody's back. ``{place}`` is the column of positions."""
    place = "rowid" if platform.url.kind == "sqlite" else "notification_id"
    engine = main_engine(platform.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.format(place=place)))
    engine.dispose()


def test_events_that_were_tampered_with_are_named(platform: Platform) -> None:
    platform.views.catch_up([NAME])
    assert found(platform) == []
    size, here = platform.proofs.size(), platform.log.stored(0, 10_000)
    assert size == len(here) > 30
    dropped, first, second = here[5][0], here[10][0], here[20][0]
    change(platform, f"DELETE FROM stored_events WHERE {{place}} = {dropped}")
    assert found(platform) == [(5, dropped, "is missing")]
    change(
        platform,
        f"UPDATE stored_events SET {{place}} = -1 WHERE {{place}} = {first}",
        f"UPDATE stored_events SET {{place}} = {first} WHERE {{place}} = {second}",
        f"UPDATE stored_events SET {{place}} = {second} WHERE {{place}} = -1",
    )
    assert found(platform) == [(5, dropped, "is missing"), (10, first, "was changed"), (20, second, "was changed")]
    # What was published does not change with it.
    assert len(platform.facts()) == size


def test_an_event_that_was_put_in_is_named(platform: Platform) -> None:
    """Where positions have a hole, as on PostgreSQL after a transaction that failed."""
    here = platform.log.stored(0, 10_000)
    hole, last = here[5][0], here[-1][0]
    change(platform, f"DELETE FROM stored_events WHERE {{place}} = {hole}")
    platform.views.catch_up([NAME])
    assert found(platform) == []
    change(platform, f"UPDATE stored_events SET {{place}} = {hole} WHERE {{place}} = {last}")
    assert sorted(found(platform)) == [(5, hole, "was put in"), (len(here) - 2, last, "is missing")]
