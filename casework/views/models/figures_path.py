"""What one case has been through, as the figures need it: its items with their ends, and whether its restriction fell.

The case is folded by the domain's own rules (``casework.domain.case.evolution``); nothing here knows what an event does
to a case. What is read off the events is only what a state does not remember: what happened on which day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from casework.domain.calendars import CalendarUnknown, add_days, add_working_days
from casework.domain.case import events as facts
from casework.domain.case import notice_events, outside_events
from casework.domain.case.adjudication import CHALLENGEABLE
from casework.domain.case.evolution import evolve
from casework.domain.case.state import AppealKind, Case, CounterNotice, Procedure
from casework.domain.deadlines import ruling_due
from casework.domain.facts import Event
from casework.domain.regimes.regimes import Regime, WaitKind, WaitStart
from casework.domain.standard.standard import Standards
from casework.domain.values import Availability, OutsideForum, OutsideOutcome, RulingOutcome
from casework.eventlog.codec import Recorded
from casework.law import Law
from casework.views.models import figures_facts as words
from casework.views.models.figures_facts import Item, Key, as_microseconds

RULING, COUNTERED, BODY, COURT, CORRECTION, REVIEWED = (
    "ruling", "counter_notice", "external_body", "court", "correction", "prior_review",
)  # fmt: skip
CAUSES = (RULING, REVIEWED, COUNTERED, BODY, COURT, CORRECTION)
"""What undoes a restriction."""

_OVER = (OutsideOutcome.UPHELD, OutsideOutcome.PARTIALLY_REVERSED, OutsideOutcome.REVERSED)
_APPEALED = (facts.ContestLodged, facts.ChallengeLodged, facts.UrgentBlockDeclared, facts.FurtherReviewRequested,
             facts.CaseReopened)  # fmt: skip
_OMITTING = (facts.AppealWithdrawn, facts.PartiesSettled, facts.UploadWithdrawn)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the figures of a case rest on beside its events: the standards, and the law for waits."""

    standards: Standards
    law: Law


@dataclass(frozen=True, slots=True)
class Reversal:
    """The restriction fell: why, and since when the upload was back (microseconds since 1970)."""

    cause: str
    restored: int


@dataclass(slots=True)
class Path:
    """What a case has been through.

    ``restricted_at``: since when the decision itself restricts, if it does. ``reversal``: how that fell, as of the
    latest event; ``overruled`` are what courts, authorities and bodies said of it, by their own numbers, where the
    latest one counts before all else. ``public_since`` is ``None`` while the public does not see the whole upload.
    """

    decision: facts.FilteringDecisionRecorded
    informed: datetime
    items: dict[Key, Item] = field(default_factory=dict)
    restricted_at: int | None = None
    challengeable: bool = False
    ruled: bool = False
    public_since: int | None = None
    own: Reversal | None = None
    overruled: dict[Key, Reversal | None] = field(default_factory=dict)
    reversed_at: int | None = None
    round: Key | None = None
    first_outcomes: tuple[str, str] | None = None
    sided: list[tuple[datetime, str]] = field(default_factory=list)
    waits: list[tuple[int, int]] = field(default_factory=list)
    held: tuple[int, int] | None = None
    implemented: list[datetime] = field(default_factory=list)

    @property
    def reversal(self) -> Reversal | None:
        """How the restriction fell, if it did and has not been put back."""
        if self.restricted_at is None:
            return None
        return list(self.overruled.values())[-1] if self.overruled else self.own


def path_of(history: Sequence[Recorded], grounds: Grounds) -> Path:
    """Go through the history of one case, which is not empty. ``KeyError`` for an unknown standard."""
    case = evolve(None, history[0])
    path = _begun(case, history[0], grounds)
    for recorded in history[1:]:
        after = evolve(case, recorded)
        _go_on(path, case, after, recorded, grounds)
        case = after
    return path


def _begun(case: Case, first: Recorded, grounds: Grounds) -> Path:
    event = case.decision
    path = Path(event, first.recorded)
    decided = as_microseconds(event.decided_at)
    if seen(case) is Availability.PUBLIC:
        path.public_since = decided
    else:
        path.restricted_at = decided
    path.challengeable = case.rests in CHALLENGEABLE
    if case.in_prior_review:
        informed = as_microseconds(first.recorded)
        due = first.recorded + grounds.standards[event.standard].prior_review.due(event.work.flags)
        path.items[words.PRIOR_REVIEW, 0] = Item(words.PRIOR_REVIEW, 0, informed, informed, due=as_microseconds(due))
        path.round = (words.PRIOR_REVIEW, 0)
    return path


def _go_on(path: Path, case: Case, after: Case, recorded: Recorded, grounds: Grounds) -> None:
    event, moment = recorded.event, as_microseconds(recorded.occurred)
    if isinstance(event, _APPEALED):
        _lodge(path, case, after, event, moment, grounds)
    elif isinstance(event, facts.RulingIssued):
        _rule(path, case, after, event, moment)
    elif isinstance(event, _OMITTING):
        _omit(path, case, after, event, moment)
    elif isinstance(event, facts.RulingSubmitted):
        path.ruled = True
    elif isinstance(event, facts.RulingsOpened):
        _open(path, event, recorded.occurred)
    elif isinstance(event, facts.GraceExpired):
        path.restricted_at = moment
    _follow_prior_review(path, case, after, event, recorded)
    if after.notices:
        _follow_notice(path, case, after, event, moment, grounds)
    if after.proceedings or after.orders:
        _follow_outside(path, after, event, moment)
    path.challengeable = path.challengeable or after.rests in CHALLENGEABLE
    _see(path, after, moment)
    if path.reversed_at is None and path.reversal is not None:
        path.reversed_at = recorded.position


def seen(case: Case) -> Availability:
    """What the public sees, or would if the uploader had not taken the upload away."""
    return case.measure if case.order is None else case.order


def _see(path: Path, after: Case, moment: int) -> None:
    if seen(after) is not Availability.PUBLIC:
        path.public_since = None
    elif path.public_since is None:
        path.public_since = moment


def _restored(path: Path, moment: int) -> int:
    """Since when the upload was back: now, or already since it was shown again on contest or for lateness."""
    return moment if path.public_since is None else path.public_since


def _lodge(path: Path, case: Case, after: Case, event: Event, moment: int, grounds: Grounds) -> None:
    """A new round of review, except an urgent block while the challenge is open, which only takes the upload away."""
    appeal = after.appeals[-1]
    if len(after.appeals) > len(case.appeals):
        kind, cell, on_measure = appeal.kind.value, "", case.rests is Procedure.MEASURE_TAKEN
        if isinstance(event, facts.FurtherReviewRequested):
            kind, on_measure = words.FURTHER_REVIEW, path.items[_first(path, after)].on_measure
        elif isinstance(event, facts.CaseReopened):
            kind, cell, on_measure = words.REOPENING, event.cause.value, False
        elif isinstance(event, facts.UrgentBlockDeclared):
            cell = words.URGENT_BLOCK
        elif appeal.ground is not None:
            cell = appeal.ground.value
        due = ruling_due(appeal, grounds.standards[case.decision.standard])
        path.round = (kind, appeal.number)
        path.items[path.round] = Item(
            kind,
            appeal.number,
            moment,
            moment,
            cell,
            as_microseconds(due),
            fresh=appeal.availability_before is Availability.PUBLIC,
            on_mark=kind == words.CHALLENGE and case.rests is Procedure.MARKED_LAWFUL,
            on_measure=on_measure,
            side=appeal.kind.value,
        )
        path.first_outcomes = None
    if isinstance(event, facts.UrgentBlockDeclared) and path.round is not None:
        _take_away(path.items[path.round], case, after, moment, words.URGENT_BLOCK)
    if isinstance(event, facts.CaseReopened) and case.measure is not event.availability is Availability.PUBLIC:
        path.own = Reversal(CORRECTION, _restored(path, moment))


def _first(path: Path, after: Case) -> Key:
    """The appeal that a further review, the latest appeal of the case, goes on with."""
    number = next(appeal.number for appeal in reversed(after.appeals) if appeal.level == 1)
    return next(key for key, item in path.items.items() if item.kind in words.ROUNDS and item.number == number)


def _take_away(item: Item, case: Case, after: Case, moment: int, how: str) -> None:
    """The appeal takes an upload away that was public before it; what was public only because of it is no new loss."""
    taken = case.measure is Availability.PUBLIC and after.measure is not Availability.PUBLIC
    if item.fresh and taken and item.restricted is None:
        item.restricted = (moment, how)


def _rule(path: Path, case: Case, after: Case, event: facts.RulingIssued, moment: int) -> None:
    reverses = event.outcome is not RulingOutcome.UPHELD
    restored = Reversal(RULING, _restored(path, moment)) if reverses else None
    if event.appeal is None:
        path.items[words.PRIOR_REVIEW, 0].end(moment, event.outcome.value)
        path.own = None if restored is None else Reversal(REVIEWED, restored.restored)
        return
    assert path.round is not None  # noqa: S101 - a ruling on an appeal has one
    item, appeal = path.items[path.round], case.appeals[-1]
    fate = event.outcome.value if event.on_merits else words.BY_DEFAULT
    item.end(moment, fate)
    if item.kind == words.FURTHER_REVIEW:
        path.items[_first(path, case)].final = fate
    _take_away(item, case, after, moment, RULING)
    if appeal.kind is AppealKind.CONTEST and not item.on_measure:
        corrected = path.items[_first(path, case)].kind == words.REOPENING
        path.own = Reversal(CORRECTION, restored.restored) if restored is not None and corrected else restored


def _omit(path: Path, case: Case, after: Case, event: Event, moment: int) -> None:
    """The open round closes without a ruling: taken back, settled, or moot because the upload is gone."""
    if case.under_appeal and path.round is not None:
        item = path.items[path.round]
        if isinstance(event, facts.PartiesSettled):
            _take_away(item, case, after, moment, "settlement")
        item.end(moment, words.OMITTED)


def _open(path: Path, event: facts.RulingsOpened, occurred: datetime) -> None:
    outcomes = [one.outcome.value for one in event.rulings]
    if len(outcomes) > 1:
        path.first_outcomes = (outcomes[0], outcomes[1])
        return
    first, second = path.first_outcomes or ("", "")
    sided = "first" if outcomes[0] == first else "second" if outcomes[0] == second else "neither"
    path.sided.append((occurred, sided))


def _follow_prior_review(path: Path, case: Case, after: Case, event: Event, recorded: Recorded) -> None:
    item = path.items.get((words.PRIOR_REVIEW, 0))
    if item is None:
        return
    moment = as_microseconds(recorded.occurred)
    if path.held is None and case.measure is Availability.HELD is not after.measure:
        path.held = (moment, max(0, moment - as_microseconds(path.informed)))
    goes_on = after.in_prior_review or (after.review is not None and not after.appeals)
    if item.ended is None and not goes_on:
        item.end(moment, words.OMITTED)


def _follow_notice(path: Path, case: Case, after: Case, event: Event, moment: int, grounds: Grounds) -> None:
    notice = after.notices[-1]
    if isinstance(event, notice_events.NoticeReceived):
        path.items[words.NOTICE, notice.number] = Item(words.NOTICE, notice.number, moment, moment)
    item = path.items[words.NOTICE, notice.number]
    if item.ended is None:
        if isinstance(event, notice_events.NoticeAmended):
            item.since = max(moment, item.since)
        elif notice.stage is not Procedure.NOTICE_CHECK or after.withdrawn_at is not None:
            item.end(moment, _NOTICE_ENDS.get(type(event), words.MOOT))
            item.measure = event.measure.value if isinstance(event, notice_events.NoticeAccepted) else None
    if notice.counter_notices:
        _follow_counter(path, case, after, event, moment, grounds)


_NOTICE_ENDS = {
    notice_events.NoticeAccepted: words.ACCEPTED,
    notice_events.NoticeRejected: words.REJECTED,
    notice_events.NoticeLapsed: words.LAPSED,
    notice_events.NoticeWithdrawn: words.WITHDRAWN,
}


def _follow_counter(path: Path, case: Case, after: Case, event: Event, moment: int, grounds: Grounds) -> None:
    notice = after.notices[-1]
    counter = notice.counter_notices[-1]
    key = (words.COUNTER_NOTICE, notice.number * 1000 + counter.number)
    regime = grounds.law.regimes.by_id.get(counter.regime)
    if isinstance(event, notice_events.CounterNoticeReceived):
        path.items[key] = Item(words.COUNTER_NOTICE, key[1], moment, moment)
    item = path.items[key]
    if item.ended is not None:
        return
    if isinstance(event, notice_events.CounterNoticeAmended):
        item.since = max(moment, item.since)
    due = None if regime is None else _latest(counter, regime, grounds, case)
    item.due = None if due is None else as_microseconds(due)
    fate = _counter_fate(after, counter)
    if fate is None:
        return
    item.end(moment, fate)
    brought_back = seen(case) is not Availability.PUBLIC and after.measure is Availability.PUBLIC
    if fate in words.RESULTS[words.COUNTER_NOTICE] and brought_back and path.own is None:
        path.own = Reversal(COUNTERED, moment)
    starts = None if regime is None else _wait_start(counter, regime)
    if fate == words.AFTER_WAIT and starts is not None:
        path.waits.append((moment, max(0, moment - as_microseconds(starts))))


def _counter_fate(after: Case, counter: CounterNotice) -> str | None:
    """How the counter-notice ended, if it has. Legal action ends it here: what follows is for others to say."""
    stage = after.notices[-1].stage
    if stage is Procedure.RESTORED:
        return words.AFTER_WAIT if counter.waits else words.AT_ONCE
    if stage is Procedure.STAYED:
        return words.STAYED
    if counter.lapsed_at is not None:
        return words.LAPSED
    return words.OTHERWISE if stage is Procedure.CLOSED or after.withdrawn_at is not None else None


def _wait_start(counter: CounterNotice, regime: Regime) -> datetime | None:
    if regime.wait.starts is WaitStart.DELIVERY:
        return counter.delivered_at
    return counter.amended_at or counter.received_at


def _latest(counter: CounterNotice, regime: Regime, grounds: Grounds, case: Case) -> datetime | None:
    """By when the law wants the upload back (17 U.S.C. s. 512(g)(2)(C)); ``None`` where it names no day."""
    starts, days = _wait_start(counter, regime), regime.wait.latest
    if starts is None or days is None:
        return None
    calendar, zone = grounds.law.calendar_of(regime), grounds.standards[case.decision.standard].procedure.zone
    try:
        if regime.wait.kind is WaitKind.BUSINESS_DAYS:
            return add_working_days(calendar, starts, days, zone)
        return add_days(starts, days, zone, calendar)
    except CalendarUnknown:
        return None


def _follow_outside(path: Path, after: Case, event: Event, moment: int) -> None:
    """What courts, authorities and bodies say; a final order in force speaks as a decision does."""
    key: Key
    if isinstance(event, outside_events.OutsideProceedingOpened):
        opened = as_microseconds(event.opened_at)
        path.items[event.forum.value, event.proceeding] = Item(event.forum.value, event.proceeding, opened, opened)
    elif isinstance(event, outside_events.OutsideProceedingDecided):
        forum = after.proceedings[event.proceeding - 1].forum
        path.items[forum.value, event.proceeding].end(as_microseconds(event.decided_at), event.outcome.value)
        body = forum is OutsideForum.EXTERNAL_BODY
        if body and event.implemented:
            path.implemented.append(event.decided_at)
        if event.outcome in _OVER and (event.implemented or not body):
            reverses = event.outcome is not OutsideOutcome.UPHELD
            key = ("proceeding", event.proceeding)
            path.overruled.pop(key, None)
            path.overruled[key] = Reversal(BODY if body else COURT, _restored(path, moment)) if reverses else None
    elif isinstance(event, outside_events.OrderReceived) and not event.interim:
        reverses = event.availability is not Availability.BLOCKED
        path.overruled["order", event.order] = Reversal(COURT, _restored(path, moment)) if reverses else None
    elif isinstance(event, outside_events.OrderLifted):
        path.overruled.pop(("order", event.order), None)
