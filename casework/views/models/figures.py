"""The read model behind every report: day rows of counts and durations, so that no report reads cases one by one.

For a page of events each case that goes on is gone through twice, as it was and as it is; what it added is taken back
and what it adds now is added (``figures_counts``). A page is summed in memory (``figures_ledger``) and written by one
bulk statement a table. A period's figures then cost its days and one number for each of its waits; a case without any
costs nothing. ``extract_as_known`` answers for a past moment by folding the log again in memory, which costs the length
of the log.
"""

from __future__ import annotations

import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.facts import Event
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.views.models.figures_counts import restricted_content
from casework.views.models.figures_facts import OPEN, Calendar, as_moment
from casework.views.models.figures_ledger import BALANCES, DAILY, DUE, STANDING, Extract, Histories, Ledger, merged
from casework.views.models.figures_path import Grounds

NAME = "figures"
_CHUNK = 500
"""Keys looked up by one statement: below the number of parameters that either database allows, three each."""

_LOG_PAGE = 5000

_Item = TypeVar("_Item")
Tables = Mapping[str, sa.Table]
Rows = Sequence[Mapping[str, Any]]


class Figures:
    """The read model ``figures``. A change of ``zone`` (the reports' time zone) needs a rebuild.

    ``histories`` says what a case has been through, ``law`` how long the waits of its regime are.
    """

    name = NAME
    version = 6

    def __init__(self, standards: Standards, law: Law, histories: Histories, zone: tzinfo) -> None:
        self._grounds = Grounds(standards, law)
        self._histories = histories
        self._calendar = Calendar(zone)

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """``counts`` and ``durations``: day rows; ``contents``: whose restriction fell."""
        return {
            "counts": sa.Table(
                named("figures_counts"),
                metadata,
                sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("name", sa.String(60), primary_key=True),
                sa.Column("cell", sa.String(450), primary_key=True),
                sa.Column("amount", sa.BigInteger, nullable=False),
                sa.Index(None, "name", "day"),
            ),
            "durations": sa.Table(
                named("figures_durations"),
                metadata,
                sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("name", sa.String(60), primary_key=True),
                sa.Column("packed", sa.LargeBinary, nullable=False),
                sa.Index(None, "name", "day"),
            ),
            "contents": sa.Table(
                named("figures_contents"), metadata, sa.Column("content", sa.String(300), primary_key=True)
            ),
            "state": sa.Table(
                named("figures_state"),
                metadata,
                sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("position", sa.BigInteger, nullable=False),
                sa.Column("last_recorded", sa.BigInteger, nullable=False),
            ),
        }

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Sum a page in memory and write it. ``KeyError`` or ``ValueError`` for a case that cannot be followed."""
        ledger = Ledger(self._calendar, self._grounds)
        ledger.reversed_contents.update(_load_contents(connection, tables["contents"], _blocked_contents(events)))
        ledger.fold(events, self._histories)
        self._write(connection, tables, ledger)

    def _write(self, connection: Connection, tables: Tables, ledger: Ledger) -> None:
        _write_counts(connection, tables["counts"], ledger)
        _write_durations(connection, tables["durations"], ledger)
        _upsert(connection, tables["contents"], [{"content": each} for each in sorted(ledger.new_reversals)])
        row = connection.execute(sa.select(tables["state"].c.last_recorded)).scalar()
        state = {"id": 1, "position": ledger.position, "last_recorded": max(ledger.last_recorded, row or 0)}
        _upsert(connection, tables["state"], [state], replaced=("position", "last_recorded"))


def extract(engine: Engine, tables: Tables, start: date, end: date) -> Extract:
    """The raw material of a period's figures as the projection stands now, read in one snapshot."""
    return extracts(engine, tables, [(start, end)])[0]


def extracts(engine: Engine, tables: Tables, periods: Sequence[tuple[date, date]]) -> list[Extract]:
    """The same of several periods, all in one snapshot."""
    with engine.connect() as opened:
        level = "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"
        connection = opened.execution_options(isolation_level=level) if level == "REPEATABLE READ" else opened
        with connection.begin():
            return [_extract(connection, tables, start, end) for start, end in periods]


def _extract(connection: Connection, tables: Tables, start: date, end: date) -> Extract:
    first, last = start.toordinal(), end.toordinal()
    counted, lists = tables["counts"], tables["durations"]
    state = connection.execute(sa.select(tables["state"])).one_or_none()
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    days: defaultdict[str, dict[str, int]] = defaultdict(dict)
    within = (
        sa.select(counted.c.name, counted.c.cell, sa.func.sum(counted.c.amount), sa.func.count())
        .where(counted.c.day >= first, counted.c.day < last, counted.c.amount != 0)
        .group_by(counted.c.name, counted.c.cell)
    )
    for name, cell, amount, touched in connection.execute(within):
        counts[name][cell], days[name][cell] = int(amount), touched
    due = _values(connection, lists, lists.c.name.in_(DUE))
    opened = sa.select(counted.c.cell, sa.func.sum(counted.c.amount)).where(counted.c.name == OPEN)
    still = connection.execute(opened.group_by(counted.c.cell))
    return Extract(
        start=start,
        end=end,
        position=0 if state is None else state.position,
        last_recorded=None if state is None else as_moment(state.last_recorded),
        counts=counts,
        days=days,
        before=_balances(connection, counted, counted.c.day < first),
        after=_balances(connection, counted, counted.c.day >= last),
        values=_values(connection, lists, lists.c.day >= first, lists.c.day < last),
        open={kind: int(amount) for kind, amount in still if amount},
        due={DUE[name]: each for name, each in due.items()},
        daily=_daily(connection, counted, DAILY, counted.c.day >= first, counted.c.day < last),
        standing=_daily(connection, counted, STANDING, counted.c.day < last),
    )


def _values(connection: Connection, lists: sa.Table, *when: sa.ColumnElement[bool]) -> dict[str, Sequence[int]]:
    """The lists of these days, each in one ascending array: numpy sorts a million numbers in a moment."""
    parts: defaultdict[str, list[bytes]] = defaultdict(list)
    for name, packed in connection.execute(sa.select(lists.c.name, lists.c.packed).where(*when)):
        parts[name].append(packed)
    found: dict[str, Sequence[int]] = {}
    for name, each in parts.items():
        found[name] = array("q", np.sort(np.frombuffer(b"".join(each), dtype="<i8")).astype(np.int64).tobytes())
    return found


def _daily(
    connection: Connection, counted: sa.Table, names: Sequence[str], *when: sa.ColumnElement[bool]
) -> dict[str, dict[int, dict[str, int]]]:
    columns = (counted.c.name, counted.c.day, counted.c.cell, counted.c.amount)
    within = (counted.c.name.in_(names), *when, counted.c.amount != 0)
    found: defaultdict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    for name, day, cell, amount in connection.execute(sa.select(*columns).where(*within)):
        found[name].setdefault(day, {})[cell] = int(amount)
    return found


def _balances(connection: Connection, counted: sa.Table, when: sa.ColumnElement[bool]) -> dict[str, int]:
    sums = sa.select(counted.c.name, sa.func.sum(counted.c.amount)).where(counted.c.name.in_(BALANCES), when)
    return {name: int(amount) for name, amount in connection.execute(sums.group_by(counted.c.name))}


def extract_as_known(
    log: EventLog, standards: Standards, law: Law, zone: tzinfo, start: date, end: date, as_of: datetime
) -> Extract:
    """The same from the log itself, of events recorded at or before ``as_of`` only. Costs the length of the log."""
    return extracts_as_known(log, standards, law, zone, [(start, end)], as_of)[0]


def extracts_as_known(
    log: EventLog,
    standards: Standards,
    law: Law,
    zone: tzinfo,
    periods: Sequence[tuple[date, date]],
    as_of: datetime,
) -> list[Extract]:
    """The same of several periods, in one walk through the log."""
    ledger = Ledger(Calendar(zone), Grounds(standards, law))
    cut: set[UUID] = set()

    def known(streams: Sequence[UUID], *, until: int | None = None) -> Mapping[UUID, Sequence[Recorded]]:
        loaded = log.load_many(streams, until=until)
        return {stream: list(takewhile(lambda one: one.recorded <= as_of, loaded[stream])) for stream in loaded}

    for page in _whole_log(log):
        counting = []
        for recorded in page:
            # What follows a later event of the same case is not known without it, even if a clock was set back.
            if recorded.recorded > as_of or recorded.stream in cut:
                cut.add(recorded.stream)
            else:
                counting.append(recorded)
        if counting:
            ledger.fold(counting, known)
    return [ledger.extract(start, end) for start, end in periods]


def _whole_log(log: EventLog) -> Iterator[list[Recorded]]:
    position = 0
    while page := log.read(position, _LOG_PAGE):
        yield page
        position = page[-1].position


def _blocked_contents(events: Sequence[Recorded]) -> set[str]:
    """The contents that this page restricts."""
    found: set[str] = set()
    for one in events:
        event: Event = one.event
        if isinstance(event, FilteringDecisionRecorded):
            content = restricted_content(event)
            if content is not None:
                found.add(content)
    return found


def _load_contents(connection: Connection, table: sa.Table, contents: set[str]) -> Iterator[str]:
    for chunk in _chunks(sorted(contents)):
        yield from connection.execute(sa.select(table.c.content).where(table.c.content.in_(chunk))).scalars()


def _write_counts(connection: Connection, table: sa.Table, ledger: Ledger) -> None:
    changed = {key: amount for key, amount in ledger.counts.items() if amount}
    rows = [{"day": day, "name": name, "cell": cell, "amount": changed[day, name, cell]} for day, name, cell in changed]
    _upsert(connection, table, rows, added=("amount",))
    if any(amount < 0 for amount in changed.values()):
        # Folding event by event must leave the same rows as folding all at once.
        for chunk in _chunks([key for key, amount in changed.items() if amount < 0]):
            connection.execute(_delete_empty(table), {"wanted": chunk})


def _write_durations(connection: Connection, table: sa.Table, ledger: Ledger) -> None:
    keys = sorted(ledger.added.keys() | ledger.removed.keys())
    present: dict[tuple[int, str], Sequence[int]] = {}
    for chunk in _chunks(keys):
        rows_there = connection.execute(_present(table), {"wanted": chunk})
        present |= {(row.day, row.name): _unpacked(row.packed) for row in rows_there}
    rows = []
    for day, name in keys:
        key = (day, name)
        values = merged(present.get(key, ()), ledger.added.get(key, ()), ledger.removed.get(key, ()))
        if values or key in present:
            rows.append({"day": day, "name": name, "packed": _packed(values)})
    _upsert(connection, table, [row for row in rows if row["packed"]], replaced=("packed",))
    for row in rows:
        if not row["packed"]:
            connection.execute(sa.delete(table).where(table.c.day == row["day"], table.c.name == row["name"]))


@lru_cache(maxsize=64)
def _present(durations: sa.Table) -> sa.Select[Any]:
    """Written once, like the next: they run after every step, and to write them takes as long as to run them."""
    wanted: sa.BindParameter[Any] = sa.bindparam("wanted", expanding=True)
    return sa.select(durations).where(sa.tuple_(durations.c.day, durations.c.name).in_(wanted))


@lru_cache(maxsize=64)
def _delete_empty(counts: sa.Table) -> sa.Delete:
    columns = sa.tuple_(counts.c.day, counts.c.name, counts.c.cell)
    return sa.delete(counts).where(columns.in_(sa.bindparam("wanted", expanding=True)), counts.c.amount == 0)


def _upsert(
    connection: Connection, table: sa.Table, rows: Rows, *, replaced: tuple[str, ...] = (), added: tuple[str, ...] = ()
) -> None:
    """Insert rows; where one is there already, replace or add to its columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        insert = postgresql.insert(table).from_select(list(rows[0]), _as_arrays(table, rows))
        connection.execute(_on_conflict(insert, table, replaced, added))
    else:
        connection.execute(_sqlite_upsert(table, replaced, added), list(rows))


@lru_cache(maxsize=64)
def _sqlite_upsert(table: sa.Table, replaced: tuple[str, ...], added: tuple[str, ...]) -> sa.Insert:
    """Written once for each table."""
    return _on_conflict(sqlite.insert(table), table, replaced, added)


def _on_conflict(insert: Any, table: sa.Table, replaced: tuple[str, ...], added: tuple[str, ...]) -> sa.Insert:
    changes = {column: insert.excluded[column] for column in replaced}
    changes |= {column: table.c[column] + insert.excluded[column] for column in added}
    keys = [column.name for column in table.primary_key.columns]
    statement: sa.Insert = (
        insert.on_conflict_do_update(index_elements=keys, set_=changes)
        if changes
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    return statement


def _as_arrays(table: sa.Table, rows: Rows) -> sa.Select[Any]:
    """The rows as one array a column: one statement for PostgreSQL instead of one a row."""
    return sa.select(
        *(
            sa.func.unnest(sa.cast([row[name] for row in rows], postgresql.ARRAY(table.c[name].type))).label(name)
            for name in rows[0]
        )
    )


def _packed(values: Sequence[int]) -> bytes:
    numbers = array("q", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(packed: bytes) -> array[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
