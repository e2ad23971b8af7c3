"""The figures that this program knows, each with the version of its definition, and how they hang together.

The definitions for people are on the page of figures in the documentation of Casework. A figure of a report that is
not here, or is here in another version, cannot be checked, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from casework_verify.course import BY_DEFAULT, FORUMS, OMITTED, PENDING
from casework_verify.known import BANDS, MEDIA
from casework_verify.statistics import OUTCOMES

COUNT, SHARE, HOURS, MINUTES, COEFFICIENT = "count", "share", "hours", "minutes", "coefficient"
AMOUNT = "amount"
WILSON, GREENWOOD = "Wilson 95 %", "Greenwood 95 %"
FLEISS = "Fleiss, Cohen and Everitt 95 %"
EFFECTIVE = "Wilson 95 %, of the effective sample size where probabilities or strata differ"

Path = tuple[str, ...]
"""Where a number stands in the report: the parts of the figure's id, with the cell filled in."""


class Definition(NamedTuple):
    """One figure. ``cells`` are always there; ``parent`` is what all cells add up to.

    ``parts`` and ``whole`` are numerator and denominator of a share; ``interval`` is how its interval is made.
    ``since`` is the registry that it came with: reports of an earlier one do not have it.
    """

    id: str
    unit: str = COUNT
    cells: tuple[str, ...] = ()
    parent: str | None = None
    parts: tuple[str, ...] = ()
    whole: str | None = None
    interval: str | None = None
    version: int = 1
    since: int = 1

    @property
    def broken_down(self) -> bool:
        """Whether it has cells."""
        return "{" in self.id

    def path(self, cell: str | None = None) -> Path:
        """Where it, or one of its cells, stands. A cell is one key even if it has dots."""
        parts = self.id.split(".")
        if cell is None or not self.broken_down:
            return tuple(parts)
        return tuple([cell if part.startswith("{") else part for part in parts])


def _counts(prefix: str, names: str) -> Iterator[Definition]:
    return (Definition(f"{prefix}.{name}") for name in names.split())


def _cells(identifier: str, cells: Iterable[str], parent: str | None = None) -> Definition:
    return Definition(identifier, cells=tuple(cells), parent=parent)


def _share(identifier: str, parts: Iterable[str], whole: str, interval: str | None = None) -> Definition:
    return Definition(identifier, SHARE, parts=tuple(parts), whole=whole, interval=interval)


RULES = (
    "order", "no_block", "prior_review", "marked", "de_minimis", "overlap_limit", "name_only", "band_low",
    "band_middle", "band_high",
)  # fmt: skip
SHARE_RULES = ("band_low", "band_middle", "band_high")
DECISION_OUTCOMES = (
    "cleared", "prior_review", "marked_lawful", "presumed_lawful", "warning", "presumed_infringing",
)  # fmt: skip
CAUSES = ("ruling", "prior_review", "counter_notice", "external_body", "court", "correction")
MARK_BASES = ("statutory_exception", "licensed", "public_domain", "own_work")
_WAYS = tuple(
    f"{first}/{middle}/{last}"
    for first, ends in (("restricted", ("reversed", "stands")), ("public", ("restricted", "public")))
    for middle in ("appealed", "not_appealed")
    for last in ends
)
MEASURES = ("none", "label", "demote", "block")
NOTICE_ENDS = ("accepted", "rejected", "lapsed", "withdrawn", "moot")
COUNTER_ENDS = ("restored_at_once", "restored_after_wait", "stayed", "lapsed", "ended_otherwise")
REOPENINGS = ("new_evidence", "reference_withdrawn", "ownership_false", "audit_disagreement")
LOSSES = ("ruling", "urgent_block", "settlement")
PAIRS = tuple(f"{first}/{second}" for first in OUTCOMES for second in OUTCOMES)
WITHIN = ("within_24h", "within_48h", "within_7d", "later")
OVERDUE = ("up_to_7d", "up_to_30d", "over_30d")
WAITING_DAYS = tuple(str(day) for day in range(15))
GROUNDS: Mapping[str, tuple[str, ...]] = {
    "contest": (
        "statutory_exception", "licensed", "public_domain", "own_work", "misidentification", "wrong_share", "other",
    ),
    "challenge": (
        "no_exception", "no_licence", "not_public_domain", "not_own_work", "commercial_use", "wrong_share", "other",
        "urgent_block",
    ),
}  # fmt: skip
SIDES: Mapping[str, str] = {"uploader": "contest", "right_holder": "challenge"}
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "uploader": ("marking", "appeals"),
    "right_holder": ("automatic_blocking", "manual_claims", "notices", "urgent_measures", "appeals"),
}
FORUM_ENDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    **{
        forum: {
            "decided_for_platform": ("upheld",),
            "against": ("reversed", "partially_reversed"),
            "without_decision": ("default", "omitted"),
        }
        for forum in ("court", "authority")
    },
    "external_body": {end: (end,) for end in (*OUTCOMES, "default", "omitted")},
}
DESIGNS = ("simple", "stratified", "weighted")
TRUTHS = ("infringing", "lawful", "cannot_tell")
TIMED = ("contest", "challenge", "prior_review", "notice", "counter_notice")
DUE = ("contest", "challenge", "prior_review", "counter_notice")
"""Procedures with a day on which their result is due."""


def _screening() -> Iterator[Definition]:
    for name in ("screened", "matched"):
        yield Definition(f"screening.{name}")
        yield _cells(f"screening.{name}_by_medium.{{medium}}", MEDIA, f"screening.{name}")
    yield _share("screening.match_rate", ("screening.matched",), "screening.screened")
    yield Definition(
        "screening.match_rate_by_medium.{medium}",
        SHARE,
        MEDIA,
        parts=("screening.matched_by_medium.{medium}",),
        whole="screening.screened_by_medium.{medium}",
    )


def _decisions() -> Iterator[Definition]:
    total = "decisions.total"
    yield Definition(total)
    yield _cells("decisions.by_outcome.{outcome}", DECISION_OUTCOMES, total)
    yield _cells("decisions.by_rule.{rule}", RULES, total)
    yield _cells("decisions.by_medium.{medium}", MEDIA, total)
    yield _cells("decisions.by_method.{method}", ("hash", "metadata", "keyword", "fingerprint"), total)
    yield _cells("decisions.by_engine.{engine}", (), total)
    yield _cells("decisions.by_standard.{standard}", (), total)
    yield _cells("decisions.by_share_band.{band}", BANDS, total)
    for rule in SHARE_RULES:
        yield _cells(f"decisions.over_time.{rule}.{{step}}", (), f"decisions.by_rule.{rule}")
    yield _cells("decisions.over_time.other.{step}", ())
    yield _cells("decisions.paths.{path}", _WAYS, total)


def _filtering() -> Iterator[Definition]:
    restricted, fell, passed = "filtering.restrictions", "filtering.reversed", "filtering.passed"
    yield from (Definition(one) for one in (restricted, fell, passed))
    yield _cells("filtering.restrictions_by_share_band.{band}", BANDS, restricted)
    yield _cells("filtering.reversed_by_cause.{cause}", CAUSES, fell)
    yield _cells("filtering.reversed_by_share_band.{band}", BANDS, fell)
    yield _share("filtering.error_rate_lower_bound", (fell,), restricted)
    yield Definition("filtering.passed_then_restricted")
    yield _share("filtering.passed_then_restricted_rate", ("filtering.passed_then_restricted",), passed)
    yield Definition("filtering.wrongly_blocked_hours.sum_h", HOURS)
    yield Definition("filtering.wrongly_blocked_hours.median_h", HOURS)
    names = "solely_automated partly_automated not_automated repeat_block_after_reversal"
    yield from _counts("filtering", names)


def _marks() -> Iterator[Definition]:
    yield from _counts("marks", "set before_decision after_decision challenged examined found_wrong found_right")
    yield _cells("marks.by_basis.{basis}", MARK_BASES, "marks.set")
    yield _share("marks.accuracy", ("marks.found_right",), "marks.examined", WILSON)


def _appeals(party: str, kind: str) -> Iterator[Definition]:
    key = f"appeals.{party}"
    names = "open_at_start received decided_on_merits decided_by_default omitted open_at_end appealable appealed"
    yield from _counts(key, f"{names} overturned new_restrictions")
    yield _cells(f"{key}.decided.{{ruling}}", OUTCOMES, f"{key}.decided_on_merits")
    fell = (f"{key}.decided.reversed", f"{key}.decided.partially_reversed")
    yield _share(f"{key}.overturn_rate", fell, f"{key}.decided_on_merits", WILSON)
    yield _cells(f"{key}.fate.{{fate}}", (*OUTCOMES, BY_DEFAULT, OMITTED, PENDING), f"{key}.received")
    yield _share(f"{key}.appeal_rate", (f"{key}.appealed",), f"{key}.appealable")
    for counted in ("received", "overturned"):
        yield _cells(f"{key}.grounds.{{{kind}_ground}}.{counted}", GROUNDS[kind], f"{key}.{counted}")
    yield _cells(f"{key}.new_restrictions_by.{{restricting}}", LOSSES, f"{key}.new_restrictions")


def _rounds(name: str) -> Iterator[Definition]:
    key = f"appeals.{name}"
    yield from _counts(key, "open_at_start received decided omitted open_at_end")
    yield _cells(f"{key}.rulings.{{level_fate}}", (*OUTCOMES, BY_DEFAULT), f"{key}.decided")


def _times(kind: str) -> Iterator[Definition]:
    key = f"times.{kind}"
    yield Definition(f"{key}.finished")
    yield from (Definition(f"{key}.{name}", HOURS) for name in ("median_h", "p90_h", "mean_h", "median_h_censored"))
    yield _cells(f"{key}.{{within}}", WITHIN, f"{key}.finished")
    if kind in DUE:
        yield from _counts(key, "due on_time")
        yield _share(f"{key}.on_time_rate", (f"{key}.on_time",), f"{key}.due")
        yield _cells(f"{key}.overdue_open.{{overdue}}", OVERDUE)
    if kind in SIDES.values():
        yield Definition(f"{key}.waiting.{{day}}", SHARE, WAITING_DAYS, interval=GREENWOOD)


def _notices() -> Iterator[Definition]:
    names = "open_at_start received items by_trusted deficient cured open_at_end barred_repeats"
    yield from _counts("notices", f"{names} {' '.join(NOTICE_ENDS)}")
    yield _cells("notices.measures.{measure}", MEASURES, "notices.accepted")
    yield _cells("notices.fate.{notice_fate}", (*NOTICE_ENDS, PENDING), "notices.received")
    names = "open_at_start received deficient cured accepted forwarded legal_action_reported open_at_end"
    yield from _counts("counter_notices", f"{names} {' '.join(COUNTER_ENDS)}")
    yield _cells("counter_notices.fate.{wait_outcome}", (*COUNTER_ENDS, PENDING), "counter_notices.received")
    yield Definition("counter_notices.median_wait_h", HOURS)
    yield from _counts("warnings", "issued notified tolerated licensed lapsed")


def _review() -> Iterator[Definition]:
    yield from _counts("review", "panels agreed disagreed re_reviews reviewers_active recusals releases")
    yield Definition("review.conflicts_barred")
    yield _cells("review.first_rulings.{pair}", PAIRS, "review.panels")
    yield _share("review.agreement_rate", ("review.agreed",), "review.panels", WILSON)
    yield Definition("review.kappa", COEFFICIENT, interval=FLEISS)
    yield _cells("review.re_review_sided_with.{sided}", ("first", "second", "neither"), "review.re_reviews")
    yield Definition("review.rulings_per_reviewer_day", COEFFICIENT)
    yield _cells("review.basis.{basis_code}", ())


def _oversight() -> Iterator[Definition]:
    names = "requests open_at_start held released limited blocked omitted open_at_end expired_unreviewed"
    yield from _counts("prior_review", names)
    yield Definition("prior_review.median_minutes_held", MINUTES)
    names = "warnings assessments lifted appeals good_faith_accepted bad_faith_found flaggers_reported"
    yield from _counts("abuse", names)
    for side, rights in RIGHTS.items():
        yield _cells(f"abuse.suspensions.{{right}}.{side}", rights)
    for forum in FORUMS:
        yield from _counts(f"outside.{forum}", f"pending_at_start opened pending {' '.join(FORUM_ENDS[forum])}")
    yield Definition("outside.external_body.median_h", HOURS)
    yield Definition("outside.external_body.implemented")
    yield _cells("outside.orders.{order}", ("interim", "final"))
    yield Definition("outside.orders_ended")


def _audit() -> Iterator[Definition]:
    yield from _counts("audit", "samples sampled labelled labelled_twice")
    yield _cells("audit.by_design.{design}", DESIGNS, "audit.samples")
    found = (f"{acted}/{truth}" for acted in ("restricted", "passed") for truth in TRUTHS)
    yield _cells("audit.found.{found}", found, "audit.labelled")
    for name in ("false_block_rate", "missed_infringement_rate", "precision", "recall", "accuracy"):
        yield Definition(f"audit.{name}", SHARE, interval=EFFECTIVE)
    pairs = (f"{platform}/{regulator}" for platform in TRUTHS for regulator in TRUTHS)
    yield _cells("audit.label_pairs.{label_pair}", pairs, "audit.labelled_twice")
    yield Definition("audit.kappa", COEFFICIENT, interval=FLEISS)


def _fees() -> Iterator[Definition]:
    yield Definition("fees.schedule.{scheduled_fee}", AMOUNT, since=2)
    for name in ("charged", "waived"):
        by_item = f"fees.{name}_by_item.{{fee}}"
        yield Definition(f"fees.{name}", since=2)
        yield Definition(by_item, parent=f"fees.{name}", since=2)
        yield Definition(f"fees.{name}_amount.{{fee}}", AMOUNT, whole=by_item, since=2)


REJECTIONS = (
    "warning_letter_only", "ownership_not_shown", "work_not_identifiable", "work_not_protected", "misleading",
)  # fmt: skip


def _filter_requests() -> Iterator[Definition]:
    key = "filter_requests"
    names = "received incomplete completed_later accepted rejected withdrawn active_at_end ownership_false"
    for name in (*names.split(), "cases_reopened"):
        yield Definition(f"{key}.{name}", since=2)
    yield Definition(f"{key}.rejected_by_reason.{{rejection}}", cells=REJECTIONS, parent=f"{key}.rejected", since=2)
    yield Definition(f"{key}.median_completeness", SHARE, since=2)


def _personal_data() -> Iterator[Definition]:
    return (Definition(f"personal_data.{name}", since=2) for name in ("erasure_requests", "erased", "refused"))


FIGURES: tuple[Definition, ...] = (
    *_screening(),
    *_decisions(),
    *_filtering(),
    *_notices(),
    *(definition for party, kind in SIDES.items() for definition in _appeals(party, kind)),
    Definition("appeals.urgent_blocks"),
    *_rounds("further_reviews"),
    *_rounds("reopenings"),
    _cells("appeals.reopenings.by_cause.{reopening}", REOPENINGS, "appeals.reopenings.received"),
    *(definition for kind in TIMED for definition in _times(kind)),
    *_review(),
    *_marks(),
    *_fees(),
    *_filter_requests(),
    *_oversight(),
    *_personal_data(),
    *_audit(),
)
BY_ID: Mapping[str, Definition] = {definition.id: definition for definition in FIGURES}
REGISTRY = max(definition.since for definition in FIGURES)
"""The registry that this program knows. A report names the one that it was made by."""
