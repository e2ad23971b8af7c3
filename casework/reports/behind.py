"""The cases behind a number of a report: each case alone is put through the same figure, and those that count stay.

The projection keeps sums only, so this looks through the cases again, in the order in which they were opened, and says
how far it came: a call ends after some time or when it has found enough, and the next one goes on from there. What a
case adds is computed by the registry itself, so the list cannot disagree with the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.reports.figures.registry import REGISTRY, measured
from casework.reports.figures.values import Figure, Inputs, Unit, Value
from casework.views.models.cases import CasesModel
from casework.views.models.catch_up import Views
from casework.views.models.figures_counts import BESIDE
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import Ledger
from casework.views.models.figures_path import Grounds

MOST_FOUND = 50
MOST_SECONDS = 1.5
_CHUNK = 100
_OF_DECISIONS = ("decisions.", "filtering.")
_COLUMNS = {"outcome": "outcome", "rule": "rule", "medium": "medium", "standard": "standard"}
"""Dimensions by which the list of cases itself can tell which ones come into question."""

_ACROSS = ("filtering.repeat_block_after_reversal",)
"""Figures that a case alone does not decide."""


class NotOfCases(Exception):
    """The figure counts something else than cases, such as ledgers of sanctions, or needs several cases at once."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Cases found by one call. ``looked`` of ``whole`` cases have been looked at by now; ``after``: where to go on."""

    figure: Figure
    cell: str | None
    cases: tuple[UUID, ...]
    looked: int
    whole: int
    after: int | None


def figure_of(key: str) -> tuple[Figure, str | None]:
    """The figure and the cell that a key of the report names. Raises ``KeyError``."""
    for figure in REGISTRY:
        if figure.dimension is None:
            if figure.id == key:
                return figure, None
            continue
        head, _, tail = figure.id.partition(f"{{{figure.dimension}}}")
        cell = key.removeprefix(head).removesuffix(tail) if tail else key.removeprefix(head)
        if key == f"{head}{cell}{tail}" and (cell in figure.cells or not figure.cells) and cell:
            return figure, cell
    raise KeyError(key)


def cases_behind(
    log: EventLog,
    views: Views,
    standards: Standards,
    law: Law,
    key: str,
    *,
    start: date,
    end: date,
    as_of: datetime,
    zone: ZoneInfo,
    after: int = 0,
    most: int = MOST_FOUND,
    seconds: float = MOST_SECONDS,
) -> Behind:
    """Cases that count in the figure or cell ``key`` of the period ``[start, end)``, as known at ``as_of``.

    Looks on after place ``after`` of the log until ``most`` are found or ``seconds`` have gone; at least one chunk of
    cases is looked at. Raises ``KeyError`` for an unknown key and ``NotOfCases``.
    """
    figure, cell = figure_of(key)
    if figure.id in _ACROSS or all(event in BESIDE for event in figure.reads):
        raise NotOfCases(key)
    table = views.tables(CasesModel.name)["cases"]
    wanted = _coming_into_question(table, figure, cell, start, end)
    calendar, grounds = Calendar(zone), Grounds(standards, law)
    until = monotonic() + seconds
    found: list[UUID] = []
    place: int | None = after
    for chunk in _chunks(views, table, wanted, after):
        histories = log.load_many([case for case, _ in chunk])
        for case, opened in chunk:
            place = opened
            history = list(takewhile(lambda one: one.recorded <= as_of, histories.get(case, ())))
            if history and _counts(history, figure, cell, calendar, grounds, (start, end), as_of, zone):
                found.append(case)
            if len(found) == most:
                break
        if len(found) == most or monotonic() >= until:
            break
    else:
        place = None
    looked, whole = _progress(views, table, wanted, place)
    return Behind(figure, cell, tuple(found), looked, whole, place if looked < whole else None)


def _coming_into_question(
    table: sa.Table, figure: Figure, cell: str | None, start: date, end: date
) -> list[sa.ColumnElement[bool]]:
    """What the list of cases knows of them; days of margin stand for time zones."""
    wanted: list[sa.ColumnElement[bool]] = []
    if FilteringDecisionRecorded not in figure.reads:
        # Of most cases there is the decision and nothing else, and nothing of it counts here.
        wanted.append(table.c.changed > table.c.opened)
    if figure.id.startswith(_OF_DECISIONS) and figure.id != "filtering.not_automated":
        first = datetime.combine(start - timedelta(days=2), time(), UTC)
        last = datetime.combine(end + timedelta(days=2), time(), UTC)
        wanted += [table.c.decided_at >= first, table.c.decided_at < last]
        column = _COLUMNS.get(figure.dimension or "")
        if column is not None and cell is not None:
            wanted.append(table.c[column] == cell)
    return wanted


def _chunks(
    views: Views, table: sa.Table, wanted: Sequence[sa.ColumnElement[bool]], after: int
) -> Iterator[list[tuple[UUID, int]]]:
    while True:
        query = sa.select(table.c.case_id, table.c.opened).where(*wanted, table.c.opened > after)
        with views.engine.connect() as connection:
            rows = connection.execute(query.order_by(table.c.opened).limit(_CHUNK)).all()
        if not rows:
            return
        yield [(row.case_id, row.opened) for row in rows]
        after = rows[-1].opened


def _progress(
    views: Views, table: sa.Table, wanted: Sequence[sa.ColumnElement[bool]], place: int | None
) -> tuple[int, int]:
    query = sa.select(sa.func.count(), sa.func.count().filter(table.c.opened <= (place or 0)))
    with views.engine.connect() as connection:
        whole, looked = connection.execute(query.select_from(table).where(*wanted)).one()
    return (whole if place is None else looked), whole


class AsNeeded(Mapping[str, Value]):
    """The figures of one case, each computed when another one asks for it."""

    def __init__(self) -> None:
        self.inputs: Inputs | None = None

    def __getitem__(self, key: str) -> Value:
        figure, cell = figure_of(key)
        assert self.inputs is not None  # noqa: S101 - set right after it is made
        return measured(figure, self.inputs)[cell]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _counts(
    history: Sequence[Recorded],
    figure: Figure,
    cell: str | None,
    calendar: Calendar,
    grounds: Grounds,
    period: tuple[date, date],
    as_of: datetime,
    zone: ZoneInfo,
) -> bool:
    ledger = Ledger(calendar, grounds)
    ledger.fold(history, lambda streams, *, until=None: {})
    values = AsNeeded()
    values.inputs = Inputs(ledger.extract(*period), as_of, zone, values)
    value = measured(figure, values.inputs).get(cell)
    if value is None:
        return False
    return bool(value.number) if figure.unit is Unit.COUNT else bool(value.denominator)
