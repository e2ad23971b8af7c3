"""Urgent blocks by trusted right holders: who may, where, and what becomes of them (UrhDaG s. 14(4))."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import FurtherReviewRequested, UploadWithdrawn, UrgentBlockDeclared
from casework.domain.case.panel import availability_after
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.case.urgent import DeclareUrgentBlock
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.regimes.regimes import Regime
from casework.domain.values import Availability, Remedy, StatementOfReasons
from tests.domain.notice_samples import AMERICA, E_COMMERCE, EUROPE, GERMANY, INTAKE, take
from tests.samples import (
    ANN,
    BLOCKED,
    CLEARED,
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
    case_of,
    issued,
    later,
    marked,
    reference,
    ruled,
    seated,
    to_challenge,
    withdrawn,
)

TRUSTED = {Role.RIGHT_HOLDER: Standing(trusted=True)}
SUSPENDED = {Role.RIGHT_HOLDER: Standing({Right.URGENT_MEASURES: None}, trusted=True)}
DECLARE = DeclareUrgentBlock(check=reference("who looked"), harm=reference("the harm"))
REASONS = StatementOfReasons(
    measure=Availability.BLOCKED,
    standard=STANDARD.id,
    bases=("DE_URHDAG_14_4",),
    remedies=(Remedy.EXTERNAL_BODY, Remedy.COURT),
)


def declared(appeal: int = 1) -> UrgentBlockDeclared:
    return UrgentBlockDeclared(
        appeal=appeal,
        check=reference("who looked"),
        harm=reference("the harm"),
        availability=Availability.BLOCKED,
        statement_of_reasons=REASONS,
    )


@pytest.mark.parametrize("facts", [(LAWFUL,), (MARKED_BEFORE,), (BLOCKED, marked())])
def test_a_lawful_looking_use_is_blocked_until_the_ruling(facts: tuple[Event, ...]) -> None:
    take(facts, DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).then(declared())
    case = case_of(*facts, declared())
    assert (case.procedure, case.availability) == (Procedure.ADJUDICATION, Availability.BLOCKED)
    appeal = case.appeals[0]
    assert (appeal.kind, appeal.urgent, appeal.lodged_by) == (AppealKind.CHALLENGE, True, Role.RIGHT_HOLDER)
    assert (appeal.check, appeal.harm) == (reference("who looked"), reference("the harm"))
    assert appeal.availability_before is Availability.PUBLIC


@pytest.mark.parametrize(
    "facts", [UNDER_CHALLENGE, (*UNDER_CHALLENGE, seated()), (*UNDER_CHALLENGE, seated(), ruled(ANN))]
)
def test_an_open_challenge_becomes_urgent_without_a_second_one(facts: tuple[Event, ...]) -> None:
    take(facts, DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).then(declared())
    before, case = case_of(*facts), case_of(*facts, declared())
    assert (case.procedure, case.panel, case.submitted) == (before.procedure, before.panel, before.submitted)
    assert case.availability is Availability.BLOCKED
    assert len(case.appeals) == 1
    assert case.appeals[0].urgent
    assert case.appeals[0].reasons == before.appeals[0].reasons


def test_the_same_declaration_again_changes_nothing() -> None:
    take((LAWFUL, declared()), DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).nothing()


def test_refuses_a_second_urgent_block() -> None:
    again = DeclareUrgentBlock(check=reference("looked again"), harm=reference("the harm"))
    take((LAWFUL, declared()), again, RIGHT_HOLDER, GERMANY, standings=TRUSTED).refuses("already_blocked")
    take((LAWFUL, declared()), to_challenge(), RIGHT_HOLDER, GERMANY).refuses("already_under_appeal")


@pytest.mark.parametrize("outsider", [UPLOADER, OFFICER, INTAKE, Actor(role=Role.RIGHT_HOLDER, id="p-stranger")])
def test_refuses_an_urgent_block_by_anyone_else(outsider: Actor) -> None:
    take((LAWFUL,), DECLARE, outsider, GERMANY, standings=TRUSTED).refuses("not_your_step")


@pytest.mark.parametrize("regime", [None, E_COMMERCE, EUROPE, AMERICA])
def test_refuses_an_urgent_block_under_another_law(regime: Regime | None) -> None:
    take((LAWFUL,), DECLARE, RIGHT_HOLDER, regime, standings=TRUSTED).refuses("urgent_block_unknown")


def test_refuses_an_urgent_block_without_trust_or_while_suspended() -> None:
    take((LAWFUL,), DECLARE, RIGHT_HOLDER, GERMANY).refuses("not_trusted")
    take((LAWFUL,), DECLARE, RIGHT_HOLDER, GERMANY, standings=SUSPENDED).refuses("urgent_measures_suspended")


@pytest.mark.parametrize("facts", [(BLOCKED,), (WARNED,), (CLEARED,), (LAWFUL, UploadWithdrawn())])
def test_refuses_an_urgent_block_where_nothing_may_be_challenged(facts: tuple[Event, ...]) -> None:
    take(facts, DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).refuses("nothing_to_challenge")


def test_refuses_an_urgent_block_on_a_contest_and_on_a_further_review() -> None:
    take(UNDER_CONTEST, DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).refuses("already_under_appeal")
    further = FurtherReviewRequested(appeal=2, side=Role.RIGHT_HOLDER, reasons=reference("still wrong"))
    decided = (*UNDER_CHALLENGE, issued(UPHELD, Availability.PUBLIC), further)
    take(decided, DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED).refuses("already_under_appeal")


def test_refuses_an_urgent_block_after_the_window() -> None:
    end = later(days=180)
    on_time = take((LAWFUL,), DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED, at=end - timedelta(microseconds=1))
    on_time.then(declared())
    take((LAWFUL,), DECLARE, RIGHT_HOLDER, GERMANY, standings=TRUSTED, at=end).refuses("window_closed")


@pytest.mark.parametrize("facts", [(LAWFUL, declared()), (*UNDER_CHALLENGE, declared())])
def test_what_was_blocked_urgently_is_public_again_when_upheld_or_withdrawn(facts: tuple[Event, ...]) -> None:
    case = case_of(*facts)
    assert availability_after(case, UPHELD) is Availability.PUBLIC
    assert availability_after(case, PARTLY) is Availability.PUBLIC_LIMITED
    assert availability_after(case, REVERSED) is Availability.BLOCKED
    back = withdrawn(Role.RIGHT_HOLDER, Availability.PUBLIC)
    take(facts, TO_WITHDRAW, RIGHT_HOLDER, GERMANY).then(back)


def test_refuses_another_urgent_block_after_a_challenge_was_withdrawn() -> None:
    facts = (*UNDER_CHALLENGE, declared(), withdrawn(Role.RIGHT_HOLDER, Availability.PUBLIC))
    assert case_of(*facts).procedure is Procedure.CLOSED
    again = DeclareUrgentBlock(check=reference("looked again"), harm=reference("the harm"))
    take(facts, again, RIGHT_HOLDER, GERMANY, standings=TRUSTED).refuses("nothing_to_challenge")
