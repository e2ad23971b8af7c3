"""The wait after a counter-notice: when it starts, how long it runs, what pauses it, what stays it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.counter_notices import may_confirm_delivery
from casework.domain.case.events import UploadWithdrawn
from casework.domain.case.notice_events import CounterNoticeAmended, CounterNoticeDelivered, LegalActionReported
from casework.domain.case.state import Procedure
from casework.domain.deadlines import Deadline, Undated, deadlines, undated, wait_until
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.regimes.regimes import Regime
from casework.domain.values import Availability, DeadlineKind, OutsideForum
from tests.domain.notice_samples import (
    AMERICA,
    CIVIL_CODE,
    E_COMMERCE,
    INTAKE,
    NETWORK_RIGHTS,
    countered,
    delivered,
    measured,
    ordered,
    paused,
    received,
    restored_at_once,
    sued,
    take,
    terms,
    to_deliver,
    to_pause,
    to_sue,
    wait_expired,
    waiting,
    whole,
)
from tests.samples import (
    BLOCKED,
    CLOCK,
    DECIDED,
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
    contested,
    later,
    on,
    reference,
)

WAITING = (MARKED_BEFORE, *waiting())
RUNNING = (*WAITING, delivered())
DUE = datetime(2026, 7, 15, 16, tzinfo=UTC)
"""The end of the fifteenth day after the arrival on 30 June, at midnight in Shanghai."""

NEVER_CLOSED: tuple[tuple[Event | Fact, ...], ...] = (
    (LAWFUL,),
    (WARNED,),
    (BLOCKED,),
    UNDER_CONTEST,
    UNDER_CHALLENGE,
    DECIDED,
    (LAWFUL, received()),
    (MARKED_BEFORE, *measured()),
    (MARKED_BEFORE, *measured(), countered()),
    WAITING,
    RUNNING,
    (*RUNNING, sued()),
    (*RUNNING, wait_expired(DUE)),
    (MARKED_BEFORE, *restored_at_once()),
    (LAWFUL, UploadWithdrawn()),
    (*RUNNING, UploadWithdrawn()),
    (LAWFUL, ordered()),
)
"""A case in every state."""


# When it starts


@pytest.mark.parametrize("regime", [CIVIL_CODE, E_COMMERCE], ids=lambda regime: regime.id)
def test_in_china_it_starts_when_the_counter_notice_arrives(regime: Regime) -> None:
    facts = (MARKED_BEFORE, *waiting(regime))
    assert wait_until(whole(*facts), terms(regime)) is None
    assert wait_until(whole(*facts, delivered()), terms(regime)) == DUE
    assert wait_until(whole(*facts, delivered(later(days=3))), terms(regime)) == DUE + timedelta(days=5)


def test_the_days_of_a_reasonable_period_are_the_standards() -> None:
    assert CIVIL_CODE.wait.length is None
    assert terms(CIVIL_CODE).standard.procedure.wait_days == 15


def test_a_last_day_that_is_a_holiday_moves_the_end_on() -> None:
    # 15 days after 3 July are Saturday, 18 July: Monday is the last day (Civil Code art. 203).
    assert wait_until(whole(*WAITING, delivered(later(days=3))), terms()) == datetime(2026, 7, 20, 16, tzinfo=UTC)


def test_in_the_united_states_it_starts_on_receipt_and_counts_business_days() -> None:
    case = whole(MARKED_BEFORE, *waiting(AMERICA))
    # From 30 June: 3 July is the observed holiday, so the tenth business day is 15 July, in the zone of the standard.
    assert wait_until(case, terms(AMERICA)) == datetime(2026, 7, 15, 16, tzinfo=UTC)


def test_a_counter_notice_completed_by_a_cure_is_received_then() -> None:
    amended = CounterNoticeAmended(counter_notice=1, elements=countered(AMERICA).elements, content=reference("cure"))
    *before, accepted_, forwarded = waiting(AMERICA)
    case = whole(MARKED_BEFORE, *before, on(later(days=1), amended), accepted_, forwarded)
    assert wait_until(case, terms(AMERICA)) == datetime(2026, 7, 16, 16, tzinfo=UTC)


def test_nothing_runs_without_a_regime_a_wait_or_an_upload() -> None:
    assert wait_until(whole(*RUNNING), terms(None)) is None
    assert wait_until(whole(LAWFUL), terms()) is None
    assert wait_until(whole(*RUNNING, UploadWithdrawn()), terms()) is None
    assert wait_until(whole(*RUNNING, sued()), terms()) is None
    assert wait_until(whole(MARKED_BEFORE, *restored_at_once()), terms(NETWORK_RIGHTS)) is None


def test_an_end_in_a_year_without_a_calendar_is_said_and_not_guessed() -> None:
    case = whole(*WAITING, delivered(datetime(2031, 12, 20, tzinfo=UTC)))
    assert wait_until(case, terms()) is None
    assert deadlines(case, terms()) == ()
    assert undated(case, terms()) == (Undated(DeadlineKind.WAIT, "cn-statutory", 2032),)
    take(tuple(RUNNING), to_pause(), RIGHT_HOLDER).then(paused())
    assert undated(whole(*RUNNING), terms()) == ()
    assert undated(whole(LAWFUL), terms()) == ()
    over = (*WAITING, delivered(datetime(2031, 12, 20, tzinfo=UTC)))
    take(over, to_pause(), RIGHT_HOLDER, at=datetime(2031, 12, 21, tzinfo=UTC)).then(paused())


# Delivery


@pytest.mark.parametrize("by", [INTAKE, OFFICER, RIGHT_HOLDER])
def test_an_arrival_is_confirmed_once(by: Actor) -> None:
    arrived = CounterNoticeDelivered(counter_notice=1, delivered_at=later(days=1))
    take(WAITING, to_deliver(later(days=1)), by, at=later(days=2)).then(arrived)
    take((*WAITING, arrived), to_deliver(later(days=2)), by, at=later(days=2)).nothing()


def test_refuses_an_arrival_before_it_was_sent_or_before_it_happened() -> None:
    take(WAITING, to_deliver(later(seconds=-1)), INTAKE).refuses(
        "delivered_before_acceptance", accepted_at=NOON.isoformat()
    )
    take(WAITING, to_deliver(later(seconds=1)), INTAKE).refuses("delivered_in_future")


def test_refuses_to_confirm_what_was_not_sent_on() -> None:
    for facts in ((LAWFUL,), (MARKED_BEFORE, *measured()), (MARKED_BEFORE, *measured(), countered())):
        take(facts, to_deliver(), INTAKE).refuses("no_delivery_due")
    take((*WAITING, UploadWithdrawn()), to_deliver(), INTAKE).refuses("upload_withdrawn")


@pytest.mark.parametrize("stranger", [UPLOADER, CLOCK, Actor(role=Role.RIGHT_HOLDER, id="p-somebody")])
def test_nobody_else_confirms_an_arrival(stranger: Actor) -> None:
    take(WAITING, to_deliver(), stranger).refuses("not_your_step")


# Pauses


def test_a_pause_moves_the_end_by_working_days() -> None:
    take(RUNNING, to_pause(5), RIGHT_HOLDER, at=later(days=3)).then(paused(5))
    # The wait would end with Wednesday, 15 July; five working days more end with Wednesday, 22 July.
    assert wait_until(whole(*RUNNING, paused(5)), terms()) == DUE + timedelta(days=7)
    assert wait_until(whole(*RUNNING, paused(1)), terms()) == DUE + timedelta(days=1)


def test_pauses_are_twenty_working_days_at_most_in_all() -> None:
    take(RUNNING, to_pause(20), RIGHT_HOLDER).then(paused(20))
    take(RUNNING, to_pause(21), RIGHT_HOLDER).refuses("pause_too_long", left="20")
    take((*RUNNING, paused(15)), to_pause(6), RIGHT_HOLDER).refuses("pause_too_long", left="5")
    take((*RUNNING, paused(15)), to_pause(5), RIGHT_HOLDER).then(paused(5))
    take((*RUNNING, paused(20)), to_pause(1), RIGHT_HOLDER).refuses("pause_too_long", left="0")


def test_the_same_pause_sent_twice_counts_once() -> None:
    take((*RUNNING, paused(15)), to_pause(15), RIGHT_HOLDER).nothing()
    for stranger in (UPLOADER, INTAKE):
        take((*RUNNING, paused(15)), to_pause(15), stranger).refuses("not_your_step")
    take((*RUNNING, paused(5)), to_pause(5, "another appointment"), RIGHT_HOLDER).then(paused(5, "another appointment"))
    take((*RUNNING, paused(5)), to_pause(6), RIGHT_HOLDER).then(paused(6))


def test_where_the_law_knows_no_pause_there_is_none() -> None:
    take((MARKED_BEFORE, *waiting(AMERICA)), to_pause(1), RIGHT_HOLDER, AMERICA).refuses("pause_too_long", left="0")


def test_refuses_a_pause_when_the_wait_is_over() -> None:
    take(RUNNING, to_pause(), RIGHT_HOLDER, at=DUE).refuses("window_closed", until=DUE.isoformat())
    take(RUNNING, to_pause(), RIGHT_HOLDER, at=DUE - timedelta(seconds=1)).then(paused())


@pytest.mark.parametrize(
    "facts", [(LAWFUL,), (MARKED_BEFORE, *measured()), (*RUNNING, sued()), (*RUNNING, wait_expired(DUE))]
)
def test_refuses_a_pause_of_nothing(facts: tuple[Event | Fact, ...]) -> None:
    take(facts, to_pause(), RIGHT_HOLDER).refuses("no_wait")


def test_only_the_right_holder_pauses_under_a_regime_that_is_known() -> None:
    for stranger in (UPLOADER, INTAKE, CLOCK):
        take(RUNNING, to_pause(), stranger).refuses("not_your_step")
    take((*RUNNING, UploadWithdrawn()), to_pause(), RIGHT_HOLDER).refuses("upload_withdrawn")
    take(RUNNING, to_pause(), RIGHT_HOLDER, None).refuses("regime_not_chosen")


@given_that(st.lists(st.integers(1, 25), max_size=12))
def test_pauses_never_exceed_the_cap(wishes: list[int]) -> None:
    facts: tuple[Event | Fact, ...] = RUNNING
    for number, days in enumerate(wishes):
        answer = take(facts, to_pause(days, f"proof {number}"), RIGHT_HOLDER)
        counter = whole(*facts).notices[-1].counter_notices[-1]
        if counter.paused_working_days + days > 20:
            answer.refuses("pause_too_long", left=str(20 - counter.paused_working_days))
        else:
            answer.then(paused(days, f"proof {number}"))
            facts = (*facts, paused(days, f"proof {number}"))
    assert whole(*facts).notices[-1].counter_notices[-1].paused_working_days <= 20


@given_that(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 20)),  # noqa: DTZ001 - in UTC below
    st.lists(st.integers(1, 5), max_size=4),
)
def test_pauses_only_ever_move_the_end_forward(arrival: datetime, pauses: list[int]) -> None:
    facts: tuple[Event | Fact, ...] = (*WAITING, delivered(arrival.replace(tzinfo=UTC)))
    ends = []
    for number in range(len(pauses) + 1):
        end = wait_until(whole(*facts, *(paused(days) for days in pauses[:number])), terms())
        assert end is not None
        ends.append(end)
    assert ends == sorted(set(ends))
    assert ends[0] >= arrival.replace(tzinfo=UTC) + timedelta(days=15)


# Legal action


def test_legal_action_stays_the_measure_while_the_case_waits() -> None:
    for facts in (WAITING, RUNNING, (*RUNNING, paused()), (*RUNNING, contested())):
        take(facts, to_sue(), RIGHT_HOLDER).then(sued())
    case = whole(*RUNNING, sued())
    assert (case.procedure, case.availability) == (Procedure.STAYED, Availability.BLOCKED)
    assert deadlines(case, terms()) == ()


def test_word_that_comes_after_the_wait_keeps_no_measure_even_if_the_worker_is_late() -> None:
    """It is recorded all the same (invariant 6), after the restoration that was due before it."""
    last = DUE - timedelta(microseconds=1)
    take(RUNNING, to_sue(), RIGHT_HOLDER, at=last).then(sued())
    for moment in (DUE, DUE + timedelta(days=1)):
        take(RUNNING, to_sue(), RIGHT_HOLDER, at=moment).then(wait_expired(DUE), sued(stays=False))
    take((*RUNNING, wait_expired(DUE)), to_sue(), RIGHT_HOLDER, at=DUE).then(sued(stays=False))
    case = whole(*RUNNING, wait_expired(DUE), sued(stays=False))
    assert (case.procedure, case.availability) == (Procedure.RESTORED, Availability.PUBLIC)


@pytest.mark.parametrize(("uploader", "item"), [(True, False), (False, True), (False, False)])
def test_a_proof_that_does_not_name_both_is_recorded_and_stays_nothing(uploader: bool, item: bool) -> None:
    reported = sued(uploader=uploader, item=item, stays=False)
    take(RUNNING, to_sue(uploader=uploader, item=item), RIGHT_HOLDER).then(reported)
    assert whole(*RUNNING, reported).procedure is Procedure.WAITING
    # A better proof may follow.
    take((*RUNNING, reported), to_sue(proof="the better one"), RIGHT_HOLDER).then(sued(proof="the better one"))


def test_the_same_proof_counts_once_it_is_said_in_full() -> None:
    short = sued(item=False, stays=False)
    take((*RUNNING, short), to_sue(item=False), RIGHT_HOLDER).nothing()
    take((*RUNNING, short), to_sue(), RIGHT_HOLDER).then(sued())
    take((*RUNNING, short, sued()), to_sue(), RIGHT_HOLDER).nothing()


def test_a_suit_reported_before_the_notice_can_be_reported_again_in_the_wait() -> None:
    before = on(NOON - timedelta(days=3), sued(stays=False))
    take((MARKED_BEFORE, before, *waiting()), to_sue(), RIGHT_HOLDER).then(sued())


@pytest.mark.parametrize(
    ("regime", "forum", "stays"),
    [
        (E_COMMERCE, OutsideForum.AUTHORITY, True),
        (CIVIL_CODE, OutsideForum.AUTHORITY, True),
        (AMERICA, OutsideForum.COURT, True),
        (AMERICA, OutsideForum.AUTHORITY, False),
        (E_COMMERCE, OutsideForum.EXTERNAL_BODY, False),
        (None, OutsideForum.AUTHORITY, True),
    ],
)
def test_which_forum_counts_is_the_regimes_to_say(regime: Regime | None, forum: OutsideForum, stays: bool) -> None:
    facts = (MARKED_BEFORE, *waiting(regime or E_COMMERCE))
    take(facts, to_sue(forum), RIGHT_HOLDER, regime).then(sued(forum, stays=stays))


@pytest.mark.parametrize("facts", NEVER_CLOSED)
def test_legal_action_can_be_reported_in_every_state(facts: tuple[Event | Fact, ...]) -> None:
    answer = take(facts, to_sue(proof="another claim"), RIGHT_HOLDER, at=later(days=400))
    assert answer.refused is None
    *before, reported = answer.events
    assert isinstance(reported, LegalActionReported)
    facts = (*facts, *before)
    case = whole(*facts)
    before_restoration = (
        Procedure.NOTICE_CHECK,
        Procedure.MEASURE_TAKEN,
        Procedure.COUNTER_CHECK,
        Procedure.WAITING,
    )
    assert reported.stays == (case.procedure in before_restoration)
    take((*facts, reported), to_sue(proof="another claim"), RIGHT_HOLDER).nothing()
    after = whole(*facts, reported)
    assert after.availability is case.availability
    if case.procedure is not Procedure.WAITING:
        assert after.procedure is case.procedure


@pytest.mark.parametrize("word_comes_after", [1, 3, 4], ids=["the notice", "the measure", "the counter-notice"])
def test_word_that_comes_before_the_wait_stays_it_too(word_comes_after: int) -> None:
    """No wait runs out on a pending suit (Civil Code art. 1196(2); 17 USC 512(g)(2)(C): "first receives notice")."""
    steps = waiting()
    before, after = steps[:word_comes_after], steps[word_comes_after:]
    take((MARKED_BEFORE, *before), to_sue(), RIGHT_HOLDER).then(sued())
    case = whole(MARKED_BEFORE, *before, sued(), *after, delivered())
    assert (case.procedure, case.availability) == (Procedure.STAYED, Availability.BLOCKED)
    assert deadlines(case, terms()) == ()
    weak = whole(MARKED_BEFORE, *before, sued(item=False, stays=False), *after, delivered())
    assert weak.procedure is Procedure.WAITING


def test_word_before_an_immediate_restoration_stays_nothing() -> None:
    facts = (MARKED_BEFORE, *measured(NETWORK_RIGHTS))
    take(facts, to_sue(), RIGHT_HOLDER, NETWORK_RIGHTS).then(sued(stays=False))


@settings(max_examples=60)
@given_that(
    st.sampled_from(NEVER_CLOSED),
    st.sampled_from(OutsideForum),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, CIVIL_CODE, E_COMMERCE, NETWORK_RIGHTS, AMERICA]),
    st.integers(0, 2000),
)
def test_legal_action_is_never_refused(
    facts: tuple[Event | Fact, ...],
    forum: OutsideForum,
    uploader: bool,
    item: bool,
    regime: Regime | None,
    days: int,
) -> None:
    wish = to_sue(forum, uploader=uploader, item=item, proof="yet another claim")
    answer = take(facts, wish, RIGHT_HOLDER, regime, at=later(days=days))
    assert answer.refused is None
    *_, reported = answer.events
    assert isinstance(reported, LegalActionReported)


@pytest.mark.parametrize("stranger", [UPLOADER, INTAKE, CLOCK, Actor(role=Role.RIGHT_HOLDER, id="p-somebody")])
def test_only_the_right_holder_of_this_case_reports_it(stranger: Actor) -> None:
    take(RUNNING, to_sue(), stranger).refuses("not_your_step")


def test_the_wait_is_among_the_clocks_of_the_case() -> None:
    assert deadlines(whole(*RUNNING), terms()) == (Deadline(DeadlineKind.WAIT, DUE),)
    assert deadlines(whole(*WAITING), terms()) == ()


def test_a_desk_is_offered_the_confirmation_once() -> None:
    def circumstances(actor: Actor) -> Circumstances:
        return Circumstances(actor=actor, now=later(days=1), standard=STANDARD, regime=E_COMMERCE)

    may_confirm_delivery(whole(*WAITING), circumstances(INTAKE))
    may_confirm_delivery(whole(*WAITING), circumstances(RIGHT_HOLDER))
    with pytest.raises(Refused, match="already_delivered"):
        may_confirm_delivery(whole(*RUNNING), circumstances(INTAKE))
    with pytest.raises(Refused, match="not_your_step"):
        may_confirm_delivery(whole(*WAITING), circumstances(UPLOADER))
