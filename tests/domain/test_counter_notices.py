"""Counter-notices: who may send them against what, what they must hold, and what an accepted one leads to (C4, D4)."""

from __future__ import annotations

import pytest

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.counter_notices import (
    AcceptCounterNotice,
    FindCounterNoticeDeficient,
    ReceiveCounterNotice,
    may_decide_intake,
)
from casework.domain.case.events import UploadWithdrawn
from casework.domain.case.notice_events import CounterNoticeAmended, CounterNoticeLapsed
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Regime
from casework.domain.values import Availability, Measure, RulingOutcome
from tests.domain.notice_samples import (
    AMERICA,
    CIVIL_CODE,
    COUNTER_FORWARDED,
    E_COMMERCE,
    FORWARDED,
    INTAKE,
    NETWORK_RIGHTS,
    NO_COUNTER_NOTICE,
    accepted,
    counter_accepted,
    counter_deficient,
    counter_elements,
    countered,
    measured,
    received,
    restored_at_once,
    take,
    to_counter,
    waiting,
    whole,
)
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
    UPLOADER,
    Fact,
    challenged,
    contested,
    issued,
    later,
    on,
    reference,
)

WITH_COUNTER_NOTICE = (CIVIL_CODE, E_COMMERCE, NETWORK_RIGHTS, AMERICA)
WITH_WAIT = (CIVIL_CODE, E_COMMERCE, AMERICA)
LOCATION, IDENTITY, CONTACT = NoticeElement.LOCATION, NoticeElement.IDENTITY, NoticeElement.CONTACT
ACCEPT, FIND_DEFICIENT = AcceptCounterNotice(), FindCounterNoticeDeficient()
LAPSED = CounterNoticeLapsed(counter_notice=1, due_at=later(days=5))
MEASURED = (MARKED_BEFORE, *measured())
COUNTERED = (*MEASURED, countered())
RULED = issued(RulingOutcome.REVERSED, Availability.BLOCKED)
CHALLENGE_WON = on(later(days=1), RULED)
"""The right holder's challenge was decided: the use is not lawful."""


# Receipt


@pytest.mark.parametrize("regime", WITH_COUNTER_NOTICE, ids=lambda regime: regime.id)
def test_the_uploader_answers_a_measure(regime: Regime) -> None:
    facts = (MARKED_BEFORE, *measured(regime))
    take(facts, to_counter(regime), UPLOADER, regime).then(countered(regime))
    case = whole(*facts, countered(regime))
    assert (case.procedure, case.availability) == (Procedure.COUNTER_CHECK, Availability.BLOCKED)


def test_a_counter_notice_runs_beside_a_contest() -> None:
    take((*MEASURED, contested()), to_counter(), UPLOADER).then(countered())
    upheld = on(later(days=1), issued(RulingOutcome.UPHELD, Availability.BLOCKED))
    take((*MEASURED, contested(), upheld), to_counter(), UPLOADER).then(countered())


def test_even_a_notice_without_a_measure_can_be_answered() -> None:
    facts = (MARKED_BEFORE, received(), accepted(Measure.NONE, Availability.PUBLIC), FORWARDED)
    take(facts, to_counter(), UPLOADER).then(countered())


@pytest.mark.parametrize("regime", NO_COUNTER_NOTICE, ids=lambda regime: regime.id)
def test_where_the_law_knows_none_the_uploader_contests(regime: Regime) -> None:
    facts = (MARKED_BEFORE, *measured(regime))
    take(facts, to_counter(E_COMMERCE), UPLOADER, regime).refuses("no_counter_notice_here")


@pytest.mark.parametrize(
    "facts",
    [
        (LAWFUL,),
        (BLOCKED,),
        (MARKED_BEFORE, received()),
        (MARKED_BEFORE, *restored_at_once()),
        (*MEASURED, contested(), issued(RulingOutcome.REVERSED, Availability.PUBLIC)),
        (LAWFUL, *measured(), challenged(), CHALLENGE_WON),
    ],
)
def test_refuses_a_counter_notice_without_a_measure_to_end(facts: tuple[Event | Fact, ...]) -> None:
    take(facts, to_counter(words="again"), UPLOADER).refuses("nothing_to_counter")


@pytest.mark.parametrize("facts", [COUNTERED, (MARKED_BEFORE, *waiting())])
def test_refuses_a_second_one_while_the_first_is_open(facts: tuple[Event, ...]) -> None:
    take(facts, to_counter(words="another"), UPLOADER).refuses("counter_notice_open")
    take(facts, to_counter(), UPLOADER).nothing()


@pytest.mark.parametrize("stranger", [RIGHT_HOLDER, INTAKE, CLOCK, Actor(role=Role.UPLOADER, id="p-somebody")])
def test_refuses_counter_notices_of_anyone_but_the_uploader(stranger: Actor) -> None:
    take(MEASURED, to_counter(), stranger).refuses("not_your_step")
    take(COUNTERED, to_counter(), stranger).refuses("not_your_step")


def test_refuses_a_counter_notice_on_a_withdrawn_upload_or_without_a_regime() -> None:
    take((*MEASURED, UploadWithdrawn()), to_counter(), UPLOADER).refuses("upload_withdrawn")
    take(MEASURED, to_counter(), UPLOADER, None).refuses("regime_not_chosen")


# Deficiency and cure


def test_a_deficiency_names_what_is_missing_and_until_when() -> None:
    facts = (*MEASURED, countered(E_COMMERCE, LOCATION))
    take(facts, FIND_DEFICIENT, INTAKE).then(counter_deficient(LOCATION))
    found = FindCounterNoticeDeficient(missing=(IDENTITY,), remarks=reference("a nickname"))
    expected = counter_deficient(IDENTITY, LOCATION).model_copy(update={"remarks": reference("a nickname")})
    take(facts, found, OFFICER).then(expected)
    take(COUNTERED, FIND_DEFICIENT, INTAKE).refuses("nothing_missing")
    take(COUNTERED, FindCounterNoticeDeficient(missing=(CONTACT,)), INTAKE).refuses("element_not_required")
    take((*facts, counter_deficient(LOCATION)), FIND_DEFICIENT, INTAKE).refuses("already_deficient")


def test_it_is_cured_in_time_and_then_accepted() -> None:
    facts = (*MEASURED, countered(E_COMMERCE, LOCATION), counter_deficient(LOCATION))
    cure = ReceiveCounterNotice(elements=(LOCATION,), content=reference("the cure"))
    elements = (*countered(E_COMMERCE, LOCATION).elements, "location")
    amended = CounterNoticeAmended(counter_notice=1, elements=elements, content=reference("the cure"))
    take(facts, cure, UPLOADER, at=later(days=4)).then(amended)
    take(facts, ACCEPT, INTAKE).refuses("counter_notice_incomplete", missing="location")
    take((*facts, amended), ACCEPT, INTAKE).then(counter_accepted(), COUNTER_FORWARDED)


def test_what_comes_after_the_time_to_cure_is_a_new_one_though_the_worker_is_late() -> None:
    facts = (*MEASURED, countered(E_COMMERCE, LOCATION), counter_deficient(LOCATION))
    late = take(facts, to_counter(words="anew"), UPLOADER, at=later(days=5))
    late.then(LAPSED, countered(number=2, words="anew"))


def test_after_a_lapse_the_measure_stays_and_a_new_one_may_come() -> None:
    facts = (*MEASURED, countered(E_COMMERCE, LOCATION), counter_deficient(LOCATION), LAPSED)
    case = whole(*facts)
    assert (case.procedure, case.availability) == (Procedure.MEASURE_TAKEN, Availability.BLOCKED)
    take(facts, to_counter(words="the second"), UPLOADER).then(countered(number=2, words="the second"))


# Acceptance


@pytest.mark.parametrize("officer", [INTAKE, OFFICER])
@pytest.mark.parametrize("regime", WITH_WAIT, ids=lambda regime: regime.id)
def test_where_the_law_waits_the_measure_stays(regime: Regime, officer: Actor) -> None:
    facts = (MARKED_BEFORE, *measured(regime), countered(regime))
    take(facts, ACCEPT, officer, regime).then(counter_accepted(regime), COUNTER_FORWARDED)
    case = whole(*facts, counter_accepted(regime), COUNTER_FORWARDED)
    assert (case.procedure, case.availability) == (Procedure.WAITING, Availability.BLOCKED)


def test_where_the_law_does_not_wait_the_upload_is_back_at_once() -> None:
    facts = (MARKED_BEFORE, *measured(NETWORK_RIGHTS), countered(NETWORK_RIGHTS))
    take(facts, ACCEPT, INTAKE, NETWORK_RIGHTS).then(counter_accepted(NETWORK_RIGHTS), COUNTER_FORWARDED)
    case = whole(*facts, counter_accepted(NETWORK_RIGHTS), COUNTER_FORWARDED)
    assert (case.procedure, case.availability) == (Procedure.RESTORED, Availability.PUBLIC)
    assert case.notices[-1].restored_at_once


def test_what_a_ruling_on_the_challenge_blocked_is_not_restored() -> None:
    facts = (LAWFUL, received(), accepted(Measure.NONE, Availability.PUBLIC), FORWARDED, countered(NETWORK_RIGHTS))
    why = {"statement_of_reasons": RULED.statement_of_reasons}
    expected = counter_accepted(NETWORK_RIGHTS, Availability.BLOCKED).model_copy(update=why)
    answer = take((*facts, challenged(), CHALLENGE_WON), ACCEPT, INTAKE, NETWORK_RIGHTS, at=later(days=2))
    answer.then(expected, COUNTER_FORWARDED)


@pytest.mark.parametrize("regime", WITH_COUNTER_NOTICE, ids=lambda regime: regime.id)
@pytest.mark.parametrize("missing", list(NoticeElement))
def test_refuses_a_counter_notice_that_lacks_an_element(regime: Regime, missing: NoticeElement) -> None:
    answer = take((MARKED_BEFORE, *measured(regime), countered(regime, missing)), ACCEPT, INTAKE, regime)
    if missing in counter_elements(regime):
        answer.refuses("counter_notice_incomplete", missing=missing.value)
    else:
        answer.then(counter_accepted(regime), COUNTER_FORWARDED)


def test_accepting_again_changes_nothing() -> None:
    take((MARKED_BEFORE, *waiting()), ACCEPT, INTAKE).nothing()


def test_no_counter_notice_is_checked_without_a_regime_that_knows_it() -> None:
    for step in (ACCEPT, FIND_DEFICIENT):
        take(COUNTERED, step, INTAKE, None).refuses("regime_not_chosen")
        take(COUNTERED, step, INTAKE, NO_COUNTER_NOTICE[0]).refuses("no_counter_notice_here")


@pytest.mark.parametrize("step", [ACCEPT, FIND_DEFICIENT])
def test_only_intake_and_compliance_check_counter_notices(step: object) -> None:
    for stranger in (UPLOADER, RIGHT_HOLDER, ANN, CLOCK):
        take(COUNTERED, step, stranger).refuses("not_your_step")
    take((LAWFUL,), step, INTAKE).refuses("no_counter_notice_to_check")
    take(MEASURED, step, INTAKE).refuses("no_counter_notice_to_check")
    take((*COUNTERED, UploadWithdrawn()), step, INTAKE).refuses("upload_withdrawn")


@pytest.mark.parametrize(
    ("facts", "officer", "refusal"),
    [
        ((MARKED_BEFORE, received()), INTAKE, None),
        (COUNTERED, OFFICER, None),
        (MEASURED, INTAKE, "no_notice_to_check"),
        (COUNTERED, UPLOADER, "not_your_step"),
    ],
)
def test_the_intake_desk_knows_whether_something_waits_for_it(
    facts: tuple[Event, ...], officer: Actor, refusal: str | None
) -> None:
    circumstances = Circumstances(actor=officer, now=NOON, standard=STANDARD)
    if refusal is None:
        may_decide_intake(whole(*facts), circumstances)
    else:
        with pytest.raises(Refused, match=refusal):
            may_decide_intake(whole(*facts), circumstances)
