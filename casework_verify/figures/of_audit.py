"""The figures ``audit``: what random samples say of the decisions, weighted by how likely each case was drawn.

Each labelled case stands for as many as the inverse of its probability says, and for those of its stratum that nobody
labelled or could tell of (Hajek 1971). The variance of the ratio is that of its linearized values (Cochran 1977), the
interval Wilson's for the size of a simple sample of that variance (Korn and Graubard 1998; Kish 1965 where the sample
says nothing of its variance).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from casework_verify import statistics
from casework_verify.figures.registry import DESIGNS, TRUTHS
from casework_verify.figures.sheet import Counting, Sheet
from casework_verify.known import Labelled
from casework_verify.statistics import Interval

Test = Callable[[Labelled], bool]


def _restricted(one: Labelled) -> bool:
    return one.acted == "restricted"


def _infringing(one: Labelled) -> bool:
    return one.truth == "infringing"


ESTIMATES: Mapping[str, tuple[Test, Test]] = {
    "false_block_rate": (_restricted, lambda one: one.truth == "lawful"),
    "missed_infringement_rate": (lambda one: one.acted == "passed", _infringing),
    "precision": (_restricted, _infringing),
    "recall": (_infringing, _restricted),
    "accuracy": (lambda one: True, lambda one: _restricted(one) == _infringing(one)),
}
"""Of which labelled cases each estimate is a share, and which of them it counts."""


class _Weighed(NamedTuple):
    stratum: tuple[str, str]
    weight: Fraction
    inside: bool
    hit: bool


def audit(counting: Counting, sheet: Sheet) -> None:
    """Samples drawn in the period, with the labels that were opened by T."""
    holds = counting.period.holds
    samples = [sample for sample in counting.known.samples if holds(sample.moment)]
    labelled = [one for one in counting.known.labels if holds(one.drawn_at)]
    drawn = Counter((sample.stream, stratum) for sample in samples for stratum in sample.strata)
    sheet.count("audit", samples=len(samples), sampled=sum(drawn.values()), labelled=len(labelled))
    sheet.cells("audit.by_design.{design}", dict.fromkeys(DESIGNS, 0) | Counter(one.design for one in samples))
    sheet.cells("audit.found.{found}", (f"{one.acted}/{one.truth}" for one in labelled))
    for name, (inside, hit) in ESTIMATES.items():
        sheet.with_interval(f"audit.{name}", *_estimate(drawn, labelled, inside, hit))
    pairs = Counter(one.pair for one in labelled if one.pair is not None)
    sheet.put("audit.labelled_twice", sum(pairs.values()))
    sheet.cells("audit.label_pairs.{label_pair}", {"/".join(pair): number for pair, number in pairs.items()})
    value, interval = statistics.kappa(pairs, TRUTHS)
    sheet.with_interval("audit.kappa", value, sum(pairs.values()), interval)


def _estimate(
    drawn: Mapping[tuple[str, str], int], labelled: Sequence[Labelled], inside: Test, hit: Test
) -> tuple[str | None, int, Interval | None]:
    """The share, on how many cases it rests, and its interval."""
    told = [one for one in labelled if one.truth != "cannot_tell"]
    answered = Counter(one.stratum for one in told)
    weighed = [
        _Weighed(
            one.stratum,
            Fraction(drawn[one.stratum], answered[one.stratum]) / one.probability,
            inside(one),
            inside(one) and hit(one),
        )
        for one in told
    ]
    looked_at = [one for one in weighed if one.inside]
    if not looked_at:
        return None, 0, None
    number = len(looked_at)
    if len({(one.stratum, one.weight) for one in weighed}) == 1:
        hits = sum(one.hit for one in looked_at)
        return statistics.six_places(Fraction(hits, number)), number, statistics.wilson(hits, number)
    whole = sum((one.weight for one in looked_at), Fraction())
    if not whole:
        # Labels of cases that were not drawn in the period, which no honest log holds, weigh nothing.
        return None, number, None
    share = sum((one.weight for one in looked_at if one.hit), Fraction()) / whole
    size = _effective_size(weighed, looked_at, share, whole)
    return statistics.six_places(share), number, statistics.wilson_of_share(share, size)


def _effective_size(
    weighed: Sequence[_Weighed], looked_at: Sequence[_Weighed], share: Fraction, whole: Fraction
) -> Fraction:
    variance = _variance(weighed, share, whole)
    if variance and 0 < share < 1:
        return min(Fraction(len(looked_at)), share * (1 - share) / variance)
    return whole**2 / sum((one.weight**2 for one in looked_at), Fraction())


def _variance(weighed: Sequence[_Weighed], share: Fraction, whole: Fraction) -> Fraction:
    """That of the ratio. A stratum of one labelled case counts from 0, the mean of all strata."""
    values: dict[tuple[str, str], list[Fraction]] = {}
    for one in weighed:
        value = one.weight * (int(one.hit) - share) / whole if one.inside else Fraction()
        values.setdefault(one.stratum, []).append(value)
    variance = Fraction()
    for found in values.values():
        n = len(found)
        mean = sum(found, Fraction()) / n if n > 1 else Fraction()
        variance += Fraction(n, max(1, n - 1)) * sum(((value - mean) ** 2 for value in found), Fraction())
    return variance
