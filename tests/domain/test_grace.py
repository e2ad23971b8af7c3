"""A contest within the 48 hours of German law, taken back: the hours go on as if nothing was said (UrhDaG s. 11(2)).

What was public when it was found stays so until its time is over; to try a complaint and to drop it costs none of it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import GraceExpired
from casework.domain.case.notice_events import NoticeWithdrawn
from casework.domain.case.notices import WithdrawNotice
from casework.domain.case.state import Procedure
from casework.domain.deadlines import Deadline, deadlines, is_in_grace
from casework.domain.facts import Event, Role
from casework.domain.values import Availability, DeadlineKind, Rule
from tests.domain.notice_samples import GERMANY, measured, received, take, terms, to_expire
from tests.samples import (
    BLOCKED,
    CLOCK,
    OWN_WORK,
    RESTORING,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UPLOADER,
    Fact,
    case_of,
    contested,
    later,
    marked,
    on,
    reasons_for,
    to_contest,
    to_mark,
    withdrawn,
)

PUBLIC, GONE = Availability.PUBLIC, Availability.BLOCKED
END = later(hours=48)
LAST = END - timedelta(microseconds=1)
IN_GRACE = BLOCKED.model_copy(update={"grace_until": END, "statement_of_reasons": None})
CONTESTED: tuple[Event | Fact, ...] = (IN_GRACE, on(later(hours=2), contested()))
TAKEN_BACK: tuple[Event | Fact, ...] = (*CONTESTED, on(later(hours=3), withdrawn(Role.UPLOADER, PUBLIC)))


@pytest.mark.parametrize("under", [STANDARD, RESTORING])
@pytest.mark.parametrize("restored", [False, True])
def test_withdrawn_within_the_grace_it_is_public_until_the_grace_ends(under: object, restored: bool) -> None:
    facts = (IN_GRACE, on(later(hours=2), contested(restored=restored)))
    for moment in (later(hours=3), LAST):
        take(facts, TO_WITHDRAW, UPLOADER, GERMANY, at=moment, under=under).then(withdrawn(Role.UPLOADER, PUBLIC))
        case = case_of(*facts, on(moment, withdrawn(Role.UPLOADER, PUBLIC)))
        assert (case.procedure, case.availability) == (Procedure.PRESUMED_INFRINGING, PUBLIC)
        assert is_in_grace(case)
        assert deadlines(case, terms(GERMANY)) == (Deadline(DeadlineKind.GRACE, END),)


def test_then_the_clock_blocks_as_usual() -> None:
    take(TAKEN_BACK, to_expire(DeadlineKind.GRACE, END), CLOCK, GERMANY, at=LAST).nothing()
    (expired,) = take(TAKEN_BACK, to_expire(DeadlineKind.GRACE, END), CLOCK, GERMANY, at=END).events
    assert isinstance(expired, GraceExpired)
    case = case_of(*TAKEN_BACK, on(END, expired))
    assert (case.procedure, case.availability) == (Procedure.PRESUMED_INFRINGING, GONE)
    # The block is new, and what was taken back was said before there was one.
    assert take((*TAKEN_BACK, on(END, expired)), to_contest(), UPLOADER, GERMANY, at=later(days=3)).events


def test_a_mark_is_still_in_time() -> None:
    take(TAKEN_BACK, to_mark(OWN_WORK), UPLOADER, GERMANY, at=LAST).then(marked(OWN_WORK))


def test_withdrawing_twice_is_nothing() -> None:
    take(TAKEN_BACK, TO_WITHDRAW, UPLOADER, GERMANY, at=later(hours=4)).nothing()


def test_withdrawn_after_the_grace_it_is_blocked_at_once() -> None:
    answer = take(CONTESTED, TO_WITHDRAW, UPLOADER, GERMANY, at=END)
    (event,) = answer.events
    assert event == withdrawn(Role.UPLOADER, GONE, event.statement_of_reasons)  # type: ignore[attr-defined]
    case = case_of(*CONTESTED, on(END, event))
    assert (case.procedure, case.availability) == (Procedure.CLOSED, GONE)
    assert deadlines(case, terms(GERMANY)) == ()


def test_a_contest_of_the_block_itself_is_closed_when_it_is_withdrawn() -> None:
    blocked = on(END, GraceExpired(due_at=END, availability=GONE, statement_of_reasons=reasons_for(GONE)))
    facts = (IN_GRACE, blocked, on(later(hours=50), contested()))
    (event,) = take(facts, TO_WITHDRAW, UPLOADER, GERMANY, at=later(hours=51)).events
    case = case_of(*facts, on(later(hours=51), event))
    assert (case.procedure, case.availability) == (Procedure.CLOSED, GONE)


def test_a_measure_taken_meanwhile_has_ended_the_grace_for_good() -> None:
    facts = (*CONTESTED, *(on(later(hours=3), event) for event in measured(GERMANY)))
    over = (*facts, on(later(hours=4), NoticeWithdrawn(notice=1, availability=PUBLIC)))
    (event,) = take(over, TO_WITHDRAW, UPLOADER, GERMANY, at=later(hours=5)).events
    case = case_of(*over, on(later(hours=5), event))
    assert (case.procedure, case.availability) == (Procedure.CLOSED, PUBLIC)
    assert deadlines(case, terms(GERMANY)) == ()


def test_the_block_keeps_its_rule_when_an_unchecked_notice_is_taken_back_after_the_grace() -> None:
    answer = take((IN_GRACE, received(GERMANY)), WithdrawNotice(), RIGHT_HOLDER, GERMANY, at=later(days=3))
    over, left = answer.events
    assert isinstance(over, GraceExpired)
    assert isinstance(left, NoticeWithdrawn)
    assert left.statement_of_reasons is not None
    assert left.statement_of_reasons.rule is Rule.BAND_HIGH
