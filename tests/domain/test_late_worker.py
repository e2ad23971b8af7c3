"""A late worker changes no outcome: what was due before a step happens before it, or the step's time is over.

Each row: what is so far, the clock that is due and has not fired, who takes which step then, and how it ends. The step
is also taken after the clock has fired, and must lead to the very same case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.counter_notices import FindCounterNoticeDeficient
from casework.domain.case.decisions import punctual
from casework.domain.case.events import UploadWithdrawn
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notices import FindNoticeDeficient, RejectNotice, WithdrawNotice
from casework.domain.case.outside import OpenOutsideProceeding
from casework.domain.case.settlement import Settle, WithdrawUpload
from casework.domain.case.state import Case, Procedure
from casework.domain.case.steps import steps
from casework.domain.case.warnings import AnswerWarning
from casework.domain.deadlines import deadlines
from casework.domain.facts import Actor, Command, Event
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability, DeadlineKind, OutsideForum, WarningAnswer
from tests.domain.notice_samples import (
    E_COMMERCE,
    GERMANY,
    INTAKE,
    LAW,
    counter_deficient,
    countered,
    deficient,
    delivered,
    measured,
    ordered,
    received,
    take,
    to_accept,
    to_counter,
    to_deliver,
    to_expire,
    to_notify,
    to_pause,
    to_sue,
    waiting,
)
from tests.samples import (
    BLOCKED,
    CLOCK,
    LAWFUL,
    MARKED_BEFORE,
    OWN_WORK,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    Fact,
    case_of,
    contested,
    later,
    on,
    recorded,
    reference,
    standard,
    to_contest,
    to_mark,
    to_state,
)

Facts = tuple[Event | Fact, ...]
PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
LATE = timedelta(minutes=1)
OVER = "window_closed"

GRACE_END = later(hours=48)
IN_GRACE: Facts = (BLOCKED.model_copy(update={"grace_until": GRACE_END, "statement_of_reasons": None}),)
HELD: Facts = (recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True)),)
DEFICIENT: Facts = (LAWFUL, received(), deficient(NoticeElement.IDENTITY))
COUNTER_DEFICIENT: Facts = (MARKED_BEFORE, *measured(), countered(), counter_deficient(NoticeElement.IDENTITY))
RUNNING: Facts = (MARKED_BEFORE, *waiting(), delivered())
ORDERED: Facts = (LAWFUL, ordered(GONE, until=later(days=2)))
LIFTING = standard(procedure__overdue_restores=True)
NOTICE = to_notify(words="another notice")
OFFER = Settle(availability=Availability.PUBLIC, terms=reference("terms"))
OUTSIDE = OpenOutsideProceeding(forum=OutsideForum.COURT, opened_at=later(), words=reference("number"))


@dataclass(frozen=True)
class Row:
    """One question; ``ends``: the code of the refusal, or where the case then stands and what the public sees."""

    facts: Facts
    due: DeadlineKind
    step: Command
    by: Actor
    ends: str | tuple[Procedure, Availability]
    regime: Regime = E_COMMERCE
    under: Standard = STANDARD

    def __str__(self) -> str:
        return f"{self.due}-{type(self.step).__name__}-{self.ends if isinstance(self.ends, str) else self.ends[0]}"


GRACE, PRIOR, WARNING = DeadlineKind.GRACE, DeadlineKind.PRIOR_REVIEW, DeadlineKind.WARNING_ANSWER
CURE, COUNTER_CURE = DeadlineKind.NOTICE_CURE, DeadlineKind.COUNTER_NOTICE_CURE
WAIT, RULING, ORDER = DeadlineKind.WAIT, DeadlineKind.RULING, DeadlineKind.ORDER

ROWS = [
    # The 48 hours are over: the block comes first, and only then what is said against it.
    Row(IN_GRACE, GRACE, to_contest(), UPLOADER, (Procedure.ADJUDICATION, GONE), GERMANY),
    Row(IN_GRACE, GRACE, to_mark(OWN_WORK), UPLOADER, (Procedure.MARKED_LAWFUL, PUBLIC), GERMANY),
    Row(IN_GRACE, GRACE, to_notify(GERMANY), RIGHT_HOLDER, "nothing_to_notify", GERMANY),
    Row((*IN_GRACE, received(GERMANY)), GRACE, to_accept(), INTAKE, (Procedure.MEASURE_TAKEN, GONE), GERMANY),
    # The review before publication is late: published, so that there is something to give notice of.
    Row(HELD, PRIOR, to_notify(), RIGHT_HOLDER, (Procedure.NOTICE_CHECK, PUBLIC)),
    Row(HELD, PRIOR, WithdrawUpload(), UPLOADER, (Procedure.CLOSED, Availability.WITHDRAWN)),
    # The warning has lapsed: no answer, no mark, and a notice is a notice and not an answer in time.
    Row((WARNED,), WARNING, AnswerWarning(answer=WarningAnswer.TOLERATE), RIGHT_HOLDER, OVER),
    Row((WARNED,), WARNING, AnswerWarning(answer=WarningAnswer.NOTIFY, notice=NOTICE), RIGHT_HOLDER, OVER),
    Row((WARNED,), WARNING, NOTICE, RIGHT_HOLDER, (Procedure.NOTICE_CHECK, PUBLIC)),
    Row((WARNED,), WARNING, to_mark(), UPLOADER, "nothing_to_mark"),
    # The time to cure is over: neither cured nor checked any more, and what is sent now is a new notice.
    Row(DEFICIENT, CURE, NOTICE, RIGHT_HOLDER, (Procedure.NOTICE_CHECK, PUBLIC)),
    Row(DEFICIENT, CURE, to_accept(), INTAKE, "no_notice_to_check"),
    Row(DEFICIENT, CURE, FindNoticeDeficient(), INTAKE, "no_notice_to_check"),
    Row(DEFICIENT, CURE, RejectNotice(reasons=reference("unfounded")), INTAKE, "no_notice_to_check"),
    Row(DEFICIENT, CURE, WithdrawNotice(), RIGHT_HOLDER, "no_open_notice"),
    Row(COUNTER_DEFICIENT, COUNTER_CURE, to_counter(words="cure"), UPLOADER, (Procedure.COUNTER_CHECK, GONE)),
    Row(COUNTER_DEFICIENT, COUNTER_CURE, FindCounterNoticeDeficient(), INTAKE, "no_counter_notice_to_check"),
    Row(COUNTER_DEFICIENT, COUNTER_CURE, to_sue(), RIGHT_HOLDER, (Procedure.MEASURE_TAKEN, GONE)),
    Row(COUNTER_DEFICIENT, COUNTER_CURE, to_contest(), UPLOADER, (Procedure.ADJUDICATION, GONE)),
    # The wait is over: restored, whatever is said afterwards.
    Row(RUNNING, WAIT, to_sue(), RIGHT_HOLDER, (Procedure.RESTORED, PUBLIC)),
    Row(RUNNING, WAIT, to_pause(), RIGHT_HOLDER, OVER),
    Row(RUNNING, WAIT, WithdrawNotice(), RIGHT_HOLDER, "no_open_notice"),
    Row(RUNNING, WAIT, to_contest(), UPLOADER, "nothing_to_contest"),
    Row(RUNNING, WAIT, OUTSIDE, UPLOADER, (Procedure.RESTORED, PUBLIC)),
    Row((*RUNNING, contested()), WAIT, TO_WITHDRAW, UPLOADER, (Procedure.CLOSED, PUBLIC)),
    # The ruling is late where the standard lifts overdue blocks.
    Row(UNDER_CONTEST, RULING, to_state(), UPLOADER, (Procedure.ADJUDICATION, PUBLIC), under=LIFTING),
    Row(UNDER_CONTEST, RULING, to_notify(), RIGHT_HOLDER, (Procedure.ADJUDICATION, PUBLIC), under=LIFTING),
    # The order has run out: what lies under it is what notices and offers speak of.
    Row(ORDERED, ORDER, to_notify(), RIGHT_HOLDER, (Procedure.NOTICE_CHECK, PUBLIC)),
    Row((*UNDER_CONTEST, ordered(GONE, until=later(days=2))), ORDER, OFFER, UPLOADER, (Procedure.ADJUDICATION, GONE)),
]


def known(row: Row, now: datetime, by: Actor) -> Circumstances:
    return Circumstances(by, now, row.under, row.regime, LAW.calendar_of(row.regime))


def due_at(row: Row) -> datetime:
    (due,) = (one for one in deadlines(case_of(*row.facts), known(row, later(), CLOCK).terms) if one.kind is row.due)
    return due.due_at


def after(row: Row, facts: Facts, now: datetime) -> Case | str:
    """Where the step leads, or the code of its refusal."""
    answer = take(facts, row.step, row.by, row.regime, at=now, under=row.under)
    if answer.refused is not None:
        return answer.refused.code
    assert answer.events
    return case_of(*facts, *(on(now, event, row.by) for event in answer.events))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_step_after_its_clock_ends_as_with_a_punctual_worker(row: Row) -> None:
    due = due_at(row)
    fired = take(row.facts, to_expire(row.due, due), CLOCK, row.regime, at=due + LATE, under=row.under)
    assert fired.events
    late = after(row, row.facts, due + LATE)
    in_time = after(row, (*row.facts, *(on(due + LATE, event, row.by) for event in fired.events)), due + LATE)
    if isinstance(late, str) or isinstance(row.ends, str):
        assert late == row.ends
        assert isinstance(in_time, str) or late == OVER
    else:
        assert (late.procedure, late.availability) == row.ends
        assert late == in_time


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_is_offered_is_what_is_then_allowed(row: Row) -> None:
    """The steps of the late case are those of the punctual one, but for a step whose own time is over."""
    case, now = case_of(*row.facts), due_at(row) + LATE
    asked = known(row, now, row.by)
    settled, before = punctual(case, asked)
    assert before
    for late, in_time in zip(steps(case, asked), steps(settled, asked), strict=True):
        assert late.name == in_time.name
        assert late.refusal in (in_time.refusal, OVER)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_until_the_clock_is_due_nothing_happens_by_itself(row: Row) -> None:
    case, now = case_of(*row.facts), due_at(row) - timedelta(microseconds=1)
    assert punctual(case, known(row, now, row.by)) == (case, ())


def test_a_lateness_that_changes_nothing_is_left_to_the_worker() -> None:
    take(UNDER_CONTEST, to_state(), UPLOADER, at=later(days=8)).then(*take(UNDER_CONTEST, to_state(), UPLOADER).events)


def test_a_step_that_is_no_longer_needed_writes_nothing_either() -> None:
    facts = (*RUNNING, UploadWithdrawn())
    take(facts, WithdrawUpload(), UPLOADER, at=later(days=90)).nothing()
    take(RUNNING, to_deliver(), INTAKE, at=later(days=90)).nothing()
