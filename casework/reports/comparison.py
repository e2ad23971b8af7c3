"""A period beside the two before it: earlier periods of equal length, changes, and which of them are large.

Earlier periods are counted as of the same T as the report, from the same projection, so a comparison costs two more
extracts and nothing by the number of cases. Cohort figures of an earlier period have had more time to change by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from casework.reports.figures.registry import Figures
from casework.reports.figures.statistics import ratio, rounded
from casework.reports.figures.values import Figure, Unit, Value

PERIODS_BEFORE = 2

LEAST_CHANGE = 4
"""A large move changes the earlier value by at least one part in this many: a quarter."""

LEAST_OBSERVED = 20
"""Durations and coefficients are called large moves only if both rest on at least so many observations."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier period ``[start, end)``. ``recorded``: whether the log knows of anything in it or before it."""

    start: date
    end: date
    recorded: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class Move:
    """One figure: its values, the latest period first, and its change from the period before.

    ``change`` is in the unit of the figure, ``relative`` a share of the earlier value; ``None`` where one is not known.
    """

    figure: Figure
    values: tuple[Value | None, ...]
    change: int | Decimal | None
    relative: Decimal | None
    large: bool


def periods_before(start: date, end: date) -> list[tuple[date, date]]:
    """The two periods of equal length before ``[start, end)``, the latest first.

    Whole calendar months are followed back by months, so that half-years are compared with half-years; any other
    period by days.
    """
    if start.day == end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        cuts = [_months_back(start, months * number) for number in range(PERIODS_BEFORE + 1)]
    else:
        days = end.toordinal() - start.toordinal()
        cuts = [date.fromordinal(max(1, start.toordinal() - days * n)) for n in range(PERIODS_BEFORE + 1)]
    return [(cuts[number + 1], cuts[number]) for number in range(PERIODS_BEFORE) if cuts[number + 1] < cuts[number]]


def _months_back(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(max(1, years), month + 1, 1)


def moves(figures: Figures, earlier: Sequence[Earlier]) -> Iterator[Move]:
    """Every figure that is no breakdown, with its moves."""
    known = [one.figures if one.recorded else None for one in earlier]
    for key, row in figures.rows.items():
        if row.cell is None:
            before = [None if one is None else one.rows[key].value for one in known]
            yield _move(row.figure, row.value, before)


def _move(figure: Figure, now: Value, before: Sequence[Value | None]) -> Move:
    values = (now, *before)
    previous = before[0] if before else None
    if previous is None or now.number is None or previous.number is None:
        return Move(figure, values, None, None, large=False)
    change = now.number - previous.number
    if isinstance(now.number, int) and isinstance(previous.number, int):
        relative = ratio(now.number - previous.number, previous.number)
    else:
        relative = None if previous.number == 0 else rounded(Decimal(change) / Decimal(previous.number))
    return Move(figure, values, change, relative, is_large(figure.unit, previous, now))


def is_large(unit: Unit, before: Value, now: Value) -> bool:
    """Whether a move is by at least a quarter, and by more than two standard deviations of what chance brings.

    Counts: against the square root of their sum. Shares: against the pooled share of both. Durations and coefficients
    have no such measure here; they need 20 observations on both sides. All in whole numbers, so nothing is rounded.
    """
    if before.number is None or now.number is None or before.number == now.number:
        return False
    if isinstance(before.number, int) and isinstance(now.number, int):
        move = now.number - before.number
        return abs(move) * LEAST_CHANGE >= abs(before.number) and move**2 > 4 * (before.number + now.number)
    if unit is Unit.SHARE and None not in (before.numerator, now.numerator):
        return _shares_differ(before, now)
    move_by = abs(Decimal(now.number) - Decimal(before.number))
    observed = min(before.denominator or 0, now.denominator or 0)
    return move_by * LEAST_CHANGE >= abs(Decimal(before.number)) and observed >= LEAST_OBSERVED


def _shares_differ(before: Value, now: Value) -> bool:
    part, whole = before.numerator or 0, before.denominator or 0
    new_part, new_whole = now.numerator or 0, now.denominator or 0
    move = new_part * whole - part * new_whole
    parts, both = part + new_part, whole + new_whole
    beyond_chance = move**2 * both > 4 * parts * (both - parts) * whole * new_whole
    return abs(move) * LEAST_CHANGE >= part * new_whole and beyond_chance
