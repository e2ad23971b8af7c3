"""The arithmetic of figures: medians, Kaplan-Meier, Wilson's interval, Cohen's kappa, all in exact or stated precision.

Counts and durations are integers. Ratios are formed from integers with 50 digits and rounded half up to six decimal
places, once, at the end. A denominator of 0 gives ``None``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from math import prod

PLACES = Decimal("0.000001")
"""Six decimal places: what shares, hours and coefficients are rounded to."""

EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
_FORTY = Context(prec=40, rounding=ROUND_HALF_UP)
_UNSURE = Decimal("1E-20")
"""More than a product of so many steps can be off, each rounded to fifty digits."""

Z_95 = Decimal("1.959963984540054235524594430520551527955550")
"""The 97.5 % quantile of the standard normal distribution."""

MICROSECONDS_AN_HOUR = 3_600_000_000
Interval = tuple[Decimal, Decimal]


def rounded(value: Decimal) -> Decimal:
    """Half up to six places, never "-0"."""
    return value.quantize(PLACES, rounding=ROUND_HALF_UP, context=EXACT) + 0


def ratio(numerator: int, denominator: int) -> Decimal | None:
    """The quotient, or ``None`` for a denominator of 0."""
    return None if denominator == 0 else rounded(EXACT.divide(Decimal(numerator), Decimal(denominator)))


def hours(microseconds: int, parts: int = 1) -> Decimal:
    """Microseconds divided by ``parts`` as hours."""
    return rounded(EXACT.divide(Decimal(microseconds), Decimal(parts * MICROSECONDS_AN_HOUR)))


def mean_hours(values: Sequence[int]) -> Decimal | None:
    """The arithmetic mean; ``None`` for no values."""
    return hours(sum(values), len(values)) if values else None


def median_hours(ascending: Sequence[int]) -> Decimal | None:
    """The middle value, or the mean of the two in the middle; ``None`` for no values."""
    if not ascending:
        return None
    middle = len(ascending) // 2
    if len(ascending) % 2:
        return hours(ascending[middle])
    return hours(ascending[middle - 1] + ascending[middle], 2)


def median_minutes(ascending: Sequence[int]) -> Decimal | None:
    """The same in minutes."""
    if not ascending:
        return None
    last = len(ascending) - 1
    middle = ascending[last // 2] + ascending[(last + 1) // 2]
    return rounded(EXACT.divide(Decimal(middle), Decimal(2 * MICROSECONDS_AN_HOUR // 60)))


def ninth_decile_hours(ascending: Sequence[int]) -> Decimal | None:
    """The smallest value that at least 90 % of the values do not exceed (nearest rank); ``None`` for no values."""
    return hours(ascending[-(-9 * len(ascending) // 10) - 1]) if ascending else None


def _blocks(
    ended: Sequence[int], censored: Sequence[int], durations: Sequence[int] = ()
) -> Iterator[tuple[int, int, int]]:
    """The ends in blocks without a censoring or one of the ascending ``durations`` between them.

    Each is (place of its first end, place after its last end, number at risk at the first). Both lists ascend. One
    that is censored at a duration counts as at risk at that duration (Kaplan and Meier 1958). Within a block both the
    product of the curve and the sum of its variance telescope: a block counts as one end of many would, exactly.
    """
    place, stop = 0, 0
    while place < len(ended):
        gone = bisect_left(censored, ended[place])
        while stop < len(durations) and durations[stop] < ended[place]:
            stop += 1
        until = [*censored[gone : gone + 1], *durations[stop : stop + 1], ended[-1]]
        following = bisect_right(ended, min(until), place)
        yield place, following, len(ended) - place + len(censored) - gone
        place = following


def survival_median_hours(ended: Sequence[int], censored: Sequence[int]) -> Decimal | None:
    """The smallest duration by which at most half have not ended; ``None`` when the curve stays above one half."""
    share, steps = Decimal(1), list[tuple[int, int]]()
    for place, following, at_risk in _blocks(ended, censored):
        left = at_risk - following + place
        most = EXACT.divide(Decimal(at_risk), EXACT.multiply(Decimal(2), share))
        if abs(most - most.to_integral_value()) < _UNSURE and left <= most + 1:
            # Fifty digits do not say on which side of a whole number it lies: whole numbers do.
            most = Decimal(at_risk * prod(risk for _, risk in steps) // (2 * prod(rest for rest, _ in steps)))
        if left <= most:
            return hours(ended[place + at_risk - int(most) - 1])
        steps.append((left, at_risk))
        share = EXACT.divide(EXACT.multiply(share, Decimal(left)), Decimal(at_risk))
    return None


def survival_shares(
    ended: Sequence[int], censored: Sequence[int], durations: Sequence[int]
) -> list[tuple[Decimal, Interval | None] | None]:
    """The Kaplan-Meier share not ended after each of the ascending ``durations``, with its 95 % interval.

    The variance is Greenwood's (1926), the interval is formed on the scale of log(-log), so that it stays within 0 and
    1 (Kalbfleisch and Prentice 1980). At a share of 1 or 0 there is none. ``None`` beyond the longest observation,
    where nothing is known, unless everything has ended.
    """
    longest = max(ended[-1] if ended else -1, censored[-1] if censored else -1)
    found: list[tuple[Decimal, Interval | None] | None] = []
    share, spread = Decimal(1), Decimal(0)
    blocks = _blocks(ended, censored, durations)
    block = next(blocks, None)
    for duration in durations:
        while block is not None and ended[block[0]] <= duration:
            place, following, at_risk = block
            left = at_risk - following + place
            # Fifty digits: the products of whole numbers would grow with every step.
            share = EXACT.divide(EXACT.multiply(share, Decimal(left)), Decimal(at_risk))
            if left:
                spread = EXACT.add(spread, EXACT.divide(Decimal(following - place), Decimal(at_risk * left)))
            block = next(blocks, None)
        known = duration <= longest or share == 0
        # Forty digits are free of what the steps rounded: a share that ends in a five is rounded up, as it must be.
        found.append((rounded(_FORTY.plus(share)), _log_log(share, spread)) if known else None)
    return found


def _log_log(share: Decimal, spread: Decimal) -> Interval | None:
    if not 0 < share < 1:
        return None
    error = EXACT.multiply(Z_95, EXACT.divide(EXACT.sqrt(spread), -EXACT.ln(share)))
    return rounded(EXACT.power(share, EXACT.exp(error))), rounded(EXACT.power(share, EXACT.exp(-error)))


def wilson(successes: int, trials: int) -> Interval | None:
    """Wilson's 95 % score interval without continuity correction (Newcombe 1998, method 3)."""
    if trials == 0:
        return None
    n, share, square = Decimal(trials), EXACT.divide(Decimal(successes), Decimal(trials)), EXACT.power(Z_95, 2)
    spread = EXACT.multiply(Z_95, EXACT.sqrt(square + 4 * n * EXACT.multiply(share, 1 - share)))
    below = EXACT.divide(2 * n * share + square - spread, 2 * (n + square))
    above = EXACT.divide(2 * n * share + square + spread, 2 * (n + square))
    # The exact limits at 0 and n are 0 and 1; the square root must not move them.
    return (Decimal(0) if successes == 0 else rounded(below), Decimal(1) if successes == trials else rounded(above))


def kappa(table: Sequence[Sequence[int]]) -> tuple[Decimal | None, Interval | None]:
    """Cohen's kappa of a square table of counts and its 95 % interval, cut at -1 and 1.

    The interval is kappa +- 1.96 times the large-sample standard error of Fleiss, Cohen and Everitt (1969).
    ``None`` when there is nothing to compare or all ratings are the same.
    """
    n = sum(map(sum, table))
    size = range(len(table))
    rows = [sum(table[i]) for i in size]
    columns = [sum(table[i][j] for i in size) for j in size]
    agreed = sum(table[i][i] for i in size)
    chance = sum(rows[i] * columns[i] for i in size)
    if n == 0 or n * n == chance:
        return None, None
    # Everything over n and n squared, so that it stays whole until the last division.
    value = EXACT.divide(Decimal(n * agreed - chance), Decimal(n * n - chance))
    first = sum(table[i][i] * (n * n - chance - (rows[i] + columns[i]) * (n - agreed)) ** 2 for i in size)
    second = (n - agreed) ** 2 * sum(table[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j)
    third = (agreed * chance - 2 * n * chance + n * n * agreed) ** 2
    variance = EXACT.divide(Decimal(n * (n * (first + second) - third)), Decimal((n * n - chance) ** 4))
    spread = EXACT.multiply(Z_95, EXACT.sqrt(max(variance, Decimal(0))))
    return rounded(value), (max(Decimal(-1), rounded(value - spread)), min(Decimal(1), rounded(value + spread)))
