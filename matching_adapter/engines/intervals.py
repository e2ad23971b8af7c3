"""Stretches in whole milliseconds, and the error intervals of shares: exact numbers, rounded away from the share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TypeAlias

from matching_adapter.port import SHARE_STEP, shortest

Interval: TypeAlias = tuple[int, int]
"""Half-open, in milliseconds."""

_TRACKS_DIFFER = 500  # milliseconds: how far the tracks of one film commonly end apart
_EDGE_MILLISECONDS = 500
"""How far the ends of what was found can be off in all."""


def length_of_union(stretches: Iterable[Interval]) -> int:
    """Return the length of everything that at least one stretch covers."""
    total = reached = 0
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def milliseconds_as_seconds(milliseconds: int) -> Decimal:
    """Return the same time in seconds, exactly."""
    return shortest(Decimal(milliseconds).scaleb(-3))


def error_interval(share: Decimal, *, points: int, milliseconds: int | None = None) -> tuple[Decimal, Decimal]:
    """Return the interval around a share: so many hundredths, and half a second of a file of that length.

    It lies in [0, 1] and is rounded outwards to six digits.
    """
    margin = Fraction(points, 100)
    if milliseconds is not None:
        margin += Fraction(_EDGE_MILLISECONDS, max(1, milliseconds))
    low, high = max(Fraction(0), Fraction(share) - margin), min(Fraction(1), Fraction(share) + margin)
    return _rounded(low, ROUND_FLOOR), _rounded(high, ROUND_CEILING)


def _rounded(value: Fraction, rounding: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return shortest(exact.quantize(SHARE_STEP, rounding=rounding))


def length_with_other_track(track: int, seconds: Decimal | None) -> int:
    """Return the length of an upload in milliseconds: that of the track that was looked at, or of the whole file.

    The share is one of the whole upload: where sound goes on after the picture, or the other way round, the rest is the
    upload's own. `seconds` is the length of the file; a difference of half a second and less is how tracks are cut.
    """
    whole = 0 if seconds is None else int(seconds * 1000)
    return whole if whole > track + _TRACKS_DIFFER else track
