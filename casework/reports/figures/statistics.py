"""The arithmetic of figures: medians, Kaplan-Meier, Wilson's interval, Cohen's kappa, all in exact or stated precision.

Counts and durations are integers. Ratios are formed from integers with 50 digits and rounded half up to six decimal
places, once, at the end. A denominator of 0 gives ``None``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

PLACES = Decimal("0.000001")
"""Six decimal places: what shares, hours and coefficients are rounded to."""

EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
_FORTY = Context(prec=40, rounding=ROUND_HALF_UP)
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


def survival(ended: Sequence[int], censored: Sequence[int]) -> list[tuple[int, int, int]]:
    """The Kaplan-Meier curve: (duration, numerator, denominator of the share not ended by then), exact.

    Both lists ascend. One that is censored at a duration counts as at risk at that duration (Kaplan and Meier 1958).
    Between two censorings the product telescopes, so that numbers grow with the censorings only.
    """
    steps: list[tuple[int, int, int]] = []
    total = len(ended) + len(censored)
    numerator = denominator = 1
    block, place = total, 0
    gone = 0
    while place < len(ended):
        duration = ended[place]
        following = bisect_right(ended, duration, place)
        censored_before = _before(censored, duration)
        if censored_before > gone:
            # At risk at the last step of the block, then the block begins anew without the censored.
            remaining = total - place - gone
            numerator, denominator = numerator * remaining, denominator * block
            gone = censored_before
            block = total - place - gone
        steps.append((duration, numerator * (total - following - gone), denominator * block))
        place = following
    return steps


def _before(ascending: Sequence[int], value: int) -> int:
    return bisect_right(ascending, value - 1)


def survival_median_hours(ended: Sequence[int], censored: Sequence[int]) -> Decimal | None:
    """The smallest duration by which at most half have not ended; ``None`` when the curve stays above one half."""
    for duration, numerator, denominator in survival(ended, censored):
        if 2 * numerator <= denominator:
            return hours(duration)
    return None


def survival_shares(
    ended: Sequence[int], censored: Sequence[int], durations: Sequence[int]
) -> list[tuple[Decimal, Interval | None] | None]:
    """The Kaplan-Meier share not ended after each of the ascending ``durations``, with its 95 % interval.

    The variance is Greenwood's (1926), the interval is formed on the scale of log(-log), so that it stays within 0 and
    1 (Kalbfleisch and Prentice 1980). At a share of 1 or 0 there is none. ``None`` beyond the longest observation,
    where nothing is known, unless everything has ended.
    """
    total = len(ended) + len(censored)
    longest = max(ended[-1] if ended else -1, censored[-1] if censored else -1)
    found: list[tuple[Decimal, Interval | None] | None] = []
    share, spread, ends = Decimal(1), Decimal(0), 0
    for duration in durations:
        while ends < len(ended) and ended[ends] <= duration:
            at_risk = total - ends - _before(censored, ended[ends])
            following = bisect_right(ended, ended[ends], ends)
            left = at_risk - following + ends
            # Fifty digits: the products of whole numbers would grow with every step.
            share = EXACT.divide(EXACT.multiply(share, Decimal(left)), Decimal(at_risk))
            if left:
                spread = EXACT.add(spread, EXACT.divide(Decimal(following - ends), Decimal(at_risk * left)))
            ends = following
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
