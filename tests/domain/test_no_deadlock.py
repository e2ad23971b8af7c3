"""The notice line takes nothing from the line of the decision (case.md: no region may deadlock another).

Each of these was found by random histories (test_many_histories.py).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import FurtherReviewRequested, PanelAssigned, PriorReviewExpired, UrgentBlockDeclared
from casework.domain.case.further import RequestFurtherReview
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import NoticeAccepted, NoticeLapsed, NoticeRejected, NoticeWithdrawn
from casework.domain.case.notices import WithdrawNotice
from casework.domain.case.state import Procedure
from casework.domain.case.steps import steps
from casework.domain.case.warnings import AnswerWarning
from casework.domain.deadlines import Deadline, deadlines
from casework.domain.facts import Event
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Availability, DeadlineKind, Measure, WarningAnswer
from tests.domain.notice_samples import (
    GERMANY,
    INTAKE,
    counter_deficient,
    countered,
    deficient,
    measured,
    received,
    take,
    terms,
    to_accept,
    to_notify,
    wait_expired,
    waiting,
)
from tests.samples import (
    ANN,
    BEN,
    BLOCKED,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    NOON,
    PARTLY,
    REVERSED,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UPLOADER,
    WARNED,
    Fact,
    case_of,
    challenged,
    issued,
    later,
    marked,
    on,
    opened,
    reasons_for,
    recorded,
    reference,
    ruled,
    seated,
    to_challenge,
    to_contest,
    to_mark,
    to_seat,
)

Facts = tuple[Event | Fact, ...]
GRACE_END = later(hours=48)
IN_GRACE = BLOCKED.model_copy(update={"grace_until": GRACE_END, "statement_of_reasons": None})
LAPSED = (deficient(NoticeElement.IDENTITY), NoticeLapsed(notice=1, due_at=later(days=5)))
REJECTED = (NoticeRejected(notice=1, reasons=reference("unfounded")),)


def taken_back(availability: Availability) -> NoticeWithdrawn:
    return NoticeWithdrawn(notice=1, availability=availability)


def ends(availability: Availability) -> tuple[Facts, ...]:
    """All the ways in which a notice comes to nothing."""
    return (REJECTED, LAPSED, (taken_back(availability),))


LIMITED = (*DECIDED[:-1], issued(PARTLY, Availability.PUBLIC_LIMITED))


@pytest.mark.parametrize("end", [(), *ends(Availability.PUBLIC)])
def test_a_grace_goes_on_beside_a_notice(end: Facts) -> None:
    case = case_of(IN_GRACE, received(GERMANY), *end)
    assert Deadline(DeadlineKind.GRACE, GRACE_END) in deadlines(case, terms(GERMANY))


@pytest.mark.parametrize("end", [(), *ends(Availability.PUBLIC)])
def test_within_a_grace_a_mark_stays_possible_beside_a_notice(end: Facts) -> None:
    take((IN_GRACE, received(GERMANY), *end), to_mark(), UPLOADER).then(marked())


def test_a_mark_beside_a_notice_leaves_the_notice_to_its_check() -> None:
    case = case_of(IN_GRACE, received(GERMANY), marked())
    assert (case.rests, case.procedure) == (Procedure.MARKED_LAWFUL, Procedure.NOTICE_CHECK)


@pytest.mark.parametrize("end", ends(Availability.PUBLIC))
def test_a_prior_review_that_is_overdue_is_still_finished(end: Facts) -> None:
    held = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
    published = PriorReviewExpired(due_at=later(hours=1), availability=Availability.PUBLIC)
    take((held, published, received(), *end), to_seat(), INTAKE).refuses("not_your_step")
    case = (held, published, received(), *end)
    assert case_of(*case).in_prior_review
    assert case_of(*case, PanelAssigned(reviewers=(ANN.id, BEN.id))).awaited_reviewers == (ANN.id, BEN.id)


@pytest.mark.parametrize("end", ends(Availability.PUBLIC_LIMITED))
def test_a_further_review_stays_possible(end: Facts) -> None:
    wish = RequestFurtherReview(reasons=reference("the ruling is wrong"))
    take((*LIMITED, received(), *end), wish, UPLOADER).then(
        FurtherReviewRequested(appeal=2, side=UPLOADER.role, reasons=wish.reasons)
    )


def test_what_a_prior_review_limited_stays_contestable() -> None:
    held = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
    ruling = issued(PARTLY, Availability.PUBLIC_LIMITED).model_copy(update={"appeal": None})
    take((held, seated(), ruled(ANN), ruled(BEN), ruling, received(), *REJECTED), to_contest(), UPLOADER)
    for end in ends(Availability.PUBLIC_LIMITED):
        answer = take((held, seated(), ruled(ANN), ruled(BEN), ruling, received(), *end), to_contest(), UPLOADER)
        assert answer.refused is None
        assert answer.events


def test_a_notice_taken_back_unchecked_does_not_make_an_urgent_block_outlive_its_challenge() -> None:
    """Invariant 1: without a ruling what is presumed lawful goes back to being public."""
    urgent = UrgentBlockDeclared(
        appeal=1,
        check=reference("check"),
        harm=reference("harm"),
        availability=Availability.BLOCKED,
        statement_of_reasons=reasons_for(Availability.BLOCKED, "DE_URHDAG_14_4"),
    )
    facts = (LAWFUL, challenged(), received(GERMANY), urgent, taken_back(Availability.BLOCKED))
    answer = take(facts, TO_WITHDRAW, RIGHT_HOLDER, GERMANY)
    assert [getattr(event, "availability", None) for event in answer.events] == [Availability.PUBLIC]


def test_a_notice_taken_back_does_not_end_an_urgent_block() -> None:
    """It lasts until the ruling (UrhDaG s. 14(4)), whatever becomes of a notice without a measure beside it."""
    urgent = UrgentBlockDeclared(
        appeal=1,
        check=reference("check"),
        harm=reference("harm"),
        availability=Availability.BLOCKED,
        statement_of_reasons=reasons_for(Availability.BLOCKED, "DE_URHDAG_14_4"),
    )
    none = NoticeAccepted(
        notice=1, measure=Measure.NONE, reasons=reference("reasons"), availability=Availability.PUBLIC
    )
    facts = (LAWFUL, challenged(), received(GERMANY), none, urgent)
    answer = take(facts, WithdrawNotice(), RIGHT_HOLDER, GERMANY)
    assert [getattr(event, "availability", None) for event in answer.events] == [Availability.BLOCKED]
    (left,) = answer.events
    assert isinstance(left, NoticeWithdrawn)
    assert left.statement_of_reasons is not None
    assert left.statement_of_reasons.bases == ("DE_URHDAG_14_4",)
    back = case_of(*facts, *answer.events)
    assert back.measure is Availability.BLOCKED
    assert back.appeals[-1].availability_before is Availability.PUBLIC


def test_a_measure_that_was_taken_back_leaves_what_was_open_before_it() -> None:
    label = NoticeAccepted(
        notice=1, measure=Measure.LABEL, reasons=reference("reasons"), availability=Availability.PUBLIC_LIMITED
    )
    facts = (*LIMITED, received(), label)
    assert case_of(*facts).procedure is Procedure.MEASURE_TAKEN
    wish = RequestFurtherReview(reasons=reference("the ruling is wrong"))
    assert take((*facts, taken_back(Availability.PUBLIC_LIMITED)), wish, UPLOADER).events


def test_a_measure_within_a_grace_ends_the_grace_for_good() -> None:
    label = NoticeAccepted(
        notice=1, measure=Measure.LABEL, reasons=reference("reasons"), availability=Availability.PUBLIC_LIMITED
    )
    case = case_of(IN_GRACE, received(GERMANY), label, taken_back(Availability.PUBLIC))
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC)
    assert deadlines(case, terms(GERMANY)) == ()


def test_the_end_of_a_measure_goes_back_to_what_was_there_when_it_was_taken() -> None:
    """A ruling between notice and acceptance is not undone by the counter-notice."""
    limited = issued(PARTLY, Availability.PUBLIC_LIMITED)
    facts = (LAWFUL, challenged(), received(), limited, *measured()[1:], countered())
    case = case_of(*facts)
    assert case.notices[-1].availability_before is Availability.PUBLIC_LIMITED
    assert case.notices[-1].rested is Procedure.DECIDED


def test_a_ruling_on_a_challenge_can_be_reviewed_after_the_wait_as_well() -> None:
    """The end of the wait does not end the block by that ruling, so it must not end the way against it either."""
    end = later(days=16)
    facts = (
        MARKED_BEFORE,
        challenged(),
        *waiting(),
        on(later(days=15), opened((ANN, REVERSED), (BEN, REVERSED))),
        on(later(days=15), issued(REVERSED, Availability.BLOCKED)),
        on(end, wait_expired(end).model_copy(update={"availability": Availability.BLOCKED})),
    )
    case = case_of(*facts)
    assert (case.procedure, case.availability) == (Procedure.DECIDED, Availability.BLOCKED)
    wish = RequestFurtherReview(reasons=reference("the ruling is wrong"))
    assert take(facts, wish, UPLOADER, at=end + timedelta(days=1)).events


def test_intake_is_not_offered_a_counter_notice_that_waits_for_its_cure() -> None:
    facts = (WARNED, *measured(), countered(), counter_deficient(NoticeElement.IDENTITY))
    circumstances = Circumstances(INTAKE, NOON, STANDARD)
    listed = {step.name: step.refusal for step in steps(case_of(*facts), circumstances)}
    assert listed["intake-decisions"] == "already_deficient"


def test_a_notice_is_no_answer_where_no_warning_is_open() -> None:
    wish = AnswerWarning(answer=WarningAnswer.NOTIFY, notice=to_notify())
    take((LAWFUL,), wish, RIGHT_HOLDER).refuses("no_open_warning")
    take((LAWFUL, received()), wish, RIGHT_HOLDER).nothing()
    other = AnswerWarning(answer=WarningAnswer.NOTIFY, notice=to_notify(words="another"))
    take((LAWFUL, received()), other, RIGHT_HOLDER).refuses("no_open_warning")


HELD = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
PUBLISHED = PriorReviewExpired(due_at=later(hours=1), availability=Availability.PUBLIC)
FOUND_LAWFUL = issued(REVERSED, Availability.PUBLIC).model_copy(update={"appeal": None})


def test_a_notice_from_before_the_ruling_leaves_the_presumption_that_the_ruling_made() -> None:
    """Invariant 1: after a prior review that found it lawful, no notice blocks it before a ruling on an appeal."""
    facts = (HELD, PUBLISHED, received(), seated(), ruled(ANN), ruled(BEN), FOUND_LAWFUL, *REJECTED)
    again = received(notice=2, words="another notice")
    take((*facts, again), to_accept(Measure.BLOCK), INTAKE).refuses("measure_not_allowed")


def test_a_notice_from_before_the_ruling_costs_no_challenge_after_it() -> None:
    ruled_on = later(days=10)
    facts = (HELD, PUBLISHED, received(), seated(), ruled(ANN), ruled(BEN), on(ruled_on, FOUND_LAWFUL), *REJECTED)
    take(facts, to_challenge(), RIGHT_HOLDER, at=ruled_on + timedelta(days=179)).then(challenged())
    take(facts, to_challenge(), RIGHT_HOLDER, at=ruled_on + timedelta(days=180)).refuses("window_closed")
