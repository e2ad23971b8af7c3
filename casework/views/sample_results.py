"""What one audit sample says by its opened labels: estimates, agreement, counts; by the arithmetic of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from casework.domain.sample.state import Sample
from casework.domain.sample.values import Side
from casework.reports.figures.estimates import Drawn, Estimate, Labelled, Stratum
from casework.reports.figures.of_audit import estimates_of, kappa_of
from casework.reports.figures.values import Value


@dataclass(frozen=True, slots=True)
class SampleResults:
    """Estimates by name, the agreement of both sides (Cohen's kappa), and how many cases by decision and truth."""

    estimates: Mapping[str, Estimate]
    agreement: Estimate
    found: Mapping[str, int]
    disagreements: int


def results_of(sample: Sample) -> SampleResults:
    """What is known so far."""
    drawn: Counter[Stratum] = Counter()
    labelled: Counter[Labelled] = Counter()
    pairs: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for item in sample.items.values():
        one = item.drawn
        stratum = ("sample", one.stratum)
        drawn[stratum] += 1
        if item.truth is None:
            continue
        labelled[Labelled(stratum, Fraction(one.chances, one.out_of), one.acted, item.truth, 1)] += 1
        found[f"{one.acted.value}/{item.truth.value}"] += 1
        truths = {label.side: label.truth.value for label in item.opened}
        if len(truths) == len(Side):
            pairs["/".join(truths[side] for side in Side)] += 1
    groups = [one._replace(cases=many) for one, many in labelled.items()]
    return SampleResults(
        estimates=estimates_of([Drawn(*each) for each in drawn.items()], groups),
        agreement=_agreement(kappa_of(pairs)),
        found=found,
        disagreements=sum(item.disagreement is not None for item in sample.items.values()),
    )


def _agreement(kappa: Value) -> Estimate:
    number = None if kappa.number is None else Decimal(kappa.number)
    return Estimate(number, kappa.interval, kappa.denominator or 0)
