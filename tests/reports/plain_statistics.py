"""The statistics of the second count, written anew from their definitions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction

OUTCOMES = ("upheld", "partially_reversed", "reversed")


def in_hours(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 3_600_000_000)


def median(spans: Iterable[Fraction]) -> Fraction | None:
    ordered = sorted(spans)
    if not ordered:
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def product_limit_median(observed: Sequence[tuple[Fraction, bool]]) -> Fraction | None:
    """The textbook product over the distinct times of an end."""
    remaining = Fraction(1)
    for time in sorted({time for time, ended in observed if ended}):
        at_risk = sum(each >= time for each, _ in observed)
        ends = sum(each == time and ended for each, ended in observed)
        remaining *= Fraction(at_risk - ends, at_risk)
        if remaining <= Fraction(1, 2):
            return time
    return None


def waiting(
    observed: Sequence[tuple[Fraction, bool]], limit: int
) -> tuple[Fraction | None, int, None, tuple[float, float] | None]:
    """The product-limit share at a time, the number observed, and Greenwood's interval on the scale of log(-log)."""
    number, share, spread = len(observed), Fraction(1), Fraction(0)
    if sum(ended for _, ended in observed) < 5:
        return None, number, None, None
    for time in sorted({time for time, ended in observed if ended and time <= limit}):
        at_risk = sum(each >= time for each, _ in observed)
        ends = sum(each == time and ended for each, ended in observed)
        share *= Fraction(at_risk - ends, at_risk)
        spread += Fraction(ends, at_risk * (at_risk - ends)) if at_risk > ends else 0
    if share and limit > max(time for time, _ in observed):
        return None, number, None, None
    if share in (0, 1):
        return share, number, None, None
    error = 1.959963984540054 * math.sqrt(spread) / -math.log(share)
    return share, number, None, (float(share) ** math.exp(error), float(share) ** math.exp(-error))


def wilson(parts: int, over: int) -> tuple[float, float] | None:
    if not over:
        return None
    z, p = 1.959963984540054, parts / over
    middle, spread = p + z * z / (2 * over), z * math.sqrt(p * (1 - p) / over + z * z / (4 * over * over))
    return (middle - spread) / (1 + z * z / over), (middle + spread) / (1 + z * z / over)


def kappa(
    pairs: Sequence[tuple[str, ...]], names: Sequence[str] = OUTCOMES
) -> tuple[Fraction | None, tuple[float, float] | None]:
    n, none = len(pairs), Fraction(0)
    if not n:
        return None, None
    p = {(a, b): Fraction(pairs.count((a, b)), n) for a in names for b in names}
    row = {a: sum((p[a, b] for b in names), none) for a in names}
    column = {b: sum((p[a, b] for a in names), none) for b in names}
    seen = sum((p[a, a] for a in names), none)
    chance = sum((row[a] * column[a] for a in names), none)
    if chance == 1:
        return None, None
    value = (seen - chance) / (1 - chance)
    on = sum(p[a, a] * ((1 - chance) - (column[a] + row[a]) * (1 - seen)) ** 2 for a in names)
    off = (1 - seen) ** 2 * sum(p[a, b] * (column[a] + row[b]) ** 2 for a in names for b in names if a != b)
    rest = (seen * chance - 2 * chance + seen) ** 2
    error = math.sqrt((on + off - rest) / (n * (1 - chance) ** 4))
    spread = 1.959963984540054 * error
    return value, (max(-1.0, float(value) - spread), min(1.0, float(value) + spread))
