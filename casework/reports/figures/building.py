"""Short forms for registry entries: counts, breakdowns, shares and durations, each with its measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from casework.domain.facts import Event
from casework.reports.figures.statistics import ratio, wilson
from casework.reports.figures.values import Breakdown, Figure, Inputs, Measure, Scope, Unit, Value, Words

Reads = tuple[type[Event], ...]
WILSON = "Wilson 95 %"


def counted(
    identifier: str, counter: str, scope: Scope, reads: Reads, label: Words, definition: Words, *, since: int = 1
) -> Figure:
    """How often a counter was touched in the period."""
    return number(identifier, lambda inputs: Value(inputs.total(counter)), scope, reads, label, definition, since=since)


def number(
    identifier: str, measure: Measure, scope: Scope, reads: Reads, label: Words, definition: Words, *, since: int = 1
) -> Figure:
    """A count that takes more than one counter."""
    return Figure(identifier, label, definition, Unit.COUNT, scope, reads, measure=measure, since=since)


def open_at_start(kind: str) -> Measure:
    """Items of a kind that began before the period and had not ended by then."""
    received, ended = f"{kind}.received", f"{kind}.ended"
    return lambda inputs: Value(inputs.extract.before.get(received, 0) - inputs.extract.before.get(ended, 0))


def open_at_end(kind: str) -> Measure:
    """The same at the end; backwards from what is open now, so that it does not rest on the sums of the start."""

    def measure(inputs: Inputs) -> Value:
        after = inputs.extract.after
        now = inputs.extract.open.get(kind, 0)
        return Value(now - after.get(f"{kind}.received", 0) + after.get(f"{kind}.ended", 0))

    return measure


def ended_as(kind: str, *fates: str) -> Measure:
    """How many items of a kind ended in one of these ways in the period."""

    def measure(inputs: Inputs) -> Value:
        cells = inputs.cells(f"{kind}.ended")
        return Value(sum(cells.get(fate, 0) for fate in fates))

    return measure


def cells_of(counter: str) -> Breakdown:
    """A counter by its cells."""
    return lambda inputs: inputs.cells(counter)


def broken_down(
    identifier: str,
    breakdown: Breakdown,
    scope: Scope,
    reads: Reads,
    label: Words,
    definition: Words,
    *,
    cells: Sequence[str] = (),
    parent: str | None = None,
    since: int = 1,
) -> Figure:
    """Counts by cell; the dimension is the part of the id in braces."""
    dimension = identifier[identifier.index("{") + 1 : identifier.index("}")]
    return Figure(
        identifier,
        label,
        definition,
        Unit.COUNT,
        scope,
        reads,
        breakdown=breakdown,
        dimension=dimension,
        cells=tuple(cells),
        parent=parent,
        since=since,
    )


def share(
    identifier: str,
    parts: Iterable[str],
    whole: str,
    scope: Scope,
    reads: Reads,
    label: Words,
    definition: Words,
    *,
    interval: bool = True,
) -> Figure:
    """The sum of ``parts`` divided by ``whole``, with Wilson's interval where the whole is a sample of decisions."""
    names = tuple(parts)

    def measure(inputs: Inputs) -> Value:
        numerator, denominator = sum(inputs.count(name) for name in names), inputs.count(whole)
        limits = wilson(numerator, denominator) if interval and numerator <= denominator else None
        return Value(ratio(numerator, denominator), numerator, denominator, limits)

    return Figure(
        identifier,
        label,
        definition,
        Unit.SHARE,
        scope,
        reads,
        measure=measure,
        parts=names,
        whole=whole,
        interval=WILSON if interval else None,
    )


def decimal_value(value: Decimal | None, numbers: int) -> Value:
    """A decimal with the number of observations behind it as its denominator."""
    return Value(value, None, numbers)


def filled(found: Mapping[str, int], cells: Sequence[str]) -> dict[str, int]:
    """The fixed cells, 0 included, then whatever else occurred, in alphabetical order."""
    others = sorted(set(found) - set(cells))
    return {cell: found.get(cell, 0) for cell in (*cells, *others)}
