"""The figures ``review``, ``prior_review``, ``abuse`` and ``outside``."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from casework_verify import statistics
from casework_verify.course import FORUMS, OMITTED
from casework_verify.figures.registry import FORUM_ENDS, RIGHTS
from casework_verify.figures.sheet import Counting, Sheet
from casework_verify.moments import HOUR


def review(counting: Counting, sheet: Sheet) -> None:
    """Panels, how far their first rulings agree, and the people who rule."""
    found = counting.happened.get("review.first_rulings", Counter())
    pairs = {(first, second): number for pair, number in found.items() for first, second in [pair.split("/")]}
    panels, agreed = sum(pairs.values()), sum(number for pair, number in pairs.items() if pair[0] == pair[1])
    sheet.count("review", panels=panels, agreed=agreed, disagreed=panels - agreed)
    sheet.cells("review.first_rulings.{pair}", found)
    sheet.share("review.agreement_rate")
    value, interval = statistics.kappa(pairs)
    sheet.with_interval("review.kappa", value, panels, interval)
    sided = counting.happened.get("review.re_review_sided_with", Counter())
    sheet.put("review.re_reviews", sum(sided.values()))
    sheet.cells("review.re_review_sided_with.{sided}", sided)
    rulings = [one for one in counting.known.rulings if counting.period.holds(one[0])]
    days = len({(reviewer, counting.period.day_of(moment)) for moment, reviewer in rulings})
    sheet.put("review.reviewers_active", len({reviewer for _moment, reviewer in rulings}))
    a_day = statistics.six_places(Fraction(len(rulings), days)) if days else None
    sheet.ratio("review.rulings_per_reviewer_day", a_day, len(rulings), days)
    for name in ("recusals", "releases", "conflicts_barred"):
        sheet.put(f"review.{name}", counting.times(f"review.{name}"))
    sheet.cells("review.basis.{basis_code}", counting.happened.get("review.basis", Counter()))


def prior_review(counting: Counting, sheet: Sheet) -> None:
    """Uploads that were held for a look by people."""
    kind = "prior_review"
    ends = Counter(item.fate for item in counting.ended(kind))
    sheet.count(
        kind,
        requests=counting.times("prior_review.requests"),
        open_at_start=counting.open_at_start(kind),
        held=len(counting.begun(kind)),
        released=ends["reversed"],
        limited=ends["partially_reversed"],
        blocked=ends["upheld"],
        omitted=ends[OMITTED],
        open_at_end=counting.open_at_end(kind),
        expired_unreviewed=counting.times("prior_review.expired_unreviewed"),
    )
    held = [course.held for course in counting.known.courses if course.held is not None]
    spans = sorted(length for moment, length in held if counting.period.holds(moment))
    sheet.put("prior_review.median_minutes_held", statistics.median(spans, HOUR // 60), len(spans))


def abuse(counting: Counting, sheet: Sheet) -> None:
    """Warnings and sanctions of misuse by either side."""
    for name in (
        "warnings", "assessments", "lifted", "appeals", "good_faith_accepted", "bad_faith_found", "flaggers_reported",
    ):  # fmt: skip
        sheet.put(f"abuse.{name}", counting.times(f"abuse.{name}"))
    for side in RIGHTS:
        sheet.cells(
            f"abuse.suspensions.{{right}}.{side}", counting.happened.get(f"abuse.suspensions.{side}", Counter())
        )


def outside(counting: Counting, sheet: Sheet) -> None:
    """Courts, authorities and external bodies."""
    for forum in FORUMS:
        key = f"outside.{forum}"
        ends = Counter(item.fate for item in counting.ended(forum))
        sheet.count(
            key,
            pending_at_start=counting.open_at_start(forum),
            opened=len(counting.begun(forum)),
            pending=counting.open_at_end(forum),
            **{name: sum(ends[fate] for fate in fates) for name, fates in FORUM_ENDS[forum].items()},
        )
    bodies = sorted(item.took for item in counting.ended("external_body") if item.has_result)
    sheet.put("outside.external_body.median_h", statistics.median(bodies), len(bodies))
    done = sum(map(counting.period.holds, counting.known.implemented))
    sheet.put("outside.external_body.implemented", done)
    sheet.cells("outside.orders.{order}", counting.happened.get("outside.orders", Counter()))
    sheet.put("outside.orders_ended", counting.times("outside.orders_ended"))
