"""What the end of each clock leads to; asking again, too early or by anyone else leads to nothing (E5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from casework.domain.case.events import (
    DeadlinePassed,
    GraceExpired,
    PriorReviewExpired,
    UploadWithdrawn,
    UrgentBlockDeclared,
    WarningLapsed,
)
from casework.domain.case.notice_events import CounterNoticeLapsed, NoticeLapsed
from casework.domain.case.outside_events import OrderLifted, OutsideProceedingOpened
from casework.domain.case.state import Procedure
from casework.domain.deadlines import Deadline, deadlines
from casework.domain.facts import Actor, Event
from casework.domain.regimes.regimes import Regime
from casework.domain.values import (
    Availability,
    DeadlineKind,
    OutsideForum,
    Remedy,
    RulingOutcome,
    StatementOfReasons,
)
from tests.domain.notice_samples import (
    E_COMMERCE,
    EUROPE,
    GERMANY,
    INTAKE,
    counter_deficient,
    countered,
    deficient,
    delivered,
    measured,
    ordered,
    paused,
    reasons,
    received,
    sued,
    take,
    terms,
    to_expire,
    wait_expired,
    waiting,
    whole,
)
from tests.domain.test_deadlines import GRACE_END, HELD, HELD_FAST, IN_GRACE, LOCATION, REQUESTED, WITHDRAWN
from tests.samples import (
    ANN,
    BLOCKED,
    CLOCK,
    LAWFUL,
    MARKED_BEFORE,
    NOON,
    OFFICER,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    Fact,
    challenged,
    contested,
    issued,
    later,
    marked,
    on,
    recorded,
    reference,
    standard,
)

History = tuple[Event | Fact, ...]
DUE = datetime(2026, 7, 15, 16, tzinfo=UTC)
RUNNING: History = (MARKED_BEFORE, *waiting(), delivered())
RESTORING = standard(procedure__overdue_restores=True)
HOLDING = standard(prior_review__on_expiry_sports_event="hold")
EXTERNAL = OutsideProceedingOpened(
    proceeding=1, forum=OutsideForum.EXTERNAL_BODY, opened_at=NOON, words=reference("complaint")
)
RULING_PASSED = DeadlinePassed(kind=DeadlineKind.RULING, due_at=later(days=7))
WEEK_OVER = to_expire(DeadlineKind.RULING, later(days=7))


def by_rule(availability: Availability, *remedies: Remedy, regime: Regime = E_COMMERCE) -> StatementOfReasons:
    """The reasons of the filtering decision."""
    until = None if Remedy.CONTEST not in remedies else later(days=180)
    return StatementOfReasons(
        measure=availability,
        standard=STANDARD.id,
        rule=BLOCKED.rule,
        remedies=(*remedies, *regime.remedies.outside),
        contest_until=until,
    )


# One kind after the other


def test_the_end_of_the_grace_blocks_with_reasons() -> None:
    expired = GraceExpired(
        due_at=GRACE_END,
        availability=Availability.BLOCKED,
        statement_of_reasons=by_rule(Availability.BLOCKED, Remedy.MARK, Remedy.CONTEST, regime=GERMANY),
    )
    take((IN_GRACE,), to_expire(DeadlineKind.GRACE, GRACE_END), CLOCK, GERMANY, at=GRACE_END).then(expired)
    assert whole(IN_GRACE, expired).availability is Availability.BLOCKED
    marked_in_time = (IN_GRACE, marked())
    take(marked_in_time, to_expire(DeadlineKind.GRACE, GRACE_END), CLOCK, GERMANY, at=GRACE_END).nothing()


def test_a_prior_review_that_nobody_finished_publishes() -> None:
    published = PriorReviewExpired(due_at=later(hours=1), availability=Availability.PUBLIC)
    take((HELD_FAST,), to_expire(DeadlineKind.PRIOR_REVIEW, later(hours=1)), CLOCK, at=later(hours=1)).then(published)
    case = whole(HELD_FAST, published)
    assert case.availability is Availability.PUBLIC
    assert case.in_prior_review


def test_live_sport_may_be_held_on() -> None:
    match = recorded("0.93", known=REQUESTED, work__kind="sports_event", work__flags=["time_sensitive"])
    expiry = to_expire(DeadlineKind.PRIOR_REVIEW, later(hours=1))
    passed = DeadlinePassed(kind=DeadlineKind.PRIOR_REVIEW, due_at=later(hours=1))
    take((match,), expiry, CLOCK, at=later(hours=2), under=HOLDING).then(passed)
    assert whole(match, passed).availability is Availability.HELD
    take((match, passed), expiry, CLOCK, at=later(hours=3), under=HOLDING).nothing()
    published = PriorReviewExpired(due_at=later(hours=1), availability=Availability.PUBLIC)
    take((HELD_FAST,), expiry, CLOCK, at=later(hours=2), under=HOLDING).then(published)


def test_a_warning_without_an_answer_lapses() -> None:
    lapsed = WarningLapsed(due_at=later(days=30))
    take((WARNED,), to_expire(DeadlineKind.WARNING_ANSWER, later(days=30)), CLOCK, at=later(days=30)).then(lapsed)
    case = whole(WARNED, lapsed)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC)


def test_what_is_not_cured_lapses() -> None:
    notice = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION))
    take(notice, to_expire(DeadlineKind.NOTICE_CURE, later(days=5)), CLOCK, at=later(days=5)).then(
        NoticeLapsed(notice=1, due_at=later(days=5))
    )
    counter = (MARKED_BEFORE, *measured(), countered(E_COMMERCE, LOCATION), counter_deficient(LOCATION))
    take(counter, to_expire(DeadlineKind.COUNTER_NOTICE_CURE, later(days=5)), CLOCK, at=later(days=6)).then(
        CounterNoticeLapsed(counter_notice=1, due_at=later(days=5))
    )


def test_silence_until_the_end_of_the_wait_restores() -> None:
    take(RUNNING, to_expire(DeadlineKind.WAIT, DUE), CLOCK, at=DUE).then(wait_expired(DUE))
    case = whole(*RUNNING, wait_expired(DUE))
    assert (case.procedure, case.availability) == (Procedure.RESTORED, Availability.PUBLIC)


def test_a_wait_that_was_paused_ends_later() -> None:
    facts = (*RUNNING, paused(5))
    take(facts, to_expire(DeadlineKind.WAIT, DUE), CLOCK, at=DUE).nothing()
    moved = DUE + timedelta(days=7)
    take(facts, to_expire(DeadlineKind.WAIT, moved), CLOCK, at=moved).then(wait_expired(moved))


def test_nothing_is_restored_once_legal_action_was_reported() -> None:
    take((*RUNNING, sued()), to_expire(DeadlineKind.WAIT, DUE), CLOCK, at=DUE).nothing()


def test_an_upheld_ruling_does_not_stop_the_restoration() -> None:
    upheld = on(later(days=3), issued(RulingOutcome.UPHELD, Availability.BLOCKED))
    facts = (*RUNNING, contested(), upheld)
    take(facts, to_expire(DeadlineKind.WAIT, DUE), CLOCK, at=DUE).then(wait_expired(DUE))


def test_a_challenge_that_was_won_since_stands_on_its_own_ground() -> None:
    ruling = issued(RulingOutcome.REVERSED, Availability.BLOCKED)
    facts = (LAWFUL, *waiting(), delivered(), challenged(), on(later(days=3), ruling))
    expected = wait_expired(DUE).model_copy(
        update={
            "availability": Availability.BLOCKED,
            "statement_of_reasons": ruling.statement_of_reasons,
        }
    )
    take(facts, to_expire(DeadlineKind.WAIT, DUE), CLOCK, at=DUE).then(expected)


def test_a_wait_whose_end_nobody_knows_is_refused_and_not_guessed() -> None:
    arrival = datetime(2031, 12, 20, tzinfo=UTC)
    facts = (MARKED_BEFORE, *waiting(), delivered(arrival))
    new_year = datetime(2032, 1, 1, tzinfo=UTC)
    take(facts, to_expire(DeadlineKind.WAIT, new_year), CLOCK, at=new_year).refuses(
        "calendar_unknown", calendar="cn-statutory", year="2032"
    )
    take(facts, to_expire(DeadlineKind.WAIT, new_year), CLOCK, at=arrival).nothing()
    take(facts, to_expire(DeadlineKind.RULING, new_year), CLOCK, at=new_year).nothing()


@pytest.mark.parametrize("facts", [UNDER_CONTEST, UNDER_CHALLENGE])
def test_an_overdue_ruling_is_escalated_once(facts: History) -> None:
    take(facts, WEEK_OVER, CLOCK, at=later(days=7)).then(RULING_PASSED)
    before, after = whole(*facts), whole(*facts, RULING_PASSED)
    assert (after.procedure, after.availability) == (before.procedure, before.availability)
    take((*facts, RULING_PASSED), WEEK_OVER, CLOCK, at=later(days=8)).nothing()


def test_where_the_standard_says_so_an_overdue_block_ends() -> None:
    restored = RULING_PASSED.model_copy(update={"availability": Availability.PUBLIC})
    take(UNDER_CONTEST, WEEK_OVER, CLOCK, at=later(days=7), under=RESTORING).then(restored)
    assert whole(*UNDER_CONTEST, restored).availability is Availability.PUBLIC


URGENT = UrgentBlockDeclared(
    appeal=1,
    check=reference("check"),
    harm=reference("harm"),
    availability=Availability.BLOCKED,
    statement_of_reasons=reasons(Availability.BLOCKED),
)


@pytest.mark.parametrize(
    "facts",
    [
        UNDER_CHALLENGE,
        (LAWFUL, URGENT),
        (*UNDER_CONTEST, ordered()),
        (MARKED_BEFORE, *waiting(), sued(), contested()),
        (
            BLOCKED,
            contested(),
            issued(RulingOutcome.UPHELD, Availability.BLOCKED),
            contested().model_copy(update={"appeal": 2}),
        ),
    ],
    ids=["challenge", "urgent block", "order", "stayed", "confirmed by a ruling"],
)
def test_what_the_law_an_order_or_a_ruling_keeps_does_not_end_by_delay(facts: History) -> None:
    take(facts, WEEK_OVER, CLOCK, at=later(days=7), under=RESTORING).then(RULING_PASSED)


def test_an_order_runs_out_and_what_lies_under_it_shows_again() -> None:
    end = later(days=10)
    expiry = to_expire(DeadlineKind.ORDER, end)
    lifted = OrderLifted(order=1, ran_out=True, availability=Availability.PUBLIC)
    take((LAWFUL, ordered(until=end)), expiry, CLOCK, at=end).then(lifted)
    blocked_again = OrderLifted(
        order=1, ran_out=True, availability=Availability.BLOCKED, statement_of_reasons=by_rule(Availability.BLOCKED)
    )
    take((BLOCKED, ordered(Availability.PUBLIC, until=end)), expiry, CLOCK, at=end).then(blocked_again)
    withdrawn = lifted.model_copy(update={"availability": Availability.WITHDRAWN})
    take((LAWFUL, ordered(until=end), WITHDRAWN), expiry, CLOCK, at=end).then(withdrawn)


def test_two_orders_that_end_together_are_lifted_together_and_others_stay() -> None:
    end = later(days=10)
    facts = (
        LAWFUL,
        ordered(until=end),
        on(later(days=1), ordered(Availability.PUBLIC_LIMITED, order=2, until=end)),
        on(later(days=2), ordered(order=3, until=later(days=20))),
    )
    answer = take(facts, to_expire(DeadlineKind.ORDER, end), CLOCK, at=end)
    assert [(one.order, one.availability) for one in answer.events if isinstance(one, OrderLifted)] == [
        (1, Availability.BLOCKED),
        (2, Availability.BLOCKED),
    ]
    last = take((*facts, *answer.events), to_expire(DeadlineKind.ORDER, later(days=20)), CLOCK, at=later(days=20))
    last.then(OrderLifted(order=3, ran_out=True, availability=Availability.PUBLIC))


def test_an_external_body_that_is_late_is_flagged() -> None:
    due = datetime(2026, 9, 28, 16, tzinfo=UTC)
    passed = DeadlinePassed(kind=DeadlineKind.EXTERNAL_BODY, due_at=due)
    take((LAWFUL, EXTERNAL), to_expire(DeadlineKind.EXTERNAL_BODY, due), CLOCK, EUROPE, at=due).then(passed)


# All kinds alike

EVERY_CLOCK: tuple[tuple[History, Regime], ...] = (
    ((IN_GRACE,), GERMANY),
    ((HELD,), E_COMMERCE),
    ((WARNED,), E_COMMERCE),
    ((LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION)), E_COMMERCE),
    ((MARKED_BEFORE, *measured(), countered(E_COMMERCE, LOCATION), counter_deficient(LOCATION)), E_COMMERCE),
    (RUNNING, E_COMMERCE),
    (UNDER_CONTEST, E_COMMERCE),
    ((LAWFUL, ordered(until=later(days=10))), E_COMMERCE),
    ((LAWFUL, EXTERNAL), EUROPE),
    ((*RUNNING, contested(), ordered(until=later(days=10))), E_COMMERCE),
    ((*RUNNING, paused(3), contested()), E_COMMERCE),
)


def test_every_kind_of_clock_is_among_them() -> None:
    kinds = {one.kind for facts, regime in EVERY_CLOCK for one in deadlines(whole(*facts), terms(regime))}
    assert kinds == set(DeadlineKind)


@pytest.mark.parametrize("stranger", [UPLOADER, RIGHT_HOLDER, INTAKE, OFFICER, ANN])
def test_only_the_clock_itself_ends_a_clock(stranger: Actor) -> None:
    for facts, regime in EVERY_CLOCK:
        for one in deadlines(whole(*facts), terms(regime)):
            take(facts, to_expire(one.kind, one.due_at), stranger, regime, at=one.due_at).refuses("not_your_step")


@settings(max_examples=80, deadline=None)
@given_that(st.sampled_from(EVERY_CLOCK), st.integers(0, 500), st.data())
def test_a_clock_fires_once_at_its_time_and_only_its_own_kind(
    sample: tuple[History, Regime], late: int, data: st.DataObject
) -> None:
    facts, regime = sample
    due = data.draw(st.sampled_from(deadlines(whole(*facts), terms(regime))))
    expiry = to_expire(due.kind, due.due_at)
    too_early = due.due_at - timedelta(microseconds=1)
    take(facts, expiry, CLOCK, regime, at=too_early).nothing()
    moment = due.due_at + timedelta(hours=late)
    answer = take(facts, expiry, CLOCK, regime, at=moment)
    assert answer.refused is None
    assert len(answer.events) == 1
    after = (*facts, *(on(moment, event, CLOCK) for event in answer.events))
    take(after, expiry, CLOCK, regime, at=moment).nothing()
    others = [one for one in deadlines(whole(*facts), terms(regime)) if one != due]
    assert [one for one in deadlines(whole(*after), terms(regime)) if one in others] == others


@settings(max_examples=40, deadline=None)
@given_that(st.sampled_from(EVERY_CLOCK), st.sampled_from(DeadlineKind), st.integers(-40, 40))
def test_a_deadline_that_the_case_does_not_have_yields_nothing(
    sample: tuple[History, Regime], kind: DeadlineKind, hours: int
) -> None:
    facts, regime = sample
    wrong = Deadline(kind, later(days=12, hours=hours, minutes=7))
    assert wrong not in deadlines(whole(*facts), terms(regime))
    take(facts, to_expire(wrong.kind, wrong.due_at), CLOCK, regime, at=later(days=700)).nothing()


def test_of_a_withdrawn_upload_only_what_is_outside_goes_on() -> None:
    for facts, regime in EVERY_CLOCK:
        left = {one.kind for one in deadlines(whole(*facts, UploadWithdrawn()), terms(regime))}
        assert left <= {DeadlineKind.ORDER, DeadlineKind.EXTERNAL_BODY}
