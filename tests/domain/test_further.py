"""Further levels of review and reopening: new people decide again, and nothing that was there is lost (B3; case.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import (
    CaseReopened,
    FilteringDecisionRecorded,
    FurtherReviewRequested,
    PriorReviewExpired,
    UploadWithdrawn,
)
from casework.domain.case.further import (
    ReopenCase,
    RequestFurtherReview,
    further_review_until,
    has_level_left,
    may_reopen,
    took_back,
)
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import NoticeWithdrawn
from casework.domain.case.outside_events import OrderLifted
from casework.domain.case.panel import availability_after
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.values import Availability, Measure, Remedy, ReopeningCause, Rule, StatementOfReasons
from tests.domain.notice_samples import INTAKE, accepted, measured, ordered, received
from tests.samples import (
    ANN,
    BEFORE_PANEL,
    BEN,
    BLOCKED,
    CAI,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    OFFICER,
    PARTLY,
    REVERSED,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPHELD,
    UPLOADER,
    WARNED,
    Fact,
    case_of,
    issued,
    later,
    on,
    opened,
    reasons_for,
    recorded,
    reference,
    ruled,
    seated,
    standard,
    to_seat,
    withdrawn,
)
from tests.spec import given

PUBLIC, GONE = Availability.PUBLIC, Availability.BLOCKED
SIDES = [UPLOADER, RIGHT_HOLDER]
DECIDED_LAWFUL = (*UNDER_CHALLENGE, seated(), ruled(ANN), ruled(BEN), issued(UPHELD, PUBLIC))
DECIDED_UPHELD = (*BEFORE_PANEL, ruled(ANN), ruled(BEN), opened((ANN, UPHELD), (BEN, UPHELD)), issued(UPHELD, GONE))
CLOSED = (*UNDER_CONTEST, withdrawn(Role.UPLOADER, GONE))
GONE_AWAY = (BLOCKED, UploadWithdrawn())
ASK = RequestFurtherReview(reasons=reference("still wrong"))


def asked(by: Actor, appeal: int = 2) -> FurtherReviewRequested:
    return FurtherReviewRequested(appeal=appeal, side=by.role, reasons=reference("still wrong"))


# Further review


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [DECIDED, DECIDED_UPHELD, DECIDED_LAWFUL])
def test_either_side_may_ask_for_the_next_level(facts: tuple[Event, ...], side: Actor) -> None:
    given(*facts).when(ASK, by=side).then(asked(side))
    before, case = case_of(*facts), case_of(*facts, asked(side))
    assert case.procedure is Procedure.ADJUDICATION
    assert case.availability is before.availability
    assert (case.appeals[-1].level, case.appeals[-1].lodged_by) == (2, side.role)
    assert case.appeals[-1].kind is before.appeals[-1].kind
    assert case.took_part == (ANN.id, BEN.id)
    given(*facts, asked(side)).when(ASK, by=side).nothing()


@pytest.mark.parametrize("side", SIDES)
def test_the_window_of_both_sides_runs_from_the_ruling_to_the_microsecond(side: Actor) -> None:
    facts: tuple[Event | Fact, ...] = (*DECIDED[:-1], on(later(days=9), DECIDED[-1]))
    end = later(days=9 + 15)
    assert further_review_until(case_of(*facts), STANDARD) == end
    given(*facts).when(ASK, by=side, at=end - timedelta(microseconds=1)).then(asked(side))
    given(*facts).when(ASK, by=side, at=end).refuses("window_closed", until=end.isoformat())


@pytest.mark.parametrize("side", SIDES)
def test_refuses_more_levels_than_the_standard_has(side: Actor) -> None:
    one_level = standard(procedure__review_levels=1)
    given(*DECIDED).when(ASK, by=side, under=one_level).refuses("no_level_left")
    again = (*DECIDED, asked(side), issued(UPHELD, GONE).model_copy(update={"appeal": 2}))
    given(*again).when(ASK, by=side).refuses("no_level_left")
    three_levels = standard(procedure__review_levels=3)
    given(*again).when(ASK, by=side, under=three_levels).then(asked(side, appeal=3))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), CLOSED, (*DECIDED, UploadWithdrawn())])
def test_refuses_a_further_review_where_nothing_was_decided(facts: tuple[Event, ...], side: Actor) -> None:
    given(*facts).when(ASK, by=side).refuses("nothing_decided")
    assert side is UPLOADER or further_review_until(case_of(BLOCKED), STANDARD) is None


@pytest.mark.parametrize("side", SIDES)
def test_refuses_a_further_review_while_an_appeal_is_open_or_appeals_are_suspended(side: Actor) -> None:
    given(*UNDER_CONTEST).when(ASK, by=side).refuses("already_under_appeal")
    given(*DECIDED, asked(UPLOADER)).when(RequestFurtherReview(reasons=reference("me too")), by=side).refuses(
        "already_under_appeal"
    )
    standings = {side.role: Standing({Right.APPEALS: None})}
    given(*DECIDED).when(ASK, by=side, standings=standings).refuses("appeals_suspended")


@pytest.mark.parametrize("outsider", [ANN, OFFICER, CLOCK, INTAKE, Actor(role=Role.UPLOADER, id="p-stranger")])
def test_refuses_a_further_review_for_anyone_else(outsider: Actor) -> None:
    given(*DECIDED).when(ASK, by=outsider).refuses("not_your_step")


def test_nobody_decides_on_two_levels() -> None:
    facts = (*DECIDED, asked(UPLOADER))
    for known in (ANN, BEN):
        given(*facts).when(to_seat(known, CAI), by=CLOCK).refuses("reviewer_barred", cause="earlier_ruling")


def test_the_side_that_asked_may_withdraw_and_the_first_ruling_holds_on() -> None:
    facts = (*DECIDED, asked(RIGHT_HOLDER))
    given(*facts).when(TO_WITHDRAW, by=UPLOADER).refuses("not_your_appeal")
    answer = given(*facts).when(TO_WITHDRAW, by=RIGHT_HOLDER)
    answer.then(withdrawn(Role.RIGHT_HOLDER, PUBLIC).model_copy(update={"appeal": 2}))


def test_the_second_level_speaks_of_the_initial_decision_too() -> None:
    case = case_of(*DECIDED, asked(RIGHT_HOLDER))
    assert availability_after(case, UPHELD) is GONE
    assert availability_after(case, REVERSED) is PUBLIC
    challenge = case_of(*DECIDED_LAWFUL, asked(RIGHT_HOLDER))
    assert availability_after(challenge, UPHELD) is PUBLIC
    assert availability_after(challenge, REVERSED) is GONE


# Reopening


def to_reopen(cause: ReopeningCause = ReopeningCause.NEW_EVIDENCE, words: str | None = "a licence") -> ReopenCase:
    return ReopenCase(cause=cause, reasons=None if words is None else reference(words))


def reopened(
    availability: Availability,
    cause: ReopeningCause = ReopeningCause.NEW_EVIDENCE,
    *,
    appeal: int = 1,
    words: str | None = "a licence",
    rule: Rule | None = Rule.BAND_HIGH,
) -> CaseReopened:
    reasons = StatementOfReasons(
        measure=availability, standard=STANDARD.id, rule=rule, remedies=(Remedy.AUTHORITY, Remedy.COURT)
    )
    return CaseReopened(
        appeal=appeal,
        cause=cause,
        reasons=None if words is None else reference(words),
        availability=availability,
        statement_of_reasons=None if availability is PUBLIC else reasons,
    )


UNFOUNDED = [ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN]
OTHERS = [ReopeningCause.NEW_EVIDENCE, ReopeningCause.AUDIT_DISAGREEMENT]


@pytest.mark.parametrize("reopener", [OFFICER, CLOCK])
@pytest.mark.parametrize("cause", OTHERS)
@pytest.mark.parametrize(
    ("facts", "availability", "appeal"),
    [
        ((BLOCKED,), GONE, 1),
        ((LAWFUL,), PUBLIC, 1),
        ((CLEARED,), PUBLIC, 1),
        ((WARNED,), PUBLIC, 1),
        ((MARKED_BEFORE,), PUBLIC, 1),
        (CLOSED, GONE, 2),
        (DECIDED, PUBLIC, 2),
    ],
)
def test_a_case_is_reopened_and_the_upload_stays_as_it_is(
    facts: tuple[Event, ...], availability: Availability, appeal: int, cause: ReopeningCause, reopener: Actor
) -> None:
    event = reopened(availability, cause, appeal=appeal)
    given(*facts).when(to_reopen(cause), by=reopener).then(event)
    case = case_of(*facts, on(later(days=1), event, reopener))
    assert (case.procedure, case.availability) == (Procedure.ADJUDICATION, availability)
    assert (case.appeals[-1].reopened, case.appeals[-1].lodged_by) == (cause, reopener.role)
    given(*facts, on(later(days=1), event, reopener)).when(to_reopen(cause), by=reopener).nothing()


@pytest.mark.parametrize("cause", UNFOUNDED)
@pytest.mark.parametrize(("facts", "appeal"), [((BLOCKED,), 1), (DECIDED_UPHELD, 2), ((WARNED, *measured()), 1)])
def test_what_lost_its_ground_is_public_at_once(facts: tuple[Event, ...], appeal: int, cause: ReopeningCause) -> None:
    event = reopened(PUBLIC, cause, appeal=appeal, words=None)
    given(*facts).when(to_reopen(cause, None), by=CLOCK).then(event)
    assert case_of(*facts, event).availability is PUBLIC


def test_an_order_holds_over_what_is_restored_by_default() -> None:
    facts = (BLOCKED, ordered(GONE), reopened(PUBLIC, ReopeningCause.OWNERSHIP_FALSE))
    given(*facts[:2]).when(to_reopen(ReopeningCause.OWNERSHIP_FALSE), by=OFFICER).then(facts[2])
    assert case_of(*facts).availability is GONE
    lifted = OrderLifted(order=1, ran_out=False, availability=PUBLIC)
    assert case_of(*facts, lifted).availability is PUBLIC


def test_a_measure_that_still_holds_carries_its_reasons() -> None:
    facts = (WARNED, *measured())
    given(*facts).when(to_reopen(), by=OFFICER).then(reopened(GONE, rule=None))
    given(*DECIDED_UPHELD).when(to_reopen(), by=OFFICER).then(
        reopened(GONE, appeal=2).model_copy(update={"statement_of_reasons": reasons_for(GONE)})
    )


@pytest.mark.parametrize(
    ("decision", "kind", "upheld"),
    [
        (BLOCKED, AppealKind.CONTEST, GONE),
        (LAWFUL, AppealKind.CHALLENGE, PUBLIC),
        (WARNED, AppealKind.CHALLENGE, PUBLIC),
    ],
)
def test_the_new_ruling_speaks_of_the_initial_decision(
    decision: FilteringDecisionRecorded, kind: AppealKind, upheld: Availability
) -> None:
    case = case_of(decision, reopened(PUBLIC))
    assert case.appeals[0].kind is kind
    assert availability_after(case, UPHELD) is upheld
    assert availability_after(case, PARTLY) is Availability.PUBLIC_LIMITED
    assert availability_after(case, REVERSED) is (PUBLIC if upheld is GONE else GONE)


PRIOR = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))


@pytest.mark.parametrize(
    "facts",
    [
        UNDER_CONTEST,
        BEFORE_PANEL,
        (LAWFUL, reopened(PUBLIC)),
        (PRIOR,),
        (PRIOR, PriorReviewExpired(due_at=later(hours=1), availability=PUBLIC)),
    ],
)
def test_refuses_to_reopen_what_is_open(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_reopen(words="other words"), by=OFFICER).refuses("review_open")


def test_refuses_to_reopen_what_is_moot() -> None:
    given(*GONE_AWAY).when(to_reopen(), by=OFFICER).refuses("upload_withdrawn")


@pytest.mark.parametrize("outsider", [UPLOADER, RIGHT_HOLDER, ANN, INTAKE])
def test_refuses_to_reopen_for_anyone_else(outsider: Actor) -> None:
    given(BLOCKED).when(to_reopen(), by=outsider).refuses("not_your_step")
    with pytest.raises(Refused, match="not_your_step"):
        may_reopen(case_of(BLOCKED), Circumstances(outsider, later(), STANDARD))


@pytest.mark.parametrize("side", SIDES)
def test_neither_side_may_withdraw_what_was_reopened(side: Actor) -> None:
    facts = (BLOCKED, on(later(days=1), reopened(GONE), OFFICER))
    given(*facts).when(TO_WITHDRAW, by=side).refuses("not_your_appeal")


def test_who_ruled_before_does_not_rule_after_reopening() -> None:
    facts = (*DECIDED, reopened(PUBLIC, appeal=2))
    for known in (ANN, BEN):
        given(*facts).when(to_seat(CAI, known), by=CLOCK).refuses("reviewer_barred", cause="earlier_ruling")


# Taken back: whose window ends, and whose does not (invariant 7)


def other(side: Actor) -> Actor:
    return RIGHT_HOLDER if side is UPLOADER else UPLOADER


def took_it_back(facts: tuple[Event | Fact, ...], side: Actor, appeal: int = 2) -> tuple[Event | Fact, ...]:
    shown = case_of(*facts).availability
    back = withdrawn(side.role, shown).model_copy(update={"appeal": appeal})
    return (*facts, asked(side, appeal), back)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [DECIDED, DECIDED_UPHELD, DECIDED_LAWFUL])
def test_taking_it_back_leaves_the_ruling_and_the_window_of_the_other_side(
    facts: tuple[Event, ...], side: Actor
) -> None:
    after = took_it_back(facts, side)
    before, case = case_of(*facts), case_of(*after)
    assert (case.procedure, case.availability) == (Procedure.DECIDED, before.availability)
    assert (case.ruling, case.ruled_at) == (before.ruling, before.ruled_at)
    end = further_review_until(case, STANDARD)
    assert end is not None
    assert end == further_review_until(before, STANDARD)
    given(*after).when(ASK, by=other(side), at=end - timedelta(microseconds=1)).then(asked(other(side), appeal=3))
    given(*after).when(ASK, by=other(side), at=end).refuses("window_closed")
    again = case_of(*after, asked(other(side), appeal=3))
    assert (again.appeals[-1].level, again.appeals[-1].contested) == (2, before.appeals[-1].contested)
    given(*after, asked(other(side), appeal=3)).when(ASK, by=other(side)).nothing()


@pytest.mark.parametrize("side", SIDES)
def test_who_took_it_back_asks_no_second_time_and_taking_it_back_twice_is_nothing(side: Actor) -> None:
    after = took_it_back(DECIDED, side)
    given(*after).when(ASK, by=side).refuses("further_review_withdrawn")
    given(*after).when(TO_WITHDRAW, by=side).nothing()
    given(*after).when(TO_WITHDRAW, by=other(side)).refuses("no_open_appeal")
    both = took_it_back(after, other(side), appeal=3)
    for each in SIDES:
        given(*both).when(ASK, by=each).refuses("further_review_withdrawn")
    given(*DECIDED).when(TO_WITHDRAW, by=UPLOADER).refuses("no_open_appeal")


def test_the_next_level_counts_from_the_ruling_and_not_from_what_was_taken_back() -> None:
    """Two levels: after one ruling on the second there is none left, whoever asked for it."""
    second = (*took_it_back(DECIDED, UPLOADER), asked(RIGHT_HOLDER, 3))
    ruled_again = (*second, issued(UPHELD, GONE).model_copy(update={"appeal": 3}))
    for side in SIDES:
        given(*ruled_again).when(ASK, by=side).refuses("no_level_left")
        given(*ruled_again).when(ASK, by=side, under=standard(procedure__review_levels=3)).then(asked(side, appeal=4))
    third = case_of(*ruled_again, asked(UPLOADER, 4))
    assert third.appeals[-1].level == 3


def test_a_measure_taken_meanwhile_stays_contestable_and_gives_the_ruling_back_when_it_ends() -> None:
    limit = accepted(Measure.LABEL, Availability.PUBLIC_LIMITED)
    facts = (*DECIDED_LAWFUL, asked(RIGHT_HOLDER), received(), limit)
    back = withdrawn(Role.RIGHT_HOLDER, Availability.PUBLIC_LIMITED, reasons_for(Availability.PUBLIC_LIMITED))
    case = case_of(*facts, back.model_copy(update={"appeal": 2}))
    assert (case.rests, case.availability) == (Procedure.MEASURE_TAKEN, Availability.PUBLIC_LIMITED)
    ended = case_of(*facts, back.model_copy(update={"appeal": 2}), NoticeWithdrawn(notice=1, availability=PUBLIC))
    assert (ended.rests, ended.availability) == (Procedure.DECIDED, PUBLIC)


def test_who_took_back_and_whether_a_level_is_left_is_said_for_every_case() -> None:
    for facts in ((BLOCKED,), UNDER_CONTEST, DECIDED, (*DECIDED, asked(UPLOADER))):
        assert took_back(case_of(*facts)) == frozenset()
    assert took_back(case_of(*took_it_back(DECIDED, UPLOADER))) == {Role.UPLOADER}
    assert has_level_left(case_of(*took_it_back(DECIDED, UPLOADER)), STANDARD)
    assert not has_level_left(case_of(BLOCKED), STANDARD)
    assert not has_level_left(case_of(*DECIDED), standard(procedure__review_levels=1))
