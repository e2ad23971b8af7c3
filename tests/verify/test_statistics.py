"""Both computations of each statistic agree to the last digit, where rounding is hardest too."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from casework.reports.figures import estimates
from casework.reports.figures import statistics as first
from casework_verify import statistics as second

HOUR = first.MICROSECONDS_AN_HOUR
Shown = tuple[str, str] | None


def plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.6f}"


def limits(interval: first.Interval | None) -> Shown:
    return None if interval is None else (f"{interval[0]:.6f}", f"{interval[1]:.6f}")


@pytest.mark.parametrize("seed", range(40))
def test_durations_agree(seed: int) -> None:
    random = Random(seed)
    longest = random.choice((3, 50, 10**12))
    values = sorted(random.randrange(longest) for _ in range(random.choice((0, 1, 2, 9, 10, 11, 100))))
    assert plain(first.median_hours(values)) == second.median(values)
    assert plain(first.median_minutes(values)) == second.median(values, HOUR // 60)
    assert plain(first.mean_hours(values)) == second.mean(values)
    assert plain(first.ninth_decile_hours(values)) == second.ninth_decile(values)


@pytest.mark.parametrize("seed", range(40))
def test_survival_agrees(seed: int) -> None:
    random = Random(seed)
    longest = random.choice((5, 40, 10**6))
    ended = sorted(random.randrange(longest) for _ in range(random.choice((0, 1, 5, 64, 200))))
    censored = sorted(random.randrange(longest) for _ in range(random.choice((0, 1, 5, 64, 320))))
    durations = sorted(random.randrange(longest + 2) for _ in range(6))
    curve = second.Survival(ended, censored)
    assert plain(first.survival_median_hours(ended, censored)) == curve.median()
    expected = first.survival_shares(ended, censored, durations)
    assert curve.shares(durations) == [None if one is None else (plain(one[0]), limits(one[1])) for one in expected]


@pytest.mark.parametrize("ended", [3, 189, 192, 195, 201])
def test_shares_that_end_in_a_five_and_halves_agree(ended: int) -> None:
    durations, censored = list(range(1, ended + 1)), [10**9] * (384 - ended)
    curve = second.Survival(durations, censored)
    (share,) = curve.shares([ended])
    (expected,) = first.survival_shares(durations, censored, [ended])
    assert share is not None
    assert expected is not None
    assert share == (plain(expected[0]), limits(expected[1]))
    assert share[0] == second.six_places(Fraction(384 - ended, 384))
    assert plain(first.survival_median_hours(durations, censored)) == curve.median()


@pytest.mark.parametrize("trials", [0, 1, 2, 7, 100, 100_000])
def test_wilson_agrees(trials: int) -> None:
    for successes in {0, trials // 3, trials // 2, trials}:
        assert limits(first.wilson(successes, trials)) == second.wilson(successes, trials)
        if trials:
            share, size = Fraction(successes, trials), Fraction(trials * 10, 7)
            assert limits(estimates.wilson_of_share(share, size)) == second.wilson_of_share(share, size)


@pytest.mark.parametrize("seed", range(40))
def test_kappa_agrees(seed: int) -> None:
    random = Random(seed)
    most = random.choice((0, 1, 3, 50))
    table = [[random.randint(0, most) for _ in second.OUTCOMES] for _ in second.OUTCOMES]
    pairs = {
        (one, other): table[row][column]
        for row, one in enumerate(second.OUTCOMES)
        for column, other in enumerate(second.OUTCOMES)
    }
    value, interval = first.kappa(table)
    assert second.kappa(pairs) == (plain(value), limits(interval))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0.000000"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(1, 2_000_000), "0.000001"),
        (Fraction(-1, 2_000_000), "-0.000001"),
        (Fraction(-1, 2_000_001), "0.000000"),
        (Fraction(-5, 2), "-2.500000"),
        (Fraction(12345678901234567890), "12345678901234567890.000000"),
    ],
)
def test_six_places_are_half_up(number: Fraction, text: str) -> None:
    assert second.six_places(number) == text
