"""Estimates from samples: against published worked examples, and against a known population drawn again and again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest

from casework.domain.sample.drawing import Picked, Plan, Unit, draw
from casework.domain.sample.values import Acted, Allocation, Design, Truth
from casework.reports.figures.estimates import (
    Drawn,
    Estimate,
    Labelled,
    effective_size,
    estimate,
    ratio_of,
    variance_by_stratum,
    weigh,
    wilson_of_share,
)
from casework.reports.figures.of_audit import ESTIMATES, estimates_of
from casework.reports.figures.statistics import wilson

REPEATS = int(os.environ.get("CASEWORK_TEST_DRAWS", "100"))
"""How often a known population is drawn."""

RESTRICTED, PASSED = Acted.RESTRICTED, Acted.PASSED
LAWFUL, INFRINGING, UNKNOWN = Truth.LAWFUL, Truth.INFRINGING, Truth.CANNOT_TELL

GRADES = {"7": (1824, 20, 17), "8": (1025, 9, 0), "9": (1151, 11, 6)}
"""Pupils of a grade, pupils asked, those of them who spend less than 10 dollars a week on ice cream.

SAS/STAT User's Guide, The SURVEYMEANS Procedure, Getting Started, "Stratified Sampling".
"""


def pupils() -> tuple[list[Drawn], list[Labelled]]:
    drawn, labelled = [], []
    for grade, (all_of_them, asked, less) in GRADES.items():
        stratum, probability = ("school", grade), Fraction(asked, all_of_them)
        drawn.append(Drawn(stratum, asked))
        for truth, cases in ((LAWFUL, less), (INFRINGING, asked - less)):
            if cases:
                labelled.append(Labelled(stratum, probability, RESTRICTED, truth, cases))
    return drawn, labelled


def test_stratified_share_and_its_error_are_those_of_the_worked_example() -> None:
    """Published: 0.544555, standard error 0.058424, which has the correction for finite populations in it."""
    drawn, labelled = pupils()
    inside, hit = ESTIMATES["false_block_rate"]
    groups = weigh(drawn, labelled, inside, hit)
    share = ratio_of(groups)
    assert round(float(share), 6) == 0.544555
    by_stratum = variance_by_stratum(groups, share)
    corrected = sum(
        float(by_stratum["school", grade]) * (1 - asked / all_of_them)
        for grade, (all_of_them, asked, _) in GRADES.items()
    )
    assert round(corrected**0.5, 6) == 0.058424
    found = estimate(drawn, labelled, inside, hit)
    assert (found.value, found.cases) == (Decimal("0.544555"), 40)


def test_interval_has_the_size_that_the_variance_gives_and_never_more_than_there_are() -> None:
    drawn, labelled = pupils()
    groups = weigh(drawn, labelled, *ESTIMATES["false_block_rate"])
    share = ratio_of(groups)
    # p (1 - p) / v is 71.9: strata that differ so much tell more than 40 would, which is not believed.
    assert effective_size(groups, share) == 40
    assert estimate(drawn, labelled, *ESTIMATES["false_block_rate"]).interval == wilson_of_share(share, Fraction(40))


@pytest.mark.parametrize(("hits", "cases"), [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29)])
def test_simple_sample_has_wilsons_interval(hits: int, cases: int) -> None:
    """The examples of R. G. Newcombe (1998), which stand in the test of ``wilson``."""
    stratum = ("sample", "all")
    labelled = [
        Labelled(stratum, Fraction(1, 100), RESTRICTED, truth, number)
        for truth, number in ((LAWFUL, hits), (INFRINGING, cases - hits))
        if number
    ]
    found = estimate([Drawn(stratum, cases)], labelled, *ESTIMATES["false_block_rate"])
    assert found.interval == wilson(hits, cases) == wilson_of_share(Fraction(hits, cases), Fraction(cases))


def test_cases_that_nobody_could_label_count_as_the_others_of_their_stratum() -> None:
    one, two = ("sample", "one"), ("sample", "two")
    drawn = [Drawn(one, 10), Drawn(two, 10)]
    labelled = [
        Labelled(one, Fraction(1, 2), RESTRICTED, LAWFUL, 1),
        Labelled(one, Fraction(1, 2), RESTRICTED, INFRINGING, 1),
        Labelled(one, Fraction(1, 2), RESTRICTED, UNKNOWN, 8),
        Labelled(two, Fraction(1, 2), RESTRICTED, INFRINGING, 10),
    ]
    assert estimate(drawn, labelled, *ESTIMATES["false_block_rate"]).value == Decimal("0.25")


def test_nothing_labelled_is_not_nought() -> None:
    assert estimate([Drawn(("sample", "all"), 5)], [], *ESTIMATES["accuracy"]) == Estimate(None, None, 0)


def test_a_stratum_of_one_case_is_not_certain() -> None:
    drawn = [Drawn(("sample", "one"), 1), Drawn(("sample", "two"), 1)]
    labelled = [
        Labelled(("sample", "one"), Fraction(1, 10), RESTRICTED, LAWFUL, 1),
        Labelled(("sample", "two"), Fraction(1, 10), RESTRICTED, INFRINGING, 1),
    ]
    found = estimate(drawn, labelled, *ESTIMATES["false_block_rate"])
    assert found.value == Decimal("0.5")
    assert found.interval is not None
    assert found.interval[1] - found.interval[0] > Decimal("0.8")


# A known population, drawn again and again

KINDS: Sequence[tuple[str, int, Acted, Truth]] = (
    ("high", 10, RESTRICTED, INFRINGING),
    ("high", 9, RESTRICTED, INFRINGING),
    ("high", 10, RESTRICTED, LAWFUL),
    ("middle", 6, PASSED, INFRINGING),
    ("middle", 7, PASSED, LAWFUL),
    ("low", 1, PASSED, LAWFUL),
    ("low", 2, PASSED, LAWFUL),
    ("low", 3, PASSED, INFRINGING),
)
NUMBERS = (40, 30, 10, 20, 40, 90, 60, 10)
POPULATION = {
    f"case_{kind}_{number}": (stratum, size, acted, truth)
    for kind, ((stratum, size, acted, truth), many) in enumerate(zip(KINDS, NUMBERS, strict=True))
    for number in range(many)
}
TRUE = {
    "false_block_rate": 10 / 80,
    "missed_infringement_rate": 30 / 220,
    "precision": 70 / 80,
    "recall": 70 / 100,
    "accuracy": 260 / 300,
}


def units() -> list[Unit]:
    return [Unit(name, stratum, size) for name, (stratum, size, _acted, _truth) in POPULATION.items()]


def found_by(picked: Iterable[Picked]) -> dict[str, Estimate]:
    drawn: Counter[tuple[str, str]] = Counter()
    labelled: Counter[tuple[tuple[str, str], Fraction, Acted, Truth]] = Counter()
    for one in picked:
        _stratum, _size, acted, truth = POPULATION[one.pseudonym]
        stratum = ("sample", one.stratum)
        drawn[stratum] += 1
        labelled[stratum, Fraction(one.chances, one.out_of), acted, truth] += 1
    return dict(
        estimates_of(
            [Drawn(*each) for each in drawn.items()], [Labelled(*each, cases) for each, cases in labelled.items()]
        )
    )


@pytest.mark.parametrize(
    "plan",
    [
        Plan(Design.SIMPLE, 60),
        Plan(Design.STRATIFIED, 60, Allocation.EQUAL),
        Plan(Design.STRATIFIED, 60, Allocation.PROPORTIONAL),
        Plan(Design.WEIGHTED, 60),
    ],
    ids=["simple", "equal", "proportional", "weighted"],
)
def test_estimates_are_right_on_average_and_intervals_hold_the_truth(plan: Plan) -> None:
    sums, held, known = Counter[str](), Counter[str](), Counter[str]()
    for repeat in range(REPEATS):
        for name, one in found_by(draw(f"seed-{repeat}", plan, units()).picked).items():
            if one.value is not None and one.interval is not None:
                known[name] += 1
                sums[name] += one.value  # type: ignore[assignment]
                held[name] += float(one.interval[0]) <= TRUE[name] <= float(one.interval[1])
    for name, true in TRUE.items():
        assert known[name] == REPEATS
        # Four standard errors of the mean of so many draws; a ratio of 60 cases is biased by far less.
        error = 4 * (0.12 / REPEATS**0.5)
        assert abs(float(sums[name]) / REPEATS - true) < error, name
        assert held[name] / REPEATS > 0.9, name


def test_plain_average_of_a_weighted_sample_would_be_wrong() -> None:
    """The weights matter: without them large sizes would speak for all."""
    plain = 0.0
    for repeat in range(40):
        picked = draw(f"seed-{repeat}", Plan(Design.WEIGHTED, 60), units()).picked
        plain += sum(POPULATION[one.pseudonym][2] is RESTRICTED for one in picked) / len(picked) / 40
    assert plain > 2 * 80 / 300 * 0.8
