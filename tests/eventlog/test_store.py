"""The log on both databases: batches, conflicts, lost acknowledgements, reading in order, durability settings."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.sqlite import SQLiteDatastore

from casework.database import DatabaseUnavailable, DatabaseUrl, main_engine, parse_database_url
from casework.domain.facts import Actor, Role
from casework.eventlog import store
from casework.eventlog.codec import Codec, CorruptEvent
from casework.eventlog.store import LARGEST_INSERT, Append, Conflict, EventLog
from tests.eventlog.examples import MATCHER, NOON, TYPES, Counted, Matched, new_streams, open_log, write


@pytest.fixture
def log(database_url: DatabaseUrl) -> Iterator[EventLog]:
    log = open_log(database_url)
    yield log
    log.close()


@pytest.mark.parametrize("count", [1, 2, LARGEST_INSERT, LARGEST_INSERT + 1, 700])
def test_appends_many_new_streams_in_one_transaction(log: EventLog, count: int) -> None:
    batch = new_streams(count)
    assert write(log, batch) == log.head() == count
    read = log.read(0, 10_000)
    assert [(each.position, each.stream, each.version) for each in read] == [
        (position, append.stream, 1) for position, append in enumerate(batch, start=1)
    ]
    assert [each.event for each in read] == [append.events[0] for append in batch]


def test_an_empty_log_and_an_empty_batch(log: EventLog) -> None:
    assert log.head() == 0
    assert log.read(0, 10) == []
    assert log.load(uuid4()) == []
    assert log.first_events([]) == {}
    assert write(log, []) == 0
    assert write(log, [Append(uuid4(), 0, [])]) == 0


def test_loads_a_stream_with_everything_that_was_said_about_it(log: EventLog) -> None:
    stream, reviewer = uuid4(), Actor(role=Role.REVIEWER, id="r-1")
    earlier = NOON - timedelta(hours=3)
    log.append(
        [
            Append(stream, 0, [Counted(number=1)], occurred=earlier),
            Append(uuid4(), 0, [Counted(number=9)]),
            Append(stream, 1, [Counted(number=2), Counted(number=3)], by=reviewer, command="c-2", cause="why"),
        ],
        recorded=NOON,
        by=MATCHER,
        command="c-1",
    )
    loaded = log.load(stream)
    assert [(each.version, each.position) for each in loaded] == [(1, 1), (2, 3), (3, 4)]
    assert [each.event for each in loaded] == [Counted(number=1), Counted(number=2), Counted(number=3)]
    assert [(each.occurred, each.by, each.command, each.cause) for each in loaded] == [
        (earlier, MATCHER, "c-1", None),
        (NOON, reviewer, "c-2", "why"),
        (NOON, reviewer, "c-2", "why"),
    ]


def test_loads_what_was_known_at_a_time(log: EventLog) -> None:
    stream = uuid4()
    for number, minutes in enumerate([0, 10, 5]):
        moment = NOON + timedelta(minutes=minutes)
        log.append(
            [Append(stream, number, [Counted(number=number)])], recorded=moment, by=MATCHER, command=f"c-{number}"
        )
    assert [each.version for each in log.load(stream, until_recorded=NOON)] == [1]
    # The third was written by a clock running behind: without the second it is no state.
    assert [each.version for each in log.load(stream, until_recorded=NOON + timedelta(minutes=7))] == [1]
    assert [each.version for each in log.load(stream, until_recorded=NOON + timedelta(minutes=10))] == [1, 2, 3]


def test_loads_many_streams_each_in_order(log: EventLog) -> None:
    one, other, unknown = uuid4(), uuid4(), uuid4()
    for version in range(3):
        write(log, [Append(stream, version, [Counted(number=version)]) for stream in (other, one)], f"c-{version}")
    found = log.load_many([one, unknown, other, one])
    assert found == {one: log.load(one), other: log.load(other)}
    assert [each.version for each in found[one]] == [1, 2, 3]
    assert log.load_many([unknown]) == log.load_many([]) == {}


def test_looks_up_first_events_of_many_streams(log: EventLog) -> None:
    batch = new_streams(300)
    write(log, batch)
    write(log, [Append(batch[0].stream, 1, [Counted(number=-1)])], "c-2")
    unknown = [uuid4() for _ in range(3)]
    found = log.first_events([*unknown, *(append.stream for append in batch)])
    assert {stream: each.event for stream, each in found.items()} == {each.stream: each.events[0] for each in batch}


def test_a_conflict_names_its_stream_and_writes_nothing(log: EventLog) -> None:
    stream = uuid4()
    write(log, [Append(stream, 0, [Counted(number=1)])])
    for others in (1, LARGEST_INSERT + 1):
        with pytest.raises(Conflict) as caught:
            write(log, [*new_streams(others), Append(stream, 0, [Counted(number=2)])], "command-2")
        assert caught.value.stream == stream
    assert log.head() == 1
    write(log, new_streams(1), "command-3")
    assert [each.event for each in log.read(1, 10)] == [Counted(number=0)]


def test_refuses_to_leave_a_hole_in_a_stream(log: EventLog) -> None:
    stream = uuid4()
    write(log, [Append(stream, 0, [Counted(number=1)])])
    with pytest.raises(Conflict):
        write(log, [Append(stream, 2, [Counted(number=2)])], "command-2")
    assert len(log.load(stream)) == 1


@pytest.mark.parametrize("count", [1, 3, LARGEST_INSERT + 1])
def test_the_same_command_again_after_a_lost_acknowledgement_is_done(log: EventLog, count: int) -> None:
    batch = new_streams(count)
    position = write(log, batch, "command-7")
    write(log, new_streams(2), "command-8")
    later = NOON + timedelta(seconds=5)
    assert log.append(batch, recorded=later, by=MATCHER, command="command-7") == position
    assert log.head() == count + 2


def test_another_command_or_content_or_part_is_no_lost_acknowledgement(log: EventLog) -> None:
    batch = new_streams(2)
    write(log, batch, "command-7")
    first, second = batch
    other = Append(first.stream, 0, [Counted(number=99)])
    for attempt, command in [
        (batch, "command-8"),
        ([other, second], "command-7"),
        ([*batch, *new_streams(1)], "command-7"),
        ([Append(first.stream, 0, [*first.events, Counted(number=5)])], "command-7"),
    ]:
        with pytest.raises(Conflict):
            write(log, attempt, command)
    with pytest.raises(Conflict):
        log.append(batch, recorded=NOON, by=Actor(role=Role.INTAKE, id="i-1"), command="command-7")
    assert log.head() == 2


def test_retries_of_the_recorder_after_a_lost_answer_end_well(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server commits, the answer is lost, the recorder tries again and meets its own rows."""
    insert = log._recorder.insert_events

    def insert_twice(rows: Sequence[Any]) -> Any:
        insert(rows)
        return insert(rows)

    monkeypatch.setattr(log._recorder, "insert_events", insert_twice)
    assert write(log, new_streams(3)) == log.head() == 3


def test_reads_up_to_an_unreadable_event_and_then_names_it(log: EventLog, database_url: DatabaseUrl) -> None:
    write(log, new_streams(3))
    stream = log.read(1, 1)[0].stream
    engine = main_engine(database_url)
    with engine.begin() as connection:
        key = stream.hex if database_url.kind == "sqlite" else stream
        connection.execute(
            sa.text("UPDATE stored_events SET state = :state WHERE originator_id = :id"), {"state": b"{}", "id": key}
        )
    engine.dispose()
    assert [each.position for each in log.read(0, 10)] == [1]
    with pytest.raises(CorruptEvent) as caught:
        log.read(1, 10)
    assert (caught.value.position, caught.value.topic, caught.value.stream) == (2, "example.counted", stream)
    assert [each.position for each in log.read(2, 10)] == [3]
    assert [error.position for error in log.unreadable()] == [2]
    assert list(log.unreadable(after=2)) == []


def test_many_threads_may_read_and_write(log: EventLog) -> None:
    stream, failures = uuid4(), []

    def work(number: int) -> None:
        try:
            for attempt in range(5):
                write(log, new_streams(2), f"c-{number}-{attempt}")
                log.read(0, 100)
            write(log, [Append(stream, 0, [Counted(number=number)])], f"c-{number}")
        except Conflict:
            failures.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 11
    assert len(log.read(0, 1000)) == 12 * 5 * 2 + 1


@pytest.mark.parametrize("count", [1, 60, LARGEST_INSERT + 50])
def test_large_events_go_in_without_waiting_for_ever(log: EventLog, count: int) -> None:
    batch = [Append(uuid4(), 0, [Counted(number=number, note="x" * 50_000)]) for number in range(count)]
    writer = threading.Thread(target=write, args=(log, batch), daemon=True)
    writer.start()
    writer.join(30)
    assert not writer.is_alive()
    assert log.head() == count


@pytest.mark.postgresql
def test_a_writer_that_waits_too_long_for_the_log_gives_up(
    postgresql_url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOCK_TIMEOUT_SECONDS", 1)
    log, engine = open_log(postgresql_url), main_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE stored_events IN EXCLUSIVE MODE"))
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            write(log, new_streams(1))
    write(log, new_streams(1))
    assert log.head() == 1
    log.close()
    engine.dispose()


def test_sqlite_commits_are_on_the_disk_and_writers_take_the_lock_first(sqlite_url: DatabaseUrl) -> None:
    log = open_log(sqlite_url)
    datastore = log._recorder.datastore
    assert isinstance(datastore, SQLiteDatastore)
    with datastore.transaction(commit=True) as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"
        assert sqlite_url.path is not None
        other = sqlite3.connect(sqlite_url.path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    log.close()


def test_sqlite_positions_survive_vacuum(sqlite_url: DatabaseUrl) -> None:
    log = open_log(sqlite_url)
    write(log, new_streams(3))
    assert sqlite_url.path is not None
    with sqlite3.connect(sqlite_url.path) as connection:
        connection.execute("DELETE FROM stored_events WHERE rowid = 2")
        connection.commit()
        connection.execute("VACUUM")
    connection.close()
    assert [each.position for each in log.read(0, 10)] == [1, 3]
    log.close()


def test_says_plainly_that_the_database_has_no_tables(tmp_path: Any) -> None:
    log = open_log(parse_database_url(f"sqlite:///{tmp_path}/new.db"))
    with pytest.raises(DatabaseUnavailable, match="no such table"):
        log.head()
    log.close()


def test_opening_an_unreachable_server_fails_at_once() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot connect"):
        EventLog(parse_database_url("postgresql://nobody@127.0.0.1:1/none"), Codec(TYPES))


@pytest.mark.postgresql
def test_postgresql_never_uses_the_insert_function_without_a_lock(postgresql_url: DatabaseUrl) -> None:
    log = open_log(postgresql_url)
    assert log._recorder.datastore.enable_db_functions is False  # type: ignore[union-attr]
    log.close()


def test_a_batch_may_mix_types(log: EventLog) -> None:
    event = Matched.model_validate_json(
        '{"case":"00000000-0000-4000-8000-000000000001","medium":"text","share":"0.90","decided_at":"2026-06-30T12:00Z"}'
    )
    write(log, [Append(uuid4(), 0, [event, Counted(number=1)])])
    assert [each.event for each in log.read(0, 5)] == [event, Counted(number=1)]


def test_a_log_opened_again_gives_back_the_very_bytes(database_url: DatabaseUrl) -> None:
    first = open_log(database_url)
    write(first, [*new_streams(150), Append(uuid4(), 0, [Counted(number=1, note="标题"), Counted(number=2)])])
    first.close()
    second = open_log(database_url)
    again = second.read(0, 1000)
    assert len(again) == 152
    engine = main_engine(database_url)
    with engine.connect() as connection:
        order = "rowid" if database_url.kind == "sqlite" else "notification_id"
        stored = connection.execute(sa.text(f"SELECT topic, state FROM stored_events ORDER BY {order}")).all()
    engine.dispose()
    assert [second.codec.encode_recorded(each) for each in again] == [(row.topic, bytes(row.state)) for row in stored]
    second.close()
