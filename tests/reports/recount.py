"""A second, naive count of every figure, from the definitions alone: events in a list, no sums kept, no shared code.

It is slow and plain on purpose: for each figure it looks through the cases again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Any
from uuid import UUID

from casework.domain.case import events as facts
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.law import Law
from tests.reports.beside import recounted
from tests.reports.following import History, Span
from tests.reports.plain_statistics import OUTCOMES, in_hours, kappa, median, product_limit_median, waiting, wilson
from tests.reports.requested import requests_recounted

CAUSES = ("ruling", "prior_review", "counter_notice", "external_body", "court", "correction")
Counted = tuple[Fraction | int | None, int | None, int | None, tuple[float, float] | None]
"""Number, numerator, denominator, interval."""


class Recount:
    """Counts for the period of local days from ``start`` to before ``end``, as known at ``as_of``."""

    def __init__(
        self, log: Sequence[Recorded], standards: Standards, law: Law, zone: tzinfo, start: date, end: date,
        as_of: datetime,
    ) -> None:  # fmt: skip
        self.zone, self.start, self.end, self.as_of = zone, start, end, as_of
        self.log = [one for one in log if one.recorded <= as_of]
        self.cases: dict[UUID, History] = {}
        for one in self.log:
            if isinstance(one.event, facts.FilteringDecisionRecorded):
                self.cases[one.stream] = History(one.event, one.position, one.recorded, standards, law)
                self.cases[one.stream].begin()
            elif one.event.TOPIC.startswith("case."):
                self.cases[one.stream].follow(one)
        self.decided = [case for case in self.cases.values() if self.inside(case.decision.decided_at)]
        self.happened = [one for one in self.log if self.inside(one.occurred)]
        self.results: dict[str, Counted] = {}

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def inside(self, moment: datetime) -> bool:
        return self.start <= self.day(moment) < self.end

    def spans(self, kind: str) -> list[Span]:
        return [one for case in self.cases.values() for one in case.spans if one.kind == kind]

    def events(self, topic: str) -> list[Any]:
        return [one.event for one in self.happened if topic == one.event.TOPIC]

    def ends(self, kind: str) -> list[str]:
        """How those ended that ended in the period."""
        return [one.how for one in self.spans(kind) if one.ended is not None and self.inside(one.ended)]

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
        self.course()
        self.filtering()
        for party, kind, grounds in (
            ("uploader", "contest", "statutory_exception licensed public_domain own_work misidentification"),
            (
                "right_holder",
                "challenge",
                "no_exception no_licence not_public_domain not_own_work commercial_use urgent_block",
            ),
        ):
            self.appeals(party, kind, (*grounds.split(), "wrong_share", "other"))
        for kind in ("contest", "challenge", "prior_review", "notice", "counter_notice"):
            self.times(kind)
        self.rounds("further_reviews", "further_review")
        self.rounds("reopenings", "reopening")
        causes = ("new_evidence", "reference_withdrawn", "ownership_false", "audit_disagreement")
        begun = (one.cell for one in self.spans("reopening") if self.inside(one.began))
        self.cells("appeals.reopenings.by_cause.*", begun, causes)
        self.put("appeals.urgent_blocks", len(self.events("case.urgent_block_declared")))
        self.notices()
        self.counter_notices()
        self.warnings()
        self.prior_review()
        self.review()
        self.marks()
        self.abuse()
        self.outside()
        self.results |= recounted(self.log, self.inside, self.start, self.end, kappa)
        self.results |= requests_recounted(self.log, self.inside, lambda moment: self.day(moment) < self.end)
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

    def course(self) -> None:
        """Decisions over time, and the ways of cases."""
        first, cuts = self.start, [self.start]
        by_week = (self.end - self.start).days <= 92
        while (first := first + timedelta(days=1)) < self.end:
            if (first.weekday() == 0) if by_week else first.day == 1:
                cuts.append(first)
        bands = {"band_low", "band_middle", "band_high"}
        for band in (*sorted(bands), "other"):
            those = [one for one in self.decided if band in (one.decision.rule.value, "other")]
            those = [one for one in those if band != "other" or one.decision.rule.value not in bands]
            days = [self.day(one.decision.decided_at) for one in those]
            cells = [max(cut for cut in cuts if cut <= day).isoformat() for day in days]
            self.cells(f"decisions.over_time.{band}.*", cells, [cut.isoformat() for cut in cuts])
        ways = []
        for case in self.decided:
            middle = "appealed" if {"contest", "challenge"} & {one.kind for one in case.spans} else "not_appealed"
            if case.blocked_since is not None:
                ways.append(f"restricted/{middle}/{'stands' if case.reversing is None else 'reversed'}")
            else:
                ways.append(f"public/{middle}/{'public' if case.shown == 'public' else 'restricted'}")
        every = ["restricted/*/reversed", "restricted/*/stands", "public/*/restricted", "public/*/public"]
        always = [way.replace("*", middle) for way in every for middle in ("appealed", "not_appealed")]
        self.cells("decisions.paths.*", ways, always)

    def filtering(self) -> None:
        blocked = [case for case in self.decided if case.blocked_since is not None]
        overturned = [case for case in blocked if case.reversing is not None]
        passed = [case for case in self.decided if case.blocked_since is None]
        restricted_later = [case for case in passed if case.shown != "public"]
        self.put("filtering.restrictions", len(blocked))
        self.cells("filtering.restrictions_by_share_band.*", map(band, blocked), BANDS)
        self.put("filtering.reversed", len(overturned))
        self.cells("filtering.reversed_by_cause.*", (one.reversing[0] for one in overturned if one.reversing), CAUSES)
        self.cells("filtering.reversed_by_share_band.*", map(band, overturned), BANDS)
        self.share("filtering.error_rate_lower_bound", len(overturned), len(blocked))
        self.put("filtering.passed", len(passed))
        self.put("filtering.passed_then_restricted", len(restricted_later))
        self.share("filtering.passed_then_restricted_rate", len(restricted_later), len(passed))
        spans = [
            in_hours(case.reversing[1] - case.blocked_since)
            for case in overturned
            if case.reversing is not None and case.blocked_since is not None
        ]
        spans = [max(Fraction(0), span) for span in spans]
        self.put("filtering.wrongly_blocked_hours.sum_h", sum(spans, Fraction(0)), len(spans))
        self.put("filtering.wrongly_blocked_hours.median_h", median(spans), len(spans))
        by_people = [
            case for case in blocked if any(isinstance(one.event, facts.RulingSubmitted) for one in case.later)
        ]
        self.put("filtering.solely_automated", len(blocked) - len(by_people))
        self.put("filtering.partly_automated", len(by_people))
        measures = [one for one in self.measures() if one != "none"]
        lost = [one for kind in ("contest", "challenge") for one in self.losses(kind) if one == "ruling"]
        self.put("filtering.not_automated", len(measures) + len(lost))
        again = [case for case in blocked if any(self.repeats(case, other) for other in self.cases.values())]
        self.put("filtering.repeat_block_after_reversal", len(again))

    def losses(self, side: str) -> list[str]:
        every = [one for case in self.cases.values() for one in case.rounds if one.side == side and one.loss]
        return [one.loss[1] for one in every if one.loss is not None and self.inside(one.loss[0])]

    @staticmethod
    def repeats(case: History, other: History) -> bool:
        at_once = case.decision.grace_until is None
        return (
            at_once
            and other.decision.grace_until is None
            and other.blocked_since is not None
            and other.first_reversal is not None
            and other.first_reversal < case.place
            and case.decision.upload.content_sha256 is not None
            and case.decision.upload.content_sha256 == other.decision.upload.content_sha256
            and case.decision.work.id == other.decision.work.id
        )

    def appeals(self, party: str, kind: str, grounds: Sequence[str]) -> None:
        key, these = f"appeals.{party}", self.spans(kind)
        received = [one for one in these if self.inside(one.began)]
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
        self.cells(f"{key}.fate.*", (one.later or one.how for one in received), fates)
        wrong = [one for one in received if (one.later or one.how) in ("reversed", "partially_reversed")]
        self.put(f"{key}.overturned", len(wrong))
        self.cells(f"{key}.grounds.*.received", (one.cell for one in received), grounds)
        self.cells(f"{key}.grounds.*.overturned", (one.cell for one in wrong), grounds)
        open_to: Callable[[History], bool] = (
            (lambda case: case.blocked_since is not None) if kind == "contest" else (lambda case: case.lawful)
        )
        appealable = [case for case in self.decided if open_to(case)]
        appealed = [case for case in appealable if any(one.kind == kind for one in case.spans)]
        self.put(f"{key}.appealable", len(appealable))
        self.put(f"{key}.appealed", len(appealed))
        self.share(f"{key}.appeal_rate", len(appealed), len(appealable))
        lost = self.losses(kind)
        self.put(f"{key}.new_restrictions", len(lost))
        self.cells(f"{key}.new_restrictions_by.*", lost, ("ruling", "urgent_block", "settlement"))

    def rounds(self, name: str, kind: str) -> None:
        key, ends = f"appeals.{name}", self.ends(kind)
        self.standing(key, kind)
        self.put(f"{key}.received", sum(self.inside(one.began) for one in self.spans(kind)))
        ruled = [how for how in ends if how != "omitted"]
        self.put(f"{key}.decided", len(ruled))
        self.cells(f"{key}.rulings.*", ruled, (*OUTCOMES, "by_default"))
        self.put(f"{key}.omitted", ends.count("omitted"))

    def standing(self, key: str, kind: str, at_start: str = "open_at_start", at_end: str = "open_at_end") -> None:
        self.put(f"{key}.{at_start}", self.open_before(self.spans(kind), self.start))
        self.put(f"{key}.{at_end}", self.open_before(self.spans(kind), self.end))

    def open_before(self, these: list[Span], day: date) -> int:
        return sum(self.day(one.began) < day and (one.ended is None or self.day(one.ended) >= day) for one in these)

    def times(self, kind: str) -> None:
        key, these = f"times.{kind}", self.spans(kind)
        done = [one for one in these if one.result]
        spans = sorted(in_hours(one.took) for one in done if one.ended and self.inside(one.ended))
        self.put(f"{key}.finished", len(spans))
        self.put(f"{key}.median_h", median(spans), len(spans))
        self.put(f"{key}.mean_h", sum(spans, Fraction(0)) / len(spans) if spans else None, len(spans))
        ninth = next((span for span in spans if 10 * sum(one <= span for one in spans) >= 9 * len(spans)), None)
        self.put(f"{key}.p90_h", ninth, len(spans))
        received = [one for one in these if self.inside(one.began)]
        observed = [
            (in_hours(one.took if one.ended else max(timedelta(0), self.as_of - one.since)), one.result)
            for one in received
        ]
        self.put(f"{key}.median_h_censored", product_limit_median(observed), len(observed))
        if kind in ("contest", "challenge"):
            for day in range(15):
                self.put(f"{key}.waiting.{day}", *waiting(observed, 24 * day))
        bounds = ((0, 24, "within_24h"), (24, 48, "within_48h"), (48, 168, "within_7d"), (168, 10**9, "later"))
        for low, high, cell in bounds:
            found = sum(low < span <= high or (span == 0 and low == 0) for span in spans)
            self.put(f"{key}.{cell}", found)
        if kind == "notice":
            return
        dated = [(one, one.due) for one in these if one.due is not None]
        due = [
            (one, limit)
            for one, limit in dated
            if self.inside(limit)
            and limit <= self.as_of
            and not (not one.result and one.ended is not None and one.ended <= limit)
        ]
        kept = [one for one, limit in due if one.result and one.ended is not None and one.ended <= limit]
        self.put(f"{key}.due", len(due))
        self.put(f"{key}.on_time", len(kept))
        self.share(f"{key}.on_time_rate", len(kept), len(due))
        late = [(self.as_of - limit) / timedelta(days=1) for one, limit in dated if one.ended is None]
        self.put(f"{key}.overdue_open.up_to_7d", sum(0 < each <= 7 for each in late))
        self.put(f"{key}.overdue_open.up_to_30d", sum(7 < each <= 30 for each in late))
        self.put(f"{key}.overdue_open.over_30d", sum(each > 30 for each in late))

    def notices(self) -> None:
        received, ends = self.events("case.notice_received"), self.ends("notice")
        self.standing("notices", "notice")
        self.put("notices.received", len(received))
        self.put("notices.items", sum(one.items for one in received))
        self.put("notices.by_trusted", sum(one.trusted for one in received))
        self.put("notices.deficient", len(self.events("case.notice_found_deficient")))
        self.put("notices.cured", len(self.events("case.notice_amended")))
        self.put("notices.barred_repeats", len(self.events("case.repeat_notice_barred")))
        for how in ("accepted", "rejected", "lapsed", "withdrawn", "moot"):
            self.put(f"notices.{how}", ends.count(how))
        self.cells("notices.measures.*", self.measures(), ("none", "label", "demote", "block"))
        fates = ("accepted", "rejected", "lapsed", "withdrawn", "moot", "pending")
        self.cells("notices.fate.*", (one.how for one in self.spans("notice") if self.inside(one.began)), fates)

    def measures(self) -> list[str]:
        return [one.cell for one in self.spans("notice") if one.cell and one.ended and self.inside(one.ended)]

    def counter_notices(self) -> None:
        ends, key = self.ends("counter_notice"), "counter_notices"
        self.standing(key, "counter_notice")
        self.put(f"{key}.received", len(self.events("case.counter_notice_received")))
        self.put(f"{key}.deficient", len(self.events("case.counter_notice_found_deficient")))
        self.put(f"{key}.cured", len(self.events("case.counter_notice_amended")))
        self.put(f"{key}.accepted", len(self.events("case.counter_notice_accepted")))
        self.put(f"{key}.forwarded", len(self.events("case.counter_notice_forwarded")))
        stays = [one for one in self.events("case.legal_action_reported") if one.stays]
        self.put(f"{key}.legal_action_reported", len(stays))
        fates = ("restored_at_once", "restored_after_wait", "stayed", "lapsed", "ended_otherwise")
        for how in fates:
            self.put(f"{key}.{how}", ends.count(how))
        received = [one.how for one in self.spans("counter_notice") if self.inside(one.began)]
        self.cells(f"{key}.fate.*", received, (*fates, "pending"))
        waits = [wait for case in self.cases.values() for when, wait in case.waits if self.inside(when)]
        self.put(f"{key}.median_wait_h", median(map(in_hours, waits)), len(waits))

    def warnings(self) -> None:
        self.put("warnings.issued", sum(case.decision.outcome.value == "warning" for case in self.decided))
        answers = [one.answer.value for one in self.events("case.warning_answered")]
        for answer, name in (("notify", "notified"), ("tolerate", "tolerated"), ("license", "licensed")):
            self.put(f"warnings.{name}", answers.count(answer))
        self.put("warnings.lapsed", len(self.events("case.warning_lapsed")))

    def prior_review(self) -> None:
        ends, key = self.ends("prior_review"), "prior_review"
        self.standing(key, "prior_review")
        self.put(f"{key}.requests", len(self.events("work.prior_review_requested")))
        self.put(f"{key}.held", sum(self.inside(one.began) for one in self.spans("prior_review")))
        for name, how in (("released", "reversed"), ("limited", "partially_reversed"), ("blocked", "upheld")):
            self.put(f"{key}.{name}", ends.count(how))
        self.put(f"{key}.omitted", ends.count("omitted"))
        self.put(f"{key}.expired_unreviewed", len(self.events("case.prior_review_expired")))
        held = [case.held[1] for case in self.cases.values() if case.held is not None and self.inside(case.held[0])]
        minutes = median(60 * in_hours(each) for each in held)
        self.put(f"{key}.median_minutes_held", minutes, len(held))

    def abuse(self) -> None:
        for name, topic in (
            ("warnings", "conduct_warned"),
            ("assessments", "conduct_assessed"),
            ("lifted", "suspension_lifted"),
            ("appeals", "sanction_appeal_lodged"),
            ("good_faith_accepted", "good_faith_defence_accepted"),
            ("bad_faith_found", "bad_faith_found"),
            ("flaggers_reported", "trusted_flagger_reported"),
        ):
            self.put(f"abuse.{name}", len(self.events(f"party.{topic}")))
        suspended = self.events("party.right_suspended")
        every = ("notices", "urgent_measures", "manual_claims", "automatic_blocking", "appeals")
        for side, rights in (("uploader", ("marking", "appeals")), ("right_holder", every)):
            found = (one.right.value for one in suspended if one.side.value == side)
            self.cells(f"abuse.suspensions.*.{side}", found, rights)

    def outside(self) -> None:
        for forum in ("court", "authority", "external_body"):
            ends, key = self.ends(forum), f"outside.{forum}"
            self.standing(key, forum, "pending_at_start", "pending")
            self.put(f"{key}.opened", sum(self.inside(one.began) for one in self.spans(forum)))
            if forum == "external_body":
                for how in (*OUTCOMES, "default", "omitted"):
                    self.put(f"{key}.{how}", ends.count(how))
            else:
                self.put(f"{key}.decided_for_platform", ends.count("upheld"))
                self.put(f"{key}.against", ends.count("reversed") + ends.count("partially_reversed"))
                self.put(f"{key}.without_decision", ends.count("default") + ends.count("omitted"))
        bodies = [one for one in self.spans("external_body") if one.result and one.ended and self.inside(one.ended)]
        took = [in_hours(one.took) for one in bodies]
        self.put("outside.external_body.median_h", median(took), len(took))
        done = 0
        for case in self.cases.values():
            numbers = {one.number for one in case.spans if one.kind == "external_body"}
            for one in case.later:
                event: Any = one.event
                if event.TOPIC == "case.outside_proceeding_decided" and event.proceeding in numbers:
                    done += event.implemented and self.inside(event.decided_at)
        self.put("outside.external_body.implemented", done)
        orders = ("interim" if one.interim else "final" for one in self.events("case.order_received"))
        self.cells("outside.orders.*", orders, ("interim", "final"))
        self.put("outside.orders_ended", len(self.events("case.order_lifted")))

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
        self.put("review.recusals", len(self.events("case.reviewer_recused")))
        self.put("review.releases", len(self.events("case.reviewer_released")))
        self.put("review.conflicts_barred", len(self.events("case.barred_reviewer_refused")))
        bases = [basis for one in opened for each in one.event.rulings for basis in sorted(set(each.bases))]
        self.cells("review.basis.*", bases)

    def sided(self, third: Recorded) -> str:
        event: Any = third.event
        openings: list[Any] = [
            one.event
            for one in self.cases[third.stream].later
            if isinstance(one.event, facts.RulingsOpened) and one.position < third.position
        ]
        panel = openings[-1]
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
        on_marks = [one for one in self.spans("challenge") if one.on_mark]
        self.put("marks.challenged", sum(self.inside(one.began) for one in on_marks))
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
