"""Each event of a case in a few words: what happened, who did it, and what it means. Nobody is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from casework.domain.case import events as facts
from casework.domain.case import media_events as media
from casework.domain.case import notice_events as notices
from casework.domain.case import outside_events as outside
from casework.domain.facts import Event, Role
from casework.domain.values import DeadlineKind
from casework.views.deadline_labels import deadline_label
from casework.views.labels import availability_label, outcome_label, ruling_label
from casework.views.language import gettext, ngettext
from casework.views.regime_labels import measure_label
from casework.views.step_labels import (
    forum_label,
    outside_outcome_label,
    pause_label,
    release_label,
    reopening_label,
    warning_answer_label,
)


class Told(NamedTuple):
    """What a timeline says of one event; ``by`` is ``None`` where it is whoever caused it."""

    title: str
    text: str = ""
    by: Role | None = None


def tell(event: Event) -> Told:
    """The line of an event. Raises ``KeyError`` for one that is no event of a case."""
    return _TOLD[type(event)](event)


def _decided(event: facts.FilteringDecisionRecorded) -> Told:
    title = gettext("Filtering decision: %(outcome)s") % {"outcome": outcome_label(event.outcome.value)}
    return Told(title, gettext("Both sides can see it from this moment."), Role.CLOCK)


def _marked(event: facts.LawfulUseMarked) -> Told:
    return Told(gettext("Marked as a lawful use"), gettext("The upload is public."))


def _contested(event: facts.ContestLodged) -> Told:
    return Told(gettext("Block contested"), gettext("The right holder can see it and answer."))


def _challenged(event: facts.ChallengeLodged) -> Told:
    return Told(gettext("Use challenged"), gettext("The upload stays public until the ruling."))


def _stated(event: facts.StatementFiled) -> Told:
    return Told(gettext("Statement added"), by=event.side)


def _deposited(event: media.MatchedMediaDeposited) -> Told:
    title = gettext("The file of the work that was compared was added")
    if event.side is media.MediaSide.UPLOAD:
        title = gettext("The file of the upload that was compared was added")
    return Told(title, gettext("Nothing follows from it; it can be looked at with the evidence."), Role.MATCHER)


def _panel(event: facts.PanelAssigned) -> Told:
    return Told(gettext("Two reviewers chosen"), gettext("They decide apart from one another."), Role.CLOCK)


def _third(event: facts.ReReviewerAssigned) -> Told:
    return Told(gettext("Third reviewer chosen"), by=Role.CLOCK)


def _submitted(event: facts.RulingSubmitted) -> Told:
    return Told(gettext("A reviewer's ruling came in, sealed"), by=Role.REVIEWER)


def _opened(event: facts.RulingsOpened) -> Told:
    return Told(gettext("Sealed rulings opened"), by=Role.CLOCK)


def _disagreed(event: facts.PanelDisagreed) -> Told:
    return Told(gettext("The two reviewers did not agree"), gettext("A third reviewer decides."), Role.REVIEWER)


def _issued(event: facts.RulingIssued) -> Told:
    text = gettext("%(outcome)s. The upload from now on: %(availability)s.") % {
        "outcome": ruling_label(event.outcome.value),
        "availability": availability_label(event.availability.value),
    }
    return Told(gettext("Ruling issued to both sides"), text, Role.REVIEWER)


def _withdrawn(event: facts.AppealWithdrawn) -> Told:
    return Told(gettext("Appeal withdrawn"), by=event.side)


def _grace(event: facts.GraceExpired) -> Told:
    return Told(gettext("The time to mark the upload ended"), gettext("Without a mark, the upload is blocked."))


def _prior_review_late(event: facts.PriorReviewExpired) -> Told:
    text = gettext("Nobody had decided in time, so the upload was published. People still look at it.")
    return Told(gettext("Time for the review before publication ended"), text)


def _warning_answered(event: facts.WarningAnswered) -> Told:
    said = warning_answer_label(event.answer.value)
    return Told(gettext("Warning answered: %(answer)s") % {"answer": said}, by=Role.RIGHT_HOLDER)


def _warning_lapsed(event: facts.WarningLapsed) -> Told:
    return Told(gettext("Warning lapsed"), gettext("The right holder did not answer. The upload stays public."))


def _urgent(event: facts.UrgentBlockDeclared) -> Told:
    text = gettext("A trusted right holder had a person check the upload. It is blocked until the ruling.")
    return Told(gettext("Urgent block"), text)


def _late(event: facts.DeadlinePassed) -> Told:
    title = gettext("Deadline passed: %(what)s") % {"what": deadline_label(event.kind.value)}
    text = gettext("The delay was escalated inside the platform.")
    if event.kind is DeadlineKind.EXTERNAL_BODY:
        text = gettext("The body is not the platform's. In a highly complex dispute the law may give it longer.")
    return Told(title, text)


def _offered(event: facts.SettlementProposed) -> Told:
    title = gettext("Settlement offered: %(what)s") % {"what": availability_label(event.availability.value)}
    return Told(title, by=event.side)


def _settled(event: facts.PartiesSettled) -> Told:
    text = gettext("The upload from now on: %(availability)s.") % {
        "availability": availability_label(event.availability.value)
    }
    return Told(gettext("Both sides settled; no ruling is given"), text)


def _further(event: facts.FurtherReviewRequested) -> Told:
    return Told(gettext("Further review requested"), gettext("New reviewers decide."), event.side)


def _reopened(event: facts.CaseReopened) -> Told:
    cause = reopening_label(event.cause.value)
    return Told(gettext("Case reopened: %(cause)s") % {"cause": cause}, gettext("New reviewers decide."))


def _suspended(event: facts.MeasureSuspended) -> Told:
    cause = reopening_label(event.cause.value)
    return Told(gettext("Measure suspended: %(cause)s") % {"cause": cause}, gettext("The open review goes on."))


def _gone(event: facts.UploadWithdrawn) -> Told:
    return Told(gettext("Upload withdrawn"), gettext("Nothing more is decided about it."))


def _recused(event: facts.ReviewerRecused) -> Told:
    return Told(gettext("A reviewer stepped back: %(cause)s") % {"cause": release_label(event.cause.value)})


def _released(event: facts.ReviewerReleased) -> Told:
    return Told(gettext("A reviewer was taken off the case: %(cause)s") % {"cause": release_label(event.cause.value)})


def _seated(event: facts.ReviewerSeated) -> Told:
    return Told(gettext("Another reviewer took the free seat"), by=Role.CLOCK)


def _barred(event: facts.BarredReviewerRefused) -> Told:
    return Told(gettext("A reviewer who may not decide this case was refused"), by=Role.CLOCK)


def _noticed(event: notices.NoticeReceived) -> Told:
    return Told(gettext("Notice received"), gettext("A person checks whether it has all that the law asks for."))


def _repeat(event: notices.RepeatNoticeBarred) -> Told:
    text = gettext("The upload was restored at once upon a counter-notice, so the law bars another notice on it.")
    return Told(gettext("Repeated notice refused"), text)


def _deficient(event: notices.NoticeFoundDeficient) -> Told:
    return Told(gettext("Notice incomplete"), gettext("The sender was told what is missing and until when."))


def _amended(event: notices.NoticeAmended) -> Told:
    return Told(gettext("Notice completed"))


def _lapsed(event: notices.NoticeLapsed) -> Told:
    return Told(gettext("Notice lapsed"), gettext("It was not completed in time. The upload stays as it is."))


def _accepted(event: notices.NoticeAccepted) -> Told:
    title = gettext("Notice accepted; measure: %(measure)s") % {"measure": measure_label(event.measure)}
    return Told(title, gettext("A person decided on it and gave reasons."))


def _forwarded(event: notices.NoticeForwarded) -> Told:
    return Told(gettext("Notice forwarded to the uploader"))


def _rejected(event: notices.NoticeRejected) -> Told:
    return Told(gettext("Notice rejected"), gettext("The upload stays as it is."))


def _taken_back(event: notices.NoticeWithdrawn) -> Told:
    text = gettext("The upload from now on: %(availability)s.") % {
        "availability": availability_label(event.availability.value)
    }
    return Told(gettext("Notice withdrawn"), text)


def _countered(event: notices.CounterNoticeReceived) -> Told:
    text = gettext("A person checks whether it has all that the law asks for. The measure stays meanwhile.")
    return Told(gettext("Counter-notice received"), text)


def _counter_deficient(event: notices.CounterNoticeFoundDeficient) -> Told:
    return Told(gettext("Counter-notice incomplete"), gettext("The sender was told what is missing and until when."))


def _counter_amended(event: notices.CounterNoticeAmended) -> Told:
    return Told(gettext("Counter-notice completed"))


def _counter_lapsed(event: notices.CounterNoticeLapsed) -> Told:
    return Told(gettext("Counter-notice lapsed"), gettext("It was not completed in time. The measure stays."))


def _counter_accepted(event: notices.CounterNoticeAccepted) -> Told:
    text = (
        gettext("The wait for legal action follows.")
        if event.waits
        else gettext("The law restores the upload without a wait.")
    )
    return Told(gettext("Counter-notice accepted"), text)


def _counter_forwarded(event: notices.CounterNoticeForwarded) -> Told:
    return Told(gettext("Counter-notice forwarded to the right holder"))


def _delivered(event: notices.CounterNoticeDelivered) -> Told:
    return Told(gettext("Counter-notice reached the right holder"))


def _paused(event: notices.WaitPaused) -> Told:
    text = ngettext(
        "%(cause)s: %(num)d working day is not counted.",
        "%(cause)s: %(num)d working days are not counted.",
        event.working_days,
    )
    return Told(gettext("Wait paused"), text % {"cause": pause_label(event.cause.value), "num": event.working_days})


def _sued(event: notices.LegalActionReported) -> Told:
    title = gettext("Legal action reported: %(forum)s") % {"forum": forum_label(event.forum.value)}
    text = gettext("The measure stays until that is decided.") if event.stays else gettext("It does not stop the wait.")
    return Told(title, text)


def _wait_over(event: notices.WaitExpired) -> Told:
    text = gettext("No legal action was reported. The upload from now on: %(availability)s.") % {
        "availability": availability_label(event.availability.value)
    }
    return Told(gettext("Wait ended"), text)


def _proceeding(event: outside.OutsideProceedingOpened) -> Told:
    return Told(gettext("Proceeding outside the platform: %(forum)s") % {"forum": forum_label(event.forum.value)})


def _proceeding_over(event: outside.OutsideProceedingDecided) -> Told:
    said = outside_outcome_label(event.outcome.value)
    return Told(gettext("Proceeding outside the platform ended: %(outcome)s") % {"outcome": said})


def _ordered(event: outside.OrderReceived) -> Told:
    title = gettext("Order received: %(forum)s") % {"forum": forum_label(event.forum.value)}
    text = gettext("It overrides everything else. The upload: %(availability)s.") % {
        "availability": availability_label(event.availability.value)
    }
    return Told(title, text)


def _lifted(event: outside.OrderLifted) -> Told:
    text = gettext("The upload from now on: %(availability)s.") % {
        "availability": availability_label(event.availability.value)
    }
    return Told(gettext("The order no longer holds"), text)


_TOLD: Mapping[type[Event], Callable[[Any], Told]] = {
    facts.FilteringDecisionRecorded: _decided,
    facts.LawfulUseMarked: _marked,
    facts.ContestLodged: _contested,
    facts.ChallengeLodged: _challenged,
    facts.StatementFiled: _stated,
    media.MatchedMediaDeposited: _deposited,
    facts.PanelAssigned: _panel,
    facts.ReReviewerAssigned: _third,
    facts.RulingSubmitted: _submitted,
    facts.RulingsOpened: _opened,
    facts.PanelDisagreed: _disagreed,
    facts.RulingIssued: _issued,
    facts.AppealWithdrawn: _withdrawn,
    facts.GraceExpired: _grace,
    facts.PriorReviewExpired: _prior_review_late,
    facts.WarningAnswered: _warning_answered,
    facts.WarningLapsed: _warning_lapsed,
    facts.UrgentBlockDeclared: _urgent,
    facts.DeadlinePassed: _late,
    facts.SettlementProposed: _offered,
    facts.PartiesSettled: _settled,
    facts.FurtherReviewRequested: _further,
    facts.CaseReopened: _reopened,
    facts.MeasureSuspended: _suspended,
    facts.UploadWithdrawn: _gone,
    facts.ReviewerRecused: _recused,
    facts.ReviewerReleased: _released,
    facts.ReviewerSeated: _seated,
    facts.BarredReviewerRefused: _barred,
    notices.NoticeReceived: _noticed,
    notices.RepeatNoticeBarred: _repeat,
    notices.NoticeFoundDeficient: _deficient,
    notices.NoticeAmended: _amended,
    notices.NoticeLapsed: _lapsed,
    notices.NoticeAccepted: _accepted,
    notices.NoticeForwarded: _forwarded,
    notices.NoticeRejected: _rejected,
    notices.NoticeWithdrawn: _taken_back,
    notices.CounterNoticeReceived: _countered,
    notices.CounterNoticeFoundDeficient: _counter_deficient,
    notices.CounterNoticeAmended: _counter_amended,
    notices.CounterNoticeLapsed: _counter_lapsed,
    notices.CounterNoticeAccepted: _counter_accepted,
    notices.CounterNoticeForwarded: _counter_forwarded,
    notices.CounterNoticeDelivered: _delivered,
    notices.WaitPaused: _paused,
    notices.LegalActionReported: _sued,
    notices.WaitExpired: _wait_over,
    outside.OutsideProceedingOpened: _proceeding,
    outside.OutsideProceedingDecided: _proceeding_over,
    outside.OrderReceived: _ordered,
    outside.OrderLifted: _lifted,
}
"""Every event of a case but the files, which are told together."""
