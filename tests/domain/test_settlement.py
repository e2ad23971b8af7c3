"""Settlement between the parties and withdrawal of the upload (C5; invariant 7)."""

from __future__ import annotations

import pytest

from casework.domain.case.events import PartiesSettled, SettlementProposed, UploadWithdrawn
from casework.domain.case.settlement import Settle, WithdrawUpload
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, Remedy, Rule, StatementOfReasons
from tests.domain.notice_samples import COUNTER_FORWARDED, ordered, waiting
from tests.samples import (
    ANN,
    BEFORE_PANEL,
    BLOCKED,
    CLOCK,
    DECIDED,
    LAWFUL,
    OFFICER,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    case_of,
    contested,
    reference,
    ruled,
    to_contest,
    to_mark,
)
from tests.spec import given

PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
SIDES = [(UPLOADER, RIGHT_HOLDER), (RIGHT_HOLDER, UPLOADER)]
WITHDRAWN = UploadWithdrawn()


def to_settle(availability: Availability = LIMITED, terms: str = "name the film") -> Settle:
    return Settle.model_validate({"availability": availability, "terms": reference(terms)})


def offered(side: Role, availability: Availability = LIMITED, terms: str = "name the film") -> SettlementProposed:
    return SettlementProposed(side=side, availability=availability, terms=reference(terms))


def settled(availability: Availability = LIMITED, rule: Rule = Rule.BAND_HIGH) -> PartiesSettled:
    reasons = StatementOfReasons(
        measure=availability, standard=STANDARD.id, rule=rule, remedies=(Remedy.AUTHORITY, Remedy.COURT)
    )
    return PartiesSettled(
        appeal=1, availability=availability, statement_of_reasons=None if availability is PUBLIC else reasons
    )


@pytest.mark.parametrize(("one", "other"), SIDES)
@pytest.mark.parametrize("facts", [UNDER_CONTEST, BEFORE_PANEL, (*BEFORE_PANEL, ruled(ANN))])
@pytest.mark.parametrize("availability", [PUBLIC, LIMITED, GONE])
def test_the_same_offer_of_both_sides_closes_the_appeal(
    facts: tuple[Event, ...], one: Actor, other: Actor, availability: Availability
) -> None:
    given(*facts).when(to_settle(availability), by=one).then(offered(one.role, availability))
    agreed = settled(availability)
    offer = offered(one.role, availability)
    given(*facts, offer).when(to_settle(availability), by=other).then(agreed)
    case = case_of(*facts, offer, agreed)
    assert (case.procedure, case.availability, case.settlement) == (Procedure.CLOSED, availability, None)
    assert case.awaited_reviewers == ()


def test_a_challenge_is_settled_with_the_reasons_of_the_decision() -> None:
    facts = (*UNDER_CHALLENGE, offered(Role.RIGHT_HOLDER, GONE))
    given(*facts).when(to_settle(GONE), by=UPLOADER).then(settled(GONE, Rule.BAND_LOW))


@pytest.mark.parametrize(("one", "other"), SIDES)
def test_another_offer_takes_the_place_of_the_open_one(one: Actor, other: Actor) -> None:
    first = offered(one.role)
    given(*UNDER_CONTEST, first).when(to_settle(PUBLIC), by=other).then(offered(other.role, PUBLIC))
    given(*UNDER_CONTEST, first).when(to_settle(PUBLIC), by=one).then(offered(one.role, PUBLIC))
    given(*UNDER_CONTEST, first).when(to_settle(terms="louder"), by=one).then(offered(one.role, terms="louder"))
    given(*UNDER_CONTEST, first).when(to_settle(), by=one).nothing()
    # The same measure on other terms is no agreement: what it binds to, the first side has never seen.
    counter = offered(other.role, terms="and pay")
    given(*UNDER_CONTEST, first).when(to_settle(terms="and pay"), by=other).then(counter)
    given(*UNDER_CONTEST, first, counter).when(to_settle(), by=one).then(first)
    given(*UNDER_CONTEST, first, counter).when(to_settle(), by=other).then(offered(other.role))
    given(*UNDER_CONTEST, first, counter).when(to_settle(terms="and pay"), by=one).then(settled())
    open_offer = case_of(*UNDER_CONTEST, first, offered(other.role, PUBLIC)).settlement
    assert open_offer is not None
    assert (open_offer.side, open_offer.availability) == (other.role, PUBLIC)


@pytest.mark.parametrize("outsider", [ANN, OFFICER, CLOCK, Actor(role=Role.UPLOADER, id="p-stranger")])
def test_refuses_an_offer_of_anyone_else(outsider: Actor) -> None:
    given(*UNDER_CONTEST).when(to_settle(), by=outsider).refuses("not_your_step")


@pytest.mark.parametrize("side", [UPLOADER, RIGHT_HOLDER])
@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), DECIDED, (*UNDER_CONTEST, settled())])
def test_refuses_an_offer_where_no_appeal_is_open(facts: tuple[Event, ...], side: Actor) -> None:
    given(*facts).when(to_settle(), by=side).refuses("no_open_appeal")


@pytest.mark.parametrize("side", [UPLOADER, RIGHT_HOLDER])
def test_refuses_to_agree_on_anything_but_what_an_order_says(side: Actor) -> None:
    facts = (*UNDER_CONTEST, ordered(GONE))
    given(*facts).when(to_settle(PUBLIC), by=side).refuses("against_order", order="blocked")
    given(*facts).when(to_settle(GONE), by=side).then(offered(side.role, GONE))


def test_what_was_agreed_is_not_undone_by_a_wait() -> None:
    facts = (WARNED, *waiting(), contested(), offered(Role.UPLOADER, GONE), settled(GONE, Rule.BAND_MIDDLE))
    case = case_of(*facts)
    assert COUNTER_FORWARDED in facts
    assert case.notice is not None
    assert (case.notice.stage, case.procedure) == (Procedure.CLOSED, Procedure.CLOSED)
    assert case.availability is GONE


# Withdrawal of the upload


@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), UNDER_CONTEST, BEFORE_PANEL, DECIDED, (WARNED, *waiting())])
def test_the_uploader_may_take_the_upload_away_in_every_state(facts: tuple[Event, ...]) -> None:
    given(*facts).when(WithdrawUpload(), by=UPLOADER).then(WITHDRAWN)
    case = case_of(*facts, WITHDRAWN)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.WITHDRAWN)
    assert case.awaited_reviewers == ()
    given(*facts, WITHDRAWN).when(WithdrawUpload(), by=UPLOADER).nothing()


@pytest.mark.parametrize("outsider", [RIGHT_HOLDER, OFFICER, CLOCK, Actor(role=Role.UPLOADER, id="p-stranger")])
def test_refuses_to_take_away_somebody_elses_upload(outsider: Actor) -> None:
    given(BLOCKED).when(WithdrawUpload(), by=outsider).refuses("not_your_step")
    given(BLOCKED, WITHDRAWN).when(WithdrawUpload(), by=outsider).refuses("not_your_step")


def test_nothing_is_decided_about_an_upload_that_is_gone() -> None:
    given(BLOCKED, WITHDRAWN).when(to_contest(), by=UPLOADER).refuses("nothing_to_contest")
    given(BLOCKED, WITHDRAWN).when(to_mark(), by=UPLOADER).refuses("nothing_to_mark")
