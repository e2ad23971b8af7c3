"""A second, naive count of every figure, from the definitions alone: events in a list, no sums kept, no shared code.

It is slow and plain on purpose: for each figure it looks through the cases again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Any
from uuid import UUID

from casework.domain.case import events as facts
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded

BAND_RULES = ("band_low", "band_middle", "band_high")
OUTCOMES = ("upheld", "partially_reversed", "reversed")
Counted = tuple[Fraction | int | None, int | None, int | None, tuple[float, float] | None]
"""Number, numerator, denominator, interval."""


@dataclass
class Appeal:
    """One appeal with its end, if it has one; ``how`` is an outcome, by_default or omitted."""

    kind: str
    ground: str
    lodged: datetime
    due: datetime
    on_mark: bool
    public_before: bool
    restored: bool
    ended: datetime | None = None
    how: str = "pending"
    outcome: str | None = None
    public_after: bool = True

    @property
    def took(self) -> timedelta:
        assert self.ended is not None
        return self.ended - self.lodged


@dataclass
class History:
    """One case."""

    decision: facts.FilteringDecisionRecorded
    place: int
    later: list[Recorded] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    marked: bool = False
    public: bool = True
    first_reversal: int | None = None

    @property
    def blocked(self) -> bool:
        return self.decision.outcome.value in ("presumed_infringing", "prior_review")

    @property
    def reversing(self) -> Appeal | None:
        ruled = [one for one in self.appeals if one.kind == "contest" and one.outcome]
        return ruled[-1] if ruled and ruled[-1].outcome != "upheld" else None


class Recount:
    """Counts for the period of local days from ``start`` to before ``end``, as known at ``as_of``."""

    def __init__(
        self, log: Sequence[Recorded], standards: Standards, zone: tzinfo, start: date, end: date, as_of: datetime
    ) -> None:
        self.zone, self.start, self.end, self.as_of = zone, start, end, as_of
        self.log = [one for one in log if one.recorded <= as_of]
        self.cases: dict[UUID, History] = {}
        for one in self.log:
            self.follow(one, standards)
        self.decided = [case for case in self.cases.values() if self.inside(case.decision.decided_at)]
        self.results: dict[str, Counted] = {}

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def inside(self, moment: datetime) -> bool:
        return self.start <= self.day(moment) < self.end

    def follow(self, one: Recorded, standards: Standards) -> None:
        event: Any = one.event
        if isinstance(event, facts.FilteringDecisionRecorded):
            case = self.cases[one.stream] = History(event, one.position)
            case.marked = event.outcome.value == "marked_lawful"
            case.public = not case.blocked
            return
        case = self.cases[one.stream]
        case.later.append(one)
        if isinstance(event, facts.LawfulUseMarked):
            case.marked = case.public = True
        elif isinstance(event, facts.ContestLodged | facts.ChallengeLodged):
            kind = "contest" if isinstance(event, facts.ContestLodged) else "challenge"
            days = standards[case.decision.standard].procedure.ruling_due_days
            restored = isinstance(event, facts.ContestLodged) and event.restored
            appeal = Appeal(kind, event.ground.value, one.occurred, one.occurred + timedelta(days=days),
                            case.marked and kind == "challenge", case.public, restored)  # fmt: skip
            case.appeals.append(appeal)
            case.public = case.public or restored
        elif isinstance(event, facts.RulingIssued | facts.AppealWithdrawn):
            appeal = case.appeals[event.appeal - 1]
            appeal.ended = max(one.occurred, appeal.lodged)
            case.public = appeal.public_after = event.availability.value == "public"
            appeal.how = "omitted"
            if isinstance(event, facts.RulingIssued):
                appeal.outcome = event.outcome.value
                appeal.how = event.outcome.value if event.on_merits else "by_default"
            if case.reversing is not None and case.first_reversal is None:
                case.first_reversal = one.position

    # The answers

    def put(self, key: str, number: Fraction | int | None, over: int | None = None, parts: int | None = None,
            interval: tuple[float, float] | None = None) -> None:  # fmt: skip
        self.results[key] = (number, parts, over, interval)

    def share(self, key: str, parts: int, over: int, *, interval: bool = False) -> None:
        self.put(key, Fraction(parts, over) if over else None, over, parts, wilson(parts, over) if interval else None)

    def cells(self, key: str, found: Iterable[str], always: Iterable[str] = ()) -> None:
        counted = Counter(found)
        for cell in {*always, *counted}:
            self.put(key.replace("*", cell), counted[cell])

    def everything(self) -> dict[str, Counted]:
        """Every figure by its id."""
        self.decisions()
        self.filtering()
        for party, kind, grounds in (
            ("uploader", "contest", "statutory_exception licensed public_domain own_work misidentification"),
            ("right_holder", "challenge", "no_exception no_licence not_public_domain not_own_work commercial_use"),
        ):
            self.appeals(party, kind, (*grounds.split(), "wrong_share", "other"))
            self.times(kind)
        self.review()
        self.marks()
        return self.results

    def decisions(self) -> None:
        these = [case.decision for case in self.decided]
        self.put("decisions.total", len(these))
        outcomes = (
            "cleared",
            "prior_review",
            "presumed_lawful",
            "marked_lawful",
            "warning",
            "presumed_infringing",
        )
        self.cells("decisions.by_outcome.*", (one.outcome.value for one in these), outcomes)
        rules = [
            "order",
            "no_block",
            "prior_review",
            "marked",
            "de_minimis",
            "overlap_limit",
            "name_only",
            "band_low",
            "band_middle",
            "band_high",
        ]
        self.cells("decisions.by_rule.*", (one.rule.value for one in these), rules)
        self.cells(
            "decisions.by_medium.*", (one.upload.medium.value for one in these), ("text", "audio", "image", "video")
        )
        methods = ("hash", "metadata", "keyword", "fingerprint")
        self.cells("decisions.by_method.*", (one.evidence.method.value for one in these), methods)
        self.cells("decisions.by_engine.*", (f"{one.evidence.engine}@{one.evidence.engine_version}" for one in these))
        self.cells("decisions.by_standard.*", (one.standard for one in these))
        self.cells("decisions.by_share_band.*", map(band, self.decided), BANDS)

    def filtering(self) -> None:
        blocked = [case for case in self.decided if case.blocked]
        overturned = [case for case in blocked if case.reversing is not None]
        passed = [case for case in self.decided if not case.blocked]
        restricted_later = [case for case in passed if not case.public]
        self.put("filtering.restrictions", len(blocked))
        self.cells("filtering.restrictions_by_share_band.*", map(band, blocked), BANDS)
        self.put("filtering.reversed", len(overturned))
        self.put("filtering.reversed_by_cause.ruling", len(overturned))
        self.cells("filtering.reversed_by_share_band.*", map(band, overturned), BANDS)
        self.share("filtering.error_rate_lower_bound", len(overturned), len(blocked))
        self.put("filtering.passed", len(passed))
        self.put("filtering.passed_then_restricted", len(restricted_later))
        self.share("filtering.passed_then_restricted_rate", len(restricted_later), len(passed))
        spans = [in_hours(until - case.decision.decided_at) for case in overturned if (until := restored_at(case))]
        spans = [max(Fraction(0), span) for span in spans]
        self.put("filtering.wrongly_blocked_hours.sum_h", sum(spans, Fraction(0)), len(spans))
        self.put("filtering.wrongly_blocked_hours.median_h", median(spans), len(spans))
        by_people = [
            case for case in blocked if any(isinstance(one.event, facts.RulingSubmitted) for one in case.later)
        ]
        self.put("filtering.solely_automated", len(blocked) - len(by_people))
        self.put("filtering.partly_automated", len(by_people))
        again = [case for case in blocked if any(self.repeats(case, other) for other in self.cases.values())]
        self.put("filtering.repeat_block_after_reversal", len(again))

    @staticmethod
    def repeats(case: History, other: History) -> bool:
        return (
            other.blocked
            and other.first_reversal is not None
            and other.first_reversal < case.place
            and case.decision.upload.content_sha256 is not None
            and case.decision.upload.content_sha256 == other.decision.upload.content_sha256
            and case.decision.work.id == other.decision.work.id
        )

    def all_appeals(self, kind: str) -> list[Appeal]:
        return [one for case in self.cases.values() for one in case.appeals if one.kind == kind]

    def appeals(self, party: str, kind: str, grounds: Sequence[str]) -> None:
        key, these = f"appeals.{party}", self.all_appeals(kind)
        received = [one for one in these if self.inside(one.lodged)]
        ended = [one for one in these if one.ended is not None and self.inside(one.ended)]
        self.put(f"{key}.open_at_start", self.open_before(these, self.start))
        self.put(f"{key}.open_at_end", self.open_before(these, self.end))
        self.put(f"{key}.received", len(received))
        merits = [one.how for one in ended if one.how in OUTCOMES]
        self.put(f"{key}.decided_on_merits", len(merits))
        self.cells(f"{key}.decided.*", merits, OUTCOMES)
        self.put(f"{key}.decided_by_default", sum(one.how == "by_default" for one in ended))
        self.put(f"{key}.omitted", sum(one.how == "omitted" for one in ended))
        self.share(f"{key}.overturn_rate", sum(one != "upheld" for one in merits), len(merits), interval=True)
        fates = (*OUTCOMES, "by_default", "omitted", "pending")
        self.cells(f"{key}.fate.*", (one.how for one in received), fates)
        wrong = [one for one in received if one.how in ("reversed", "partially_reversed")]
        self.put(f"{key}.overturned", len(wrong))
        self.cells(f"{key}.grounds.*.received", (one.ground for one in received), grounds)
        self.cells(f"{key}.grounds.*.overturned", (one.ground for one in wrong), grounds)
        lawful = ("presumed_lawful", "marked_lawful")
        open_to: Callable[[History], bool] = (
            (lambda case: case.blocked)
            if kind == "contest"
            else (lambda case: case.marked or case.decision.outcome.value in lawful)
        )
        appealable = [case for case in self.decided if open_to(case)]
        appealed = [case for case in appealable if any(one.kind == kind for one in case.appeals)]
        self.put(f"{key}.appealable", len(appealable))
        self.put(f"{key}.appealed", len(appealed))
        self.share(f"{key}.appeal_rate", len(appealed), len(appealable))
        new = [one for one in ended if one.outcome and one.public_before and not one.public_after]
        self.put(f"{key}.new_restrictions", len(new))

    def open_before(self, these: list[Appeal], day: date) -> int:
        return sum(self.day(one.lodged) < day and (one.ended is None or self.day(one.ended) >= day) for one in these)

    def times(self, kind: str) -> None:
        key, these = f"times.{kind}", self.all_appeals(kind)
        ruled = [one for one in these if one.outcome and one.ended is not None]
        spans = sorted(in_hours(one.took) for one in ruled if one.ended and self.inside(one.ended))
        self.put(f"{key}.finished", len(spans))
        self.put(f"{key}.median_h", median(spans), len(spans))
        self.put(f"{key}.mean_h", sum(spans, Fraction(0)) / len(spans) if spans else None, len(spans))
        ninth = next((span for span in spans if 10 * sum(one <= span for one in spans) >= 9 * len(spans)), None)
        self.put(f"{key}.p90_h", ninth, len(spans))
        received = [one for one in these if self.inside(one.lodged)]
        observed = [(in_hours((one.ended or self.as_of) - one.lodged), one.outcome is not None) for one in received]
        self.put(f"{key}.median_h_censored", product_limit_median(observed), len(observed))
        bounds = ((0, 24, "within_24h"), (24, 48, "within_48h"), (48, 168, "within_7d"), (168, 10**9, "later"))
        for low, high, cell in bounds:
            found = sum(low < span <= high or (span == 0 and low == 0) for span in spans)
            self.put(f"{key}.{cell}", found)
        due = [
            one
            for one in these
            if self.inside(one.due)
            and one.due <= self.as_of
            and not (one.how == "omitted" and one.ended is not None and one.ended <= one.due)
        ]
        kept = [one for one in due if one.outcome and one.ended is not None and one.ended <= one.due]
        self.put(f"{key}.due", len(due))
        self.put(f"{key}.on_time", len(kept))
        self.share(f"{key}.on_time_rate", len(kept), len(due))
        late = [(self.as_of - one.due) / timedelta(days=1) for one in these if one.ended is None]
        self.put(f"{key}.overdue_open.up_to_7d", sum(0 < each <= 7 for each in late))
        self.put(f"{key}.overdue_open.up_to_30d", sum(7 < each <= 30 for each in late))
        self.put(f"{key}.overdue_open.over_30d", sum(each > 30 for each in late))

    def review(self) -> None:
        in_period = [one for one in self.log if self.inside(one.occurred)]
        opened: list[Any] = [one for one in in_period if isinstance(one.event, facts.RulingsOpened)]
        pairs = [
            tuple(each.outcome.value for each in one.event.rulings) for one in opened if len(one.event.rulings) == 2
        ]
        self.put("review.panels", len(pairs))
        agreed = sum(first == second for first, second in pairs)
        self.put("review.agreed", agreed)
        self.put("review.disagreed", len(pairs) - agreed)
        always = [f"{first}/{second}" for first in OUTCOMES for second in OUTCOMES]
        self.cells("review.first_rulings.*", ("/".join(pair) for pair in pairs), always)
        self.share("review.agreement_rate", agreed, len(pairs), interval=True)
        value, interval = kappa(pairs)
        self.put("review.kappa", value, len(pairs), None, interval)
        thirds = [one for one in opened if len(one.event.rulings) == 1]
        self.put("review.re_reviews", len(thirds))
        sided = [self.sided(one) for one in thirds]
        self.cells("review.re_review_sided_with.*", sided, ("first", "second", "neither"))
        submitted: list[Any] = [one for one in in_period if isinstance(one.event, facts.RulingSubmitted)]
        self.put("review.reviewers_active", len({one.event.reviewer for one in submitted}))
        worked = {(one.event.reviewer, self.day(one.occurred)) for one in submitted}
        self.share("review.rulings_per_reviewer_day", len(submitted), len(worked))
        bases = [basis for one in opened for each in one.event.rulings for basis in sorted(set(each.bases))]
        self.cells("review.basis.*", bases)

    def sided(self, third: Recorded) -> str:
        event: Any = third.event
        openings: list[Any] = [
            one.event for one in self.cases[third.stream].later if isinstance(one.event, facts.RulingsOpened)
        ]
        panel = next(each for each in openings if len(each.rulings) == 2)
        outcome = event.rulings[0].outcome
        for name, ruling in zip(("first", "second"), panel.rulings, strict=True):
            if ruling.outcome is outcome:
                return name
        return "neither"

    def marks(self) -> None:
        before = [mark.basis.value for case in self.decided for mark in case.decision.marks]
        after = [
            one.event.mark.basis.value
            for one in self.log
            if isinstance(one.event, facts.LawfulUseMarked) and self.inside(one.occurred)
        ]
        self.put("marks.set", len(before) + len(after))
        self.put("marks.before_decision", len(before))
        self.put("marks.after_decision", len(after))
        bases = ("statutory_exception", "licensed", "public_domain", "own_work")
        self.cells("marks.by_basis.*", [*before, *after], bases)
        on_marks = [one for one in self.all_appeals("challenge") if one.on_mark]
        self.put("marks.challenged", sum(self.inside(one.lodged) for one in on_marks))
        examined = [one for one in on_marks if one.how in OUTCOMES and one.ended and self.inside(one.ended)]
        wrong = sum(one.how != "upheld" for one in examined)
        self.put("marks.examined", len(examined))
        self.put("marks.found_wrong", wrong)
        self.put("marks.found_right", len(examined) - wrong)
        self.share("marks.accuracy", len(examined) - wrong, len(examined), interval=True)


BANDS = [f"{low}0_{low + 1}0" if low else "00_10" for low in range(10)] + ["unknown"]


def band(case: History) -> str:
    share = case.decision.evidence.share_of_upload
    if share is None:
        return "unknown"
    for place in range(9):
        if Fraction(share) < Fraction(place + 1, 10):
            return BANDS[place]
    return BANDS[9]


def restored_at(case: History) -> datetime | None:
    appeal = case.reversing
    return None if appeal is None else appeal.lodged if appeal.restored else appeal.ended


def in_hours(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 3_600_000_000)


def median(spans: Iterable[Fraction]) -> Fraction | None:
    ordered = sorted(spans)
    if not ordered:
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def product_limit_median(observed: Sequence[tuple[Fraction, bool]]) -> Fraction | None:
    """The textbook product over the distinct times of an end."""
    remaining = Fraction(1)
    for time in sorted({time for time, ended in observed if ended}):
        at_risk = sum(each >= time for each, _ in observed)
        ends = sum(each == time and ended for each, ended in observed)
        remaining *= Fraction(at_risk - ends, at_risk)
        if remaining <= Fraction(1, 2):
            return time
    return None


def wilson(parts: int, over: int) -> tuple[float, float] | None:
    if not over:
        return None
    z, p = 1.959963984540054, parts / over
    middle, spread = p + z * z / (2 * over), z * math.sqrt(p * (1 - p) / over + z * z / (4 * over * over))
    return (middle - spread) / (1 + z * z / over), (middle + spread) / (1 + z * z / over)


def kappa(pairs: Sequence[tuple[str, ...]]) -> tuple[Fraction | None, tuple[float, float] | None]:
    n, none = len(pairs), Fraction(0)
    if not n:
        return None, None
    p = {(a, b): Fraction(pairs.count((a, b)), n) for a in OUTCOMES for b in OUTCOMES}
    row = {a: sum((p[a, b] for b in OUTCOMES), none) for a in OUTCOMES}
    column = {b: sum((p[a, b] for a in OUTCOMES), none) for b in OUTCOMES}
    seen = sum((p[a, a] for a in OUTCOMES), none)
    chance = sum((row[a] * column[a] for a in OUTCOMES), none)
    if chance == 1:
        return None, None
    value = (seen - chance) / (1 - chance)
    on = sum(p[a, a] * ((1 - chance) - (column[a] + row[a]) * (1 - seen)) ** 2 for a in OUTCOMES)
    off = (1 - seen) ** 2 * sum(p[a, b] * (column[a] + row[b]) ** 2 for a in OUTCOMES for b in OUTCOMES if a != b)
    rest = (seen * chance - 2 * chance + seen) ** 2
    error = math.sqrt((on + off - rest) / (n * (1 - chance) ** 4))
    spread = 1.959963984540054 * error
    return value, (max(-1.0, float(value) - spread), min(1.0, float(value) + spread))
