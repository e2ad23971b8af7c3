"""The sums of the figures in memory: for a page of events on its way into the tables, or for a log as known at T.

``Extract`` is what a report reads for one period; ``Ledger.extract`` and the tables' query give the same one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.facts import Event
from casework.eventlog.codec import Recorded
from casework.views.models.figures_counts import BESIDE, CHANGING, beside_cases, contribution, restricted_content
from casework.views.models.figures_facts import (
    KINDS,
    OPEN,
    WAITED,
    Calendar,
    Contribution,
    Count,
    as_microseconds,
    as_moment,
    list_of,
)
from casework.views.models.figures_path import Grounds

CASE_TOPICS = "case."
_COUNTING: tuple[type[Event], ...] = (FilteringDecisionRecorded, *CHANGING)
BALANCES: tuple[str, ...] = (
    *(f"{kind}.{step}" for kind in KINDS for step in ("received", "ended")),
    "filter_requests.accepted",
    "filter_requests.deactivated",
)
"""Counters that are also needed before and after the period, for what is open or active at its start and end."""


class Histories(Protocol):
    """Loads what several cases have been through: ``EventLog.load_many``."""

    def __call__(self, streams: Sequence[UUID], *, until: int | None = None) -> Mapping[UUID, Sequence[Recorded]]:
        """The events of each stream, in order, up to a position of the log (inclusive)."""
        ...


DAILY: tuple[str, ...] = ("decisions.by_rule",)
"""Counters that figures also need day by day."""

STANDING: tuple[str, ...] = ("fees.schedule",)
"""Counters of what stands from its day on: figures need those of all days before the end of the period."""


DUE: Mapping[str, str] = {list_of(kind, "open_due"): kind for kind in WAITED}
"""Lists that figures need of all days, with their kinds: when open items are due."""


@dataclass(frozen=True, slots=True)
class Extract:
    """All that the figures of one period ``[start, end)`` are made of.

    ``counts``: by counter and cell, what falls into the period; ``days``: on how many days each cell was touched.
    ``daily``: the same of the counters in ``DAILY`` by day and cell; ``standing``: the counters in ``STANDING`` by day
    and cell, of all days before the end.
    ``before`` and ``after`` are sums of the ``BALANCES`` outside of it. ``values`` are ascending, in microseconds.
    ``open`` says how many items of a kind are open as of the extract, ``due`` when those that have a deadline are due,
    ascending; both whenever they began. ``position`` and ``last_recorded`` say what the extract was made of.
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
    open: Mapping[str, int]
    due: Mapping[str, Sequence[int]]
    daily: Mapping[str, Mapping[int, Mapping[str, int]]] = field(default_factory=dict)
    standing: Mapping[str, Mapping[int, Mapping[str, int]]] = field(default_factory=dict)


@dataclass
class Ledger:
    """Adds pages of events up. ``reversed_contents`` must hold what earlier pages left behind.

    ``added`` and ``removed`` are values by (day, list); ``new_reversals`` are the contents whose restriction fell in
    these pages.
    """

    calendar: Calendar
    grounds: Grounds
    reversed_contents: set[str] = field(default_factory=set)
    counts: defaultdict[Count, int] = field(default_factory=lambda: defaultdict(int))
    added: defaultdict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    removed: defaultdict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    new_reversals: set[str] = field(default_factory=set)
    position: int = 0
    last_recorded: int = 0

    def fold(self, page: Sequence[Recorded], histories: Histories) -> None:
        """Add a page, in the order of the log: each case that it changes is gone through once before and once after.

        ``KeyError`` for a case under an unknown standard, ``ValueError`` for one that does not begin with a decision.
        """
        streams: dict[UUID, list[Recorded]] = {}
        changed: set[UUID] = set()
        for recorded in page:
            self.position = recorded.position
            self.last_recorded = max(self.last_recorded, as_microseconds(recorded.recorded))
            event = recorded.event
            if isinstance(event, BESIDE):
                for count, amount in beside_cases(recorded, self.calendar):
                    self.counts[count] += amount
            elif event.TOPIC.startswith(CASE_TOPICS):
                streams.setdefault(recorded.stream, []).append(recorded)
                if isinstance(event, _COUNTING):
                    changed.add(recorded.stream)
        gone_on = [stream for stream in streams if stream in changed and streams[stream][0].version > 1]
        loaded = histories(gone_on, until=page[-1].position) if gone_on else {}
        fallen: dict[str, int] = {}
        for stream, new in streams.items():
            if stream in changed:
                self._change(stream, new, loaded.get(stream), fallen)
        self._find_repeats(streams, fallen)

    def _change(
        self, stream: UUID, new: list[Recorded], history: Sequence[Recorded] | None, fallen: dict[str, int]
    ) -> None:
        before: Contribution | None = None
        if history is None:
            if not isinstance(new[0].event, FilteringDecisionRecorded):
                raise ValueError(f"a case cannot begin with {new[0].event.TOPIC}")
            history = new
        else:
            before = contribution(history[: new[0].version - 1], self.calendar, self.grounds)
            self._contribute(before, -1)
        after = contribution(history, self.calendar, self.grounds)
        self._contribute(after, 1)
        fell_before = before is not None and before.reversed_at is not None
        if after.content is not None and after.reversed_at is not None and not fell_before:
            fallen[after.content] = min(after.reversed_at, fallen.get(after.content, after.reversed_at))

    def _find_repeats(self, streams: Mapping[UUID, Sequence[Recorded]], fallen: Mapping[str, int]) -> None:
        """Restrictions of contents whose restriction fell earlier in the log, in this page or before it."""
        for events in streams.values():
            event = events[0].event
            if not isinstance(event, FilteringDecisionRecorded):
                continue
            content = restricted_content(event)
            if content is None:
                continue
            fell = fallen.get(content)
            if content in self.reversed_contents or (fell is not None and fell < events[0].position):
                self.counts[self.calendar.day(event.decided_at), "filtering.repeat_block", ""] += 1
        self.new_reversals |= fallen.keys() - self.reversed_contents
        self.reversed_contents |= fallen.keys()

    def _contribute(self, made: Contribution, sign: int) -> None:
        for count, amount in made.counts.items():
            self.counts[count] += sign * amount
        for day, name, value in made.measures:
            (self.added if sign > 0 else self.removed)[day, name].append(value)

    def extract(self, start: date, end: date) -> Extract:
        """The figures' raw material for a period, when this ledger has seen the whole log."""
        first, last = start.toordinal(), end.toordinal()
        counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        days: defaultdict[str, dict[str, int]] = defaultdict(dict)
        daily: defaultdict[str, dict[int, dict[str, int]]] = defaultdict(dict)
        standing: defaultdict[str, dict[int, dict[str, int]]] = defaultdict(dict)
        before: defaultdict[str, int] = defaultdict(int)
        after: defaultdict[str, int] = defaultdict(int)
        opened: defaultdict[str, int] = defaultdict(int)
        for (day, name, cell), amount in self.counts.items():
            if not amount:
                continue
            if name == OPEN:
                opened[cell] += amount
            if name in STANDING and day < last:
                standing[name].setdefault(day, {})[cell] = amount
            if first <= day < last:
                counts[name][cell] = counts[name].get(cell, 0) + amount
                days[name][cell] = days[name].get(cell, 0) + 1
                if name in DAILY:
                    daily[name].setdefault(day, {})[cell] = amount
            elif name in BALANCES:
                (before if day < first else after)[name] += amount
        return Extract(
            start=start,
            end=end,
            position=self.position,
            last_recorded=as_moment(self.last_recorded) if self.position else None,
            counts=counts,
            days=days,
            before=before,
            after=after,
            values=self._values(lambda day, name: first <= day < last),
            open={kind: number for kind, number in opened.items() if number},
            due={DUE[name]: each for name, each in self._values(lambda day, name: name in DUE).items()},
            daily=daily,
            standing=standing,
        )

    def _values(self, wanted: Callable[[int, str], bool]) -> dict[str, Sequence[int]]:
        """The lists of some days, each in one ascending list."""
        values: defaultdict[str, list[int]] = defaultdict(list)
        for key, added in self.added.items():
            if wanted(*key):
                values[key[1]] += merged([], added, self.removed.get(key, []))
        return {name: sorted(each) for name, each in values.items() if each}


def merged(present: Iterable[int], added: Iterable[int], removed: Iterable[int]) -> list[int]:
    """The ascending list after adding and removing values; ``ValueError`` when one to be removed is not there."""
    result = sorted((*present, *added))
    for value in removed:
        place = bisect_left(result, value)
        if place == len(result) or result[place] != value:
            raise ValueError("a value that was never added cannot be removed")
        del result[place]
    return result
