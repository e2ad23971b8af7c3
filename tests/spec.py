"""Tests of decisions that read like a case: ``given(what happened).when(a step, by=whom, at=when).then(what follows)``.

``nothing()`` says that the step was no longer needed, ``refuses("code")`` that the rules do not allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.domain.calendars import CALENDAR_DAYS, Calendar
from casework.domain.case import (
    adjudication,
    clock,
    counter_notices,
    further,
    marks,
    notices,
    outside,
    panel,
    seats,
    settlement,
    urgent,
    warnings,
)
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party.state import Standing
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.work.state import NOTHING_RECORDED, WorkStanding
from tests.samples import NOON, STANDARD, Fact, case_of

DECISIONS: Mapping[type[Command], Callable[[Case, Any, Circumstances], tuple[Event, ...]]] = {
    marks.MarkLawfulUse: marks.mark_lawful_use,
    adjudication.LodgeContest: adjudication.lodge_contest,
    adjudication.LodgeChallenge: adjudication.lodge_challenge,
    adjudication.FileStatement: adjudication.file_statement,
    adjudication.SubmitEvidence: adjudication.submit_evidence,
    adjudication.WithdrawAppeal: adjudication.withdraw_appeal,
    panel.AssignPanel: panel.assign_panel,
    panel.AssignReReviewer: panel.assign_re_reviewer,
    panel.SubmitRuling: panel.submit_ruling,
    notices.ReceiveNotice: notices.receive_notice,
    notices.AcceptNotice: notices.accept_notice,
    notices.FindNoticeDeficient: notices.find_notice_deficient,
    notices.RejectNotice: notices.reject_notice,
    notices.WithdrawNotice: notices.withdraw_notice,
    counter_notices.ReceiveCounterNotice: counter_notices.receive_counter_notice,
    counter_notices.AcceptCounterNotice: counter_notices.accept_counter_notice,
    counter_notices.FindCounterNoticeDeficient: counter_notices.find_counter_notice_deficient,
    counter_notices.ConfirmDelivery: counter_notices.confirm_delivery,
    counter_notices.PauseWait: counter_notices.pause_wait,
    counter_notices.ReportLegalAction: counter_notices.report_legal_action,
    warnings.AnswerWarning: warnings.answer_warning,
    urgent.DeclareUrgentBlock: urgent.declare_urgent_block,
    settlement.Settle: settlement.settle,
    settlement.WithdrawUpload: settlement.withdraw_upload,
    further.RequestFurtherReview: further.request_further_review,
    further.ReopenCase: further.reopen_case,
    further.SuspendMeasure: further.suspend_measure,
    seats.Recuse: seats.recuse,
    seats.ReleaseReviewer: seats.release_reviewer,
    seats.SeatReviewer: seats.seat_reviewer,
    outside.OpenOutsideProceeding: outside.open_outside_proceeding,
    outside.DecideOutsideProceeding: outside.decide_outside_proceeding,
    outside.ReceiveOrder: outside.receive_order,
    outside.LiftOrder: outside.lift_order,
    clock.ExpireDeadline: clock.expire_deadline,
}

NO_RECORD: Mapping[Role, Standing] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a step led to: events, or a refusal."""

    events: tuple[Event, ...] = ()
    refused: Refused | None = None

    def then(self, *events: Event) -> None:
        """Exactly these events, in this order."""
        assert events, "say nothing() where no event is expected"
        assert self.refused is None, f"refused: {self._refusal}"
        assert self.events == events

    def nothing(self) -> None:
        """The step was allowed and left nothing to do."""
        assert self.refused is None, f"refused: {self._refusal}"
        assert self.events == ()

    def refuses(self, code: str, **details: str) -> None:
        """The rules do not allow it, for this reason; ``details`` are compared where they are given."""
        assert self.refused is not None, f"allowed: {self.events}"
        assert self.refused.code == code, self._refusal
        if details:
            assert self.refused.details == details

    @property
    def _refusal(self) -> str:
        return "" if self.refused is None else f"{self.refused.code} {self.refused.details}"


@dataclass(frozen=True, slots=True)
class Given:
    """A case with a past."""

    case: Case

    def when(
        self,
        command: Command,
        *,
        by: Actor,
        at: datetime = NOON,
        under: Standard = STANDARD,
        regime: Regime | None = None,
        calendar: Calendar = CALENDAR_DAYS,
        standings: Mapping[Role, Standing] = NO_RECORD,
        work: WorkStanding = NOTHING_RECORDED,
    ) -> Answer:
        """Take the step now."""
        circumstances = Circumstances(
            actor=by, now=at, standard=under, regime=regime, calendar=calendar, standings=standings, work=work
        )
        try:
            return Answer(events=DECISIONS[type(command)](self.case, command, circumstances))
        except Refused as refused:
            return Answer(refused=refused)


def given(*facts: Event | Fact) -> Given:
    """The facts of the case so far, the filtering decision first."""
    return Given(case_of(*facts))
