"""Every step on a case by its command, and the one way to decide it: as if no worker were ever late (case.md, clocks).

What was due before a step happens before it. A worker that was down, or that comes a second after a party, must not
give that party what a punctual one would not have given, nor take anything from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from casework.domain.case import (
    adjudication,
    clock,
    counter_notices,
    further,
    marks,
    media,
    notices,
    outside,
    panel,
    seats,
    settlement,
    urgent,
    warnings,
)
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import DeadlinePassed
from casework.domain.case.evolution import evolve
from casework.domain.case.state import Case
from casework.domain.deadlines import Deadline, deadlines
from casework.domain.facts import Actor, Command, Event, Refused

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
    media.DepositMatchedMedia: media.deposit_matched_media,
    clock.ExpireDeadline: clock.expire_deadline,
}
"""Which function decides each command."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Due:
    """What a clock that was due led to, as the fold wants it: it takes effect now, ``due_at`` says when it was due."""

    event: Event
    occurred: datetime
    recorded: datetime
    by: Actor


def punctual(case: Case, circumstances: Circumstances) -> tuple[Case, tuple[Event, ...]]:
    """The case as a punctual worker would have left it by now, with the facts that are still to be written for that.

    A lateness that is merely put on record, and changes nothing, is left to the worker, whose escalation it is.
    """
    written: list[Event] = []
    seen: set[Deadline] = set()
    while (due := _next(case, circumstances, seen)) is not None:
        seen.add(due)
        events = clock.EXPIRIES[due.kind](case, due.due_at, circumstances)
        if all(isinstance(event, DeadlinePassed) and event.availability is None for event in events):
            continue
        for event in events:
            case = evolve(case, _Due(event, circumstances.now, circumstances.now, circumstances.actor))
        written.extend(events)
    return case, tuple(written)


def _next(case: Case, circumstances: Circumstances, seen: set[Deadline]) -> Deadline | None:
    running = deadlines(case, circumstances.terms)
    return next((one for one in running if one.due_at <= circumstances.now and one not in seen), None)


def attempt(case: Case, as_of_now: Case, step: Callable[[Case], Result]) -> Result:
    """Take the step, or ask whether it may be taken, on the case ``as_of_now`` (see ``punctual``).

    Where that is refused because the step's own time ran out meanwhile, the refusal says just that, ``window_closed``.
    """
    try:
        return step(as_of_now)
    except Refused:
        if as_of_now is not case:
            _raise_if_too_late(case, step)
        raise


def _raise_if_too_late(case: Case, step: Callable[[Case], Result]) -> None:
    try:
        step(case)
    except Refused as refused:
        if refused.code == "window_closed":
            raise refused from None


def decide(case: Case, command: Command, circumstances: Circumstances) -> tuple[Event, ...]:
    """What the step leads to, after all that was due before it; nothing where it is no longer needed.

    Raises ``Refused`` as the step does on the case that a punctual worker would have left.
    """
    before, events = decide_apart(case, command, circumstances)
    return (*before, *events)


def decide_apart(
    case: Case, command: Command, circumstances: Circumstances
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """What was due before the step, which is the clock's doing and nobody else's, and what the step itself leads to."""
    decision = DECISIONS[type(command)]
    if isinstance(command, clock.ExpireDeadline):
        return (), decision(case, command, circumstances)  # the worker itself: one clock at a time
    as_of_now, before = punctual(case, circumstances)
    events = attempt(case, as_of_now, lambda one: decision(one, command, circumstances))
    return (before, events) if events else ((), ())
