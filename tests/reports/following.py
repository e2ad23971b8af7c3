"""Follows one case for the second count of the figures, from what its events say and with no code of the product.

It knows of no state of a case: only where it rests, what the public sees, and what begins and ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from casework.domain.calendars import add_working_days
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.law import Law

CLOSED_BY = (
    "case.notice_lapsed", "case.notice_rejected", "case.notice_withdrawn",
    "case.parties_settled", "case.warning_answered", "case.warning_lapsed",
)  # fmt: skip
RESTRICTING = ("presumed_infringing", "prior_review")


@dataclass
class Span:
    """Something that begins and ends; ``how`` it ended, ``result``: as people waited for."""

    kind: str
    began: datetime
    since: datetime
    cell: str = ""
    due: datetime | None = None
    ended: datetime | None = None
    how: str = "pending"
    result: bool = False
    later: str | None = None
    fresh: bool = False
    on_mark: bool = False
    on_measure: bool = False
    side: str = ""
    root: Span | None = None
    loss: tuple[datetime, str] | None = None
    number: int = 0

    def end(self, when: datetime, how: str, *, result: bool = False) -> None:
        self.ended, self.how, self.result = max(when, self.began), how, result

    @property
    def took(self) -> timedelta:
        assert self.ended is not None
        return max(timedelta(0), self.ended - self.since)


@dataclass
class History:
    """One case."""

    decision: Any
    place: int
    informed: datetime
    standards: Standards
    law: Law
    later: list[Recorded] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    rounds: list[Span] = field(default_factory=list)
    rest: str = ""
    measure: str = "public"
    overlays: dict[tuple[str, int], tuple[datetime, str]] = field(default_factory=dict)
    words: dict[tuple[str, int], tuple[bool, str, datetime]] = field(default_factory=dict)
    blocked_since: datetime | None = None
    public_since: datetime | None = None
    lawful: bool = False
    gone: bool = False
    panel_sits: bool = False
    reversed_by: tuple[str, datetime] | None = None
    first_reversal: int | None = None
    actions: list[datetime] = field(default_factory=list)
    delivered: datetime | None = None
    waits: list[tuple[datetime, timedelta]] = field(default_factory=list)
    held: tuple[datetime, timedelta] | None = None

    def begin(self) -> None:
        outcome = self.decision.outcome.value
        self.rest = outcome
        restricting = outcome in RESTRICTING and self.decision.grace_until is None
        self.measure = {"presumed_infringing": "blocked", "prior_review": "held"}[outcome] if restricting else "public"
        if restricting:
            self.blocked_since = self.decision.decided_at
        else:
            self.public_since = self.decision.decided_at
        self.lawful = outcome in ("presumed_lawful", "marked_lawful")
        if outcome == "prior_review":
            due = self.standards[self.decision.standard].prior_review.due(self.decision.work.flags)
            self.spans.append(Span("prior_review", self.informed, self.informed, due=self.informed + due))

    @property
    def shown(self) -> str:
        """What the public sees: the latest binding word from outside, else that of a body, or the own measure."""
        for kinds in (("order", "decision"), ("body",)):
            words = [self.overlays[key] for kind in kinds for key in self.overlays if key[0] == kind]
            if words:
                return max(words, key=lambda one: one[0])[1]
        return self.measure

    @property
    def reversing(self) -> tuple[str, datetime] | None:
        if self.blocked_since is None:
            return None
        if not self.words:
            return self.reversed_by
        reverses, cause, when = list(self.words.values())[-1]
        return (cause, when) if reverses else None

    def open_round(self) -> Span | None:
        return self.rounds[-1] if self.rounds and self.rounds[-1].ended is None else None

    def latest(self, kind: str) -> Span | None:
        """The latest of a kind, if it is open."""
        found = [one for one in self.spans if one.kind == kind]
        return found[-1] if found and found[-1].ended is None else None

    def follow(self, one: Recorded) -> None:
        event: Any = one.event
        self.later.append(one)
        before, shown_before, rest_before = self.measure, self.shown, self.rest
        name = event.TOPIC.removeprefix("case.")
        step = getattr(self, f"_{name}", None)
        own = event.TOPIC not in ("case.order_received", "case.order_lifted", "case.outside_proceeding_decided")
        if own and getattr(event, "availability", None) is not None and name != "settlement_proposed":
            self.measure = event.availability.value
        if event.TOPIC in CLOSED_BY and not (self.rest == "prior_review" and event.TOPIC.startswith("case.notice_")):
            self.rest = "closed"
        if step is not None:
            step(event, one, before, shown_before, rest_before)
        self.lawful = self.lawful or self.rest in ("presumed_lawful", "marked_lawful")
        review = next((each for each in self.spans if each.kind == "prior_review"), None)
        if review is not None:
            if self.held is None and before == "held" != self.measure:
                self.held = (one.occurred, max(timedelta(0), one.occurred - self.informed))
            sitting = self.panel_sits and not self.rounds and not self.gone
            if review.ended is None and (self.gone or self.rest != "prior_review") and not sitting:
                review.end(one.occurred, "omitted")
        if self.shown != "public":
            self.public_since = None
        elif self.public_since is None:
            self.public_since = one.occurred
        if self.first_reversal is None and self.reversing is not None:
            self.first_reversal = one.position

    def restored(self, when: datetime) -> datetime:
        return when if self.public_since is None else self.public_since

    # The main line. Each takes the event, its record, and what the measure, the view and the rest were before.

    def _lawful_use_marked(self, event: Any, one: Recorded, *_: str) -> None:
        self.measure, self.rest = "public", "marked_lawful"

    def _grace_expired(self, event: Any, one: Recorded, *_: str) -> None:
        self.blocked_since = one.occurred

    def _panel_assigned(self, event: Any, one: Recorded, *_: str) -> None:
        self.panel_sits = True

    def lodge(self, kind: str, cell: str, one: Recorded, fresh: bool, **more: Any) -> Span:
        days = self.standards[self.decision.standard].procedure.ruling_due_days
        due = one.occurred + timedelta(days=days)
        span = Span(kind, one.occurred, one.occurred, cell, due, fresh=fresh, **more)
        span.root = span.root or span
        self.spans.append(span)
        self.rounds.append(span)
        return span

    def _contest_lodged(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        in_grace = self.decision.grace_until is not None and rest == "presumed_infringing"
        if event.restored:
            self.measure = "public"
        self.lodge("contest", event.ground.value, one, before == "public" and not in_grace, side="contest",
                   on_measure=rest == "measure")  # fmt: skip

    def _challenge_lodged(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        self.lodge("challenge", event.ground.value, one, before == "public", side="challenge",
                   on_mark=rest == "marked_lawful", on_measure=rest == "measure")  # fmt: skip

    def _urgent_block_declared(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        span = self.open_round()
        if span is None:
            span = self.lodge("challenge", "urgent_block", one, before == "public", side="challenge",
                              on_mark=rest == "marked_lawful", on_measure=rest == "measure")  # fmt: skip
        self.lose(span, one, before, "urgent_block")

    def _further_review_requested(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        last = self.rounds[-1]
        assert last.root is not None
        self.lodge("further_review", "", one, before == "public", side=last.side, root=last.root,
                   on_measure=last.root.on_measure)  # fmt: skip

    def _case_reopened(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        side = "contest" if self.decision.outcome.value in RESTRICTING else "challenge"
        self.lodge("reopening", event.cause.value, one, before == "public", side=side)
        if before != "public" == self.measure:
            self.reversed_by = ("correction", self.restored(one.occurred))

    def lose(self, span: Span, one: Recorded, before: str, how: str) -> None:
        if span.fresh and before == "public" != self.measure and span.loss is None:
            span.loss = (one.occurred, how)

    def _ruling_issued(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        outcome, back = event.outcome.value, self.restored(one.occurred)
        self.end_counter_by_ruling(one)
        if event.appeal is None:
            self.rest = "presumed_lawful" if outcome == "reversed" else "restricted"
            review = next(each for each in self.spans if each.kind == "prior_review")
            review.end(one.occurred, outcome, result=True)
            self.panel_sits = False
            self.reversed_by = None if outcome == "upheld" else ("prior_review", back)
            return
        self.rest = "decided"
        span = self.rounds[event.appeal - 1]
        assert span.root is not None
        span.end(one.occurred, outcome if event.on_merits else "by_default", result=True)
        if span.kind == "further_review":
            span.root.later = span.how
        self.lose(span, one, before, "ruling")
        if span.side == "contest" and not span.on_measure:
            cause = "correction" if span.root.kind == "reopening" else "ruling"
            self.reversed_by = None if outcome == "upheld" else (cause, back)

    def _appeal_withdrawn(self, event: Any, one: Recorded, *_: str) -> None:
        span, until = self.rounds[event.appeal - 1], self.decision.grace_until
        span.end(one.occurred, "omitted")
        in_grace = until is not None and self.rest == "presumed_infringing" and span.began < until
        if span.kind != "further_review" and not (in_grace and self.measure == "public"):
            self.rest = "closed"

    def _parties_settled(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        span = self.rounds[event.appeal - 1]
        self.lose(span, one, before, "settlement")
        span.end(one.occurred, "omitted")
        self.end_notices(one)

    def _upload_withdrawn(self, event: Any, one: Recorded, *_: str) -> None:
        self.gone, self.rest = True, "closed"
        span = self.open_round()
        if span is not None:
            span.end(one.occurred, "omitted")
        self.end_notices(one)

    def end_notices(self, one: Recorded) -> None:
        for kind, how in (("notice", "moot"), ("counter_notice", "ended_otherwise")):
            span = self.latest(kind)
            if span is not None:
                span.end(one.occurred, how)

    # The notice line

    def _notice_received(self, event: Any, one: Recorded, *_: str) -> None:
        self.spans.append(Span("notice", one.occurred, one.occurred))
        self.notice_received = one.occurred
        self.delivered = None

    def _notice_amended(self, event: Any, one: Recorded, *_: str) -> None:
        span = self.latest("notice")
        assert span is not None
        span.since = max(span.since, one.occurred)

    def end_notice(self, one: Recorded, how: str) -> None:
        span = self.latest("notice")
        if span is not None:
            span.end(one.occurred, how, result=how in ("accepted", "rejected"))

    def _notice_accepted(self, event: Any, one: Recorded, *_: str) -> None:
        self.rest = "measure"
        span = self.latest("notice")
        assert span is not None
        span.cell = event.measure.value
        self.end_notice(one, "accepted")

    def _notice_rejected(self, event: Any, one: Recorded, *_: str) -> None:
        self.end_notice(one, "rejected")

    def _notice_lapsed(self, event: Any, one: Recorded, *_: str) -> None:
        self.end_notice(one, "lapsed")

    def _notice_withdrawn(self, event: Any, one: Recorded, *_: str) -> None:
        self.end_notice(one, "withdrawn")
        span = self.latest("counter_notice")
        if span is not None:
            span.end(one.occurred, "ended_otherwise")

    def _counter_notice_received(self, event: Any, one: Recorded, *_: str) -> None:
        span = Span("counter_notice", one.occurred, one.occurred)
        self.spans.append(span)
        self.counter_from, self.accepted, self.delivered = one.occurred, False, None
        self.count_the_law(event.regime)

    def count_the_law(self, regime: str) -> None:
        """The last day of a law that names one: business days from receipt (17 U.S.C. s. 512(g)(2)(C))."""
        span = self.latest("counter_notice")
        self.regime = self.law.regimes.by_id[regime]
        assert span is not None
        if self.regime.wait.latest is not None:
            zone = self.standards[self.decision.standard].procedure.zone
            calendar = self.law.calendars[self.regime.calendar]
            span.due = add_working_days(calendar, self.counter_from, self.regime.wait.latest, zone)
        else:
            span.due = None

    def _counter_notice_amended(self, event: Any, one: Recorded, *_: str) -> None:
        span = self.latest("counter_notice")
        assert span is not None
        span.since = max(span.since, one.occurred)
        self.counter_from = one.occurred
        self.count_the_law(self.regime.id)

    def _counter_notice_lapsed(self, event: Any, one: Recorded, *_: str) -> None:
        span = self.latest("counter_notice")
        assert span is not None
        span.end(one.occurred, "lapsed")

    def _counter_notice_accepted(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        span = self.latest("counter_notice")
        assert span is not None
        self.accepted = True
        self.count_the_law(event.regime)
        if not event.waits:
            self.bring_back(span, one, "restored_at_once", shown)
        elif any(when >= self.notice_received for when in self.actions):
            span.end(one.occurred, "stayed")

    def _counter_notice_delivered(self, event: Any, one: Recorded, *_: str) -> None:
        self.delivered = event.delivered_at

    def _legal_action_reported(self, event: Any, one: Recorded, *_: str) -> None:
        if event.stays:
            self.actions.append(one.occurred)
            span = self.latest("counter_notice")
            if span is not None and self.accepted:
                span.end(one.occurred, "stayed")

    def _wait_expired(self, event: Any, one: Recorded, before: str, shown: str, rest: str) -> None:
        span = self.latest("counter_notice")
        assert span is not None
        self.bring_back(span, one, "restored_after_wait", shown)
        starts = self.delivered if self.regime.wait.starts == "delivery" else self.counter_from
        if starts is not None:
            self.waits.append((one.occurred, max(timedelta(0), one.occurred - starts)))

    def bring_back(self, span: Span, one: Recorded, how: str, shown: str) -> None:
        span.end(one.occurred, how, result=True)
        self.rest = "restored"
        if shown != "public" == self.measure and self.reversed_by is None:
            self.reversed_by = ("counter_notice", one.occurred)

    def end_counter_by_ruling(self, one: Recorded) -> None:
        event: Any = one.event
        span = self.latest("counter_notice")
        if span is not None and event.availability.value == "public":
            span.end(one.occurred, "ended_otherwise")

    # Outside

    def _outside_proceeding_opened(self, event: Any, one: Recorded, *_: str) -> None:
        self.spans.append(Span(event.forum.value, event.opened_at, event.opened_at, number=event.proceeding))

    def _outside_proceeding_decided(self, event: Any, one: Recorded, *_: str) -> None:
        forums = ("court", "authority", "external_body")
        span = next(each for each in self.spans if each.kind in forums and each.number == event.proceeding)
        outcome = event.outcome.value
        span.end(event.decided_at, outcome, result=outcome != "omitted")
        body = span.kind == "external_body"
        if event.availability is not None:
            kind = "body" if body else "decision"
            self.overlays[kind, event.proceeding] = (event.decided_at, event.availability.value)
        if outcome in ("upheld", "partially_reversed", "reversed") and (event.implemented or not body):
            cause = "external_body" if body else "court"
            self.words["decision", event.proceeding] = (outcome != "upheld", cause, self.restored(one.occurred))

    def _order_received(self, event: Any, one: Recorded, *_: str) -> None:
        self.overlays["order", event.order] = (one.occurred, event.availability.value)
        if not event.interim:
            reverses = event.availability.value != "blocked"
            self.words["order", event.order] = (reverses, "court", self.restored(one.occurred))

    def _order_lifted(self, event: Any, one: Recorded, *_: str) -> None:
        self.overlays.pop(("order", event.order))
        self.words.pop(("order", event.order), None)
