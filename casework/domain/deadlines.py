"""When windows close and rulings fall due: computed from state and standard, stored nowhere (invariant 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.domain.calendars import CALENDAR_DAYS, Calendar, CalendarUnknown, add_days, add_working_days
from casework.domain.case.state import Appeal, Case, CounterNotice, Procedure
from casework.domain.regimes.regimes import Regime, WaitKind, WaitStart
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability, DeadlineKind, OutsideForum


def contest_until(case: Case, standard: Standard) -> datetime:
    """End (exclusive) of the uploader's window, counted from the information of the person.

    What one is informed of is the decision, the measure that a notice led to, or the ruling that restricts the upload.
    """
    told, notice = case.informed_at, case.notice
    if case.rests is Procedure.MEASURE_TAKEN and notice is not None and notice.accepted_at is not None:
        told = notice.accepted_at
    elif case.rests is Procedure.RESTRICTED and case.ruled_at is not None:
        told = case.ruled_at
    return standard.procedure.contest_until(told)


def challenge_until(case: Case, standard: Standard) -> datetime:
    """End (exclusive) of the right holder's window, counted from being told of the use or of its latest mark.

    A use that was held for a prior review is told of by the ruling that publishes it.
    """
    told = case.informed_at if case.marked_at is None else case.marked_at
    published = case.ruling is not None and case.ruling.appeal is None and case.marked_at is None
    if published and case.ruled_at is not None:
        told = case.ruled_at
    return standard.procedure.challenge_until(told)


def comments_until(appeal: Appeal, standard: Standard) -> datetime:
    """Until when both sides are asked for comments; the same for both (invariant 7). Then the panel is seated."""
    return appeal.lodged_at + standard.procedure.comment_window


def ruling_due(appeal: Appeal, standard: Standard) -> datetime:
    """When the ruling is due, counted from lodging."""
    return appeal.lodged_at + standard.procedure.ruling_due


@dataclass(frozen=True, slots=True)
class Terms:
    """What the clocks of a case are computed from. ``calendar`` says which days are working days under the regime."""

    standard: Standard
    regime: Regime | None = None
    calendar: Calendar = CALENDAR_DAYS


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock that runs, and when it runs out (UTC; from this moment on it is due)."""

    kind: DeadlineKind
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Undated:
    """One clock that runs but whose end falls into a year that the calendar does not know yet."""

    kind: DeadlineKind
    calendar: str
    year: int


def deadlines(case: Case, terms: Terms) -> tuple[Deadline, ...]:
    """All clocks of the case that run now, the earliest first; computed, never stored.

    A clock whose end lies in a year without a calendar is not among them: see ``undated``.
    """
    running = [Deadline(kind, due_at) for kind, due_at in _running(case, terms)]
    if _waiting(case) is not None:
        due_at = _tried(case, terms)
        if isinstance(due_at, datetime):
            running.append(Deadline(DeadlineKind.WAIT, due_at))
    return tuple(sorted(running, key=lambda one: (one.due_at, one.kind)))


def undated(case: Case, terms: Terms) -> tuple[Undated, ...]:
    """The clocks that run without a known end: a newer version of the calendar library brings the year."""
    if _waiting(case) is None:
        return ()
    unknown = _tried(case, terms)
    if not isinstance(unknown, CalendarUnknown):
        return ()
    return (Undated(DeadlineKind.WAIT, unknown.calendar, unknown.year),)


def wait_until(case: Case, terms: Terms) -> datetime | None:
    """When the wait after the counter-notice ends; ``None`` while it does not run or its end is not known."""
    due_at = _tried(case, terms) if _waiting(case) is not None else None
    return due_at if isinstance(due_at, datetime) else None


def _tried(case: Case, terms: Terms) -> datetime | CalendarUnknown | None:
    counter = _waiting(case)
    try:
        return None if counter is None else _wait_end(counter, terms)
    except CalendarUnknown as unknown:
        return unknown


def _waiting(case: Case) -> CounterNotice | None:
    """The counter-notice whose wait runs or is about to."""
    notice = case.notice
    if case.withdrawn_at is not None or notice is None or notice.stage is not Procedure.WAITING:
        return None
    return notice.counter_notice


def _wait_end(counter: CounterNotice, terms: Terms) -> datetime | None:
    """The days of the law (or, where it says "reasonable", of the standard) from the event that the law names.

    A last day that is a holiday moves the end on (Civil Code art. 203); then the working days of all pauses follow,
    counted from the day after the last one. Raises ``CalendarUnknown``.
    """
    if terms.regime is None:
        return None
    wait, zone = terms.regime.wait, terms.standard.procedure.zone
    starts = counter.delivered_at if wait.starts is WaitStart.DELIVERY else counter.amended_at or counter.received_at
    if starts is None:
        return None
    days = wait.days(terms.standard.procedure.wait_days)
    if wait.kind is WaitKind.BUSINESS_DAYS:
        due_at = add_working_days(terms.calendar, starts, days, zone)
    else:
        due_at = add_days(starts, days, zone, terms.calendar)
    if not counter.paused_working_days:
        return due_at
    # The end is the midnight after the last day; the pause is counted from that day on, so from just before it.
    return add_working_days(terms.calendar, due_at - INSTANT, counter.paused_working_days, zone)


INSTANT = timedelta(microseconds=1)

Running = Iterator[tuple[DeadlineKind, datetime]]


def _running(case: Case, terms: Terms) -> Running:
    """Every clock but the wait. A withdrawn upload is moot: only what is outside the platform goes on."""
    yield from _outside(case, terms)
    if case.withdrawn_at is None:
        yield from _of_the_decision(case, terms.standard)
        yield from _of_cures(case)
        if case.appeal is not None and case.under_appeal:
            yield from _once(case, DeadlineKind.RULING, ruling_due(case.appeal, terms.standard))


def _once(case: Case, kind: DeadlineKind, due_at: datetime) -> Running:
    """A clock that is over once it has passed, though what was due is still open."""
    if (kind, due_at) not in case.passed:
        yield kind, due_at


def _of_the_decision(case: Case, standard: Standard) -> Running:
    decision = case.decision
    if decision.grace_until is not None and is_in_grace(case):
        yield DeadlineKind.GRACE, decision.grace_until
    if case.in_prior_review:
        due_at = case.informed_at + standard.prior_review.due(decision.work.flags)
        yield from _once(case, DeadlineKind.PRIOR_REVIEW, due_at)
    if case.procedure is Procedure.WARNING:
        yield DeadlineKind.WARNING_ANSWER, case.informed_at + standard.procedure.warning_answer


def is_in_grace(case: Case) -> bool:
    """Whether the upload is still public only because it was so when it was found (UrhDaG s. 11(2)).

    A mark ends it for good; so does a contest, a notice that was decided, or the end of the grace itself.
    """
    return (
        case.decision.grace_until is not None
        and case.withdrawn_at is None
        and case.rests is Procedure.PRESUMED_INFRINGING
        and case.review is None
        and case.measure is Availability.PUBLIC
    )


def _of_cures(case: Case) -> Running:
    notice = case.notice
    if notice is None:
        return
    if notice.stage is Procedure.NOTICE_CHECK and notice.deficiency is not None:
        yield DeadlineKind.NOTICE_CURE, notice.deficiency.cure_until
    counter = notice.counter_notice
    if notice.stage is Procedure.COUNTER_CHECK and counter is not None and counter.deficiency is not None:
        yield DeadlineKind.COUNTER_NOTICE_CURE, counter.deficiency.cure_until


def _outside(case: Case, terms: Terms) -> Running:
    for order in case.orders:
        if order.until is not None and order.lifted_at is None:
            yield DeadlineKind.ORDER, order.until
    body = None if terms.regime is None else terms.regime.external_body
    if body is None or body.days is None:
        return
    for proceeding in case.proceedings:
        if proceeding.forum is OutsideForum.EXTERNAL_BODY and proceeding.decided_at is None:
            due_at = add_days(proceeding.opened_at, body.days, terms.standard.procedure.zone)
            yield from _once(case, DeadlineKind.EXTERNAL_BODY, due_at)
