"""Keeps fingerprints of works, and what engines said of uploads, in SQLite or PostgreSQL, for many processes at once.

Changes have ascending numbers, per engine and setting. Whoever holds the references in memory asks for the changes
since the last number it has seen, and so learns what other processes added and removed. What is written counts as a
whole or not at all.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateIndex, CreateTable

IN_MEMORY = "sqlite://"
"""The address of a store that ends with the object."""

SCHEMA_VERSION = 1

_LOCK_SECONDS = 60
_CREATING = 0x6D61_7463_6869_6E67  # "matching": the advisory lock of the one process that makes the tables
_ROWS_AT_ONCE = 32
_NAMES_AT_ONCE = 500

_metadata = sa.MetaData()
_version = sa.Table(
    "matching_store", _metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False)
)
_numbers = sa.Table(
    "matching_number",
    _metadata,
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)
_works = sa.Table(
    "matching_fingerprint",
    _metadata,
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("work_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    # Null: removed. The row stays, so that others learn of it.
    sa.Column("fingerprint", sa.LargeBinary),
    sa.Index("matching_fingerprint_number", "engine", "digest", "number", unique=True),
)
_outcomes = sa.Table(
    "matching_outcome",
    _metadata,
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("upload", sa.Text, primary_key=True),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

_verdicts = sa.Table(
    "matching_verdict",
    _metadata,
    sa.Column("upload_id", sa.Text, primary_key=True),
    sa.Column("work_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Float(53), nullable=False),
    sa.Column("exempt", sa.Boolean, nullable=False),
    sa.Column("share", sa.Text),
)


class StoreProblem(ValueError):
    """The address of a store cannot be used, its tables were made by another version, or its database fails."""


@dataclass(frozen=True, slots=True)
class StoredFingerprint:
    """The fingerprint of a work, in the engine's own format, and the SHA-256 of the file that it was taken from."""

    work_id: str
    sha256: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of one work; `fingerprint` None means that it was removed."""

    number: int
    work_id: str
    sha256: str
    fingerprint: bytes | None


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What people decided about an upload and a work; `decided_at` in seconds since 1970, `share` as text."""

    upload_id: str
    work_id: str
    sha256: str | None
    outcome: str
    decided_at: float
    exempt: bool
    share: str | None


class FingerprintStore:
    """Fingerprints by engine, digest and work. The digest stands for the engine's version and settings.

    Threads and processes may use one store at the same time. After a fork the child gets connections of its own; of a
    store in memory it gets a copy that the parent does not see.
    """

    def __init__(self, url: str = IN_MEMORY) -> None:
        """Open a store and make its tables where there are none: `sqlite:///path`, `postgresql://…`, or in memory.

        Raises:
            StoreProblem: for an address that cannot be used, or tables of another version.

        """
        self._in_memory = url == IN_MEMORY
        # A store in memory has one connection, which threads take in turn.
        self._turn = threading.RLock() if self._in_memory else None
        self._engine = _engine_of(url)
        self._create(url)
        if not self._in_memory:
            _of_child(self)

    @property
    def shared(self) -> bool:
        """Whether other processes see what is written here."""
        return not self._in_memory

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def put(self, engine: str, digest: str, rows: Sequence[StoredFingerprint]) -> None:
        """Add works, or replace those with the same id, all of them or none."""
        if not rows:
            return
        with self._writing() as connection:
            number = self._next(connection, engine, digest, len(rows))
            upsert = self._insert(_works)
            upsert = upsert.on_conflict_do_update(
                index_elements=["engine", "digest", "work_id"],
                set_={name: upsert.excluded[name] for name in ("sha256", "number", "fingerprint")},
            )
            for place, row in enumerate(rows):
                values = {"work_id": row.work_id, "sha256": row.sha256, "fingerprint": row.fingerprint}
                connection.execute(upsert, {"engine": engine, "digest": digest, "number": number + place, **values})

    def remove(self, engine: str, digest: str, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        ids = sorted(set(work_ids))
        if not ids:
            return
        with self._writing() as connection:
            number = self._next(connection, engine, digest, len(ids))
            for place, work_id in enumerate(ids):
                row = self._of(engine, digest) & (_works.c.work_id == work_id) & _works.c.fingerprint.is_not(None)
                connection.execute(
                    sa.update(_works).where(row).values(sha256="", fingerprint=None, number=number + place)
                )

    def changes_since(self, engine: str, digest: str, number: int) -> Iterator[Change]:
        """Yield the last change of every work that has changed after that number, ascending; 0 gives all of them.

        Whoever remembers the number of the last change and asks again with it misses none and gets none twice.
        """
        columns = (_works.c.number, _works.c.work_id, _works.c.sha256, _works.c.fingerprint)
        while True:
            later = self._of(engine, digest) & (_works.c.number > number)
            asked = sa.select(*columns).where(later).order_by(_works.c.number).limit(_ROWS_AT_ONCE)
            with self._reading() as connection:
                rows = connection.execute(asked).all()
            for row in rows:
                yield Change(row.number, row.work_id, row.sha256, row.fingerprint)
            if len(rows) < _ROWS_AT_ONCE:
                return
            number = rows[-1].number

    def held(self, engine: str, digest: str) -> Mapping[str, str]:
        """Return the SHA-256 of the file of each work that is held, by work id."""
        there = self._of(engine, digest) & _works.c.fingerprint.is_not(None)
        with self._reading() as connection:
            found = connection.execute(sa.select(_works.c.work_id, _works.c.sha256).where(there)).all()
        return {row.work_id: row.sha256 for row in found}

    def work_ids(self, engine: str) -> frozenset[str]:
        """Return the works that an engine holds under any version and settings."""
        there = (_works.c.engine == engine) & _works.c.fingerprint.is_not(None)
        with self._reading() as connection:
            return frozenset(connection.execute(sa.select(_works.c.work_id).where(there)).scalars())

    def keep_outcome(self, engine: str, upload: str, snapshot: str, outcome: str) -> None:
        """Keep what an engine said of an upload; the last word replaces earlier ones.

        `upload` and `engine` are digests of everything about them that the answer depends on.
        """
        upsert = self._insert(_outcomes)
        upsert = upsert.on_conflict_do_update(
            index_elements=["engine", "upload"],
            set_={name: upsert.excluded[name] for name in ("snapshot", "outcome")},
        )
        with self._writing() as connection:
            connection.execute(upsert, {"engine": engine, "upload": upload, "snapshot": snapshot, "outcome": outcome})

    def kept_outcomes(self, engine: str, snapshot: str, uploads: Sequence[str]) -> dict[str, str]:
        """Return what an engine said of these uploads with exactly these references, by upload; others are left out."""
        found: dict[str, str] = {}
        for start in range(0, len(uploads), _NAMES_AT_ONCE):
            asked = sa.select(_outcomes.c.upload, _outcomes.c.outcome).where(
                _outcomes.c.engine == engine,
                _outcomes.c.snapshot == snapshot,
                _outcomes.c.upload.in_(uploads[start : start + _NAMES_AT_ONCE]),
            )
            with self._reading() as connection:
                found.update((row.upload, row.outcome) for row in connection.execute(asked))
        return found

    def keep_verdicts(self, verdicts: Sequence[StoredVerdict]) -> None:
        """Keep what was decided last about each upload and work, all of them or none."""
        upsert = self._insert(_verdicts)
        changed = ("sha256", "outcome", "decided_at", "exempt", "share")
        upsert = upsert.on_conflict_do_update(
            index_elements=["upload_id", "work_id"],
            set_={name: upsert.excluded[name] for name in changed},
            where=_verdicts.c.decided_at <= upsert.excluded.decided_at,
        )
        with self._writing() as connection:
            for one in verdicts:
                connection.execute(upsert, {column.name: getattr(one, column.name) for column in _verdicts.c})

    def exempt_verdicts(self) -> list[StoredVerdict]:
        """Return the verdicts that exempt a pair now."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(_verdicts).where(_verdicts.c.exempt)).all()
        return [StoredVerdict(**row._mapping) for row in rows]

    def _of(self, engine: str, digest: str) -> sa.ColumnElement[bool]:
        return (_works.c.engine == engine) & (_works.c.digest == digest)

    def _next(self, connection: Connection, engine: str, digest: str, count: int) -> int:
        """Take `count` numbers and return the first.

        Others wait here until this transaction has ended, so that changes become visible in the order of their numbers.
        """
        first = self._insert(_numbers).values(engine=engine, digest=digest, last=count)
        more = first.on_conflict_do_update(
            index_elements=["engine", "digest"], set_={"last": _numbers.c.last + count}
        ).returning(_numbers.c.last)
        last: int = connection.execute(more).scalar_one()
        return last - count + 1

    def _insert(self, table: sa.Table) -> Any:
        return (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(table)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _told(), self._turn or _no_turn(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _told(), self._turn or _no_turn(), self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def _create(self, url: str) -> None:
        try:
            with self._writing() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATING)))
                    _metadata.create_all(connection)
                else:
                    for statement in _tables_of_sqlite():
                        connection.exec_driver_sql(statement)
                found = connection.execute(sa.select(_version.c.version)).scalar_one_or_none()
                if found is None:
                    connection.execute(sa.insert(_version).values(version=SCHEMA_VERSION))
        except (StoreProblem, sa.exc.DBAPIError) as error:
            self.close()
            shown = make_url(url).render_as_string(hide_password=True)
            reason = error if isinstance(error, StoreProblem) else str(error.orig).strip()
            raise StoreProblem(f"the index {shown} cannot be opened: {reason}") from None
        if found not in (None, SCHEMA_VERSION):
            self.close()
            raise StoreProblem(f"the index was made by another version: {found}, not {SCHEMA_VERSION}")


@cache
def _tables_of_sqlite() -> tuple[str, ...]:
    """Return what makes the tables where there are none, put into words once: stores in memory are made often."""
    dialect = sqlite.dialect()
    tables = _metadata.sorted_tables
    made: list[sa.schema.ExecutableDDLElement] = [CreateTable(table, if_not_exists=True) for table in tables]
    made += [CreateIndex(index, if_not_exists=True) for table in tables for index in table.indexes]
    return tuple(str(one.compile(dialect=dialect)) for one in made)


@contextmanager
def _told() -> Iterator[None]:
    """Say in one sentence what is wrong with the database: full, gone, locked for too long."""
    try:
        yield
    except sa.exc.OperationalError as error:
        raise StoreProblem(f"the index failed: {str(error.orig).strip()}") from error


@contextmanager
def _no_turn() -> Iterator[None]:
    yield


def _engine_of(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise StoreProblem("the address of the index cannot be read") from None
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True)
    if parsed.get_backend_name() != "sqlite" or (url != IN_MEMORY and parsed.database in (None, "", ":memory:")):
        raise StoreProblem("the index must be sqlite:///path/to/file.db or postgresql://user:password@host/name")
    options: dict[str, Any] = {"poolclass": StaticPool} if url == IN_MEMORY else {}
    arguments = {"timeout": _LOCK_SECONDS, "check_same_thread": False}
    engine = sa.create_engine(parsed, connect_args=arguments, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where `_begin` says, and nowhere else
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _of_child(store: FingerprintStore) -> None:
    """After a fork, let the child begin with connections of its own and leave those of its parent alone."""
    known = weakref.ref(store)

    def begin_anew() -> None:
        mine = known()
        if mine is not None:
            mine._engine.dispose(close=False)

    os.register_at_fork(after_in_child=begin_anew)
