"""The loop: every event exactly once, standing still at a bad one, rebuilding beside the live tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, main_engine, views_engine
from casework.eventlog.store import EventLog
from casework.views.models.catch_up import TOGETHER, ReadModel, RebuildFailed, Views
from tests.eventlog.example_views import Fragile, Seen
from tests.eventlog.examples import new_streams, open_log, write


@dataclass
class Place:
    """A log and what it takes to look at it."""

    url: DatabaseUrl
    engine: sa.Engine
    log: EventLog

    def views(self, *models: ReadModel, page: int = 10) -> Views:
        views = Views(self.engine, self.log, models, page=page)
        views.prepare()
        return views

    def rows(self, views: Views, view: str, table: str) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(sa.select(views.tables(view)[table]).order_by(sa.text("1"))).all()

    def all_tables(self) -> list[str]:
        return sorted(sa.inspect(self.engine).get_table_names())


@pytest.fixture
def place(database_url: DatabaseUrl) -> Iterator[Place]:
    place = Place(database_url, views_engine(database_url), open_log(database_url))
    yield place
    place.log.close()
    place.engine.dispose()


def test_folds_each_event_once_in_pages(place: Place) -> None:
    views = place.views(Seen())
    views.catch_up()
    assert place.rows(views, "seen", "seen_totals") == []
    write(place.log, new_streams(25))
    for _ in range(3):
        views.catch_up()
    write(place.log, new_streams(1, first=25))
    views.catch_up(["seen"])
    assert place.rows(views, "seen", "seen_events") == [(number + 1, number, 1) for number in range(26)]
    assert place.rows(views, "seen", "seen_totals") == [("all", 26)]


def test_catches_up_only_named_views_and_only_as_far_as_needed(place: Place) -> None:
    views = place.views(Seen(), Fragile())
    write(place.log, new_streams(25))
    views.catch_up(["seen"], until=11)
    assert [(each.name, each.position, each.lag) for each in views.status()] == [("fragile", 0, 25), ("seen", 20, 5)]
    views.catch_up()
    assert [(each.position, each.lag, each.stuck_at) for each in views.status()] == [(25, 0, None)] * 2


def test_views_that_lack_little_go_together_and_who_lacks_much_goes_alone(place: Place) -> None:
    views = place.views(Seen(), Fragile(), page=1000)
    commits: list[object] = []
    sa.event.listen(place.engine, "commit", commits.append)
    write(place.log, new_streams(TOGETHER))
    views.catch_up()
    assert len(commits) == 1
    write(place.log, new_streams(TOGETHER + 1, first=TOGETHER))
    views.catch_up(["seen"])
    views.catch_up()
    assert len(commits) == 3
    head = 2 * TOGETHER + 1
    assert [(each.position, each.lag, each.stuck_at) for each in views.status()] == [(head, 0, None)] * 2
    for name in ("seen", "fragile"):
        assert place.rows(views, name, "seen_totals") == [("all", head)]
        assert {row.folded for row in place.rows(views, name, "seen_events")} == {1}
    write(place.log, new_streams(TOGETHER + 1, first=head))
    views.catch_up()
    assert len(commits) == 5


def test_a_failing_view_stands_still_and_the_others_go_on(place: Place) -> None:
    fragile = Fragile(fails_on=13)
    views = place.views(Seen(), fragile)
    write(place.log, new_streams(25))
    views.catch_up()
    stuck, fine = views.status()
    assert (stuck.position, stuck.stuck_at, fine.position) == (13, 14, 25)
    assert stuck.error == "ValueError: cannot bear 13 (example.counted)"
    assert place.rows(views, "fragile", "seen_totals") == [("all", 13)]

    fragile.fails_on = None
    views.catch_up()
    assert views.status()[0].position == 13  # nobody tries again unasked
    views.prepare()  # as after a restart
    views.catch_up()
    assert views.status()[0].position == 25
    assert {row.folded for row in place.rows(views, "fragile", "seen_events")} == {1}
    assert place.rows(views, "fragile", "seen_totals") == [("all", 25)]


def test_an_unreadable_event_stops_views_in_front_of_it(place: Place) -> None:
    views = place.views(Seen())
    write(place.log, new_streams(5))
    engine = main_engine(place.url)
    column = "rowid" if place.url.kind == "sqlite" else "notification_id"
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE stored_events SET topic = 'example.future' WHERE {column} = 4"))
    engine.dispose()
    views.catch_up()
    (status,) = views.status()
    assert (status.position, status.stuck_at) == (3, 4)
    assert status.error is not None
    assert "example.future" in status.error
    with pytest.raises(RebuildFailed, match=r"seen: event at position 4 .*unknown topic"):
        views.rebuild()


def test_a_wrong_statement_of_a_view_is_its_own_fault(place: Place) -> None:
    class Wrong(Seen):
        name = "wrong"

        def fold(self, connection: sa.Connection, tables: Any, events: Any) -> None:
            connection.execute(sa.text("SELECT 1 FROM no_such_table"))

    views = place.views(Wrong(version=9), Seen())
    write(place.log, new_streams(1))
    views.catch_up()
    assert [(each.name, each.stuck_at) for each in views.status()] == [("seen", None), ("wrong", 1)]


def test_a_rebuild_gives_the_same_rows_and_leaves_nothing_behind(place: Place) -> None:
    views = place.views(Seen(), Fragile())
    write(place.log, new_streams(25))
    views.catch_up()
    before = [place.rows(views, "seen", "seen_events"), place.rows(views, "fragile", "seen_totals")]
    tables = place.all_tables()
    write(place.log, new_streams(5, first=25))
    told: list[tuple[int, int]] = []
    for _ in range(2):  # the second meets what the first has left: names of indexes, for example
        views.rebuild(progress=lambda position, target: told.append((position, target)))
    assert place.all_tables() == tables
    assert place.rows(views, "seen", "seen_events")[:25] == before[0]
    assert place.rows(views, "fragile", "seen_totals") == [("all", 30)]
    assert told[-1] == (30, 30)
    write(place.log, new_streams(1, first=30))
    views.catch_up()
    assert [(each.position, each.lag) for each in views.status()] == [(31, 0)] * 2
    assert {row.folded for row in place.rows(views, "seen", "seen_events")} == {1}


def test_a_rebuild_frees_a_stuck_view(place: Place) -> None:
    fragile = Fragile(fails_on=3)
    views = place.views(fragile)
    write(place.log, new_streams(6))
    views.catch_up()
    fragile.fails_on = None
    views.rebuild(["fragile"])
    assert [(each.position, each.stuck_at, each.error) for each in views.status()] == [(6, None, None)]


def test_a_failed_rebuild_leaves_that_view_as_it_was(place: Place) -> None:
    fragile = Fragile()
    views = place.views(Seen(), fragile)
    write(place.log, new_streams(6))
    views.catch_up()
    tables = place.all_tables()
    fragile.fails_on = 2
    with pytest.raises(RebuildFailed) as caught:
        views.rebuild()
    assert caught.value.reasons == {"fragile": "event at position 3: ValueError: cannot bear 2 (example.counted)"}
    assert place.all_tables() == tables
    assert place.rows(views, "fragile", "seen_totals") == [("all", 6)]


def test_events_that_come_in_during_a_rebuild_are_in_it_once(place: Place) -> None:
    views = place.views(Seen())
    write(place.log, new_streams(6))
    views.catch_up()

    def meanwhile(_position: int, _target: int) -> None:
        write(place.log, new_streams(3, first=100), "meanwhile")
        views.catch_up()

    views.rebuild(progress=meanwhile)
    assert place.rows(views, "seen", "seen_totals") == [("all", 9)]
    assert {row.folded for row in place.rows(views, "seen", "seen_events")} == {1}


def test_of_two_rebuilds_at_once_the_later_one_wins(place: Place) -> None:
    views = place.views(Seen())
    write(place.log, new_streams(6))
    later = Views(place.engine, place.log, [Seen()])
    with pytest.raises(RebuildFailed, match="superseded"):
        views.rebuild(progress=lambda _position, _target: later.rebuild())
    assert place.rows(views, "seen", "seen_totals") == [("all", 6)]


def test_an_interrupted_rebuild_is_swept_up_by_the_next(place: Place) -> None:
    views = place.views(Seen())
    write(place.log, new_streams(6))

    def interrupt(_position: int, _target: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        views.rebuild(progress=interrupt)
    assert "seen_events__v1__rebuild" in place.all_tables()
    views.rebuild()
    assert place.all_tables() == ["seen_events__v1", "seen_totals__v1", "view_positions"]


def test_a_new_version_fills_tables_beside_the_old(place: Place) -> None:
    old = place.views(Seen())
    write(place.log, new_streams(3))
    old.catch_up()
    new = place.views(Seen(version=2))
    assert [(each.version, each.position) for each in new.status()] == [(2, 0)]
    new.catch_up()
    write(place.log, new_streams(1, first=3))
    old.catch_up()  # the old build still runs somewhere
    assert place.rows(old, "seen", "seen_totals") == [("all", 4)]
    assert place.rows(new, "seen", "seen_totals") == [("all", 3)]
    assert new.forget_old_versions() == ["seen_events__v1", "seen_totals__v1"]
    assert place.all_tables() == ["seen_events__v2", "seen_totals__v2", "view_positions"]


def test_refuses_two_views_of_one_name(place: Place) -> None:
    with pytest.raises(ValueError, match="same name"):
        Views(place.engine, place.log, [Seen(), Seen(version=2)])
