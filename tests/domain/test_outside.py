"""Courts, authorities and external bodies: in every state, by whom, and what they override (E8, invariant 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from casework.domain.case.events import UploadWithdrawn
from casework.domain.case.outside import DecideOutsideProceeding, LiftOrder, OpenOutsideProceeding, ReceiveOrder
from casework.domain.case.outside_events import (
    OrderLifted,
    OrderReceived,
    OutsideProceedingDecided,
    OutsideProceedingOpened,
)
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.values import (
    Availability,
    OutsideForum,
    OutsideOutcome,
    Remedy,
    Rule,
    StatementOfReasons,
)
from tests.domain.notice_samples import INTAKE, waiting
from tests.samples import (
    ANN,
    BEFORE_PANEL,
    BLOCKED,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    NOON,
    OFFICER,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPHELD,
    UPLOADER,
    WARNED,
    case_of,
    issued,
    later,
    on,
    reasons_for,
    reference,
    withdrawn,
)
from tests.spec import given

PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
COURT, BODY = OutsideForum.COURT, OutsideForum.EXTERNAL_BODY
EVERY_STATE = [
    (BLOCKED,),
    (LAWFUL,),
    (CLEARED,),
    (WARNED,),
    (WARNED, *waiting()),
    UNDER_CONTEST,
    BEFORE_PANEL,
    DECIDED,
    (*UNDER_CONTEST, withdrawn(Role.UPLOADER, GONE)),
    (BLOCKED, UploadWithdrawn()),
]
STAFF = [INTAKE, OFFICER]
STRANGER = Actor(role=Role.UPLOADER, id="p-stranger")


def reasons(availability: Availability) -> StatementOfReasons | None:
    if availability is PUBLIC:
        return None
    return StatementOfReasons(
        measure=availability, standard=STANDARD.id, rule=Rule.ORDER, remedies=(Remedy.AUTHORITY, Remedy.COURT)
    )


# Proceedings


def to_open(at: datetime = NOON, words: str = "file 1", forum: OutsideForum = COURT) -> OpenOutsideProceeding:
    return OpenOutsideProceeding(forum=forum, opened_at=at, words=reference(words))


def opened(number: int = 1, words: str = "file 1", forum: OutsideForum = COURT) -> OutsideProceedingOpened:
    return OutsideProceedingOpened(proceeding=number, forum=forum, opened_at=NOON, words=reference(words))


def to_decide(number: int = 1, at: datetime = NOON, **more: object) -> DecideOutsideProceeding:
    fields = {
        "proceeding": number,
        "decided_at": at,
        "outcome": OutsideOutcome.REVERSED,
        "implemented": True,
        "words": reference("judgment"),
    }
    return DecideOutsideProceeding.model_validate(fields | more)


def decided(number: int = 1, availability: Availability | None = None, **more: object) -> OutsideProceedingDecided:
    fields = {
        "proceeding": number,
        "decided_at": NOON,
        "outcome": OutsideOutcome.REVERSED,
        "implemented": True,
        "words": reference("judgment"),
        "availability": availability,
        "statement_of_reasons": None if availability is None else reasons(availability),
    }
    return OutsideProceedingDecided.model_validate(fields | more)


@pytest.mark.parametrize("by", [UPLOADER, RIGHT_HOLDER, *STAFF])
@pytest.mark.parametrize("facts", EVERY_STATE)
def test_a_proceeding_may_be_reported_in_every_state(facts: tuple[Event, ...], by: Actor) -> None:
    given(*facts).when(to_open(), by=by).then(opened())
    before, case = case_of(*facts), case_of(*facts, opened())
    assert (case.procedure, case.availability) == (before.procedure, before.availability)
    given(*facts, opened()).when(to_open(), by=by).nothing()
    given(*facts, opened()).when(to_open(words="file 2"), by=by).then(opened(2, "file 2"))


@pytest.mark.parametrize("side", [UPLOADER, RIGHT_HOLDER])
def test_suspended_appeals_do_not_close_the_way_to_court(side: Actor) -> None:
    standings = {side.role: Standing({Right.APPEALS: None})}
    given(BLOCKED).when(to_open(), by=side, standings=standings).then(opened())


@pytest.mark.parametrize("outsider", [ANN, CLOCK, STRANGER])
def test_refuses_a_report_of_anyone_else(outsider: Actor) -> None:
    given(BLOCKED).when(to_open(), by=outsider).refuses("not_your_step")


def test_refuses_what_lies_in_the_future() -> None:
    ahead = later(seconds=1)
    given(BLOCKED).when(to_open(ahead), by=UPLOADER).refuses("in_the_future")
    given(BLOCKED, opened()).when(to_decide(at=ahead), by=OFFICER).refuses("in_the_future")


@pytest.mark.parametrize("by", STAFF)
@pytest.mark.parametrize("facts", EVERY_STATE)
@pytest.mark.parametrize("availability", [PUBLIC, LIMITED, GONE])
def test_a_decision_overrides_in_every_state(facts: tuple[Event, ...], availability: Availability, by: Actor) -> None:
    known = (*facts, opened())
    given(*known).when(to_decide(availability=availability), by=by).then(decided(availability=availability))
    before, case = case_of(*facts), case_of(*known, decided(availability=availability))
    assert case.procedure is before.procedure
    away = before.withdrawn_at is not None
    assert case.availability is (Availability.WITHDRAWN if away else availability)
    given(*known, decided(availability=availability)).when(to_decide(availability=availability), by=by).nothing()


def test_a_decision_that_asks_for_nothing_changes_nothing() -> None:
    given(BLOCKED, opened()).when(to_decide(outcome=OutsideOutcome.UPHELD), by=OFFICER).then(
        decided(outcome=OutsideOutcome.UPHELD)
    )
    assert case_of(BLOCKED, opened(), decided(outcome=OutsideOutcome.UPHELD)).availability is GONE


def test_an_external_body_binds_only_where_it_is_implemented() -> None:
    facts = (BLOCKED, opened(forum=BODY))
    given(*facts).when(to_decide(implemented=False, availability=PUBLIC), by=OFFICER).refuses("not_implemented")
    given(*facts).when(to_decide(implemented=False), by=OFFICER).then(decided(implemented=False))
    given(*facts).when(to_decide(availability=PUBLIC), by=OFFICER).then(decided(availability=PUBLIC))
    court = to_decide(implemented=False, availability=PUBLIC)
    given(BLOCKED, opened()).when(court, by=OFFICER).then(decided(availability=PUBLIC, implemented=False))


@pytest.mark.parametrize("later_body", [True, False], ids=["body after court", "court after body"])
def test_an_external_body_never_sets_aside_the_word_of_a_court(later_body: bool) -> None:
    court, body = (NOON, later(days=3)) if later_body else (later(days=3), NOON)
    opening = on(NOON, opened(forum=BODY))
    ordering = on(court, ordered(GONE))
    deciding = on(body, decided(availability=PUBLIC, decided_at=body))
    case = case_of(LAWFUL, opening, *((ordering, deciding) if later_body else (deciding, ordering)))
    assert (case.availability, case.binding_order) == (GONE, GONE)
    lifted = on(later(days=4), OrderLifted(order=1, ran_out=False, availability=PUBLIC))
    assert case_of(LAWFUL, opening, ordering, deciding, lifted).availability is PUBLIC


def test_refuses_a_decision_that_does_not_fit_its_proceeding() -> None:
    given(BLOCKED, opened()).when(to_decide(2), by=OFFICER).refuses("proceeding_unknown")
    given(BLOCKED, opened()).when(to_decide(at=later(seconds=-1)), by=OFFICER).refuses("decided_before_opened")
    other = to_decide(outcome=OutsideOutcome.UPHELD)
    given(BLOCKED, opened(), decided()).when(other, by=OFFICER).refuses("proceeding_decided")
    another_day = to_decide(at=later(days=1))
    given(BLOCKED, opened(), decided()).when(another_day, by=OFFICER, at=later(days=2)).refuses("proceeding_decided")


@pytest.mark.parametrize("outsider", [UPLOADER, RIGHT_HOLDER, ANN, CLOCK])
def test_refuses_a_decision_recorded_by_anyone_but_staff(outsider: Actor) -> None:
    given(BLOCKED, opened()).when(to_decide(), by=outsider).refuses("not_your_step")


# Orders


def to_order(availability: Availability = GONE, words: str = "order 1", until: datetime | None = None) -> ReceiveOrder:
    return ReceiveOrder.model_validate(
        {
            "forum": COURT,
            "interim": True,
            "availability": availability,
            "words": reference(words),
            "until": until,
        }
    )


def ordered(availability: Availability = GONE, number: int = 1, until: datetime | None = None) -> OrderReceived:
    return OrderReceived(
        order=number,
        forum=COURT,
        interim=True,
        availability=availability,
        until=until,
        words=reference(f"order {number}"),
        statement_of_reasons=reasons(availability),
    )


@pytest.mark.parametrize("by", STAFF)
@pytest.mark.parametrize("facts", EVERY_STATE)
@pytest.mark.parametrize("availability", [PUBLIC, LIMITED, GONE])
def test_an_order_overrides_in_every_state(facts: tuple[Event, ...], availability: Availability, by: Actor) -> None:
    given(*facts).when(to_order(availability), by=by).then(ordered(availability))
    before, case = case_of(*facts), case_of(*facts, ordered(availability))
    assert case.procedure is before.procedure
    assert case.availability is (Availability.WITHDRAWN if before.withdrawn_at is not None else availability)
    given(*facts, ordered(availability)).when(to_order(availability), by=by).nothing()


@pytest.mark.parametrize("outsider", [UPLOADER, RIGHT_HOLDER, ANN])
def test_refuses_orders_recorded_by_anyone_but_staff(outsider: Actor) -> None:
    given(BLOCKED).when(to_order(), by=outsider).refuses("not_your_step")
    given(BLOCKED, ordered()).when(LiftOrder(order=1), by=outsider).refuses("not_your_step")


def test_refuses_an_order_that_is_over() -> None:
    given(BLOCKED).when(to_order(until=NOON), by=OFFICER).refuses("order_over")
    end = NOON + timedelta(microseconds=1)
    given(BLOCKED).when(to_order(until=end), by=OFFICER).then(ordered(until=end))


@pytest.mark.parametrize("forum", ["external_body", "platform"])
def test_only_courts_and_authorities_give_orders(forum: str) -> None:
    with pytest.raises(ValidationError):
        ReceiveOrder.model_validate(to_order().model_dump() | {"forum": forum})
    with pytest.raises(ValidationError):
        ReceiveOrder.model_validate(to_order().model_dump() | {"availability": "held"})


def lifted(availability: Availability, why: StatementOfReasons | None = None, number: int = 1) -> OrderLifted:
    return OrderLifted(
        order=number,
        ran_out=False,
        words=reference("lifted"),
        availability=availability,
        statement_of_reasons=why,
    )


def to_lift(number: int = 1) -> LiftOrder:
    return LiftOrder(order=number, words=reference("lifted"))


def by_rule(rule: Rule) -> StatementOfReasons:
    return StatementOfReasons(measure=GONE, standard=STANDARD.id, rule=rule, remedies=(Remedy.AUTHORITY, Remedy.COURT))


UNDER_NOTICE = StatementOfReasons(measure=GONE, standard=STANDARD.id, remedies=(Remedy.AUTHORITY, Remedy.COURT))


@pytest.mark.parametrize("by", STAFF)
@pytest.mark.parametrize(
    ("facts", "event"),
    [
        ((LAWFUL, ordered()), lifted(PUBLIC)),
        ((BLOCKED, ordered(PUBLIC)), lifted(GONE, by_rule(Rule.BAND_HIGH))),
        ((*UNDER_CHALLENGE, issued(UPHELD, GONE), ordered(PUBLIC)), lifted(GONE, reasons_for(GONE))),
        ((WARNED, *waiting(), ordered(PUBLIC)), lifted(GONE, UNDER_NOTICE)),
        ((BLOCKED, UploadWithdrawn(), ordered()), lifted(Availability.WITHDRAWN)),
        ((BLOCKED, ordered(GONE), ordered(PUBLIC, 2)), lifted(PUBLIC)),
        ((BLOCKED, ordered(PUBLIC, 1), on(later(hours=1), ordered(GONE, 2))), lifted(GONE, reasons(GONE))),
    ],
)
def test_what_lies_under_an_order_shows_again_with_its_reasons(
    facts: tuple[Event, ...], event: OrderLifted, by: Actor
) -> None:
    given(*facts).when(to_lift(), by=by).then(event)
    assert case_of(*facts, event).availability is event.availability
    given(*facts, event).when(to_lift(), by=by).nothing()


def test_an_order_may_be_made_again_and_prolonged_under_the_same_reference() -> None:
    again, longer = {"order": 2}, {"order": 2, "until": later(days=9)}
    given(LAWFUL, ordered(), lifted(PUBLIC)).when(to_order(), by=OFFICER).then(ordered().model_copy(update=again))
    short = ordered(until=later(days=3))
    given(LAWFUL, short).when(to_order(until=later(days=9)), by=OFFICER).then(short.model_copy(update=longer))
    given(LAWFUL, short).when(to_order(until=later(days=3)), by=OFFICER).nothing()


def test_refuses_to_lift_an_order_that_is_not_there() -> None:
    given(BLOCKED, ordered()).when(to_lift(2), by=OFFICER).refuses("order_unknown")
    given(BLOCKED).when(to_lift(), by=OFFICER).refuses("order_unknown")


def test_a_case_goes_on_under_an_order() -> None:
    case = case_of(*UNDER_CONTEST, ordered(GONE))
    assert case.procedure is Procedure.ADJUDICATION
    ruled = case_of(*DECIDED[:2], ordered(GONE), *DECIDED[2:])
    assert (ruled.procedure, ruled.measure, ruled.availability) == (Procedure.DECIDED, PUBLIC, GONE)
