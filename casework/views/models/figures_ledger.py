"""The sums of the figures in memory: for a page of events on its way into the tables, or for a log as known at T.

``Extract`` is what a report reads for one period; ``Ledger.extract`` and the tables' query give the same one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.views.models import figures_facts as facts_of
from casework.views.models.figures_facts import Calendar, CaseFacts, Count, OpenAppeal, as_microseconds, as_moment

BALANCES: tuple[str, ...] = tuple(
    f"appeals.{kind}.{step}"
    for kind in (facts_of.CONTEST, facts_of.CHALLENGE)
    for step in ("received", "decided", "omitted")
)
"""Counters that are also needed before and after the period, for what is open at its start and end."""


@dataclass(frozen=True, slots=True)
class Extract:
    """All that the figures of one period ``[start, end)`` are made of.

    ``counts``: by counter and cell, what falls into the period; ``days``: on how many days each cell was touched.
    ``before`` and ``after`` are sums of the ``BALANCES`` outside of it. ``values`` are ascending, in microseconds.
    ``open`` are the appeals open as of the extract; ``position`` and ``last_recorded`` say what it was made from.
    """

    start: date
    end: date
    position: int
    last_recorded: datetime | None
    counts: Mapping[str, Mapping[str, int]]
    days: Mapping[str, Mapping[str, int]]
    before: Mapping[str, int]
    after: Mapping[str, int]
    values: Mapping[str, Sequence[int]]
    open: tuple[OpenAppeal, ...]


@dataclass
class Ledger:
    """Adds events up. ``cases`` and ``reversed_contents`` must hold what earlier events left behind.

    ``added`` and ``removed`` are values by (day, list); ``opened`` maps (case, appeal) to the open appeal or to
    ``None`` when it has ended; ``touched`` are the cases whose facts have changed.
    """

    calendar: Calendar
    standards: Standards
    cases: dict[UUID, CaseFacts] = field(default_factory=dict)
    reversed_contents: set[str] = field(default_factory=set)
    counts: defaultdict[Count, int] = field(default_factory=lambda: defaultdict(int))
    added: defaultdict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    removed: defaultdict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    opened: dict[tuple[UUID, int], OpenAppeal | None] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)
    new_reversals: set[str] = field(default_factory=set)
    position: int = 0
    last_recorded: int = 0

    def record(self, recorded: Recorded) -> None:
        """Add one event, in the order of the log. ``KeyError`` for a step of a case that is not in ``cases``."""
        event = recorded.event
        self.position = recorded.position
        self.last_recorded = max(self.last_recorded, as_microseconds(recorded.recorded))
        if isinstance(event, FilteringDecisionRecorded):
            self._begin(recorded.stream, event)
        elif isinstance(event, facts_of.CHANGING):
            self._change(recorded)

    def _begin(self, stream: UUID, event: FilteringDecisionRecorded) -> None:
        facts = facts_of.begin(event, self.calendar)
        self.cases[stream] = facts
        self.touched.add(stream)
        counts = self.counts
        for count in facts_of.fixed(event, facts):
            counts[count] += 1
        if facts.content is not None and facts.content in self.reversed_contents:
            counts[facts.day, "filtering.repeat_block", ""] += 1
        self._contribute(facts, 1)

    def _change(self, recorded: Recorded) -> None:
        facts = self.cases[recorded.stream]
        self.touched.add(recorded.stream)
        self._contribute(facts, -1)
        before = facts_of.open_appeals(facts)
        facts_of.evolve(facts, recorded.event, recorded.occurred, self.standards)
        self._contribute(facts, 1)
        for count in facts_of.flow(facts, recorded.event, self.calendar.day(recorded.occurred)):
            self.counts[count] += 1
        after = facts_of.open_appeals(facts)
        for number in before.keys() | after.keys():
            if before.get(number) != after.get(number):
                self.opened[recorded.stream, number] = after.get(number)
        if facts.content is not None and facts_of.reversal(facts) is not None:
            if facts.content not in self.reversed_contents:
                self.new_reversals.add(facts.content)
            self.reversed_contents.add(facts.content)

    def _contribute(self, facts: CaseFacts, sign: int) -> None:
        for count in facts_of.counts(facts, self.calendar):
            self.counts[count] += sign
        for day, name, value in facts_of.measures(facts, self.calendar):
            if sign > 0:
                self.added[day, name].append(value)
            else:
                self.removed[day, name].append(value)

    def extract(self, start: date, end: date) -> Extract:
        """The figures' raw material for a period, when this ledger has seen the whole log."""
        first, last = start.toordinal(), end.toordinal()
        counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        days: defaultdict[str, dict[str, int]] = defaultdict(dict)
        before: defaultdict[str, int] = defaultdict(int)
        after: defaultdict[str, int] = defaultdict(int)
        for (day, name, cell), amount in self.counts.items():
            if not amount:
                continue
            if first <= day < last:
                counts[name][cell] = counts[name].get(cell, 0) + amount
                days[name][cell] = days[name].get(cell, 0) + 1
            elif name in BALANCES:
                (before if day < first else after)[name] += amount
        values: defaultdict[str, list[int]] = defaultdict(list)
        for (day, name), added in self.added.items():
            if first <= day < last:
                values[name] += merged([], added, self.removed.get((day, name), []))
        return Extract(
            start=start,
            end=end,
            position=self.position,
            last_recorded=as_moment(self.last_recorded) if self.position else None,
            counts=counts,
            days=days,
            before=before,
            after=after,
            values={name: sorted(each) for name, each in values.items()},
            open=tuple(appeal for appeal in self.opened.values() if appeal is not None),
        )


def merged(present: Iterable[int], added: Iterable[int], removed: Iterable[int]) -> list[int]:
    """The ascending list after adding and removing values; ``ValueError`` when one to be removed is not there."""
    result = sorted((*present, *added))
    for value in removed:
        place = bisect_left(result, value)
        if place == len(result) or result[place] != value:
            raise ValueError("a value that was never added cannot be removed")
        del result[place]
    return result
