"""The one log: appends events to streams in one transaction, loads streams, reads the log in order.

The only file that knows the eventsourcing library. Its native recorders give the connections, the order without lost
events and the translation of errors; tables come from our migrations. On PostgreSQL rows go in as arrays or by COPY
instead of the library's composite values, because writing those out takes most of its time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier

from casework.database import (
    CONNECT_TIMEOUT_SECONDS,
    LOCK_TIMEOUT_SECONDS,
    DatabaseUnavailable,
    DatabaseUrl,
    check_reachable,
    prepare_sqlite,
)
from casework.domain.facts import Actor, Event
from casework.eventlog.appending import Append, Conflict, Opening
from casework.eventlog.codec import Codec, CorruptEvent, Recorded
from casework.eventlog.copying import copy_rows, whole_number
from casework.eventlog.selecting import PostgresqlSelect, Row, Run, SqliteSelect

__all__ = ["LARGEST_INSERT", "Append", "Conflict", "EventLog", "Opening"]

POOL_SIZE = 5
POOL_OVERFLOW = 35
"""PostgreSQL connections kept open by one process, and how many more it opens while its threads need them."""

LARGEST_INSERT = 100
"""Rows up to which PostgreSQL takes an INSERT; more go by COPY: one round trip more, less work."""


class EventLog:
    """The log in the database at ``url``, which must have been migrated. Make it after a fork, never before."""

    def __init__(self, url: DatabaseUrl, codec: Codec) -> None:
        """Raises ``DatabaseUnavailable`` when the database cannot be opened."""
        check_reachable(url)
        self._codec = codec
        self._recorder: SQLiteApplicationRecorder | PostgresApplicationRecorder
        self._select: SqliteSelect | PostgresqlSelect
        if url.path is not None:
            self._recorder = SQLiteApplicationRecorder(_DurableDatastore(str(url.path)))
            self._recorder.insert_events_statement = (
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
            )
            self._select = SqliteSelect(_sqlite_runner(self._recorder))
        else:
            self._recorder = _ArrayRecorder(_postgresql_datastore(url))
            self._select = PostgresqlSelect(_postgresql_runner(self._recorder))

    @property
    def codec(self) -> Codec:
        """How this log's events are written."""
        return self._codec

    def append(
        self, batch: Sequence[Append], *, recorded: datetime, by: Actor, command: str, cause: str | None = None
    ) -> int:
        """Write all of ``batch`` in one transaction, durably, and return the position of its last event.

        Raises ``Conflict`` naming one stream that is not at its expected version; then nothing was written. Writing
        the same events by the same command a second time, as after a lost acknowledgement, is not a conflict: the
        position of the first time is returned. With nothing to write, the head of the log is returned.
        """
        rows = self._rows(batch, recorded=recorded, by=by, command=command, cause=cause)
        if rows:
            self._check_predecessors(batch)
        return self._insert(rows)

    def _insert(self, rows: Sequence[StoredEvent]) -> int:
        if not rows:
            return self.head()
        with _plain_errors():
            try:
                positions = self._recorder.insert_events(rows)
            except IntegrityError:
                return self._already_written(rows)
        return max(cast("Sequence[int]", positions))

    def opening(
        self, stream: UUID, event: Event, *, recorded: datetime, occurred: datetime, by: Actor, command: str
    ) -> Opening:
        """An event that begins a stream, encoded now, so that the event itself need not be kept until it is written."""
        topic, state = self._codec.encode(
            event, recorded=recorded, occurred=occurred, by=by, cause=None, command=command
        )
        return Opening(stream, 1, topic, state)

    def open_streams(self, batch: Sequence[Opening]) -> int:
        """Begin all these streams in one transaction, as ``append`` does: durably, or ``Conflict`` and nothing."""
        # An opening has the names of the library's stored event: a thousand need not be made anew to be written.
        return self._insert(cast("Sequence[StoredEvent]", batch))

    def load(self, stream: UUID, *, until_recorded: datetime | None = None) -> list[Recorded]:
        """All events of a stream in order; with ``until_recorded`` only what was known then. Empty if there is none.

        Raises ``CorruptEvent``.
        """
        events: list[Recorded] = []
        for event in self._decoded(self._select.stream(stream)):
            # A state is a fold of a beginning: a clock set back must not leave a hole in it.
            if until_recorded is not None and event.recorded > until_recorded:
                break
            events.append(event)
        return events

    def load_many(self, streams: Sequence[UUID], *, until: int | None = None) -> dict[UUID, list[Recorded]]:
        """All events of these streams, each in order, by one query; a stream without any is missing.

        With ``until`` only those up to that position of the log, itself included.

        Raises ``CorruptEvent``.
        """
        found: dict[UUID, list[Recorded]] = {}
        rows = self._select.streams(streams) if streams else ()
        for event in self._decoded([row for row in rows if until is None or row[0] <= until]):
            found.setdefault(event.stream, []).append(event)
        return found

    def has_more_than_cases(self) -> bool:
        """Whether there is any stream that is not a case, by a short look into an index of those alone.

        No other index has the order asked for: without it a planner would rather read the whole log.
        """
        return bool(self._select.beside_cases())

    def of_topics(self, topics: Sequence[str], *, after: int = 0) -> list[Recorded]:
        """The events of these topics after position ``after``, in the order of the log; none may be a case's."""
        return list(self._decoded(self._select.of_topics(topics, after)))

    def touched(self, topics: Sequence[str], *, after: int, until: int, limit: int) -> list[tuple[int, UUID]]:
        """Position and stream of events of these topics, also of cases, in ``(after, until]``; nothing is decoded."""
        with _plain_errors():
            rows = self._recorder.select_notifications(after, limit, until, topics, inclusive_of_start=False)
        return [(cast("int", row.id), cast("UUID", row.originator_id)) for row in rows]

    def first_events(self, streams: Sequence[UUID]) -> dict[UUID, Recorded]:
        """The first event of each of these streams that exists, by one query."""
        found = self._at_versions([(stream, 1) for stream in streams])
        return {recorded.stream: recorded for recorded in found}

    def read(self, after: int, limit: int) -> list[Recorded]:
        """Up to ``limit`` events in the order of the log, from the one after position ``after``.

        Events before an unreadable one are returned without it; ``CorruptEvent`` is raised when it is the first.
        """
        with _plain_errors():
            rows = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        events: list[Recorded] = []
        for row in rows:
            try:
                events.append(
                    self._codec.decode(
                        row.topic,
                        row.state,
                        stream=cast("UUID", row.originator_id),
                        version=row.originator_version,
                        position=cast("int", row.id),
                    )
                )
            except CorruptEvent:
                if not events:
                    raise
                break
        return events

    def stored(self, after: int, limit: int) -> list[Row]:
        """The same events as ``read`` gives, as they were stored: position, stream, version, topic, bytes."""
        with _plain_errors():
            rows = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [
            (cast("int", row.id), cast("UUID", row.originator_id), row.originator_version, row.topic, row.state)
            for row in rows
        ]

    def head(self) -> int:
        """The position of the last event; 0 for an empty log."""
        with _plain_errors():
            return self._recorder.max_notification_id() or 0

    def unreadable(self, after: int = 0, *, page: int = 2000) -> Iterator[CorruptEvent]:
        """Every stored event that this build cannot read: the check of a log before an upgrade."""
        while True:
            try:
                events = self.read(after, page)
            except CorruptEvent as error:
                after = error.position
                yield error
                continue
            if not events:
                return
            after = events[-1].position

    def close(self) -> None:
        """Close all connections."""
        self._recorder.datastore.close()

    def _rows(
        self, batch: Sequence[Append], *, recorded: datetime, by: Actor, command: str, cause: str | None
    ) -> list[StoredEvent]:
        rows = []
        encode = self._codec.encode
        for append in batch:
            for version, event in enumerate(append.events, start=append.expected_version + 1):
                topic, state = encode(
                    event,
                    recorded=recorded,
                    occurred=append.occurred or recorded,
                    by=append.by or by,
                    cause=append.cause or cause,
                    command=append.command or command,
                )
                rows.append(StoredEvent(append.stream, version, topic, state))
        return rows

    def _check_predecessors(self, batch: Sequence[Append]) -> None:
        """Refuse to leave a hole in a stream. Events are never deleted, so what is there now stays there."""
        written = {
            (append.stream, append.expected_version + number)
            for append in batch
            for number in range(1, len(append.events) + 1)
        }
        before = {
            (append.stream, append.expected_version) for append in batch if append.events and append.expected_version
        } - written
        if before:
            found = {(recorded.stream, recorded.version) for recorded in self._at_versions(sorted(before))}
            for stream, _version in sorted(before - found):
                raise Conflict(stream)

    def _already_written(self, rows: Sequence[StoredEvent]) -> int:
        """After a conflict: the last position if these very events are in the log by our command, else ``Conflict``."""
        keys = [(cast("UUID", row.originator_id), row.originator_version) for row in rows]
        found = {(recorded.stream, recorded.version): recorded for recorded in self._at_versions(keys)}
        taken = next((stream for stream, version in keys if (stream, version) in found), keys[0][0])
        last = 0
        for row, (stream, version) in zip(rows, keys, strict=True):
            theirs = found.get((stream, version))
            if theirs is None:
                # Some are there and some are not: they were not written together, so this is another's writing.
                raise Conflict(taken)
            ours = self._codec.decode(row.topic, row.state, stream=stream, version=version)
            if (theirs.command, theirs.by, theirs.event) != (ours.command, ours.by, ours.event):
                raise Conflict(stream)
            last = max(last, theirs.position)
        return last

    def _at_versions(self, keys: Sequence[tuple[UUID, int]]) -> list[Recorded]:
        """The events at these places (stream, version), by one query."""
        return list(self._decoded(self._select.places(keys))) if keys else []

    def _decoded(self, rows: Sequence[Row]) -> Iterator[Recorded]:
        for position, stream, version, topic, state in rows:
            yield self._codec.decode(topic, state, stream=stream, version=version, position=position)


def _sqlite_runner(recorder: SQLiteApplicationRecorder) -> Run:
    def run(statement: str, parameters: Sequence[object]) -> Sequence[Any]:
        with _plain_errors(), recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, tuple(parameters))
            found: Sequence[Any] = cursor.fetchall()
            return found

    return run


def _postgresql_runner(recorder: PostgresApplicationRecorder) -> Run:
    def run(statement: LiteralString, parameters: Sequence[object]) -> Sequence[Any]:
        with (
            _plain_errors(),
            recorder.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    return run


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Say plainly that the database is away or not migrated; everything else is a fault and stays as it is."""
    try:
        yield
    except PersistenceError as error:
        reason = str(error).strip().splitlines()
        raise DatabaseUnavailable(f"the event log cannot be used: {reason[0] if reason else error!r}") from error
    except sqlite3.OperationalError as error:
        raise DatabaseUnavailable(f"the event log cannot be used: {error}") from error


class _DurablePool(SQLiteConnectionPool):
    """Connections of the library whose commits are on the disk."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        prepare_sqlite(connection._sqlite_conn, durable=True)
        return connection


class _DurableDatastore(SQLiteDatastore):
    """The library's datastore, with writes that take the write lock at their beginning."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        # The library's limit of 10 more is fewer than the threads of a web worker; readers need no turn-taking.
        self.pool = _DurablePool(
            db_name=path,
            lock_timeout=LOCK_TIMEOUT_SECONDS,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=LOCK_TIMEOUT_SECONDS,
        )

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        if not commit:
            with super().transaction(commit=False) as cursor:
                yield cursor
            return
        with self.get_connection(commit=True) as held:
            cursor = held.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                held.commit()
            except sqlite3.IntegrityError as error:
                held.rollback()
                raise IntegrityError(error) from error
            except BaseException:
                held.rollback()
                raise


def _postgresql_datastore(url: DatabaseUrl) -> PostgresDatastore:
    address = url.url
    query = {key: value for key, value in address.query.items() if isinstance(value, str)}
    datastore = PostgresDatastore(
        dbname=address.database or "",
        host=query.pop("host", address.host or ""),
        port=query.pop("port", str(address.port or 5432)),
        user=query.pop("user", address.username or ""),
        password=query.pop("password", address.password or ""),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        # A writer that hangs holds the lock of the log: the server ends it after this many seconds.
        idle_in_transaction_session_timeout=10,
        pool_size=1,
        max_overflow=POOL_SIZE + POOL_OVERFLOW - 1,
        pre_ping=True,
        # Never enable_db_functions: that insertion takes no lock, and readers following the log lose events.
        enable_db_functions=False,
    )
    settings = cast("dict[str, Any]", datastore.pool.kwargs)
    settings.update(query)  # such as sslmode, which the library does not know
    for name in ("user", "password", "host"):
        if not settings[name]:
            del settings[name]
    return datastore


class _ArrayRecorder(PostgresApplicationRecorder):
    """The library's recorder with its lock, order and notification, writing rows as arrays or by COPY.

    Without its pipeline: with more than about a megabyte to send, client and server then wait for each other for ever,
    and the lock of the log with them.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            try:
                cursor.execute(self._begin(connection.info.server_version))
                if len(stored_events) <= LARGEST_INSERT:
                    positions = self._insert(cursor, stored_events)
                else:
                    positions = self._copy(cursor, stored_events)
                connection.commit()
            except BaseException:
                with suppress(psycopg.Error):
                    connection.rollback()
                raise
        return positions

    def _begin(self, server_version: int) -> Composed:
        """Everything up to the lock in one round trip; nobody waits for it, or holds it, for ever."""
        # Dates from PostgreSQL 17; before it, only a transaction that is idle is ended (by the datastore's setting).
        limit = SQL("SET LOCAL transaction_timeout = {}; ").format(f"{LOCK_TIMEOUT_SECONDS * 2}s")
        return SQL("BEGIN; {}SET LOCAL lock_timeout = {}; LOCK TABLE {} IN EXCLUSIVE MODE; NOTIFY {}").format(
            limit if server_version >= 170000 else SQL(""),
            f"{LOCK_TIMEOUT_SECONDS}s",
            _LOG,
            Identifier(self.channel_name),
        )

    @staticmethod
    def _insert(cursor: psycopg.Cursor[tuple[Any, ...]], stored_events: Sequence[StoredEvent]) -> Sequence[int]:
        cursor.execute(
            SQL(
                "INSERT INTO {} (originator_id, originator_version, topic, state)"
                " SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[]) RETURNING notification_id"
            ).format(_LOG),
            (
                [each.originator_id for each in stored_events],
                [each.originator_version for each in stored_events],
                [each.topic for each in stored_events],
                [each.state for each in stored_events],
            ),
        )
        return [row[0] for row in cursor.fetchall()]

    @staticmethod
    def _copy(cursor: psycopg.Cursor[tuple[Any, ...]], stored_events: Sequence[StoredEvent]) -> Sequence[int]:
        rows = (
            (
                cast("UUID", each.originator_id).bytes,
                whole_number(each.originator_version),
                each.topic.encode(),
                each.state,
            )
            for each in stored_events
        )
        copy_rows(cursor, _LOG, ("originator_id", "originator_version", "topic", "state"), rows)
        cursor.execute("SELECT currval(pg_get_serial_sequence('public.stored_events', 'notification_id'))")
        last = cast("tuple[int]", cursor.fetchone())[0]
        return range(last - len(stored_events) + 1, last + 1)


_LOG = Identifier("public", "stored_events")
