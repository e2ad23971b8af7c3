"""What the figures of one period are counted from, and the sheet on which they are put down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from casework_verify import statistics
from casework_verify.course import PUBLIC, Course, Item, Shape
from casework_verify.figures.registry import BY_ID, SHARE_RULES, Path
from casework_verify.known import Known, Resting
from casework_verify.moments import Period
from casework_verify.statistics import Interval


class Entry(NamedTuple):
    """One number of the report. Counts are whole numbers; everything else is written with six places.

    ``numbers`` is the denominator of a share, or how many observations lie behind a number; ``None``: not told.
    """

    figure: str
    value: int | str | None
    numerator: int | None = None
    numbers: int | None = None
    interval: Interval | None = None
    masked: bool = False


class Fate(NamedTuple):
    """What has become of a decision. ``cause``: why its restriction fell, if it did."""

    restricted: bool
    cause: str | None
    contested: bool
    challenged: bool
    public: bool
    challengeable: bool
    ruled: bool


class Counting:
    """Everything known, seen from one period as of one moment (microseconds since 1970)."""

    def __init__(self, known: Known, period: Period, as_of: int) -> None:
        self.known, self.period, self.as_of = known, period, as_of
        self.decisions: Counter[tuple[Shape, Fate]] = Counter()
        self.rule_days: Counter[tuple[str, date]] = Counter()
        self.wrongly_blocked: list[int] = []
        self.tallies = [tally for tally in known.tallies if period.start <= tally.day < period.end]
        self.repeats = 0
        self._decide()
        self.items: dict[str, list[Item]] = {}
        self._losses: dict[str, Counter[str]] = {}
        for course in known.courses:
            for item in course.items:
                self.items.setdefault(item.kind, []).append(item)
                if item.loss is not None and period.holds(item.loss[0]):
                    self._losses.setdefault(item.side, Counter())[item.loss[1]] += 1
        self.happened: dict[str, Counter[str]] = {}
        for moment, name, cell, amount in known.happenings:
            if amount and period.holds(moment):
                found = self.happened.get(name)
                if found is None:
                    found = self.happened[name] = Counter()
                found[cell] += amount

    def _decide(self) -> None:
        holds, day_of = self.period.holds, self.period.day_of
        # Equal shapes are one object, and an object is looked up more quickly than what is in it.
        resting: Counter[int] = Counter()
        shapes: dict[int, Shape] = {}
        fell = _contents_that_fell(self.known)
        for case in self.known.cases.values():
            if not holds(case.decided):
                continue
            shape = case.shape
            rule = shape.rule if shape.rule in SHARE_RULES else "other"
            self.rule_days[rule, day_of(case.decided)] += 1
            if isinstance(case, Resting):
                resting[id(shape)] += 1
                shapes[id(shape)] = shape
            else:
                self.decisions[shape, _fate(case)] += 1
                if case.reversal is not None and case.restricted_since is not None:
                    self.wrongly_blocked.append(max(0, case.reversal[1] - case.restricted_since))
            if case.content is not None and fell.get(case.content, case.n) < case.n:
                self.repeats += 1
        for identity, number in resting.items():
            shape = shapes[identity]
            self.decisions[shape, _resting_fate(shape)] += number
        self.wrongly_blocked.sort()

    @property
    def recorded(self) -> bool:
        """Whether anything is known of the period, or began before it."""
        known, holds = self.known, self.period.holds
        begun = any(self.period.last.follows(item.began) for items in self.items.values() for item in items)
        moments = (*(one[0] for one in known.rulings), *(one.moment for one in known.samples))
        found = bool(self.decisions) or bool(self.happened) or bool(self.tallies)
        found = found or any(self.period.start <= one.day < self.period.end for one in known.fees.schedules)
        moments = (*moments, *(moment for moment, _turn in known.filter_requests.turns))
        return begun or found or any(map(holds, moments))

    def of(self, kind: str) -> list[Item]:
        """All items of a kind."""
        return self.items.get(kind, [])

    def begun(self, kind: str) -> list[Item]:
        """Those that began in the period."""
        return [item for item in self.of(kind) if self.period.holds(item.began)]

    def ended(self, kind: str) -> list[Item]:
        """Those that ended in the period."""
        return [item for item in self.of(kind) if item.ended is not None and self.period.holds(item.ended)]

    def open_at_start(self, kind: str) -> int:
        """Begun before the period and not ended before it."""
        follows = self.period.first.follows
        return sum(follows(one.began) and (one.ended is None or not follows(one.ended)) for one in self.of(kind))

    def open_at_end(self, kind: str) -> int:
        """Begun before the end of the period and not ended before it."""
        follows = self.period.last.follows
        return sum(follows(one.began) and (one.ended is None or not follows(one.ended)) for one in self.of(kind))

    def losses(self, side: str) -> Counter[str]:
        """Uploads that rounds of a side took away in the period, by how."""
        return self._losses.get(side, Counter())

    def times(self, name: str) -> int:
        """How often something happened in the period."""
        return sum(self.happened.get(name, Counter()).values())


def _contents_that_fell(known: Known) -> Mapping[str, int]:
    """The place in the log at which the restriction of a content and work fell for the first time."""
    fell: dict[str, int] = {}
    for course in known.courses:
        if course.content is not None and course.fell_at is not None:
            fell[course.content] = min(course.fell_at, fell.get(course.content, course.fell_at))
    return fell


def _fate(course: Course) -> Fate:
    kinds = {item.kind for item in course.rounds}
    return Fate(
        course.restricted_since is not None,
        None if course.reversal is None else course.reversal[0],
        "contest" in kinds,
        "challenge" in kinds,
        course.public_since is not None,
        course.lawful,
        course.ruled or course.shape.ordered is not None,
    )


def _resting_fate(shape: Shape) -> Fate:
    public = shape.measure == PUBLIC
    challengeable = shape.own in ("presumed_lawful", "marked_lawful")
    return Fate(not public, None, False, False, public, challengeable, shape.ordered is not None)


class Sheet:
    """The figures of a period as they are put down, by where they stand in the report."""

    def __init__(self) -> None:
        self.entries: dict[Path, Entry] = {}

    def put(
        self, identifier: str, value: int | str | None, numbers: int | None = None, *, cell: str | None = None
    ) -> None:
        """One number."""
        self.entries[BY_ID[identifier].path(cell)] = Entry(identifier, value, None, numbers)

    def count(self, prefix: str, **counts: int) -> None:
        """Several counts that stand beside each other."""
        for name, number in counts.items():
            self.put(f"{prefix}.{name}", number)

    def cells(self, identifier: str, found: Iterable[str] | Mapping[str, int]) -> None:
        """A breakdown: the cells that are always there, and whatever else there is."""
        counted = Counter(found)
        for cell in (*BY_ID[identifier].cells, *sorted(counted.keys() - set(BY_ID[identifier].cells))):
            self.put(identifier, counted[cell], cell=cell)

    def share(self, identifier: str) -> None:
        """A share of counts that stand on the sheet already."""
        definition = BY_ID[identifier]
        numerator = sum(self.number(part) for part in definition.parts)
        denominator = self.number(definition.whole or "")
        value = statistics.six_places(Fraction(numerator, denominator)) if denominator else None
        interval = None
        if definition.interval is not None and numerator <= denominator:
            interval = statistics.wilson(numerator, denominator)
        self.entries[definition.path()] = Entry(identifier, value, numerator, denominator, interval)

    def ratio(
        self, identifier: str, value: str | None, numerator: int, denominator: int, *, cell: str | None = None
    ) -> None:
        """A quotient of numbers that are no figures themselves, or are cells."""
        self.entries[BY_ID[identifier].path(cell)] = Entry(identifier, value, numerator, denominator)

    def with_interval(
        self, identifier: str, value: str | None, numbers: int, interval: Interval | None, cell: str | None = None
    ) -> None:
        """A number that is no share of counts, with its interval."""
        self.entries[BY_ID[identifier].path(cell)] = Entry(identifier, value, None, numbers, interval)

    def number(self, key: str) -> int:
        """A count that stands on the sheet."""
        return int(self.entries[tuple(key.split("."))].value or 0)


def counted(decisions: Mapping[tuple[Shape, Fate], int]) -> Iterator[tuple[Shape, Fate, int]]:
    """Shape, fate and number of each kind of decision."""
    return ((shape, fate, number) for (shape, fate), number in decisions.items())
