"""The two periods before a report's own, counted as of the same T, and how each figure moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from casework_verify.figures.registry import BY_ID, SHARE
from casework_verify.figures.sheet import Entry
from casework_verify.recounting import Figures, Frame
from casework_verify.statistics import six_places

_PERIODS = 2
_QUARTER = 4
"""A large move is by at least one part in this many."""
_LEAST_OBSERVED = 20
"""Durations and coefficients move by much only where both rest on so many observations."""


def periods_before(frame: Frame) -> Iterator[tuple[date, date]]:
    """The latest first. Whole months are followed back by months, any other period by days."""
    end = frame.start
    for number in range(1, _PERIODS + 1):
        start = _back(frame, number)
        if start < end:
            yield start, end
        end = start


def _back(frame: Frame, times: int) -> date:
    start, end = frame.start, frame.end
    if start.day != 1 or end.day != 1:
        return date.fromordinal(max(1, start.toordinal() - times * (end - start).days))
    back = start
    for _ in range(times * ((end.year - start.year) * 12 + end.month - start.month)):
        if back == date.min:
            return back
        back = (back - timedelta(days=1)).replace(day=1)
    return back


def comparison_of(figures: Figures, earlier: Sequence[tuple[date, date, Figures]]) -> dict[str, Any]:
    """The section of the report's JSON that compares the period with the earlier ones."""
    before = [one.entries if one.recorded else None for _start, _end, one in earlier]
    return {
        "periods": [
            {"from": start.isoformat(), "to": end.isoformat(), "recorded": one.recorded} for start, end, one in earlier
        ],
        "figures": {
            entry.figure: _move(entry, [None if one is None else one[path] for one in before])
            for path, entry in figures.entries.items()
            if not BY_ID[entry.figure].broken_down
        },
    }


def _move(now: Entry, before: Sequence[Entry | None]) -> Mapping[str, Any]:
    previous = before[0] if before else None
    change: int | str | None = None
    relative, large = None, False
    if previous is not None and now.value is not None and previous.value is not None:
        new, old = Fraction(now.value), Fraction(previous.value)
        change = int(new - old) if isinstance(now.value, int) else six_places(new - old)
        relative = six_places((new - old) / old) if old else None
        large = new != old and _is_large(now, previous, new, old)
    earlier = [None if one is None else one.value for one in before]
    return {"earlier": earlier, "change": change, "relative_change": relative, "large": large}


def _is_large(now: Entry, before: Entry, new: Fraction, old: Fraction) -> bool:
    """By at least a quarter, and by more than two standard deviations of what chance brings, where that is known."""
    if isinstance(now.value, int) and isinstance(before.value, int):
        return abs(new - old) * _QUARTER >= abs(old) and (new - old) ** 2 > 4 * (old + new)
    if BY_ID[now.figure].unit == SHARE and now.numerator is not None and before.numerator is not None:
        return _shares_differ(before, now)
    observed = min(before.numbers or 0, now.numbers or 0)
    return abs(new - old) * _QUARTER >= abs(old) and observed >= _LEAST_OBSERVED


def _shares_differ(before: Entry, now: Entry) -> bool:
    """Against the deviation of a difference of shares, with the share of both periods together."""
    old, new = _share(before), _share(now)
    both = Fraction((before.numerator or 0) + (now.numerator or 0), (before.numbers or 0) + (now.numbers or 0))
    variance = both * (1 - both) * (Fraction(1, before.numbers or 1) + Fraction(1, now.numbers or 1))
    return abs(new - old) * _QUARTER >= old and (new - old) ** 2 > 4 * variance


def _share(entry: Entry) -> Fraction:
    return Fraction(entry.numerator or 0, entry.numbers or 1)
