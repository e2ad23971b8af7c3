"""What a correction changes: every figure that differs from the earlier report, and the events that moved it.

An event moves a figure when the registry gives another value for its case with the event than without it, as for the
cases behind a number. Only events that were recorded between the two moments are looked at; where none of them moves a
figure that differs, time alone did, as with what is open and overdue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.eventlog.store import EventLog
from casework.law import Law
from casework.reports.behind import AsNeeded, figure_of
from casework.reports.figures.registry import measured
from casework.reports.figures.values import Figure, Inputs
from casework.views.models import log_tree
from casework.views.models.catch_up import Views
from casework.views.models.figures_counts import BESIDE, CHANGING
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import CASE_TOPICS, Extract, Ledger
from casework.views.models.figures_path import Grounds

_PAGE = 2000
_CHUNK = 500
_COMPARED = ("value", "numerator", "denominator", "interval", "masked")
_STANDING = frozenset({"before", "after", "open", "due", "days", "standing"})
"""What of an extract says how things stand, whenever they came: events outside the period move it too."""

_ACROSS = "filtering.repeat_block_after_reversal"
"""Decided by several cases together: every restriction that was recorded meanwhile comes into question."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs, with its entries in the two reports; ``None`` where one does not have it.

    ``by_rules``: the reports were made by other versions of the registry or of masking, and this is why it differs.
    """

    key: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    by_rules: bool = False


class Cause(NamedTuple):
    """An event that moved figures: its position in the log, its topic and when it was recorded."""

    position: int
    topic: str
    at: datetime


class Between(NamedTuple):
    """The span of two reports of one period: positions of the log and moments."""

    start: date
    end: date
    after: int
    until: int
    as_of: datetime


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The figures that differ between the data of two reports, in the order of the new one."""
    before, after = dict(_entries(old["figures"])), dict(_entries(new["figures"]))
    keys = [*after, *(key for key in before if key not in after)]
    other = {name for name in ("registry", "masking") if _version(old, name) != _version(new, name)}
    return [
        Change(key, before.get(key), after.get(key), _by_rules(before.get(key), after.get(key), other))
        for key in keys
        if _told(before.get(key)) != _told(after.get(key))
    ]


def _version(report: Mapping[str, Any], name: str) -> int:
    """The first reports did not say by which version they were made: it was 1."""
    return int(report["report"].get(name, 1))


def _by_rules(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, other: set[str]) -> bool:
    """Whether a figure is there, or is masked, in one report alone because their rules differ."""
    if old is None or new is None:
        return "registry" in other
    return "masking" in other and bool(old.get("masked")) != bool(new.get("masked"))


def _entries(nested: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, one in nested.items():
        here = (*path, name)
        if "unit" in one and "version" in one and not isinstance(one["unit"], Mapping):
            yield ".".join(here), one
        else:
            yield from _entries(one, here)


def _told(entry: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if entry is None else {name: entry[name] for name in _COMPARED if name in entry}


def causes_of(
    changes: Sequence[Change],
    log: EventLog,
    standards: Standards,
    law: Law,
    zone: ZoneInfo,
    between: Between,
    told: Callable[[int, int], None] | None = None,
) -> Mapping[str, list[Cause]]:
    """By key of a figure, the events that moved it, in the order of the log.

    ``told`` hears how many positions of how many have been looked at.
    """
    movers = _Movers(changes, Grounds(standards, law), zone, between)
    found: dict[str, list[Cause]] = {change.key: [] for change in changes}
    for page in _pages(log, between):
        streams = {one.stream for one in page if one.event.TOPIC.startswith(CASE_TOPICS)}
        histories = log.load_many(sorted(streams), until=page[-1].position)
        for recorded in page:
            for key in movers.moved_by(recorded, histories.get(recorded.stream, ())):
                found[key].append(Cause(recorded.position, recorded.event.TOPIC, recorded.recorded))
        if told is not None:
            told(page[-1].position - between.after, between.until - between.after)
    return found


def _pages(log: EventLog, between: Between) -> Iterator[list[Recorded]]:
    """What the later report knows and the earlier did not, as ``extract_as_known`` cuts it."""
    position, cut = between.after, set[UUID]()
    while page := log.read(position, _PAGE):
        position = page[-1].position
        known = []
        for one in page:
            if one.position > between.until:
                break
            if one.recorded > between.as_of or one.stream in cut:
                cut.add(one.stream)
            elif isinstance(one.event, (FilteringDecisionRecorded, *CHANGING, *BESIDE)):
                known.append(one)
        if known:
            yield known
        if position >= between.until:
            return


class _Wanted(NamedTuple):
    """A figure that differs, with the keys of its cells that do."""

    figure: Figure
    cells: list[tuple[str, str | None]]


class _Movers:
    """Holds each event against the figures that differ."""

    def __init__(self, changes: Sequence[Change], grounds: Grounds, zone: ZoneInfo, between: Between) -> None:
        self._calendar, self._grounds, self._zone, self._between = Calendar(zone), grounds, zone, between
        by_figure: dict[str, _Wanted] = {}
        for change in changes:
            try:
                figure, cell = figure_of(change.key)
            except KeyError:
                continue  # an earlier build's figure, which this one cannot compute
            by_figure.setdefault(figure.id, _Wanted(figure, [])).cells.append((change.key, cell))
        self._wanted = list(by_figure.values())
        self._standing = [one for one in self._wanted if self._reads(one.figure) & _STANDING]

    def moved_by(self, recorded: Recorded, history: Sequence[Recorded]) -> list[str]:
        """The keys that an event moves."""
        place = recorded.version
        if isinstance(recorded.event, BESIDE):
            before, after = self._extract(()), self._extract([recorded])
        else:
            before, after = self._extract(history[: place - 1]), self._extract(history[:place])
        if before.counts == after.counts and before.values == after.values:
            if all(
                getattr(before, name) == getattr(after, name) for name in ("before", "after", "open", "due", "standing")
            ):
                return []
            wanted = self._standing
        else:
            wanted = self._wanted
        across = [_ACROSS] if isinstance(recorded.event, FilteringDecisionRecorded) else []
        old, new, found = self._inputs(before), self._inputs(after), list[str]()
        for figure, cells in wanted:
            were, are = measured(figure, old), measured(figure, new)
            by_all = figure.id in across and bool(after.counts)
            found += [key for key, cell in cells if by_all or were.get(cell) != are.get(cell)]
        return found

    def _extract(self, history: Sequence[Recorded]) -> Extract:
        ledger = Ledger(self._calendar, self._grounds)
        if history:
            ledger.fold(history, lambda streams, *, until=None: {})
        return ledger.extract(self._between.start, self._between.end)

    def _inputs(self, extract: Extract) -> Inputs:
        """What every figure is computed from; figures that others need are computed when they are asked for."""
        values = AsNeeded()
        values.inputs = Inputs(extract, self._between.as_of, self._zone, values)
        return values.inputs

    def _reads(self, figure: Figure) -> set[str]:
        """The parts of an extract that a figure looks at."""
        watched = _Watched(self._extract(()))
        measured(figure, self._inputs(watched))  # type: ignore[arg-type]
        return watched.read


class _Watched:
    """An extract that notes which of its parts are read."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self._extract, name)


def leaves_of(views: Views, positions: Sequence[int]) -> Mapping[int, int]:
    """The leaf of each of these positions of the log; those that nobody may know of yet are missing (E1)."""
    views.catch_up([log_tree.NAME], until=max(positions, default=0))
    tables = views.tables(log_tree.NAME)
    facts, sealed = tables["facts"], tables["sealed"]
    found: dict[int, int] = {}
    with views.engine.connect() as connection:
        for start in range(0, len(positions), _CHUNK):
            wanted = sa.select(facts.c.position, facts.c.n).where(
                facts.c.position.in_(positions[start : start + _CHUNK]),
                facts.c.n.not_in(sa.select(sealed.c.n)),
            )
            found |= {row.position: row.n for row in connection.execute(wanted)}
    return found


def document(
    changes: Sequence[Change], causes: Mapping[str, Sequence[Cause]], leaves: Mapping[int, int]
) -> dict[str, Any]:
    """The list of changes as it is published: figures with their two entries, events by the leaves of the log."""
    named = {
        str(leaves[one.position]): {"topic": one.topic, "at": one.at.isoformat().replace("+00:00", "Z")}
        for found in causes.values()
        for one in found
        if one.position in leaves
    }
    return {
        "format": 1,
        "figures": [
            {
                "key": change.key,
                "old": _told(change.old),
                "new": _told(change.new),
                "events": [leaves[one.position] for one in causes[change.key] if one.position in leaves],
                "by_time_alone": not causes[change.key] and not change.by_rules,
                "by_rules": change.by_rules,
            }
            for change in changes
        ],
        "events": dict(sorted(named.items(), key=lambda pair: int(pair[0]))),
    }
