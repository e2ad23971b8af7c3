"""Which events make which letters, for which side, and what each letter is called.

A template of the same name in ``templates/letters`` holds the words of each kind. Events that nobody has to be told of
by letter (statements, files, seats, sealed rulings) make none.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.case import outside_events as outside
from casework.domain.facts import Event, Role
from casework.domain.values import Outcome, WarningAnswer
from casework.views.language import gettext

SIDES = (Role.UPLOADER, Role.RIGHT_HOLDER)
"""Who gets letters."""


class LetterKind(StrEnum):
    """What a letter is about; its template has the same name."""

    BLOCK = "block"
    WARNING = "warning"
    PRESUMED_LAWFUL = "presumed_lawful"
    PRIOR_REVIEW = "prior_review"
    PRIOR_REVIEW_EXPIRED = "prior_review_expired"
    GRACE_EXPIRED = "grace_expired"
    MARK = "mark"
    WARNING_ANSWERED = "warning_answered"
    WARNING_LAPSED = "warning_lapsed"
    NOTICE_RECEIVED = "notice_received"
    NOTICE_DEFICIENT = "notice_deficient"
    NOTICE_LAPSED = "notice_lapsed"
    NOTICE_ACCEPTED = "notice_accepted"
    NOTICE_FORWARDED = "notice_forwarded"
    NOTICE_REJECTED = "notice_rejected"
    NOTICE_WITHDRAWN = "notice_withdrawn"
    NOTICE_BARRED = "notice_barred"
    COUNTER_NOTICE_RECEIVED = "counter_notice_received"
    COUNTER_NOTICE_DEFICIENT = "counter_notice_deficient"
    COUNTER_NOTICE_LAPSED = "counter_notice_lapsed"
    COUNTER_NOTICE_ACCEPTED = "counter_notice_accepted"
    COUNTER_NOTICE_FORWARDED = "counter_notice_forwarded"
    WAIT_BEGUN = "wait_begun"
    WAIT_PAUSED = "wait_paused"
    LEGAL_ACTION = "legal_action"
    RESTORED = "restored"
    CONTEST = "contest"
    CHALLENGE = "challenge"
    URGENT_BLOCK = "urgent_block"
    RULING = "ruling"
    OVERDUE = "overdue"
    APPEAL_WITHDRAWN = "appeal_withdrawn"
    SETTLEMENT_OFFERED = "settlement_offered"
    SETTLED = "settled"
    FURTHER_REVIEW = "further_review"
    REOPENED = "reopened"
    MEASURE_SUSPENDED = "measure_suspended"
    UPLOAD_WITHDRAWN = "upload_withdrawn"
    PROCEEDING_OPENED = "proceeding_opened"
    PROCEEDING_DECIDED = "proceeding_decided"
    ORDER = "order"
    ORDER_LIFTED = "order_lifted"


Kinds = Mapping[Role, LetterKind]

_DECISIONS: Mapping[Outcome, tuple[LetterKind, tuple[Role, ...]]] = {
    Outcome.PRESUMED_INFRINGING: (LetterKind.BLOCK, SIDES),
    Outcome.WARNING: (LetterKind.WARNING, SIDES),
    Outcome.PRIOR_REVIEW: (LetterKind.PRIOR_REVIEW, SIDES),
    # Nothing is taken from the uploader there; the right holder may challenge it.
    Outcome.PRESUMED_LAWFUL: (LetterKind.PRESUMED_LAWFUL, (Role.RIGHT_HOLDER,)),
    Outcome.MARKED_LAWFUL: (LetterKind.PRESUMED_LAWFUL, (Role.RIGHT_HOLDER,)),
}
"""A cleared use is told to nobody: there is nothing to do about it."""

_BOTH: Mapping[type[Event], LetterKind] = {
    facts.LawfulUseMarked: LetterKind.MARK,
    facts.GraceExpired: LetterKind.GRACE_EXPIRED,
    facts.PriorReviewExpired: LetterKind.PRIOR_REVIEW_EXPIRED,
    facts.WarningAnswered: LetterKind.WARNING_ANSWERED,
    facts.WarningLapsed: LetterKind.WARNING_LAPSED,
    facts.ContestLodged: LetterKind.CONTEST,
    facts.ChallengeLodged: LetterKind.CHALLENGE,
    facts.UrgentBlockDeclared: LetterKind.URGENT_BLOCK,
    facts.RulingIssued: LetterKind.RULING,
    facts.DeadlinePassed: LetterKind.OVERDUE,
    facts.AppealWithdrawn: LetterKind.APPEAL_WITHDRAWN,
    facts.SettlementProposed: LetterKind.SETTLEMENT_OFFERED,
    facts.PartiesSettled: LetterKind.SETTLED,
    facts.FurtherReviewRequested: LetterKind.FURTHER_REVIEW,
    facts.CaseReopened: LetterKind.REOPENED,
    facts.MeasureSuspended: LetterKind.MEASURE_SUSPENDED,
    facts.UploadWithdrawn: LetterKind.UPLOAD_WITHDRAWN,
    notices.NoticeWithdrawn: LetterKind.NOTICE_WITHDRAWN,
    notices.CounterNoticeDelivered: LetterKind.WAIT_BEGUN,
    notices.WaitPaused: LetterKind.WAIT_PAUSED,
    notices.LegalActionReported: LetterKind.LEGAL_ACTION,
    notices.WaitExpired: LetterKind.RESTORED,
    outside.OutsideProceedingOpened: LetterKind.PROCEEDING_OPENED,
    outside.OutsideProceedingDecided: LetterKind.PROCEEDING_DECIDED,
    outside.OrderReceived: LetterKind.ORDER,
    outside.OrderLifted: LetterKind.ORDER_LIFTED,
}
"""Events that both sides are told of."""

_RIGHT_HOLDER: Mapping[type[Event], LetterKind] = {
    notices.NoticeReceived: LetterKind.NOTICE_RECEIVED,
    notices.NoticeAmended: LetterKind.NOTICE_RECEIVED,
    notices.NoticeFoundDeficient: LetterKind.NOTICE_DEFICIENT,
    notices.NoticeLapsed: LetterKind.NOTICE_LAPSED,
    notices.NoticeAccepted: LetterKind.NOTICE_ACCEPTED,
    notices.NoticeRejected: LetterKind.NOTICE_REJECTED,
    notices.RepeatNoticeBarred: LetterKind.NOTICE_BARRED,
    notices.CounterNoticeForwarded: LetterKind.COUNTER_NOTICE_FORWARDED,
}
"""Events that the right holder alone is told of."""

_UPLOADER: Mapping[type[Event], LetterKind] = {
    notices.NoticeForwarded: LetterKind.NOTICE_FORWARDED,
    notices.CounterNoticeReceived: LetterKind.COUNTER_NOTICE_RECEIVED,
    notices.CounterNoticeAmended: LetterKind.COUNTER_NOTICE_RECEIVED,
    notices.CounterNoticeFoundDeficient: LetterKind.COUNTER_NOTICE_DEFICIENT,
    notices.CounterNoticeLapsed: LetterKind.COUNTER_NOTICE_LAPSED,
    notices.CounterNoticeAccepted: LetterKind.COUNTER_NOTICE_ACCEPTED,
}
"""Events that the uploader alone is told of."""


def kinds_of(event: Event) -> Kinds:
    """The letters that an event makes, by side; empty for none."""
    if isinstance(event, facts.FilteringDecisionRecorded):
        kind, sides = _DECISIONS.get(event.outcome, (LetterKind.BLOCK, ()))
        return dict.fromkeys(sides, kind)
    if isinstance(event, facts.WarningAnswered) and event.answer is WarningAnswer.NOTIFY:
        return {}  # the notice itself makes letters, and the uploader gets it once it was accepted
    if type(event) in _BOTH:
        return dict.fromkeys(SIDES, _BOTH[type(event)])
    if type(event) in _RIGHT_HOLDER:
        return {Role.RIGHT_HOLDER: _RIGHT_HOLDER[type(event)]}
    if type(event) in _UPLOADER:
        return {Role.UPLOADER: _UPLOADER[type(event)]}
    return {}


def letter_title(kind: LetterKind) -> str:
    """What stands over the letter and in lists of letters, in the language of the page."""
    return _of_decisions(kind) or _of_notices(kind) or _of_appeals(kind)


def _of_decisions(kind: LetterKind) -> str:
    return {
        LetterKind.BLOCK: gettext("Decision: presumed infringing"),
        LetterKind.WARNING: gettext("Infringement warning"),
        LetterKind.PRESUMED_LAWFUL: gettext("Use of a work, presumed lawful"),
        LetterKind.PRIOR_REVIEW: gettext("Upload held for prior human review"),
        LetterKind.PRIOR_REVIEW_EXPIRED: gettext("Upload published before the review ended"),
        LetterKind.GRACE_EXPIRED: gettext("Upload blocked after the time to mark it"),
        LetterKind.MARK: gettext("Use marked as lawful"),
        LetterKind.WARNING_ANSWERED: gettext("Answer to the infringement warning"),
        LetterKind.WARNING_LAPSED: gettext("The infringement warning has lapsed"),
    }.get(kind, "")


def _of_notices(kind: LetterKind) -> str:
    return {
        LetterKind.NOTICE_RECEIVED: gettext("Receipt of your notice"),
        LetterKind.NOTICE_DEFICIENT: gettext("Your notice is incomplete"),
        LetterKind.NOTICE_LAPSED: gettext("Your notice has lapsed"),
        LetterKind.NOTICE_ACCEPTED: gettext("Your notice was accepted"),
        LetterKind.NOTICE_FORWARDED: gettext("Notice about your upload"),
        LetterKind.NOTICE_REJECTED: gettext("Your notice was rejected"),
        LetterKind.NOTICE_WITHDRAWN: gettext("The notice was withdrawn"),
        LetterKind.NOTICE_BARRED: gettext("Your repeated notice was refused"),
        LetterKind.COUNTER_NOTICE_RECEIVED: gettext("Receipt of your counter-notice"),
        LetterKind.COUNTER_NOTICE_DEFICIENT: gettext("Your counter-notice is incomplete"),
        LetterKind.COUNTER_NOTICE_LAPSED: gettext("Your counter-notice has lapsed"),
        LetterKind.COUNTER_NOTICE_ACCEPTED: gettext("Your counter-notice was accepted"),
        LetterKind.COUNTER_NOTICE_FORWARDED: gettext("Counter-notice of the uploader"),
        LetterKind.WAIT_BEGUN: gettext("The wait for legal action has begun"),
        LetterKind.WAIT_PAUSED: gettext("The wait for legal action is prolonged"),
        LetterKind.LEGAL_ACTION: gettext("Legal action was reported"),
        LetterKind.RESTORED: gettext("The measure upon the notice has ended"),
    }.get(kind, "")


def _of_appeals(kind: LetterKind) -> str:
    return {
        LetterKind.CONTEST: gettext("Contest of the block"),
        LetterKind.CHALLENGE: gettext("Challenge of the use"),
        LetterKind.URGENT_BLOCK: gettext("Urgent block"),
        LetterKind.RULING: gettext("Ruling"),
        LetterKind.OVERDUE: gettext("A decision is late"),
        LetterKind.APPEAL_WITHDRAWN: gettext("The appeal was withdrawn"),
        LetterKind.SETTLEMENT_OFFERED: gettext("Offer to settle"),
        LetterKind.SETTLED: gettext("Settlement"),
        LetterKind.FURTHER_REVIEW: gettext("Further review"),
        LetterKind.REOPENED: gettext("The case was reopened"),
        LetterKind.MEASURE_SUSPENDED: gettext("The measure is suspended until the ruling"),
        LetterKind.UPLOAD_WITHDRAWN: gettext("The upload was withdrawn by its uploader"),
        LetterKind.PROCEEDING_OPENED: gettext("Proceeding outside the platform"),
        LetterKind.PROCEEDING_DECIDED: gettext("Outcome of the proceeding outside the platform"),
        LetterKind.ORDER: gettext("Binding order"),
        LetterKind.ORDER_LIFTED: gettext("The order no longer holds"),
    }[kind]
