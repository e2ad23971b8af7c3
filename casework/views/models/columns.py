"""What the tables of several read models share: times with a zone on both databases, and bulk writing by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Dialect


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC time on both databases; SQLite itself forgets the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; without a zone on SQLite, which sorts the times as text."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """The same in one step instead of three, because bulk writing spends much of its time here."""
        if dialect.name != "sqlite":
            return None  # the driver takes aware times as they are

        def as_text(value: datetime | None) -> str | None:
            if value is None:
                return None
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

        return as_text

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def insert_into(connection: Connection, table: sa.Table) -> Any:
    """An INSERT of this database's own kind, which knows ``on_conflict_do_update``."""
    return postgresql_insert(table) if connection.dialect.name == "postgresql" else sqlite_insert(table)


def upsert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows whole, by primary key, in one statement; with no rows, nothing happens. Each row has every column.

    Values are made ready here, column by column: row by row, as the library does, takes longer than the database.
    """
    if not rows:
        return
    statement, names = _upsert_statement(table, type(connection.dialect))  # type: ignore[arg-type]  # it can be hashed
    columns = [_ready(table.c[name], [row[name] for row in rows], connection.dialect) for name in names]
    values: list[Any] = list(zip(*columns, strict=True))
    if not connection.dialect.positional:
        values = [dict(zip(names, each, strict=True)) for each in values]
    connection.exec_driver_sql(statement, values)


@lru_cache(maxsize=64)
def _upsert_statement(table: sa.Table, kind: type[Dialect]) -> tuple[str, tuple[str, ...]]:
    """The statement, and the columns in the order of its values: the same on all databases of a kind."""
    dialect = kind()
    insert = postgresql_insert(table) if dialect.name == "postgresql" else sqlite_insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    names = tuple(column.name for column in table.columns)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    return str(compiled), tuple(compiled.positiontup or names)


def _ready(column: sa.Column[Any], values: list[Any], dialect: Dialect) -> list[Any]:
    """The values of one column as the driver takes them."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(value) for value in values]
