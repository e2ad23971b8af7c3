"""Brings read models up to the log, each event exactly once; the same loop serves live pages, the worker and rebuilds.

A view's rows and its position in the log are committed together, behind a lock on the position's row: whoever comes
second finds the position moved on and does nothing. Who locks several of these rows does so in the order of their key.
A view that fails on an event stands still there and says so; the others go on. Views can be thrown away at any time: a
rebuild fills new tables beside the live ones and switches.
"""

from __future__ import annotations

import gc
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.eventlog.codec import CorruptEvent, Recorded
from casework.eventlog.store import EventLog

PAGE = 1000
"""Events folded in one transaction when a view catches up."""

TOGETHER = 50
"""Views that lack at most so many positions catch up in one transaction: after a step, ten of them would take longer
than the step. Who lacks more goes alone, so that others may write between the views.
"""

REBUILD_PAGE = 2000
"""The same for a rebuild, which nobody waits for."""

_COLLECT_AFTER = 50_000
"""New objects between two garbage collections during a rebuild. Pages of events are many objects without circles:
with the usual 700 the collector looks through them again and again, which takes half of the time of reading.
"""

_LIVE, _REBUILD = "live", "rebuild"
_PREPARE_LOCK = 0x7669_6577_73  # "views": the advisory lock of whoever makes tables.

Progress = Callable[[int, int], None]
"""Told the position reached and the position aimed at."""


class ReadModel(Protocol):
    """One read model: some tables and how events change them.

    Raise ``version`` whenever tables or fold change their meaning: the new tables are then filled from the beginning,
    beside those of the old version, which processes of the old build still use.
    """

    name: str
    version: int

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        """Declare the tables in ``metadata``, each called ``named("its_plain_name")``, by plain name.

        They are the same for all models of a class and version, however these were made: they are declared once.
        Leave constraints unnamed and use no foreign keys between tables; indexes may have any name, they are renamed.
        """
        ...

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        """Apply a page of events, in order, to ``tables``, best by one bulk statement a table.

        A page may be cut anywhere and applied again after a rollback, so nothing may be kept between calls, nothing
        else may be written, and folding one by one must give the same rows as folding all at once. Beside its tables
        a model may read the log, but not beyond the last event of the page.
        """
        ...


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """How far a view is: ``lag`` in positions of the log; ``stuck_at`` is the position of the event it fails on."""

    name: str
    version: int
    position: int
    lag: int
    stuck_at: int | None
    error: str | None


class RebuildFailed(Exception):
    """Some views could not be rebuilt and are as they were; ``reasons`` by name of the view."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in self.reasons.items()))


_METADATA = sa.MetaData()
_POSITIONS = sa.Table(
    "view_positions",
    _METADATA,
    sa.Column("view", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("slot", sa.String(10), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("stuck_at", sa.BigInteger),
    sa.Column("error", sa.Text),
    sa.Column("token", sa.String(16), nullable=False),
    sa.Column("table_names", sa.Text, nullable=False),
)


class Views:
    """All read models of one database, at one log. Call ``prepare`` once before anything else."""

    def __init__(self, engine: Engine, log: EventLog, models: Sequence[ReadModel], *, page: int = PAGE) -> None:
        """``engine`` is that of ``casework.database.views_engine``. ``ValueError`` for a name given twice."""
        self._engine = engine
        self._log = log
        self._page = page
        self._models = {model.name: model for model in models}
        if len(self._models) < len(models):
            raise ValueError("two read models have the same name")
        self._tables = {model.name: _declared_live(model) for model in models}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all views."""
        return tuple(self._models)

    @property
    def engine(self) -> Engine:
        """The engine to run queries with."""
        return self._engine

    def tables(self, name: str) -> Mapping[str, sa.Table]:
        """The live tables of a view, by plain name, for its queries."""
        return self._tables[name]

    def prepare(self) -> None:
        """Make what tables are missing and let stuck views try again. Any number of processes may do so at once."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PREPARE_LOCK)))
            _METADATA.create_all(connection)
            connection.execute(sa.select(_POSITIONS).order_by(*_POSITIONS.primary_key).with_for_update())
            connection.execute(sa.update(_POSITIONS).values(stuck_at=None, error=None))
            known = {(row.view, row.version) for row in connection.execute(_slot_rows(_LIVE))}
            for name, model in self._models.items():
                if (name, model.version) not in known:
                    _create(connection, model, _LIVE, self._tables[name], token="")

    def catch_up(self, names: Iterable[str] | None = None, *, until: int | None = None) -> None:
        """Bring views (all, or those named) at least to position ``until``, or to the present head of the log.

        Stuck views are left alone. Raises only what concerns the database itself.
        """
        wanted = self._chosen(names)
        target = self._log.head() if until is None else until
        with self._engine.connect() as connection:
            behind = {
                row.view: target - row.position
                for row in connection.execute(_LIVE_ROWS)
                if row.position < target and row.stuck_at is None and self._is_ours(row)
            }
        pages = _Pages(self._log, self._page)
        lacking = [model for model in wanted if model.name in behind]
        near = [model for model in lacking if behind[model.name] <= TOGETHER]
        for models in (near, *([model] for model in lacking if model not in near)):
            left: Sequence[ReadModel] = models
            while left:
                left = self._advance(left, pages, target)

    def status(self) -> list[ViewStatus]:
        """Where every view stands, by name."""
        head = self._log.head()
        with self._engine.connect() as connection:
            rows = [row for row in connection.execute(_slot_rows(_LIVE)) if self._is_ours(row)]
        return [
            ViewStatus(row.view, row.version, row.position, max(0, head - row.position), row.stuck_at, row.error)
            for row in sorted(rows, key=lambda row: str(row.view))
        ]

    def rebuild(self, names: Iterable[str] | None = None, progress: Progress | None = None) -> None:
        """Fill fresh tables from the whole log beside the live ones, then switch; readers see old or new, no mixture.

        Views keep catching up meanwhile. Raises ``RebuildFailed`` naming the views that could not be built (others
        are done); a second rebuild of the same view makes the first give up in the same way.
        """
        with _fewer_collections():
            self._rebuild(self._chosen(names), progress)

    def _rebuild(self, models: Sequence[ReadModel], progress: Progress | None) -> None:
        token = secrets.token_hex(8)
        building = {model.name: _Building(model, _declared(model, _REBUILD), token) for model in models}
        failed: dict[str, str] = {}
        with writing(self._engine) as connection:
            for each in building.values():
                _drop(connection, each.model, _REBUILD)
                _create(connection, each.model, _REBUILD, each.tables, token=token)
        position, target = 0, self._log.head()
        while building and position < target:
            try:
                events = self._log.read(position, REBUILD_PAGE)
            except CorruptEvent as error:
                self._give_up(building, dict.fromkeys(building, str(error)), failed)
                break
            position = events[-1].position if events else target
            with writing(self._engine) as connection:
                reasons = {name: each.fold(connection, events) for name, each in building.items()}
            self._give_up(building, {name: reason for name, reason in reasons.items() if reason}, failed)
            if progress is not None:
                progress(position, target)
        for name, each in list(building.items()):
            reason = self._switch(each, position)
            if reason:
                self._give_up(building, {name: reason}, failed)
        if failed:
            raise RebuildFailed(failed)

    def forget_old_versions(self) -> list[str]:
        """Drop the tables of versions and views that this build does not have; the names of the dropped tables."""
        dropped: list[str] = []
        with writing(self._engine) as connection:
            for row in connection.execute(sa.select(_POSITIONS)).all():
                if not self._is_ours(row):
                    dropped += _drop_row(connection, row)
        return dropped

    def _chosen(self, names: Iterable[str] | None) -> list[ReadModel]:
        return [self._models[name] for name in (self._models if names is None else dict.fromkeys(names))]

    def _is_ours(self, row: Any) -> bool:
        model = self._models.get(row.view)
        return model is not None and model.version == row.version

    def _advance(self, models: Sequence[ReadModel], pages: _Pages, target: int) -> list[ReadModel]:
        """One page of each of these views in one transaction; those for which there may be more to do."""
        left: list[ReadModel] = []
        reached: dict[int, list[ReadModel]] = {}
        with writing(self._engine) as connection:
            rows = connection.execute(_locked_rows(_names_of(models)))
            before = {row.view: row.position for row in rows if row.stuck_at is None and row.position < target}
            lacking = [model for model in models if model.name in before]
            all_of_them = self._fold_pages(connection, lacking, pages, before)
            for model in lacking:
                position, failure = (
                    self._fold_page(connection, model, pages, before[model.name])
                    if all_of_them is None
                    else (all_of_them[model.name], None)
                )
                if failure is not None:
                    stuck = {"position": position, "stuck_at": failure.position, "error": failure.reason}
                    connection.execute(sa.update(_POSITIONS).where(*_slot(model, _LIVE)).values(stuck))
                elif position > before[model.name]:
                    reached.setdefault(position, []).append(model)
                    if position < target:
                        left.append(model)
            for position, moved in reached.items():
                connection.execute(_moved(_names_of(moved)), {"reached": position})
        return left

    def _fold_pages(
        self, connection: Connection, models: Sequence[ReadModel], pages: _Pages, before: Mapping[str, int]
    ) -> dict[str, int] | None:
        """A page of each of these views, and the positions reached; nothing and ``None`` where one of them fails.

        Under one savepoint: one for each view takes longer than what most of them have to do.
        """
        reached = dict(before)
        try:
            with connection.begin_nested():
                for model in models:
                    events = pages.after(before[model.name])
                    if events:
                        model.fold(connection, self._tables[model.name], events)
                        reached[model.name] = events[-1].position
        except CorruptEvent:
            return None
        except Exception as error:  # noqa: BLE001  (whatever a fold raises must not stop the other views)
            _raise_if_not_the_models_fault(error)
            return None
        return reached

    def _fold_page(
        self, connection: Connection, model: ReadModel, pages: _Pages, before: int
    ) -> tuple[int, _Failure | None]:
        try:
            events = pages.after(before)
        except CorruptEvent as error:
            return before, _Failure(error.position, str(error))
        if not events:
            return before, None
        return _fold(connection, model, self._tables[model.name], before, events)

    def _switch(self, each: _Building, position: int) -> str | None:
        """Fold what came in meanwhile and give the new tables the live names, in one transaction."""
        with writing(self._engine) as connection:
            live = connection.execute(_slot_rows(_LIVE, each.model).with_for_update()).one()
            try:
                while events := self._log.read(position, REBUILD_PAGE):
                    reason = each.fold(connection, events)
                    if reason:
                        return reason
                    position = events[-1].position
            except CorruptEvent as error:
                return str(error)
            if not each.is_current(connection):
                return "superseded by another rebuild"
            for name in json.loads(live.table_names):
                connection.exec_driver_sql(f"DROP TABLE {_quoted(connection, name)}")
            for plain, table in each.tables.items():
                old, new = table.name, self._tables[each.model.name][plain].name
                connection.exec_driver_sql(
                    f"ALTER TABLE {_quoted(connection, old)} RENAME TO {_quoted(connection, new)}"
                )
            connection.execute(sa.delete(_POSITIONS).where(*_slot(each.model, _REBUILD)))
            connection.execute(
                sa.update(_POSITIONS)
                .where(*_slot(each.model, _LIVE))
                .values(position=position, stuck_at=None, error=None)
            )
        return None

    def _give_up(self, building: dict[str, _Building], reasons: Mapping[str, str], failed: dict[str, str]) -> None:
        for name, reason in reasons.items():
            each = building.pop(name)
            failed[name] = reason
            with writing(self._engine) as connection:
                if each.is_current(connection):
                    _drop(connection, each.model, _REBUILD)


@dataclass(frozen=True, slots=True)
class _Failure:
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Building:
    """One view under construction; ``token`` tells this rebuild from another one of the same view."""

    model: ReadModel
    tables: Mapping[str, sa.Table]
    token: str

    def fold(self, connection: Connection, events: Sequence[Recorded]) -> str | None:
        """Apply a page; the reason if that cannot be done."""
        if not events:
            return None
        if not self.is_current(connection):
            return "superseded by another rebuild"
        _position, failure = _fold(connection, self.model, self.tables, 0, events)
        return None if failure is None else f"event at position {failure.position}: {failure.reason}"

    def is_current(self, connection: Connection) -> bool:
        row = connection.execute(_slot_rows(_REBUILD, self.model).with_for_update()).one_or_none()
        return row is not None and row.token == self.token


class _Pages:
    """Pages of the log, read and decoded once for all views that stand at the same place."""

    def __init__(self, log: EventLog, size: int) -> None:
        self._log = log
        self._size = size
        self._last: tuple[int, list[Recorded]] | None = None

    def after(self, position: int) -> list[Recorded]:
        if self._last is None or self._last[0] != position:
            self._last = (position, self._log.read(position, self._size))
        return self._last[1]


@contextmanager
def _fewer_collections() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _fold(
    connection: Connection, model: ReadModel, tables: Mapping[str, sa.Table], before: int, events: Sequence[Recorded]
) -> tuple[int, _Failure | None]:
    """Apply a page, or as much of it as can be; the position reached and what stopped it."""
    try:
        with connection.begin_nested():
            model.fold(connection, tables, events)
        return events[-1].position, None
    except Exception as error:  # noqa: BLE001  (whatever a fold raises must not stop the other views)
        _raise_if_not_the_models_fault(error)
    # One by one, to keep what comes before the failing event and to name it.
    reached = before
    for event in events:
        try:
            with connection.begin_nested():
                model.fold(connection, tables, [event])
        except Exception as error:  # noqa: BLE001  (as above)
            _raise_if_not_the_models_fault(error)
            return reached, _Failure(event.position, f"{type(error).__name__}: {error} ({event.event.TOPIC})"[:2000])
        reached = event.position
    return reached, None


def _raise_if_not_the_models_fault(error: Exception) -> None:
    """A database that is away, busy or full says nothing about the event: the caller tries again later."""
    if not isinstance(error, sa.exc.DBAPIError):
        return
    wrong_statement = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    if error.connection_invalidated or (isinstance(error, sa.exc.OperationalError) and not wrong_statement):
        raise error


_live_tables: dict[tuple[type[ReadModel], str, int], Mapping[str, sa.Table]] = {}


def _declared_live(model: ReadModel) -> Mapping[str, sa.Table]:
    """The declaration that all read models of a process share: it takes longer than to open a database."""
    kind = (type(model), model.name, model.version)
    return _live_tables.get(kind) or _live_tables.setdefault(kind, _declared(model, _LIVE))


def _declared(model: ReadModel, slot: str) -> Mapping[str, sa.Table]:
    suffix = f"__v{model.version}" + ("" if slot == _LIVE else "__rebuild")
    tables = model.tables(sa.MetaData(), lambda plain: f"{plain}{suffix}")
    # Index names are one name space for a whole database, and stay behind when a table is renamed.
    token = secrets.token_hex(6)
    number = 0
    for plain in sorted(tables):
        for index in sorted(tables[plain].indexes, key=lambda index: [column.name for column in index.columns]):
            number += 1
            index.name = sa.quoted_name(f"ix_{token}_{number}", quote=None)
    return tables


def _create(connection: Connection, model: ReadModel, slot: str, tables: Mapping[str, sa.Table], *, token: str) -> None:
    for table in tables.values():
        table.create(connection)
    names = json.dumps(sorted(table.name for table in tables.values()))
    row = {"view": model.name, "version": model.version, "slot": slot, "position": 0}
    connection.execute(sa.insert(_POSITIONS).values(**row, token=token, table_names=names))


def _drop(connection: Connection, model: ReadModel, slot: str) -> None:
    row = connection.execute(_slot_rows(slot, model).with_for_update()).one_or_none()
    if row is not None:
        _drop_row(connection, row)


def _drop_row(connection: Connection, row: Any) -> list[str]:
    names: list[str] = json.loads(row.table_names)
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_quoted(connection, name)}")
    here = (_POSITIONS.c.view == row.view, _POSITIONS.c.version == row.version, _POSITIONS.c.slot == row.slot)
    connection.execute(sa.delete(_POSITIONS).where(*here))
    return names


def _slot(model: ReadModel, slot: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_POSITIONS.c.view == model.name, _POSITIONS.c.version == model.version, _POSITIONS.c.slot == slot)


def _slot_rows(slot: str, model: ReadModel | None = None) -> sa.Select[Any]:
    return sa.select(_POSITIONS).where(*([_POSITIONS.c.slot == slot] if model is None else _slot(model, slot)))


def _names_of(models: Sequence[ReadModel]) -> tuple[tuple[str, int], ...]:
    return tuple((model.name, model.version) for model in models)


def _live_slots(names: tuple[tuple[str, int], ...]) -> sa.ColumnElement[bool]:
    mine = sa.tuple_(_POSITIONS.c.view, _POSITIONS.c.version).in_(names)
    return sa.and_(_POSITIONS.c.slot == _LIVE, mine)


_LIVE_ROWS = _slot_rows(_LIVE)

# These two run after every step; to write such a statement takes as long as to run it, so each is written once.


@lru_cache(maxsize=64)
def _locked_rows(names: tuple[tuple[str, int], ...]) -> sa.Select[Any]:
    """The rows of these views, locked in the order in which everybody locks them: nobody waits in a circle."""
    return sa.select(_POSITIONS).where(_live_slots(names)).order_by(*_POSITIONS.primary_key).with_for_update()


@lru_cache(maxsize=64)
def _moved(names: tuple[tuple[str, int], ...]) -> sa.Update:
    """Moves these views on to ``reached``."""
    return sa.update(_POSITIONS).where(_live_slots(names)).values(position=sa.bindparam("reached"))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
