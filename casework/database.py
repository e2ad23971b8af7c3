"""Where Casework keeps its data: the engines for the main database and for the read models, on SQLite and PostgreSQL.

SQLite keeps the read models in a file of their own beside the main one, PostgreSQL in the schema ``views``: they can be
thrown away and rebuilt from the log at any time, so they are also written with less care for a power cut.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

if TYPE_CHECKING:
    from alembic.config import Config

VIEWS_SCHEMA = "views"
"""The PostgreSQL schema of the read models."""

LOCK_TIMEOUT_SECONDS = 30
"""How long a writer waits for another writer of the same SQLite file."""

CONNECT_TIMEOUT_SECONDS = 5

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6361_7365_776F_726B  # "casework": the advisory lock that only one migrating process holds.


class DatabaseUnavailable(Exception):
    """The database cannot be used; ``detail`` says why in words for the operator, without any password."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A checked address of the main database: ``path`` for SQLite, ``url`` for PostgreSQL."""

    kind: Literal["sqlite", "postgresql"]
    url: URL
    path: Path | None = None

    @property
    def views_path(self) -> Path | None:
        """The file of the read models on SQLite: ``casework.db`` has ``casework.views.db`` beside it."""
        return None if self.path is None else self.path.with_name(f"{self.path.stem}.views{self.path.suffix or '.db'}")

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def parse_database_url(text: str) -> DatabaseUrl:
    """Check an address: ``sqlite:///path`` (four slashes for an absolute one) or ``postgresql://...``.

    Raises ``DatabaseUnavailable`` for anything else.
    """
    advice = "use sqlite:///path/to/file.db or postgresql://user:password@host/name"
    try:
        url = make_url(text.strip())
    except (sa.exc.ArgumentError, ValueError):
        raise DatabaseUnavailable(f"the database URL cannot be read: {advice}") from None
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return _sqlite_url(url, advice)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            if not url.database:
                raise DatabaseUnavailable(f"the database URL names no database: {advice}")
            return DatabaseUrl("postgresql", url.set(drivername="postgresql+psycopg"))
        case other:
            raise DatabaseUnavailable(f"{other!r} is not a database that Casework knows: {advice}")


def _sqlite_url(url: URL, advice: str) -> DatabaseUrl:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseUnavailable(f"SQLite needs a file, because several processes share it: {advice}")
    if url.host or url.query:
        raise DatabaseUnavailable(f"the SQLite URL has one slash too few or options, which it cannot have: {advice}")
    path = Path(url.database).expanduser().absolute()
    return DatabaseUrl("sqlite", URL.create("sqlite+pysqlite", database=str(path)), path)


def main_engine(url: DatabaseUrl) -> Engine:
    """The engine for everything that must survive: vault, accounts, jobs (the log has connections of its own)."""
    if url.path is not None:
        return _sqlite_engine(url.path, durable=True)
    return _postgresql_engine(url, {})


def views_engine(url: DatabaseUrl) -> Engine:
    """The engine for the read models: their own file, or their own schema as the only one on the search path."""
    if url.views_path is not None:
        return _sqlite_engine(url.views_path, durable=False)
    return _postgresql_engine(url, {"options": f"-c search_path={VIEWS_SCHEMA} -c synchronous_commit=off"})


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that will write, committed at the end.

    Use it instead of ``engine.begin()`` wherever something is read before it is written: on SQLite it takes the write
    lock at once and waits for it, where a plain transaction that turns from reading to writing fails instead.
    """
    with engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            yield connection


def check_reachable(url: DatabaseUrl) -> None:
    """Raise ``DatabaseUnavailable`` with a plain reason when the database cannot be opened for writing."""
    if url.path is not None:
        _check_writable(url.path)
        return
    engine = _postgresql_engine(url, {})
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.DBAPIError as error:
        raise DatabaseUnavailable(f"cannot connect to {url}: {_first_line(error)}") from None
    finally:
        engine.dispose()


def migrate(url: DatabaseUrl) -> None:
    """Bring the main database up to date. Several processes may call this at once: one works, the others wait.

    Raises ``DatabaseUnavailable`` when the database cannot be used.
    """
    # Here and below: alembic takes a third of a second to import, and only these two functions need it.
    from alembic import command as alembic_command

    check_reachable(url)
    engine = main_engine(url)
    try:
        with writing(engine) as connection:
            if url.kind == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            config = _alembic_config()
            config.attributes["connection"] = connection
            alembic_command.upgrade(config, "head")
    except sa.exc.DBAPIError as error:
        raise DatabaseUnavailable(f"cannot migrate {url}: {_first_line(error)}") from error
    finally:
        engine.dispose()


def is_current(url: DatabaseUrl) -> bool:
    """Whether the main database has exactly the migrations of this build. Raises ``DatabaseUnavailable``."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    if url.path is not None and not url.path.exists():
        return False
    check_reachable(url)
    engine = main_engine(url)
    try:
        with engine.connect() as connection:
            applied = set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()
    return applied == set(ScriptDirectory.from_config(_alembic_config()).get_heads())


def _alembic_config() -> Config:
    from alembic.config import Config

    config = Config()
    # The path may hold a percent sign, which the configuration reader would take for a placeholder.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _sqlite_engine(path: Path, *, durable: bool) -> Engine:
    engine = sa.create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": LOCK_TIMEOUT_SECONDS},
        hide_parameters=True,  # errors are logged, and parameters are personal
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        prepare_sqlite(connection, durable=durable)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def prepare_sqlite(connection: sqlite3.Connection, *, durable: bool) -> None:
    """Settings that every SQLite connection needs; ``durable``: a commit is on the disk before it returns."""
    connection.isolation_level = None  # transactions are begun by us, not by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}")
    _use_write_ahead_log(cursor)
    cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What the vault erases is overwritten in the file, not only marked as free.
    cursor.execute(f"PRAGMA secure_delete = {'ON' if durable else 'OFF'}")
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """Switch the file to write-ahead logging; the switch heeds no busy timeout, so several first starts take turns."""
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _postgresql_engine(url: DatabaseUrl, connect_args: dict[str, str]) -> Engine:
    timeout = {} if "connect_timeout" in url.url.query else {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    return sa.create_engine(url.url, pool_pre_ping=True, connect_args={**timeout, **connect_args}, hide_parameters=True)


def _check_writable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise DatabaseUnavailable(f"the folder {folder} of the database does not exist")
    if path.is_dir():
        raise DatabaseUnavailable(f"{path} is a folder, not a database file")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise DatabaseUnavailable(f"{path} cannot be written")
    try:
        connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{path} cannot be used as a database: {error}") from None


def _first_line(error: sa.exc.DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
