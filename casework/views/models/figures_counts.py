"""What a case adds to the figures, as counted marks and durations on days, made from what it has been through.

A case counts on the local day of its decision (cohort), and on the days on which its items began and ended and its
steps occurred (flow). When it changes, the old contribution is taken back and the new one is added, so that day rows
alone suffice for the figures of any period (spec figures.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from casework.domain.case import events as facts
from casework.domain.case import notice_events, outside_events
from casework.domain.case.evolution import initial_availability
from casework.domain.erasure import events as erasure_events
from casework.domain.facts import Event
from casework.domain.fees import events as fee_events
from casework.domain.fees.values import PLACES
from casework.domain.filter_request import events as filter_events
from casework.domain.party import events as party_events
from casework.domain.sample import events as sample_events
from casework.domain.sample.values import DrawnCase, Side
from casework.domain.screening.events import ScreeningTallyRecorded
from casework.domain.values import Availability, Outcome, WarningAnswer
from casework.domain.work import events as work_events
from casework.eventlog.codec import Recorded
from casework.views.models import figures_facts as words
from casework.views.models.figures_facts import Calendar, Contribution, Count, Item, Measured, list_of
from casework.views.models.figures_path import Grounds, Path, path_of

CHANGING: tuple[type[Event], ...] = (
    facts.LawfulUseMarked,
    facts.ContestLodged,
    facts.ChallengeLodged,
    facts.RulingSubmitted,
    facts.RulingsOpened,
    facts.RulingIssued,
    facts.AppealWithdrawn,
    facts.GraceExpired,
    facts.PriorReviewExpired,
    facts.WarningAnswered,
    facts.WarningLapsed,
    facts.UrgentBlockDeclared,
    facts.DeadlinePassed,
    facts.MeasureSuspended,
    facts.PartiesSettled,
    facts.FurtherReviewRequested,
    facts.CaseReopened,
    facts.UploadWithdrawn,
    facts.ReviewerRecused,
    facts.ReviewerReleased,
    facts.BarredReviewerRefused,
    notice_events.NoticeReceived,
    notice_events.RepeatNoticeBarred,
    notice_events.NoticeFoundDeficient,
    notice_events.NoticeAmended,
    notice_events.NoticeLapsed,
    notice_events.NoticeAccepted,
    notice_events.NoticeRejected,
    notice_events.NoticeWithdrawn,
    notice_events.CounterNoticeReceived,
    notice_events.CounterNoticeFoundDeficient,
    notice_events.CounterNoticeAmended,
    notice_events.CounterNoticeLapsed,
    notice_events.CounterNoticeAccepted,
    notice_events.CounterNoticeForwarded,
    notice_events.CounterNoticeDelivered,
    notice_events.LegalActionReported,
    notice_events.WaitExpired,
    outside_events.OutsideProceedingOpened,
    outside_events.OutsideProceedingDecided,
    outside_events.OrderReceived,
    outside_events.OrderLifted,
)
"""The events after the decision that matter to a figure."""

BESIDE: tuple[type[Event], ...] = (
    party_events.ConductWarned,
    party_events.ConductAssessed,
    party_events.RightSuspended,
    party_events.SuspensionLifted,
    party_events.SanctionAppealLodged,
    party_events.GoodFaithDefenceAccepted,
    party_events.BadFaithFound,
    party_events.TrustedFlaggerReported,
    work_events.PriorReviewRequested,
    sample_events.SampleDrawn,
    sample_events.AuditLabelsOpened,
    ScreeningTallyRecorded,
    *fee_events.EVENTS,
    *erasure_events.EVENTS,
    *filter_events.FIGURE_EVENTS,
)
"""The events of sanction ledgers, works, audit samples, screening, fees, erasure and filter requests that matter."""

_PLAIN: Mapping[type[Event], str] = {
    facts.WarningLapsed: "warnings.lapsed",
    facts.PriorReviewExpired: "prior_review.expired",
    facts.UrgentBlockDeclared: "appeals.urgent_blocks",
    facts.ReviewerRecused: "review.recusals",
    facts.ReviewerReleased: "review.releases",
    facts.BarredReviewerRefused: "review.conflicts_barred",
    notice_events.NoticeFoundDeficient: "notices.deficient",
    notice_events.NoticeAmended: "notices.cured",
    notice_events.RepeatNoticeBarred: "notices.barred_repeats",
    notice_events.CounterNoticeFoundDeficient: "counter_notices.deficient",
    notice_events.CounterNoticeAmended: "counter_notices.cured",
    notice_events.CounterNoticeAccepted: "counter_notices.accepted",
    notice_events.CounterNoticeForwarded: "counter_notices.forwarded",
    party_events.ConductWarned: "abuse.warnings",
    party_events.ConductAssessed: "abuse.assessments",
    party_events.SuspensionLifted: "abuse.lifted",
    party_events.SanctionAppealLodged: "abuse.appeals",
    party_events.GoodFaithDefenceAccepted: "abuse.good_faith_accepted",
    party_events.BadFaithFound: "abuse.bad_faith_found",
    party_events.TrustedFlaggerReported: "abuse.flaggers_reported",
    work_events.PriorReviewRequested: "prior_review.requests",
    erasure_events.ErasureRequested: "personal_data.erasure_requests",
    erasure_events.PersonalDataErased: "personal_data.erased",
    erasure_events.ErasureRefused: "personal_data.refused",
    filter_events.FilterRequestCompleted: "filter_requests.completed_later",
    filter_events.FilterRequestAccepted: "filter_requests.accepted",
}
"""Counters that one event touches once, whatever else there is."""

_ANSWERS = {
    WarningAnswer.NOTIFY: "warnings.notified",
    WarningAnswer.TOLERATE: "warnings.tolerated",
    WarningAnswer.LICENSE: "warnings.licensed",
}


PATHS: tuple[str, ...] = tuple(
    f"{first}/{middle}/{last}"
    for first, ends in (("restricted", ("reversed", "stands")), ("public", ("restricted", "public")))
    for middle in ("appealed", "not_appealed")
    for last in ends
)
"""The ways from a decision to what became of it."""


def contribution(history: Sequence[Recorded], calendar: Calendar, grounds: Grounds) -> Contribution:
    """All that one case adds after its history, which is not empty. ``KeyError`` for an unknown standard."""
    path = path_of(history, grounds)
    made = Contribution(content=restricted_content(path.decision), reversed_at=path.reversed_at)
    made.add(_of_decision(path, calendar.day(path.decision.decided_at)))
    for recorded in history[1:]:
        event, day = recorded.event, calendar.day(recorded.occurred)
        made.add(_of_step(event, day))
        if isinstance(event, notice_events.NoticeReceived):
            made.counts[day, "notices.items", ""] += event.items
    for item in path.items.values():
        made.add(_of_item(item, calendar))
        if item.kind in words.TIMED:
            made.measures.extend(_times(item, calendar))
    made.add((calendar.day(occurred), "review.sided", sided) for occurred, sided in path.sided)
    made.add((calendar.day(decided), "outside.implemented", "") for decided in path.implemented)
    made.measures.extend(_lengths(path, calendar))
    return made


def beside_cases(recorded: Recorded, calendar: Calendar) -> Iterator[tuple[Count, int]]:
    """What an event beside the cases adds to which counter; tallies of screening and fees bring their own amounts.

    A tally counts on its day, a schedule of fees stands from its day on. Amounts of money are in their smallest part.
    """
    event = recorded.event
    if isinstance(event, ScreeningTallyRecorded):
        day, medium = event.date.toordinal(), event.medium.value
        yield (day, "screening.screened", medium), event.screened
        yield (day, "screening.matched", medium), event.matched
        return
    if isinstance(event, fee_events.FeeSchedulePublished):
        for item in event.items:
            cell = f"{item.code}/{item.currency}|{item.amount.normalize():f}"
            yield (event.effective.toordinal(), "fees.schedule", cell), 1
        return
    if isinstance(event, fee_events.FeeCharged | fee_events.FeeWaived):
        day, cell = calendar.day(recorded.occurred), f"{event.item}/{event.currency}"
        name = "fees.charged" if isinstance(event, fee_events.FeeCharged) else "fees.waived"
        yield (day, name, cell), 1
        yield (day, f"{name}_amount", cell), int(event.amount.scaleb(PLACES))
        return
    for count in _once(recorded, calendar):
        yield count, 1


def _once(recorded: Recorded, calendar: Calendar) -> Iterator[Count]:
    """What an event of a sanction ledger, of a work or of an audit sample adds one to."""
    event, day = recorded.event, calendar.day(recorded.occurred)
    if isinstance(event, sample_events.SampleDrawn):
        yield day, "audit.samples", event.design.value
        for drawn in event.drawn:
            yield day, "audit.drawn", _drawn(recorded, drawn)
    elif isinstance(event, sample_events.AuditLabelsOpened):
        yield from _of_labels(recorded, event, calendar.day(event.drawn_at))
    elif isinstance(event, filter_events.FilterRequestEvent) and type(event) not in _PLAIN:
        yield from _of_filter_requests(event, day)
    elif isinstance(event, party_events.RightSuspended):
        yield day, f"abuse.suspensions.{event.side.value}", event.right.value
    else:
        yield day, _PLAIN[type(event)], ""


def _of_filter_requests(event: filter_events.FilterRequestEvent, day: int) -> Iterator[Count]:
    """The score of a request is a cell, so that a median can be taken; an active one that ends is told apart."""
    match event:
        case filter_events.FilterRequestReceived():
            yield day, "filter_requests.received", str(event.completeness)
        case filter_events.FilterRequestFoundIncomplete() if not event.further:
            yield day, "filter_requests.incomplete", ""
        case filter_events.FilterRequestRejected():
            yield day, "filter_requests.rejected", event.reason.value
        case filter_events.FilterRequestWithdrawn():
            yield day, "filter_requests.withdrawn", ""
        case filter_events.FilterOwnershipFoundFalse():
            yield day, "filter_requests.ownership_false", ""
    ends = filter_events.FilterRequestWithdrawn | filter_events.FilterOwnershipFoundFalse
    if isinstance(event, ends) and event.active:
        yield day, "filter_requests.deactivated", ""


def _drawn(recorded: Recorded, drawn: DrawnCase) -> str:
    """A cell that says all that an estimate needs: sample, stratum, probability, what the decision did."""
    return f"{recorded.stream}|{drawn.stratum}|{drawn.chances}/{drawn.out_of}|{drawn.acted.value}"


def _of_labels(recorded: Recorded, event: sample_events.AuditLabelsOpened, day: int) -> Iterator[Count]:
    """Labels count on the day of the draw: an estimate is about a sample."""
    yield day, "audit.labels", f"{_drawn(recorded, event.drawn)}|{event.truth.value}"
    truths = {label.side: label.truth.value for label in event.labels}
    if len(truths) == len(Side):
        yield day, "audit.pairs", "/".join(truths[side] for side in Side)


def restricted_content(event: facts.FilteringDecisionRecorded) -> str | None:
    """What a decision restricts at once, by content and work; ``None`` for nothing or unknown content."""
    if event.upload.content_sha256 is None or initial_availability(event) is Availability.PUBLIC:
        return None
    return f"{event.upload.content_sha256}:{event.work.id}"


def _of_decision(path: Path, day: int) -> Iterator[Count]:
    """What stands under the day of the decision, with what had become of it."""
    event, evidence = path.decision, path.decision.evidence
    band = words.band_of(evidence.share_of_upload)
    yield day, "decisions.total", ""
    yield day, "decisions.by_outcome", event.outcome.value
    yield day, "decisions.by_rule", event.rule.value
    yield day, "decisions.by_medium", event.upload.medium.value
    yield day, "decisions.by_method", evidence.method.value
    yield day, "decisions.by_engine", f"{evidence.engine}@{evidence.engine_version}"
    yield day, "decisions.by_standard", event.standard
    yield day, "decisions.by_share_band", band
    for mark in event.marks:
        yield day, "marks.before", mark.basis.value
    if event.outcome is Outcome.WARNING:
        yield day, "warnings.issued", ""
    kinds = {item.kind for item in path.items.values()}
    if path.restricted_at is not None:
        yield day, "filtering.restrictions", band
        if path.reversal is not None:
            yield day, "filtering.reversed", band
            yield day, "filtering.reversed_by", path.reversal.cause
        if path.ruled or event.ordered is not None:
            yield day, "filtering.partly_automated", ""
        if words.CONTEST in kinds:
            yield day, "contest.appealed", ""
    else:
        yield day, "filtering.passed", ""
        if path.public_since is None:
            yield day, "filtering.passed_then_restricted", ""
    yield day, "decisions.paths", _way(path, appealed=bool(kinds & {words.CONTEST, words.CHALLENGE}))
    if path.challengeable:
        yield day, "challenge.appealable", ""
        if words.CHALLENGE in kinds:
            yield day, "challenge.appealed", ""


def _way(path: Path, *, appealed: bool) -> str:
    """One of the ``PATHS``."""
    middle = "appealed" if appealed else "not_appealed"
    if path.restricted_at is not None:
        return f"restricted/{middle}/{'stands' if path.reversal is None else 'reversed'}"
    return f"public/{middle}/{'restricted' if path.public_since is None else 'public'}"


def _of_step(event: Event, day: int) -> Iterator[Count]:
    """What a step adds for ever on the day on which it occurred."""
    name = _PLAIN.get(type(event))
    if name is not None:
        yield day, name, ""
        return
    match event:
        case facts.LawfulUseMarked():
            yield day, "marks.after", event.mark.basis.value
        case facts.WarningAnswered():
            yield day, _ANSWERS[event.answer], ""
        case notice_events.NoticeReceived() if event.trusted:
            yield day, "notices.by_trusted", ""
        case notice_events.LegalActionReported() if event.stays:
            yield day, "counter_notices.legal_action_reported", ""
        case outside_events.OrderReceived():
            yield day, "outside.orders", "interim" if event.interim else "final"
        case outside_events.OrderLifted():
            yield day, "outside.orders_ended", ""
        case _:
            yield from _of_reviewers(event, day)


def _of_reviewers(event: Event, day: int) -> Iterator[Count]:
    match event:
        case facts.RulingSubmitted():
            yield day, "review.rulings_by", event.reviewer
        case facts.RulingsOpened():
            for ruling in event.rulings:
                for basis in dict.fromkeys(ruling.bases):
                    yield day, "review.basis", basis
            if len(event.rulings) > 1:
                yield day, "review.first_rulings", "/".join(each.outcome.value for each in event.rulings)
        case _:
            return


def _of_item(item: Item, calendar: Calendar) -> Iterator[Count]:
    lodged = calendar.day_of(item.lodged)
    yield lodged, f"{item.kind}.received", item.cell
    yield lodged, f"{item.kind}.fate", item.became
    if item.on_mark:
        yield lodged, "marks.challenged", ""
    if item.restricted is not None:
        moment, how = item.restricted
        yield calendar.day_of(moment), f"{item.side}.new_restrictions", how
    if item.ended is None:
        yield lodged, words.OPEN, item.kind
        return
    ended = calendar.day_of(item.ended)
    yield ended, f"{item.kind}.ended", item.fate
    if item.measure is not None:
        yield ended, "notices.measures", item.measure
    if item.became in words.REVERSALS:
        yield lodged, f"{item.kind}.overturned", item.cell
    if item.on_mark and item.fate not in (words.BY_DEFAULT, words.OMITTED):
        yield ended, "marks.examined", "found_wrong" if item.fate in words.REVERSALS else "stood"


def _times(item: Item, calendar: Calendar) -> Iterator[Measured]:
    """Durations, since when open ones wait, and due moments, each on the day under which figures look for it."""
    lodged = calendar.day_of(item.lodged)
    if item.ended is None:
        if item.kind in words.WAITED:
            yield lodged, list_of(item.kind, "open_since"), item.since
        if item.kind in words.WAITED and item.due is not None:
            yield calendar.day_of(item.due), list_of(item.kind, "open_due"), item.due
        return
    took = max(0, item.ended - item.since)
    if item.has_result:
        yield calendar.day_of(item.ended), list_of(item.kind, "finished"), took
        yield lodged, list_of(item.kind, "received_finished"), took
    else:
        yield lodged, list_of(item.kind, "received_omitted"), took
    if item.due is None:
        return
    if item.ended > item.due:
        yield calendar.day_of(item.due), list_of(item.kind, "due_missed"), item.due
    elif item.has_result:
        yield calendar.day_of(item.due), list_of(item.kind, "due_met"), item.due


def _lengths(path: Path, calendar: Calendar) -> Iterator[Measured]:
    reversal = path.reversal
    if reversal is not None and path.restricted_at is not None:
        wrong = max(0, reversal.restored - path.restricted_at)
        yield calendar.day(path.decision.decided_at), "filtering.wrongly_blocked", wrong
    for moment, length in path.waits:
        yield calendar.day_of(moment), "counter_notices.wait", length
    if path.held is not None:
        moment, length = path.held
        yield calendar.day_of(moment), "prior_review.held", length
