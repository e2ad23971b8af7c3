"""Medians, Kaplan-Meier, Wilson and kappa against published worked examples."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from casework.reports.figures import statistics
from tests.reports import plain_statistics

HOUR = statistics.MICROSECONDS_AN_HOUR


def hours(*values: int) -> list[int]:
    return [value * HOUR for value in values]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998),
        # 857-872, table I, method 3.
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_wilson_gives_newcombes_table(successes: int, trials: int, low: str, high: str) -> None:
    interval = statistics.wilson(successes, trials)
    assert interval is not None
    assert [limit.quantize(Decimal("0.0001")) for limit in interval] == [Decimal(low), Decimal(high)]


def test_wilson_ends_exactly_at_none_and_all() -> None:
    assert statistics.wilson(0, 7) == (Decimal(0), Decimal("0.354330"))
    assert statistics.wilson(7, 7) == (Decimal("0.645670"), Decimal(1))
    assert statistics.wilson(0, 0) is None


SIX_MP = (hours(6, 6, 6, 7, 10, 13, 16, 22, 23), hours(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
"""Remission under 6-mercaptopurine, in weeks, ended and censored: E. J. Freireich et al., Blood 21 (1963), 699-716."""


def test_survival_gives_the_leukaemia_curve() -> None:
    """The curve as in E. A. Gehan, Biometrika 52 (1965), 203-223, and most textbooks since."""
    weeks = (6, 7, 10, 13, 16, 22, 23)
    found = statistics.survival_shares(*SIX_MP, hours(*weeks))
    assert [(week, round(float(one[0]), 4)) for week, one in zip(weeks, found, strict=True) if one is not None] == [
        (6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482),
    ]  # fmt: skip
    assert statistics.survival_median_hours(*SIX_MP) == 23


def test_survival_intervals_are_greenwoods_on_the_log_log_scale() -> None:
    """The same data: standard errors 0.0764 to 0.1346, as in J. D. Kalbfleisch and R. L. Prentice, The Statistical
    Analysis of Failure Time Data (1980), and the limits that ``sts list`` of Stata gives for them.
    """
    found = statistics.survival_shares(*SIX_MP, hours(6, 7, 10, 13, 16, 22, 23))
    limits = [one[1] for one in found if one is not None and one[1] is not None]
    assert [tuple(round(float(each), 4) for each in pair) for pair in limits] == [
        (0.6197, 0.9516), (0.5631, 0.9228), (0.5032, 0.8894), (0.4316, 0.8491), (0.3675, 0.8049), (0.2678, 0.7468),
        (0.1881, 0.6801),
    ]  # fmt: skip


def test_survival_is_not_known_beyond_the_longest_observation() -> None:
    found = statistics.survival_shares(*SIX_MP, hours(0, 5, 35, 36))
    assert found[0] == found[1] == (Decimal(1), None)
    assert found[2] is not None
    assert found[3] is None
    everything = statistics.survival_shares(hours(1, 2), [], hours(1, 2, 9))
    assert everything[0] is not None
    assert everything[0][0] == Decimal("0.5")
    assert everything[1:] == [(Decimal(0), None), (Decimal(0), None)]
    assert statistics.survival_shares([], [], hours(0)) == [None]


def test_survival_without_censoring_is_the_plain_share() -> None:
    placebo = hours(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
    assert statistics.survival_median_hours(placebo, []) == 8
    found = statistics.survival_shares(placebo, [], hours(4, 23))
    assert [one[0] for one in found if one is not None] == [statistics.rounded(Decimal(14) / 21), Decimal(0)]


@pytest.mark.parametrize("most", [4, 40, 10**12])
def test_survival_in_blocks_is_the_product_over_single_ends(most: int) -> None:
    """Of waits that are often, seldom and never equal, with censorings between, at and beyond them."""
    chance = Random(most)
    reached = 0
    for _ in range(25):
        ended, censored = (
            sorted(chance.randrange(most) for _ in range(chance.randrange(least, 30))) for least in (5, 0)
        )
        observed = [(Fraction(value), True) for value in ended] + [(Fraction(value), False) for value in censored]
        median = plain_statistics.product_limit_median(observed)
        reached += median is not None
        found = statistics.survival_median_hours(ended, censored)
        assert found == (None if median is None else statistics.hours(int(median)))
        limits = [most // 3, most // 2, most]
        for limit, one in zip(limits, statistics.survival_shares(ended, censored, limits), strict=True):
            share, _, _, interval = plain_statistics.waiting(observed, limit)
            assert (one is None) == (share is None)
            if one is not None and share is not None:
                assert one[0] == statistics.rounded(Decimal(share.numerator) / Decimal(share.denominator))
                assert (one[1] is None) == (interval is None)
                assert one[1] is None or [float(each) for each in one[1]] == pytest.approx(interval, abs=2e-6)
    assert reached > 5


def test_survival_median_is_not_reached_while_more_than_half_wait() -> None:
    assert statistics.survival_median_hours(hours(5), hours(6, 7, 8)) is None
    assert statistics.survival_median_hours([], hours(1)) is None
    assert statistics.survival_median_hours([], []) is None


def test_kappa_gives_the_dermatologists() -> None:
    """SAS/STAT User's Guide, PROC FREQ, "Agreement Study" (skin condition): 0.3449, limits 0.2030 and 0.4868."""
    value, interval = statistics.kappa([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
    assert value is not None
    assert interval is not None
    places = Decimal("0.0001")
    assert value.quantize(places) == Decimal("0.3449")
    assert [limit.quantize(places) for limit in interval] == [Decimal("0.2030"), Decimal("0.4868")]


def test_kappa_gives_the_psychologists() -> None:
    """J. Cohen, Educational and Psychological Measurement 20 (1960), 37-46, and Psychological Bulletin 70 (1968):
    200 diagnoses, of which 140 agree and 82 would by chance: 58 / 118 = 0.492.
    """
    value, interval = statistics.kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert value is not None
    assert interval is not None
    assert value.quantize(Decimal("0.001")) == Decimal("0.492")
    assert interval[0] < value < interval[1]


def test_kappa_has_no_value_where_chance_explains_everything() -> None:
    assert statistics.kappa([[5, 0], [0, 0]]) == (None, None)
    assert statistics.kappa([[0, 0], [0, 0]]) == (None, None)
    assert statistics.kappa([[5, 0], [0, 5]]) == (Decimal(1), (Decimal(1), Decimal(1)))


def test_kappa_interval_stays_within_its_bounds() -> None:
    value, interval = statistics.kappa([[1, 1], [0, 1]])
    assert value is not None
    assert interval is not None
    assert -1 <= interval[0] <= value <= interval[1] <= 1


def test_medians_and_deciles_of_small_lists() -> None:
    assert statistics.median_hours([]) is None
    assert statistics.median_hours(hours(3)) == 3
    assert statistics.median_hours(hours(3, 4)) == Decimal("3.5")
    assert statistics.ninth_decile_hours([]) is None
    assert statistics.ninth_decile_hours(hours(*range(1, 11))) == 9
    assert statistics.ninth_decile_hours(hours(*range(1, 12))) == 10
    assert statistics.mean_hours(hours(1, 2)) == Decimal("1.5")
    assert statistics.mean_hours([]) is None


def test_decimals_are_rounded_half_up_at_six_places() -> None:
    assert statistics.ratio(1, 3) == Decimal("0.333333")
    assert statistics.ratio(2, 3) == Decimal("0.666667")
    assert statistics.ratio(1, 2_000_000) == Decimal("0.000001")
    assert statistics.ratio(1, 0) is None
    assert statistics.ratio(0, 5) == 0


@pytest.mark.parametrize("ended", [3, 189, 195, 201])
def test_a_share_of_waiting_that_ends_in_a_five_is_rounded_up(ended: int) -> None:
    """Of 384, 3 have ended: 0.9921875 of them wait, though no step before that share has a last digit."""
    shares = statistics.survival_shares(hours(*range(1, ended + 1)), hours(9999) * (384 - ended), hours(300))
    assert shares[0] is not None
    exact = Decimal(384 - ended) / 384
    assert str(exact)[-1] == "5"
    assert shares[0][0] == statistics.rounded(exact)
