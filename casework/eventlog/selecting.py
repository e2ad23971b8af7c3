"""What the library's recorder cannot look up in either database: several streams at once, places, topics."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, LiteralString, cast
from uuid import UUID

Row = tuple[int, UUID, int, str, bytes]
"""Position, stream, version, topic, bytes."""

Run = Callable[[LiteralString, Sequence[object]], Sequence[Any]]
"""Runs one statement with its parameters and returns all rows."""


class SqliteSelect:
    """What the library's recorder cannot look up in SQLite: several streams at once, and positions of a stream."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def stream(self, stream: UUID) -> list[Row]:
        """All events of a stream, in order."""
        return self._rows(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
            " WHERE originator_id = ? ORDER BY originator_version",
            stream.hex,
        )

    def streams(self, streams: Sequence[UUID]) -> list[Row]:
        """All events of several streams, each in order."""
        return self._rows(
            "SELECT e.rowid, e.originator_id, e.originator_version, e.topic, e.state FROM json_each(?) AS k"
            " CROSS JOIN stored_events AS e ON e.originator_id = k.value"
            " ORDER BY e.originator_id, e.originator_version",
            json.dumps([stream.hex for stream in dict.fromkeys(streams)]),
        )

    def beside_cases(self) -> list[Row]:
        """One event that is not a case's, if there is any."""
        return self._rows(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
            " WHERE substr(topic, 1, 5) <> 'case.' ORDER BY topic LIMIT 1"
        )

    def of_topics(self, topics: Sequence[str], after: int) -> list[Row]:
        """Those of these topics, none of them a case's, after a position, in the order of the log."""
        return self._rows(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events"
            " WHERE substr(topic, 1, 5) <> 'case.' AND topic IN (SELECT value FROM json_each(?)) AND rowid > ?"
            " ORDER BY rowid",
            json.dumps(list(topics)),
            after,
        )

    def places(self, keys: Sequence[tuple[UUID, int]]) -> list[Row]:
        """The events at these versions of these streams."""
        return self._rows(
            "SELECT e.rowid, e.originator_id, e.originator_version, e.topic, e.state FROM json_each(?) AS k"
            " CROSS JOIN stored_events AS e ON e.originator_id = json_extract(k.value, '$[0]')"
            " AND e.originator_version = json_extract(k.value, '$[1]')",
            json.dumps([(stream.hex, version) for stream, version in keys]),
        )

    def _rows(self, statement: LiteralString, *parameters: object) -> list[Row]:
        return [(row[0], UUID(row[1]), row[2], row[3], row[4]) for row in self._run(statement, parameters)]


class PostgresqlSelect:
    """The same for PostgreSQL."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def stream(self, stream: UUID) -> list[Row]:
        """All events of a stream, in order."""
        return self._rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
            " WHERE originator_id = %s ORDER BY originator_version",
            stream,
        )

    def streams(self, streams: Sequence[UUID]) -> list[Row]:
        """All events of several streams, each in order."""
        return self._rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
            " WHERE originator_id = ANY(%s::uuid[]) ORDER BY originator_id, originator_version",
            list(streams),
        )

    def beside_cases(self) -> list[Row]:
        """One event that is not a case's, if there is any."""
        return self._rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
            " WHERE substr(topic, 1, 5) <> 'case.' ORDER BY topic LIMIT 1"
        )

    def of_topics(self, topics: Sequence[str], after: int) -> list[Row]:
        """Those of these topics, none of them a case's, after a position, in the order of the log."""
        return self._rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
            " WHERE substr(topic, 1, 5) <> 'case.' AND topic = ANY(%s::text[]) AND notification_id > %s"
            " ORDER BY notification_id",
            list(topics),
            after,
        )

    def places(self, keys: Sequence[tuple[UUID, int]]) -> list[Row]:
        """The events at these versions of these streams."""
        return self._rows(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM public.stored_events"
            " JOIN unnest(%b::uuid[], %b::bigint[]) AS k (stream, version)"
            " ON originator_id = k.stream AND originator_version = k.version",
            [stream for stream, _version in keys],
            [version for _stream, version in keys],
        )

    def _rows(self, statement: LiteralString, *parameters: object) -> list[Row]:
        return cast("list[Row]", self._run(statement, parameters))
