"""What follows when a clock of the case runs out: the worker says which, and the decision looks again (E5).

A deadline that was met, moved or has fired already yields nothing, so that asking twice, or late, is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from casework.domain.calendars import CalendarUnknown
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import DeadlinePassed, GraceExpired, PriorReviewExpired, WarningLapsed
from casework.domain.case.notice_events import CounterNoticeLapsed, NoticeLapsed, WaitExpired
from casework.domain.case.notices import restored_availability
from casework.domain.case.outside_events import OrderLifted
from casework.domain.case.reasons import outside_remedies, own_reasons, reasons_that_hold
from casework.domain.case.state import AppealKind, Case, Procedure
from casework.domain.deadlines import Deadline, contest_until, deadlines, undated
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.standard.standard import OnExpiry
from casework.domain.values import (
    Availability,
    DeadlineKind,
    Moment,
    Remedy,
    StatementOfReasons,
)


class ExpireDeadline(Command):
    """A clock of this kind was due at this moment, as computed before."""

    kind: DeadlineKind
    due_at: Moment


def may_expire_deadline(case: Case, circumstances: Circumstances) -> None:
    """Only the clock. Raises ``Refused``."""
    if circumstances.actor.role is not Role.CLOCK:
        raise Refused("not_your_step")


def expire_deadline(case: Case, command: ExpireDeadline, circumstances: Circumstances) -> tuple[Event, ...]:
    """What the end of this one clock leads to; nothing where it does not run (any more), moved, or is not due yet.

    Raises ``CalendarUnknown``, a refusal, for one whose end nobody can know before the calendar of its year is there.
    """
    may_expire_deadline(case, circumstances)
    deadline = Deadline(command.kind, command.due_at)
    for unknown in undated(case, circumstances.terms):
        if unknown.kind is deadline.kind and circumstances.now >= deadline.due_at:
            raise CalendarUnknown(unknown.calendar, unknown.year)
    if circumstances.now < deadline.due_at or deadline not in deadlines(case, circumstances.terms):
        return ()
    return EXPIRIES[deadline.kind](case, deadline.due_at, circumstances)


def _grace(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    """No mark in time: the block follows, with the reasons that the decision would have had."""
    reasons = StatementOfReasons(
        measure=Availability.BLOCKED,
        standard=case.decision.standard,
        rule=case.decision.own_rule,
        remedies=(Remedy.MARK, Remedy.CONTEST, *outside_remedies(circumstances)),
        contest_until=contest_until(case, circumstances.standard),
    )
    return (GraceExpired(due_at=due_at, availability=Availability.BLOCKED, statement_of_reasons=reasons),)


def _prior_review(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    """Nobody ruled in time: published, unless the standard holds on (case.md: live sport)."""
    if circumstances.standard.prior_review.after(case.decision.work.kind) is OnExpiry.PUBLISH:
        return (PriorReviewExpired(due_at=due_at, availability=Availability.PUBLIC),)
    return (DeadlinePassed(kind=DeadlineKind.PRIOR_REVIEW, due_at=due_at),)


def _warning(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    return (WarningLapsed(due_at=due_at),)


def _notice(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    return (NoticeLapsed(notice=case.notices[-1].number, due_at=due_at),)


def _counter_notice(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    return (CounterNoticeLapsed(counter_notice=case.notices[-1].counter_notices[-1].number, due_at=due_at),)


def _wait(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    """No legal action: the measure ends (Civil Code art. 1196(2); E-Commerce Law art. 43(2); 17 USC 512(g)(2)(C))."""
    notice = case.notices[-1]
    availability = restored_availability(case, notice)
    return (
        WaitExpired(
            counter_notice=notice.counter_notices[-1].number,
            due_at=due_at,
            availability=availability,
            statement_of_reasons=own_reasons(case, availability, circumstances, notice_over=True),
        ),
    )


def _ruling(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    """Escalated; and where the standard says so, a block that nobody has confirmed ends."""
    restores = circumstances.standard.procedure.overdue_restores and _is_unconfirmed_block(case)
    availability = Availability.PUBLIC if restores else None
    return (DeadlinePassed(kind=DeadlineKind.RULING, due_at=due_at, availability=availability),)


def _is_unconfirmed_block(case: Case) -> bool:
    """A contested block without any ruling on it, not kept by an order or by a stay for legal action.

    An urgent block is no such thing: the law keeps it until the ruling (UrhDaG s. 14(4)).
    """
    stayed = case.notice is not None and case.notice.stage is Procedure.STAYED
    return (
        case.measure is Availability.BLOCKED
        and case.appeals[-1].kind is AppealKind.CONTEST
        and case.ruling is None
        and case.order is None
        and not stayed
    )


def _order(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    """The order's own time is over; what lies under it shows again."""
    lifted: list[OrderLifted] = []
    for order in case.orders:
        if order.lifted_at is None and order.until == due_at:
            rest = tuple(replace(one, lifted_at=due_at) if one is order else one for one in case.orders)
            case = replace(case, orders=rest)
            lifted.append(
                OrderLifted(
                    order=order.number,
                    ran_out=True,
                    availability=case.availability,
                    statement_of_reasons=reasons_that_hold(case, circumstances),
                )
            )
    return tuple(lifted)


def _external_body(case: Case, due_at: datetime, circumstances: Circumstances) -> tuple[Event, ...]:
    return (DeadlinePassed(kind=DeadlineKind.EXTERNAL_BODY, due_at=due_at),)


EXPIRIES: Mapping[DeadlineKind, Callable[[Case, datetime, Circumstances], tuple[Event, ...]]] = {
    DeadlineKind.GRACE: _grace,
    DeadlineKind.PRIOR_REVIEW: _prior_review,
    DeadlineKind.WARNING_ANSWER: _warning,
    DeadlineKind.NOTICE_CURE: _notice,
    DeadlineKind.COUNTER_NOTICE_CURE: _counter_notice,
    DeadlineKind.WAIT: _wait,
    DeadlineKind.RULING: _ruling,
    DeadlineKind.ORDER: _order,
    DeadlineKind.EXTERNAL_BODY: _external_body,
}
