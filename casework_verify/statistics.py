"""The statistics of a report from their definitions: exact fractions, rounded half up to six places at the end.

Sources: Kaplan and Meier 1958; Greenwood 1926, on the scale of log(-log) as Kalbfleisch and Prentice 1980; Newcombe
1998 (method 3, Wilson's score interval); Fleiss, Cohen and Everitt 1969 for the error of Cohen's kappa.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import prod

from casework_verify.moments import HOUR

Interval = tuple[str, str]
OUTCOMES = ("upheld", "partially_reversed", "reversed")

_MILLIONTH = 1_000_000
_FINE = Context(prec=60, rounding=ROUND_HALF_UP)
_NORMAL = Decimal("1.959963984540054235524594430520551527955550")
"""The 97.5 % quantile of the standard normal distribution."""
_DOUBT = Decimal("1e-40")
"""Nearer to a border than this, a decimal cannot say on which side the exact number lies."""
_HALF = Decimal("0.5")


def six_places(number: Fraction) -> str:
    """An exact number as reports write it: half up, away from zero."""
    millionths = (2 * abs(number) * _MILLIONTH + 1) // 2
    sign = "-" if number < 0 and millionths else ""
    return f"{sign}{millionths // _MILLIONTH}.{millionths % _MILLIONTH:06d}"


def _written(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.000001'), context=_FINE) + 0:.6f}"


def _decimal(number: Fraction) -> Decimal:
    return _FINE.divide(Decimal(number.numerator), Decimal(number.denominator))


def in_hours(span: int, parts: int = 1) -> str:
    """Microseconds divided by ``parts``, as hours."""
    return six_places(Fraction(span, parts * HOUR))


def median(ascending: Sequence[int], unit: int = HOUR) -> str | None:
    """The middle value, or the mean of the two in the middle, in hours or another unit of so many microseconds."""
    if not ascending:
        return None
    low, high = ascending[(len(ascending) - 1) // 2], ascending[len(ascending) // 2]
    return six_places(Fraction(low + high, 2 * unit))


def mean(values: Sequence[int]) -> str | None:
    """The arithmetic mean in hours."""
    return in_hours(sum(values), len(values)) if values else None


def ninth_decile(ascending: Sequence[int]) -> str | None:
    """The smallest value that at least nine tenths do not exceed, in hours."""
    if not ascending:
        return None
    rank = (9 * len(ascending) + 9) // 10
    return in_hours(ascending[rank - 1])


def wilson(successes: int, trials: int) -> Interval | None:
    """Wilson's 95 % score interval without continuity correction."""
    if not trials:
        return None
    # At no success and at nothing but successes the limits are exactly 0 and 1.
    return wilson_of_share(Fraction(successes, trials), Fraction(trials))


def wilson_of_share(share: Fraction, size: Fraction) -> Interval:
    """The same for a share of a sample whose size need not be whole."""
    low, high = _score(_decimal(share), _decimal(size))
    return "0.000000" if share == 0 else _written(low), "1.000000" if share == 1 else _written(high)


def _score(p: Decimal, n: Decimal) -> tuple[Decimal, Decimal]:
    square = _FINE.multiply(_NORMAL, _NORMAL)
    scale = _FINE.add(1, _FINE.divide(square, n))
    middle = _FINE.add(p, _FINE.divide(square, _FINE.multiply(2, n)))
    inner = _FINE.divide(_FINE.multiply(p, _FINE.subtract(1, p)), n)
    inner = _FINE.add(inner, _FINE.divide(square, _FINE.multiply(4, _FINE.multiply(n, n))))
    spread = _FINE.multiply(_NORMAL, _FINE.sqrt(inner))
    return _FINE.divide(_FINE.subtract(middle, spread), scale), _FINE.divide(_FINE.add(middle, spread), scale)


def kappa(pairs: Mapping[tuple[str, str], int], names: Sequence[str] = OUTCOMES) -> tuple[str | None, Interval | None]:
    """Cohen's kappa of pairs of ratings with its 95 % interval, cut at -1 and 1; nothing where it is not defined."""
    n = sum(pairs.values())
    if not n:
        return None, None
    share = {(a, b): Fraction(pairs.get((a, b), 0), n) for a in names for b in names}
    first = {a: sum((share[a, b] for b in names), Fraction(0)) for a in names}
    second = {b: sum((share[a, b] for a in names), Fraction(0)) for b in names}
    agreed = sum((share[a, a] for a in names), Fraction(0))
    chance = sum((first[a] * second[a] for a in names), Fraction(0))
    if chance == 1:
        return None, None
    value = (agreed - chance) / (1 - chance)
    same = sum(share[a, a] * (1 - chance - (first[a] + second[a]) * (1 - agreed)) ** 2 for a in names)
    other = sum(share[a, b] * (second[a] + first[b]) ** 2 for a in names for b in names if a != b)
    variance = same + (1 - agreed) ** 2 * other - (agreed * chance - 2 * chance + agreed) ** 2
    error = _FINE.sqrt(_decimal(max(Fraction(variance), Fraction(0)) / (n * (1 - chance) ** 4)))
    spread = _FINE.multiply(_NORMAL, error)
    low, high = _FINE.subtract(_decimal(value), spread), _FINE.add(_decimal(value), spread)
    return six_places(value), (_written(max(Decimal(-1), low)), _written(min(Decimal(1), high)))


class Survival:
    """The product-limit curve of durations that ended and of those that were still running, or broke off.

    Whoever breaks off at a duration was at risk at that duration.
    """

    def __init__(self, ended: Sequence[int], censored: Sequence[int]) -> None:
        self.ended, self.censored = sorted(ended), sorted(censored)
        self.number = len(self.ended) + len(self.censored)

    def _steps(self) -> Iterator[tuple[int, int, int]]:
        """Each duration at which some ended, how many were at risk, and how many ended."""
        place = 0
        while place < len(self.ended):
            duration = self.ended[place]
            after = bisect_right(self.ended, duration, place)
            at_risk = self.number - place - bisect_left(self.censored, duration)
            yield duration, at_risk, after - place
            place = after

    def _exactly(self, until: int) -> Fraction:
        """The share that has not ended after ``until``, without any rounding."""
        steps = [(at_risk, ends) for duration, at_risk, ends in self._steps() if duration <= until]
        return Fraction(prod(at_risk - ends for at_risk, ends in steps), prod(at_risk for at_risk, _ends in steps))

    def median(self) -> str | None:
        """The smallest duration after which at most half have not ended, in hours; ``None`` while more wait."""
        share = Decimal(1)
        for duration, at_risk, ends in self._steps():
            share = _FINE.multiply(share, _FINE.divide(Decimal(at_risk - ends), Decimal(at_risk)))
            close = _FINE.subtract(share, _HALF).copy_abs() < _DOUBT
            if (close and 2 * self._exactly(duration) <= 1) or (not close and share < _HALF):
                return in_hours(duration)
        return None

    def shares(self, durations: Sequence[int]) -> list[tuple[str, Interval | None] | None]:
        """The share not ended after each of the ascending durations, with its interval where it is neither 0 nor 1.

        Nothing beyond the longest duration seen, unless all have ended.
        """
        longest = max([*self.ended[-1:], *self.censored[-1:]], default=-1)
        steps = list(self._steps())
        found: list[tuple[str, Interval | None] | None] = []
        share, variance, place = Decimal(1), Decimal(0), 0
        for limit in durations:
            while place < len(steps) and steps[place][0] <= limit:
                _duration, at_risk, ends = steps[place]
                share = _FINE.multiply(share, _FINE.divide(Decimal(at_risk - ends), Decimal(at_risk)))
                if at_risk > ends:
                    added = _FINE.divide(Decimal(ends), Decimal(at_risk * (at_risk - ends)))
                    variance = _FINE.add(variance, added)
                place += 1
            known = limit <= longest or share == 0
            found.append((self._rounded(share, limit), _log_log(share, variance)) if known else None)
        return found

    def _rounded(self, share: Decimal, limit: int) -> str:
        millionths = _FINE.multiply(share, Decimal(_MILLIONTH))
        beyond = _FINE.subtract(millionths, Decimal(int(millionths)))
        if _FINE.subtract(beyond, _HALF).copy_abs() < _DOUBT:
            return six_places(self._exactly(limit))
        return _written(share)


def _log_log(share: Decimal, variance: Decimal) -> Interval | None:
    if not 0 < share < 1:
        return None
    error = _FINE.multiply(_NORMAL, _FINE.divide(_FINE.sqrt(variance), _FINE.ln(share).copy_negate()))
    return _written(_FINE.power(share, _FINE.exp(error))), _written(_FINE.power(share, _FINE.exp(error.copy_negate())))
