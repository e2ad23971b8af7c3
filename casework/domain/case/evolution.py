"""A case as a fold of its events: replaying the log gives the same state, byte for byte (invariant 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from casework.domain.case import events as facts
from casework.domain.case.media_events import MatchedMediaDeposited
from casework.domain.case.notice_events import CounterNoticeAccepted, NoticeAccepted, NoticeWithdrawn, WaitExpired
from casework.domain.case.notice_evolution import NOTICE_EVOLUTIONS
from casework.domain.case.outside_events import (
    OrderLifted,
    OrderReceived,
    OutsideProceedingDecided,
    OutsideProceedingOpened,
)
from casework.domain.case.state import (
    Appeal,
    AppealKind,
    Case,
    Exhibit,
    MatchedMedia,
    Order,
    OutsideProceeding,
    Procedure,
    Settlement,
    Statement,
    Submission,
    contested_in_grace,
    ruled_since,
)
from casework.domain.changing import replace
from casework.domain.decision import ACTIONS, AVAILABILITIES
from casework.domain.facts import Event, Happened, Role
from casework.domain.orders import BindingOrder
from casework.domain.values import MEASURES, Availability, DeadlineKind, RulingOutcome


def initial_availability(event: facts.FilteringDecisionRecorded) -> Availability:
    """What the public saw after the decision: as ordered, or what the platform's own decision made of the upload."""
    return own_measure(event) if event.ordered is None else event.ordered


def own_measure(event: facts.FilteringDecisionRecorded) -> Availability:
    """The platform's own part of it, under an order, if there is one: still public in a grace, or by its outcome."""
    if event.ordered is not None and event.order is None:
        return event.ordered  # recorded before cases kept the order itself
    if event.grace_until is not None:
        return Availability.PUBLIC
    return AVAILABILITIES[ACTIONS[event.own_outcome]]


def _recorded(event: facts.FilteringDecisionRecorded, happened: Happened) -> Case:
    return Case(
        version=1,
        decision=event,
        informed_at=happened.recorded,
        rests=Procedure(event.own_outcome.value),
        measure=own_measure(event),
        marks=event.marks,
        orders=() if event.order is None else (_order_of(1, event.order),),
    )


def _order_of(number: int, terms: BindingOrder) -> Order:
    return Order(
        number=number,
        forum=terms.forum,
        interim=terms.interim,
        availability=terms.availability,
        received_at=terms.received_at,
        until=terms.until,
        words=terms.words,
    )


def _marked(case: Case, event: facts.LawfulUseMarked, happened: Happened) -> Case:
    return replace(
        case,
        rests=Procedure.MARKED_LAWFUL,
        measure=Availability.PUBLIC,
        marks=(*case.marks, event.mark),
        marked_at=happened.recorded,
    )


def _grace_expired(case: Case, event: facts.GraceExpired, happened: Happened) -> Case:
    return replace(case, measure=event.availability)


def _prior_review_expired(case: Case, event: facts.PriorReviewExpired, happened: Happened) -> Case:
    return replace(case, measure=event.availability, passed=(*case.passed, (DeadlineKind.PRIOR_REVIEW, event.due_at)))


def _warning_answered(case: Case, event: facts.WarningAnswered, happened: Happened) -> Case:
    return replace(case, rests=Procedure.CLOSED)


def _warning_lapsed(case: Case, event: facts.WarningLapsed, happened: Happened) -> Case:
    return replace(case, rests=Procedure.CLOSED)


def _new_round(case: Case, appeal: Appeal, measure: Availability) -> Case:
    """Open an adjudication: the seats are empty again, and whoever ruled before has taken part."""
    return replace(
        case,
        review=Procedure.ADJUDICATION,
        measure=measure,
        appeals=(*case.appeals, appeal),
        panel=(),
        re_reviewer=None,
        submitted=(),
        opened=(),
        disagreed=False,
        settlement=None,
        took_part=tuple(dict.fromkeys((*case.took_part, *(one.reviewer for one in case.submitted)))),
    )


def _contested(case: Case, event: facts.ContestLodged, happened: Happened) -> Case:
    # Within a grace the upload is still public, but what is contested, and holds without the contest, is the block.
    in_grace = case.decision.grace_until is not None and case.rests is Procedure.PRESUMED_INFRINGING
    contested = Availability.BLOCKED if in_grace else case.measure
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CONTEST,
        lodged_at=happened.occurred,
        ground=event.ground,
        reasons=event.reasons,
        segments=event.segments,
        exceptions_considered=None,
        availability_before=contested,
        contested=contested,
        lodged_by=Role.UPLOADER,
    )
    return _new_round(case, appeal, Availability.PUBLIC if event.restored else case.measure)


def _challenged(case: Case, event: facts.ChallengeLodged, happened: Happened) -> Case:
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CHALLENGE,
        lodged_at=happened.occurred,
        ground=event.ground,
        reasons=event.reasons,
        segments=(),
        exceptions_considered=event.exceptions_considered,
        availability_before=case.measure,
        contested=case.measure,
        lodged_by=Role.RIGHT_HOLDER,
    )
    return _new_round(case, appeal, case.measure)


def _urgently_blocked(case: Case, event: facts.UrgentBlockDeclared, happened: Happened) -> Case:
    """With a challenge open it blocks until that ruling; without one it is the challenge itself."""
    if case.under_appeal:
        urgent = replace(case.appeals[-1], urgent=True, check=event.check, harm=event.harm)
        return replace(case, measure=event.availability, appeals=(*case.appeals[:-1], urgent))
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CHALLENGE,
        lodged_at=happened.occurred,
        ground=None,
        reasons=event.harm,
        segments=(),
        exceptions_considered=None,
        availability_before=case.measure,
        contested=case.measure,
        lodged_by=Role.RIGHT_HOLDER,
        urgent=True,
        check=event.check,
        harm=event.harm,
    )
    return _new_round(case, appeal, event.availability)


def _further(case: Case, event: facts.FurtherReviewRequested, happened: Happened) -> Case:
    last = case.ruled_appeal or case.appeals[-1]
    appeal = replace(
        last,
        number=event.appeal,
        lodged_at=happened.occurred,
        reasons=event.reasons,
        availability_before=case.measure,
        lodged_by=event.side,
        level=last.level + 1,
        urgent=False,
        check=None,
        harm=None,
        reopened=None,
    )
    return _new_round(case, appeal, case.measure)


def _reopened(case: Case, event: facts.CaseReopened, happened: Happened) -> Case:
    initial = AVAILABILITIES[ACTIONS[case.decision.own_outcome]]
    restricted = initial is not Availability.PUBLIC
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CONTEST if restricted else AppealKind.CHALLENGE,
        lodged_at=happened.occurred,
        ground=None,
        reasons=event.reasons,
        segments=(),
        exceptions_considered=None,
        availability_before=case.measure,
        contested=Availability.BLOCKED if restricted else Availability.PUBLIC,
        lodged_by=happened.by.role,
        reopened=event.cause,
    )
    return _new_round(case, appeal, event.availability)


def _measure_suspended(case: Case, event: facts.MeasureSuspended, happened: Happened) -> Case:
    """Public from now on; who withdraws the open appeal, if the review is one, does not bring the measure back."""
    if not case.under_appeal:
        return replace(case, measure=event.availability)
    appeal = replace(case.appeals[-1], availability_before=event.availability)
    return replace(case, measure=event.availability, appeals=(*case.appeals[:-1], appeal))


def _stated(case: Case, event: facts.StatementFiled, happened: Happened) -> Case:
    return replace(case, statements=(*case.statements, Statement(event.side, event.statement, happened.occurred)))


def _exhibited(case: Case, event: facts.EvidenceSubmitted, happened: Happened) -> Case:
    return replace(case, exhibits=(*case.exhibits, Exhibit(event.side, event.evidence, happened.occurred)))


def _media_deposited(case: Case, event: MatchedMediaDeposited, happened: Happened) -> Case:
    deposited = MatchedMedia(event.side, event.file, happened.occurred, case.version + 1)
    return replace(case, media=(*case.media, deposited))


def _panel_assigned(case: Case, event: facts.PanelAssigned, happened: Happened) -> Case:
    return replace(case, review=Procedure.PANEL, panel=event.reviewers)


def _re_reviewer_assigned(case: Case, event: facts.ReReviewerAssigned, happened: Happened) -> Case:
    return replace(case, re_reviewer=event.reviewer)


def _left(case: Case, event: facts.ReviewerRecused | facts.ReviewerReleased, happened: Happened) -> Case:
    left = replace(case, recused=(*case.recused, event.reviewer))
    if case.re_reviewer == event.reviewer:
        return replace(left, re_reviewer=None)
    return replace(left, panel=tuple(one for one in case.panel if one != event.reviewer))


def _seated(case: Case, event: facts.ReviewerSeated, happened: Happened) -> Case:
    return replace(case, panel=(*case.panel, event.reviewer))


def _ruled(case: Case, event: facts.RulingSubmitted, happened: Happened) -> Case:
    return replace(case, submitted=(*case.submitted, Submission(event.reviewer, event.sealed)))


def _opened(case: Case, event: facts.RulingsOpened, happened: Happened) -> Case:
    return replace(case, opened=(*case.opened, *event.rulings))


def _disagreed(case: Case, event: facts.PanelDisagreed, happened: Happened) -> Case:
    return replace(case, review=Procedure.RE_REVIEW, disagreed=True)


def _issued(case: Case, event: facts.RulingIssued, happened: Happened) -> Case:
    """The review ends. A reversal of a measure taken upon a notice ends the notice too, unless it is stayed."""
    if event.appeal is None:
        lawful = event.outcome is RulingOutcome.REVERSED
        rests = Procedure.PRESUMED_LAWFUL if lawful else Procedure.RESTRICTED
    else:
        rests = Procedure.DECIDED
    notices = case.notices
    notice = case.notice
    if notice is not None and event.availability is Availability.PUBLIC and notice.stage in ENDED_BY_REVERSAL:
        notices = (*notices[:-1], replace(notice, stage=Procedure.CLOSED, ended_at=happened.occurred))
    return replace(
        case,
        review=None,
        rests=rests,
        measure=event.availability,
        notices=notices,
        ruling=event,
        ruled_at=happened.occurred,
    )


ENDED_BY_REVERSAL = (Procedure.MEASURE_TAKEN, Procedure.COUNTER_CHECK, Procedure.WAITING)


def _withdrawn(case: Case, event: facts.AppealWithdrawn, happened: Happened) -> Case:
    """Closed, but for what is not the withdrawing side's to end.

    A ruling that was to be reviewed stays open to the other side's own request (invariant 7). A grace that still runs
    goes on; a withdrawal after it brings the block.
    """
    in_grace = contested_in_grace(case) and event.availability is Availability.PUBLIC
    goes_on = in_grace or case.appeals[-1].level > 1
    rests = case.rests if goes_on else Procedure.CLOSED
    return replace(case, review=None, rests=rests, measure=event.availability, settlement=None)


def _settlement_proposed(case: Case, event: facts.SettlementProposed, happened: Happened) -> Case:
    return replace(case, settlement=Settlement(event.side, event.availability, event.terms, happened.occurred))


def _settled(case: Case, event: facts.PartiesSettled, happened: Happened) -> Case:
    """The appeal is closed, and with it a notice that is still open: no wait may undo what both sides agreed."""
    notices = case.notices
    if case.notice is not None and case.notice.ended_at is None:
        notices = (*notices[:-1], replace(case.notice, stage=Procedure.CLOSED, ended_at=happened.occurred))
    return replace(
        case, review=None, rests=Procedure.CLOSED, measure=event.availability, notices=notices, settlement=None
    )


def _deadline_passed(case: Case, event: facts.DeadlinePassed, happened: Happened) -> Case:
    measure = case.measure if event.availability is None else event.availability
    return replace(case, measure=measure, passed=(*case.passed, (event.kind, event.due_at)))


def _upload_withdrawn(case: Case, event: facts.UploadWithdrawn, happened: Happened) -> Case:
    return replace(case, withdrawn_at=happened.occurred, review=None, rests=Procedure.CLOSED, settlement=None)


def _unchanged(case: Case, event: facts.BarredReviewerRefused, happened: Happened) -> Case:
    return case


def _proceeding_opened(case: Case, event: OutsideProceedingOpened, happened: Happened) -> Case:
    opened = OutsideProceeding(event.proceeding, event.forum, event.opened_at, event.words)
    return replace(case, proceedings=(*case.proceedings, opened))


def _proceeding_decided(case: Case, event: OutsideProceedingDecided, happened: Happened) -> Case:
    decided = tuple(
        replace(
            one,
            decided_at=event.decided_at,
            outcome=event.outcome,
            implemented=event.implemented,
            availability=event.availability,
        )
        if one.number == event.proceeding
        else one
        for one in case.proceedings
    )
    return replace(case, proceedings=decided)


def _ordered(case: Case, event: OrderReceived, happened: Happened) -> Case:
    order = Order(
        number=event.order,
        forum=event.forum,
        interim=event.interim,
        availability=event.availability,
        received_at=event.since or happened.occurred,
        until=event.until,
        words=event.words,
    )
    return replace(case, orders=(*case.orders, order))


def _order_lifted(case: Case, event: OrderLifted, happened: Happened) -> Case:
    orders = tuple(
        replace(one, lifted_at=happened.occurred) if one.number == event.order else one for one in case.orders
    )
    return replace(case, orders=orders)


# The values are as precise as Python's types allow for a table keyed by class: each function takes its own event.
EVOLUTIONS: Mapping[type[Event], Callable[[Case, Any, Happened], Case]] = {
    **NOTICE_EVOLUTIONS,
    facts.LawfulUseMarked: _marked,
    facts.GraceExpired: _grace_expired,
    facts.PriorReviewExpired: _prior_review_expired,
    facts.WarningAnswered: _warning_answered,
    facts.WarningLapsed: _warning_lapsed,
    facts.ContestLodged: _contested,
    facts.ChallengeLodged: _challenged,
    facts.UrgentBlockDeclared: _urgently_blocked,
    facts.FurtherReviewRequested: _further,
    facts.CaseReopened: _reopened,
    facts.MeasureSuspended: _measure_suspended,
    facts.StatementFiled: _stated,
    facts.EvidenceSubmitted: _exhibited,
    MatchedMediaDeposited: _media_deposited,
    facts.PanelAssigned: _panel_assigned,
    facts.ReReviewerAssigned: _re_reviewer_assigned,
    facts.ReviewerRecused: _left,
    facts.ReviewerReleased: _left,
    facts.ReviewerSeated: _seated,
    facts.BarredReviewerRefused: _unchanged,
    facts.RulingSubmitted: _ruled,
    facts.RulingsOpened: _opened,
    facts.PanelDisagreed: _disagreed,
    facts.RulingIssued: _issued,
    facts.AppealWithdrawn: _withdrawn,
    facts.SettlementProposed: _settlement_proposed,
    facts.PartiesSettled: _settled,
    facts.DeadlinePassed: _deadline_passed,
    facts.UploadWithdrawn: _upload_withdrawn,
    OutsideProceedingOpened: _proceeding_opened,
    OutsideProceedingDecided: _proceeding_decided,
    OrderReceived: _ordered,
    OrderLifted: _order_lifted,
}


def evolve(case: Case | None, happened: Happened) -> Case:
    """Apply one fact. The first fact of a case, and no other, is its filtering decision; raises ``ValueError``."""
    event = happened.event
    if case is None:
        if not isinstance(event, facts.FilteringDecisionRecorded):
            raise ValueError(f"a case cannot begin with {event.TOPIC}")
        return _recorded(event, happened)
    if type(event) not in EVOLUTIONS:
        raise ValueError(f"a case cannot go on with {event.TOPIC}")
    after = _keep_up(EVOLUTIONS[type(event)](case, event, happened), event)
    return replace(after, version=case.version + 1)


def _keep_up(case: Case, event: Event) -> Case:
    """While an appeal is open, a withdrawal returns to what the notice line has made of the upload meanwhile.

    Otherwise it would bring back a block that the law has ended, or end a measure that was taken since.
    """
    if not case.under_appeal or not isinstance(event, NOTICE_LINE):
        return case
    if isinstance(event, CounterNoticeAccepted) and event.waits:
        return case
    back = event.availability
    if isinstance(event, NoticeWithdrawn):
        notice = case.notices[-1]
        if notice.accepted_at is None or ruled_since(case, notice):
            return case
        back = notice.availability_before
    if isinstance(event, NoticeAccepted):
        back = max(case.appeals[-1].availability_before, MEASURES[event.measure], key=STRICTNESS.index)
    appeal = replace(case.appeals[-1], availability_before=back)
    return replace(case, appeals=(*case.appeals[:-1], appeal))


STRICTNESS = (Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.HELD, Availability.BLOCKED)
"""What a case makes of an upload, from the mildest."""

NOTICE_LINE = (NoticeAccepted, NoticeWithdrawn, CounterNoticeAccepted, WaitExpired)
"""Facts beside an appeal that change what the public sees."""


def fold(history: Iterable[Happened]) -> Case | None:
    """The case after its whole history; ``None`` for an empty one."""
    case: Case | None = None
    for happened in history:
        case = evolve(case, happened)
    return case
