"""Answers to a warning: notify, tolerate, license, or let it lapse (D2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import WarningAnswered, WarningLapsed
from casework.domain.case.state import Procedure
from casework.domain.case.warnings import AnswerWarning
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, WarningAnswer
from tests.domain.notice_samples import INTAKE, received, take, to_notify
from tests.samples import (
    BLOCKED,
    CLOCK,
    LAWFUL,
    OFFICER,
    RIGHT_HOLDER,
    UPLOADER,
    WARNED,
    case_of,
    later,
    marked,
    reference,
)

TOLERATE = AnswerWarning(answer=WarningAnswer.TOLERATE)
LICENSE = AnswerWarning(answer=WarningAnswer.LICENSE, licence=reference("a licence"))
NOTIFY = AnswerWarning(answer=WarningAnswer.NOTIFY, notice=to_notify())
ANSWERS = [TOLERATE, LICENSE, NOTIFY]
TOLERATED = WarningAnswered(answer=WarningAnswer.TOLERATE)
LICENSED = WarningAnswered(answer=WarningAnswer.LICENSE, licence=reference("a licence"))
NOTIFIED = WarningAnswered(answer=WarningAnswer.NOTIFY)
STRANGER = Actor(role=Role.RIGHT_HOLDER, id="p-stranger")


@pytest.mark.parametrize(("answer", "event"), [(TOLERATE, TOLERATED), (LICENSE, LICENSED)])
def test_a_warning_that_is_tolerated_or_licensed_is_closed(answer: AnswerWarning, event: Event) -> None:
    take((WARNED,), answer, RIGHT_HOLDER).then(event)
    case = case_of(WARNED, event)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC)


def test_a_notice_answers_the_warning_and_opens_its_check() -> None:
    take((WARNED,), NOTIFY, RIGHT_HOLDER).then(NOTIFIED, received())
    case = case_of(WARNED, NOTIFIED, received())
    assert (case.procedure, case.availability) == (Procedure.NOTICE_CHECK, Availability.PUBLIC)
    take((WARNED, NOTIFIED, received()), NOTIFY, RIGHT_HOLDER).nothing()


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("outsider", [UPLOADER, STRANGER, INTAKE, OFFICER, CLOCK])
def test_refuses_an_answer_of_anyone_but_the_right_holder(answer: AnswerWarning, outsider: Actor) -> None:
    take((WARNED,), answer, outsider).refuses("not_your_step")


@pytest.mark.parametrize("answer", [TOLERATE, LICENSE])
@pytest.mark.parametrize(
    "facts",
    [(BLOCKED,), (LAWFUL,), (WARNED, marked()), (WARNED, TOLERATED), (WARNED, WarningLapsed(due_at=later(days=30)))],
)
def test_refuses_an_answer_where_no_warning_is_open(facts: tuple[Event, ...], answer: AnswerWarning) -> None:
    take(facts, answer, RIGHT_HOLDER).refuses("no_open_warning")


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_time_for_an_answer_ends_to_the_microsecond(answer: AnswerWarning) -> None:
    end = later(days=30)
    assert take((WARNED,), answer, RIGHT_HOLDER, at=end - timedelta(microseconds=1)).events
    take((WARNED,), answer, RIGHT_HOLDER, at=end).refuses("window_closed", until=end.isoformat())


def test_refuses_an_answer_that_lacks_what_goes_with_it() -> None:
    take((WARNED,), AnswerWarning(answer=WarningAnswer.LICENSE), RIGHT_HOLDER).refuses("licence_missing")
    take((WARNED,), AnswerWarning(answer=WarningAnswer.NOTIFY), RIGHT_HOLDER).refuses("notice_missing")


def test_refuses_a_notice_as_an_answer_where_the_regime_is_not_chosen() -> None:
    take((WARNED,), NOTIFY, RIGHT_HOLDER, regime=None).refuses("regime_not_chosen")
