"""What a figure is: its registry entry, the value it takes in one report, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from casework.domain.facts import Event
from casework.views.models.figures_ledger import Extract


class Words(NamedTuple):
    """The same words in both languages of a report."""

    en: str
    zh: str


class Unit(StrEnum):
    """What a value counts. All but counts are decimals with six places; the cell of an amount names its currency."""

    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    MINUTES = "minutes"
    COEFFICIENT = "coefficient"
    AMOUNT = "amount"


class Scope(StrEnum):
    """Which events count: those of the period, the fate of the period's cases, or what stands at a moment."""

    FLOW = "flow"
    COHORT = "cohort"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Value:
    """One figure in one report. ``None`` as ``number`` means "n/a" (nothing to divide by), or ``masked``."""

    number: int | Decimal | None
    numerator: int | None = None
    denominator: int | None = None
    interval: tuple[Decimal, Decimal] | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What figures are computed from: the period's extract, T, and the figures computed before."""

    extract: Extract
    as_of: datetime
    zone: tzinfo
    values: Mapping[str, Value]

    def cells(self, counter: str) -> Mapping[str, int]:
        """A counter by cell, within the period."""
        return self.extract.counts.get(counter, {})

    def total(self, counter: str) -> int:
        """A counter over all its cells, within the period."""
        return sum(self.cells(counter).values())

    def count(self, identifier: str) -> int:
        """The number of an earlier figure that is a count."""
        number = self.values[identifier].number
        if not isinstance(number, int):
            raise TypeError(f"{identifier} is not a count")
        return number


Measure = Callable[[Inputs], Value]
Breakdown = Callable[[Inputs], Mapping[str, int]]
Measures = Callable[[Inputs], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One entry of the registry.

    ``id`` is the JSON key; a part in braces stands for a cell of the ``dimension``, such as ``{outcome}``. ``cells``
    are those that are always there, 0 included; a dimension without any lists what occurred. ``parent`` is the figure
    that the cells add up to. ``parts`` and ``whole`` name numerator (a sum of figures) and denominator of a share.
    ``measures`` gives the cells of a breakdown that are no counts.
    ``reads`` are the events it depends on. ``version`` goes up whenever the definition changes.
    ``since`` is the version of the registry that it came with: reports of an earlier one do not have it.
    """

    id: str
    label: Words
    definition: Words
    unit: Unit
    scope: Scope
    reads: tuple[type[Event], ...]
    measure: Measure | None = None
    breakdown: Breakdown | None = None
    dimension: str | None = None
    cells: tuple[str, ...] = ()
    parent: str | None = None
    parts: tuple[str, ...] = ()
    whole: str | None = None
    version: int = 1
    interval: str | None = field(default=None)
    measures: Measures | None = None
    since: int = 1

    def path(self, cell: str | None = None) -> tuple[str, ...]:
        """The keys under which the JSON report nests it; a cell stays one key even if it has dots."""
        return tuple(cell if part.startswith("{") and cell is not None else part for part in self.id.split("."))

    def key(self, cell: str | None = None) -> str:
        """The id with the cell filled in."""
        return ".".join(self.path(cell))


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, or one cell of it, with its value."""

    figure: Figure
    cell: str | None
    value: Value

    @property
    def key(self) -> str:
        """The id with the cell filled in."""
        return self.figure.key(self.cell)
