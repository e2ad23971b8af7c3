"""Estimates from audit samples: ratios weighted by inclusion probability, with 95 % intervals, in exact arithmetic.

Each labelled case counts with the inverse of its probability, times drawn over labelled cases of its stratum: those
whom nobody could label count as the others of their stratum (J. Hajek 1971). With one stratum of equal probabilities
this is the plain share, with Wilson's interval. Otherwise the variance is that of the linearized ratio (the delta
method; W. G. Cochran, Sampling Techniques, 1977), and the interval is Wilson's with the number of cases that would give
this variance in a simple sample, at most the number there is (E. L. Korn and B. I. Graubard, Survey Methodology 24
(1998), 193-201). There is no correction for finite populations, so that intervals are rather too wide than too narrow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from casework.domain.sample.values import Acted, Truth
from casework.reports.figures.statistics import EXACT, Z_95, Interval, rounded, wilson

Stratum = tuple[str, str]
"""A sample and a stratum of it."""


class Drawn(NamedTuple):
    """How many cases of a stratum were drawn."""

    stratum: Stratum
    cases: int


class Labelled(NamedTuple):
    """Cases that are alike: of one stratum, one probability, one label."""

    stratum: Stratum
    probability: Fraction
    acted: Acted
    truth: Truth
    cases: int


class Estimate(NamedTuple):
    """A share of a population, its interval, and the number of labelled cases that it rests on."""

    value: Decimal | None
    interval: Interval | None
    cases: int


Test = Callable[[Acted, Truth], bool]


class Weighted(NamedTuple):
    """Like ``Labelled``, with what the ratio asks of it: ``inside`` its denominator, ``hit`` its numerator."""

    stratum: Stratum
    weight: Fraction
    inside: bool
    hit: bool
    cases: int


def estimate(drawn: Iterable[Drawn], labelled: Iterable[Labelled], inside: Test, hit: Test) -> Estimate:
    """The share of the cases that are ``hit`` among those ``inside``. Cases that nobody can tell of are left out."""
    known = [one for one in labelled if one.truth is not Truth.CANNOT_TELL]
    groups = weigh(drawn, known, inside, hit)
    cases = sum(one.cases for one in groups if one.inside)
    if not cases:
        return Estimate(None, None, 0)
    hits = sum(one.cases for one in groups if one.hit)
    if len({one.stratum for one in groups}) == 1 and len({one.weight for one in groups}) == 1:
        return Estimate(rounded(_decimal(Fraction(hits, cases))), wilson(hits, cases), cases)
    share = ratio_of(groups)
    size = effective_size(groups, share)
    return Estimate(rounded(_decimal(share)), wilson_of_share(share, size), cases)


def weigh(drawn: Iterable[Drawn], known: Sequence[Labelled], inside: Test, hit: Test) -> list[Weighted]:
    """Each group with the weight of one of its cases."""
    of_stratum: defaultdict[Stratum, int] = defaultdict(int)
    for one in drawn:
        of_stratum[one.stratum] += one.cases
    answered: defaultdict[Stratum, int] = defaultdict(int)
    for group in known:
        answered[group.stratum] += group.cases
    return [
        Weighted(
            group.stratum,
            Fraction(of_stratum[group.stratum], answered[group.stratum]) / group.probability,
            inside(group.acted, group.truth),
            inside(group.acted, group.truth) and hit(group.acted, group.truth),
            group.cases,
        )
        for group in known
    ]


def ratio_of(groups: Iterable[Weighted]) -> Fraction:
    """The weighted ratio. ``ZeroDivisionError`` when nothing is inside."""
    found = list(groups)
    hits = sum((one.weight * one.cases for one in found if one.hit), Fraction())
    return hits / sum((one.weight * one.cases for one in found if one.inside), Fraction())


def variance_by_stratum(groups: Iterable[Weighted], share: Fraction) -> Mapping[Stratum, Fraction]:
    """What each stratum adds to the variance of the ratio, from the linearized value of each of its cases.

    A stratum of one labelled case has no variance of its own: its value counts from 0, the mean of all strata.
    """
    found = list(groups)
    whole = sum((one.weight * one.cases for one in found if one.inside), Fraction())
    numbers: defaultdict[Stratum, int] = defaultdict(int)
    sums: defaultdict[Stratum, Fraction] = defaultdict(Fraction)
    squares: defaultdict[Stratum, Fraction] = defaultdict(Fraction)
    for one in found:
        value = one.weight * (int(one.hit) - share) / whole if one.inside else Fraction()
        numbers[one.stratum] += one.cases
        sums[one.stratum] += one.cases * value
        squares[one.stratum] += one.cases * value * value
    return {
        stratum: squares[stratum] if n == 1 else Fraction(n, n - 1) * (squares[stratum] - sums[stratum] ** 2 / n)
        for stratum, n in numbers.items()
    }


def effective_size(groups: Iterable[Weighted], share: Fraction) -> Fraction:
    """How large a simple sample would be that tells as much, at most the cases there are.

    Where all cases agree within their strata, the variance says nothing, and the unequal weights alone count (L. Kish
    1965): the square of their sum over the sum of their squares.
    """
    found = list(groups)
    cases = sum(one.cases for one in found if one.inside)
    variance = sum(variance_by_stratum(found, share).values(), Fraction())
    if variance and 0 < share < 1:
        return min(Fraction(cases), share * (1 - share) / variance)
    weights = sum((one.weight * one.cases for one in found if one.inside), Fraction())
    return weights**2 / sum((one.weight**2 * one.cases for one in found if one.inside), Fraction())


def wilson_of_share(share: Fraction, size: Fraction) -> Interval:
    """Wilson's 95 % score interval of a share of a sample of any size, whole or not."""
    p, n, square = _decimal(share), _decimal(size), EXACT.power(Z_95, 2)
    inner = square + 4 * EXACT.multiply(n, EXACT.multiply(p, 1 - p))
    spread = EXACT.multiply(Z_95, EXACT.sqrt(inner))
    middle, below = EXACT.add(2 * EXACT.multiply(n, p), square), 2 * EXACT.add(n, square)
    low = Decimal(0) if share == 0 else rounded(EXACT.divide(EXACT.subtract(middle, spread), below))
    high = Decimal(1) if share == 1 else rounded(EXACT.divide(EXACT.add(middle, spread), below))
    return low, high


def _decimal(number: Fraction) -> Decimal:
    return EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
