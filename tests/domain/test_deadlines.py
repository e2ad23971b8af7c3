"""Which clocks of a case run, and when each runs out: counted from the event that the law names (E5, invariant 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.case.events import (
    AppealWithdrawn,
    DeadlinePassed,
    GraceExpired,
    PriorReviewExpired,
    UploadWithdrawn,
    WarningAnswered,
    WarningLapsed,
)
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import CounterNoticeLapsed, NoticeLapsed
from casework.domain.case.outside_events import OrderLifted, OutsideProceedingDecided, OutsideProceedingOpened
from casework.domain.deadlines import Deadline, Terms, comments_until, contest_until, deadlines, is_in_grace
from casework.domain.facts import Event, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import (
    Availability,
    DeadlineKind,
    OutsideForum,
    OutsideOutcome,
    RulingOutcome,
    WarningAnswer,
)
from casework.law import read_law
from tests.domain.notice_samples import (
    CIVIL_CODE,
    E_COMMERCE,
    EUROPE,
    GERMANY,
    counter_deficient,
    countered,
    deficient,
    delivered,
    measured,
    ordered,
    received,
    restored_at_once,
    terms,
    waiting,
    whole,
)
from tests.samples import (
    BLOCKED,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    NOON,
    STANDARD,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    WARNED,
    Fact,
    contested,
    issued,
    later,
    marked,
    on,
    recorded,
    reference,
    standard,
)

REQUESTED = KnownOfParties(prior_review_requested=True)
HELD = recorded("0.93", known=REQUESTED, work__flags=["high_loss"])
HELD_FAST = recorded("0.93", known=REQUESTED, work__flags=["time_sensitive"])
GRACE_END = later(hours=48)
IN_GRACE = BLOCKED.model_copy(update={"grace_until": GRACE_END, "statement_of_reasons": None})
WITHDRAWN = UploadWithdrawn()
LOCATION = NoticeElement.LOCATION


def clocks(*facts: Event | Fact | tuple[Event | Fact, ...], under: Terms | None = None) -> list[tuple[str, datetime]]:
    """The clocks that run after these facts, by the names of their kinds."""
    return [(one.kind.value, one.due_at) for one in deadlines(whole(*facts), under or terms())]


@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), (MARKED_BEFORE,), (BLOCKED, marked()), DECIDED])
def test_where_nothing_is_awaited_no_clock_runs(facts: tuple[Event, ...]) -> None:
    assert clocks(*facts) == []


def test_a_warning_waits_thirty_days_for_its_answer() -> None:
    assert clocks(WARNED) == [("warning_answer", later(days=30))]
    answered = WarningAnswered(answer=WarningAnswer.TOLERATE)
    for facts in ((WARNED, answered), (WARNED, WarningLapsed(due_at=later(days=30))), (WARNED, marked())):
        assert clocks(*facts) == []


def test_what_was_public_stays_so_for_the_grace() -> None:
    assert clocks(IN_GRACE) == [("grace", GRACE_END)]
    assert is_in_grace(whole(IN_GRACE))
    expired = GraceExpired(due_at=GRACE_END, availability=Availability.BLOCKED)
    for facts in ((IN_GRACE, marked()), (IN_GRACE, expired), (IN_GRACE, contested()), (IN_GRACE, WITHDRAWN)):
        assert ("grace", GRACE_END) not in clocks(*facts)
        assert not is_in_grace(whole(*facts))
    assert not is_in_grace(whole(BLOCKED))


def test_a_prior_review_is_due_in_a_day_or_an_hour_and_passes_once() -> None:
    assert clocks(HELD) == [("prior_review", later(days=1))]
    assert clocks(HELD_FAST) == [("prior_review", later(hours=1))]
    published = PriorReviewExpired(due_at=later(days=1), availability=Availability.PUBLIC)
    held_on = DeadlinePassed(kind=DeadlineKind.PRIOR_REVIEW, due_at=later(days=1))
    ruled = issued(RulingOutcome.REVERSED, Availability.PUBLIC).model_copy(update={"appeal": None})
    for fact in (published, held_on, ruled, WITHDRAWN):
        assert clocks(HELD, fact) == []


@pytest.mark.parametrize("facts", [UNDER_CONTEST, UNDER_CHALLENGE])
def test_a_ruling_is_due_a_week_after_lodging_and_passes_once(facts: tuple[Event, ...]) -> None:
    assert clocks(*facts) == [("ruling", later(days=7))]
    passed = DeadlinePassed(kind=DeadlineKind.RULING, due_at=later(days=7))
    assert clocks(*facts, passed) == []
    assert clocks(*facts, WITHDRAWN) == []
    assert comments_until(whole(*facts).appeals[-1], STANDARD) == later(hours=72)
    side = whole(*facts).appeals[-1].lodged_by
    assert clocks(*facts, AppealWithdrawn(appeal=1, side=side, availability=Availability.BLOCKED)) == []


def test_the_next_round_has_a_clock_of_its_own() -> None:
    passed = on(later(days=7), DeadlinePassed(kind=DeadlineKind.RULING, due_at=later(days=7)))
    back = on(later(days=8), AppealWithdrawn(appeal=1, side=Role.UPLOADER, availability=Availability.BLOCKED))
    again = on(later(days=9), contested())
    assert clocks(*UNDER_CONTEST, passed, back, again) == [("ruling", later(days=16))]


def test_cures_run_while_they_are_awaited() -> None:
    notice = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION))
    assert clocks(*notice) == [("notice_cure", later(days=5))]
    assert clocks(*notice, NoticeLapsed(notice=1, due_at=later(days=5))) == []
    counter = (MARKED_BEFORE, *measured(), countered(E_COMMERCE, LOCATION))
    assert clocks(*counter) == []
    lacking = (*counter, counter_deficient(LOCATION))
    assert clocks(*lacking) == [("counter_notice_cure", later(days=5))]
    assert clocks(*lacking, CounterNoticeLapsed(counter_notice=1, due_at=later(days=5))) == []
    assert clocks(*lacking, WITHDRAWN) == []


def test_orders_end_with_their_own_time_even_on_a_withdrawn_upload() -> None:
    order = ordered(until=later(days=10))
    assert clocks(LAWFUL, order) == [("order", later(days=10))]
    assert clocks(LAWFUL, order, WITHDRAWN) == [("order", later(days=10))]
    assert clocks(LAWFUL, ordered()) == []
    lifted = OrderLifted(order=1, ran_out=True, availability=Availability.PUBLIC)
    assert clocks(LAWFUL, order, lifted) == []


def proceeding(forum: OutsideForum) -> OutsideProceedingOpened:
    return OutsideProceedingOpened(proceeding=1, forum=forum, opened_at=NOON, words=reference("complaint"))


def test_an_external_body_has_the_days_of_its_law() -> None:
    opened = proceeding(OutsideForum.EXTERNAL_BODY)
    # The ninetieth day after 30 June is 28 September; it ends at midnight in the zone of the standard.
    due = datetime(2026, 9, 28, 16, tzinfo=UTC)
    assert clocks(LAWFUL, opened, under=terms(EUROPE)) == [("external_body", due)]
    assert clocks(LAWFUL, opened, WITHDRAWN, under=terms(EUROPE)) == [("external_body", due)]
    passed = DeadlinePassed(kind=DeadlineKind.EXTERNAL_BODY, due_at=due)
    assert clocks(LAWFUL, opened, passed, under=terms(EUROPE)) == []
    decided = OutsideProceedingDecided(
        proceeding=1,
        decided_at=later(days=30),
        outcome=OutsideOutcome.REVERSED,
        implemented=True,
        words=reference("decision"),
    )
    assert clocks(LAWFUL, opened, decided, under=terms(EUROPE)) == []
    for none in (terms(GERMANY), terms(E_COMMERCE), terms(None)):
        assert clocks(LAWFUL, opened, under=none) == []
    assert clocks(LAWFUL, proceeding(OutsideForum.COURT), under=terms(EUROPE)) == []


def test_clocks_run_side_by_side_the_earliest_first() -> None:
    facts = (MARKED_BEFORE, *waiting(), delivered(), contested(), ordered(until=later(days=3)))
    assert [kind for kind, _ in clocks(*facts)] == ["order", "ruling", "wait"]


def test_a_standard_says_other_days() -> None:
    slow = Terms(standard(procedure__warning_answer_days=60, procedure__ruling_due_days=3))
    assert clocks(WARNED, under=slow) == [("warning_answer", later(days=60))]
    assert clocks(*UNDER_CONTEST, under=slow) == [("ruling", later(days=3))]


def test_a_restriction_by_a_ruling_is_contested_from_the_ruling_on() -> None:
    ruling = issued(RulingOutcome.UPHELD, Availability.BLOCKED).model_copy(update={"appeal": None})
    case = whole(HELD, on(later(days=1), ruling))
    assert contest_until(case, STANDARD) == later(days=181)
    assert contest_until(whole(BLOCKED), STANDARD) == later(days=180)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai"])
def test_a_wait_across_a_change_of_the_clocks_ends_at_midnight(zone: str) -> None:
    under = Terms(standard(procedure__time_zone=zone), E_COMMERCE, terms().calendar)
    arrival = datetime(2026, 10, 20, 12, tzinfo=UTC)
    (wait,) = deadlines(whole(MARKED_BEFORE, *waiting(), delivered(arrival)), under)
    local = wait.due_at.astimezone(under.standard.procedure.zone)
    assert wait == Deadline(DeadlineKind.WAIT, wait.due_at)
    assert (local.day, local.hour, local.minute) == (5, 0, 0)
    assert wait.due_at - arrival > timedelta(days=15)


def test_what_began_under_a_regime_ends_under_it() -> None:
    law = read_law("cn-civil-code")
    for facts, governing in (
        ((LAWFUL,), "cn-civil-code"),
        ((LAWFUL, received(E_COMMERCE)), "cn-e-commerce"),
        ((MARKED_BEFORE, *measured(E_COMMERCE), countered(CIVIL_CODE)), "cn-civil-code"),
        ((MARKED_BEFORE, *waiting(E_COMMERCE)), "cn-e-commerce"),
        ((MARKED_BEFORE, *restored_at_once()), "cn-civil-code"),
        ((LAWFUL, received().model_copy(update={"regime": "no-longer-known"})), "cn-civil-code"),
    ):
        regime = law.regime_of_case(whole(*facts), STANDARD)
        assert regime is not None
        assert regime.id == governing
    assert read_law().terms_of(whole(LAWFUL), STANDARD) == Terms(STANDARD)
