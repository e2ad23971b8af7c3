"""Appeals beside notices: neither line blocks the other; the earlier restoration wins (case.md, below the table)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import UploadWithdrawn, WarningAnswered
from casework.domain.case.notice_events import NoticeLapsed, NoticeRejected, NoticeWithdrawn
from casework.domain.case.panel import availability_after
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.values import (
    Availability,
    MarkBasis,
    Measure,
    Remedy,
    RulingOutcome,
    StatementOfReasons,
    WarningAnswer,
)
from tests.domain.notice_samples import (
    GERMANY,
    NETWORK_RIGHTS,
    accepted,
    counter_accepted,
    countered,
    deficient,
    delivered,
    measured,
    received,
    sued,
    take,
    wait_expired,
    waiting,
)
from tests.samples import (
    BLOCKED,
    CLEARED,
    LAWFUL,
    MARKED_BEFORE,
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
    challenged,
    contested,
    later,
    mark,
    marked,
    on,
    reference,
    to_challenge,
    to_contest,
    to_mark,
    withdrawn,
)
from tests.spec import given

PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
LAPSED = NoticeLapsed(notice=1, due_at=later(days=5))
REJECTED = NoticeRejected(notice=1, reasons=reference("unfounded"))
TAKEN_BACK = NoticeWithdrawn(notice=1, availability=PUBLIC)
EXPIRED = wait_expired(later(days=15))
UNDER_NOTICE = StatementOfReasons(measure=GONE, standard=STANDARD.id, remedies=(Remedy.AUTHORITY, Remedy.COURT))
SUSPENDED = {
    Role.UPLOADER: Standing({Right.APPEALS: None}),
    Role.RIGHT_HOLDER: Standing({Right.APPEALS: later(days=30)}),
}
Facts = tuple[Event | Fact, ...]
STAGES: list[Facts] = [
    (WARNED, *measured()),
    (WARNED, *measured(), countered()),
    (WARNED, *waiting()),
    (WARNED, *waiting(), delivered()),
    (WARNED, *waiting(), sued()),
]

# Contest against a measure


@pytest.mark.parametrize("facts", STAGES)
def test_a_measure_may_be_contested_at_every_stage_of_the_notice(facts: Facts) -> None:
    take(facts, to_contest(), UPLOADER).then(contested())
    case = case_of(*facts, contested())
    before = case_of(*facts).notice
    assert (case.procedure, case.availability, case.notice) == (Procedure.ADJUDICATION, GONE, before)
    assert case.appeals[0].contested is GONE


def test_the_window_against_a_measure_runs_from_the_measure() -> None:
    received_, accepted_, forwarded = measured()
    facts = (WARNED, received_, on(later(days=100), accepted_), forwarded)
    end = later(days=280)
    take(facts, to_contest(), UPLOADER, at=end - timedelta(microseconds=1)).then(contested())
    take(facts, to_contest(), UPLOADER, at=end).refuses("window_closed")


@pytest.mark.parametrize(
    "facts",
    [
        (WARNED, received()),
        (WARNED, *waiting(), delivered(), EXPIRED),
        (WARNED, *waiting(NETWORK_RIGHTS)),
        (LAWFUL, received(), accepted(Measure.NONE, PUBLIC)),
        (WARNED, *measured(), UploadWithdrawn()),
    ],
)
def test_refuses_a_contest_where_no_measure_holds(facts: Facts) -> None:
    take(facts, to_contest(), UPLOADER).refuses("nothing_to_contest")


@pytest.mark.parametrize("outcome", list(RulingOutcome))
def test_a_ruling_does_not_undo_a_restoration_by_law(outcome: RulingOutcome) -> None:
    facts = (WARNED, *waiting(), contested(), delivered(), EXPIRED)
    case = case_of(*facts)
    assert (case.procedure, case.availability) == (Procedure.ADJUDICATION, PUBLIC)
    assert availability_after(case, outcome) is PUBLIC


@pytest.mark.parametrize("outcome", list(RulingOutcome))
def test_a_measure_that_is_stayed_stays(outcome: RulingOutcome) -> None:
    assert availability_after(case_of(WARNED, *waiting(), contested(), sued()), outcome) is GONE


@pytest.mark.parametrize(("outcome", "after"), [(UPHELD, GONE), (PARTLY, LIMITED), (REVERSED, PUBLIC)])
def test_a_ruling_before_the_wait_is_over_decides(outcome: RulingOutcome, after: Availability) -> None:
    assert availability_after(case_of(WARNED, *waiting(), contested()), outcome) is after


def test_a_withdrawn_contest_leaves_the_measure_with_reasons() -> None:
    facts = (WARNED, *waiting(), contested())
    take(facts, TO_WITHDRAW, UPLOADER, None).then(withdrawn(Role.UPLOADER, GONE, UNDER_NOTICE))


@pytest.mark.parametrize(
    ("during", "back"),
    [
        ((countered(), counter_accepted(), delivered(), EXPIRED), PUBLIC),
        ((countered(NETWORK_RIGHTS), counter_accepted(NETWORK_RIGHTS)), PUBLIC),
        ((countered(), counter_accepted()), GONE),
        ((TAKEN_BACK,), PUBLIC),
    ],
)
def test_a_withdrawn_contest_does_not_bring_back_what_has_ended(during: Facts, back: Availability) -> None:
    facts = (WARNED, *measured(), contested(), *during)
    reasons = None if back is PUBLIC else UNDER_NOTICE
    take(facts, TO_WITHDRAW, UPLOADER, None).then(withdrawn(Role.UPLOADER, back, reasons))


@pytest.mark.parametrize(("measure", "back"), [(Measure.NONE, PUBLIC), (Measure.LABEL, LIMITED), (Measure.BLOCK, GONE)])
def test_a_withdrawn_challenge_does_not_end_a_measure_taken_since(measure: Measure, back: Availability) -> None:
    taken = accepted(measure, back)
    case = case_of(*UNDER_CHALLENGE, received(), taken)
    assert (case.procedure, case.availability) == (Procedure.ADJUDICATION, back)
    assert case.appeals[0].availability_before is back


def test_a_contest_within_a_grace_contests_the_block_to_come() -> None:
    in_grace = BLOCKED.model_copy(update={"grace_until": later(hours=48), "statement_of_reasons": None})
    assert case_of(in_grace).availability is PUBLIC
    take((in_grace,), to_contest(), UPLOADER, GERMANY).then(contested())
    case = case_of(in_grace, contested())
    assert case.availability is PUBLIC
    assert (case.appeals[0].contested, case.appeals[0].availability_before) == (GONE, GONE)
    assert availability_after(case, UPHELD) is GONE
    assert availability_after(case, REVERSED) is PUBLIC


# Challenge after a notice that led to nothing


@pytest.mark.parametrize("decision", [LAWFUL, MARKED_BEFORE])
@pytest.mark.parametrize("end", [(deficient(), LAPSED), (REJECTED,), (TAKEN_BACK,)])
def test_a_notice_that_led_to_nothing_costs_no_challenge(decision: Event, end: Facts) -> None:
    facts = (decision, received(), *end)
    assert case_of(*facts).procedure is Procedure.CLOSED
    take(facts, to_challenge(), RIGHT_HOLDER).then(challenged())
    twice = (*facts, received(notice=2, words="another"), REJECTED.model_copy(update={"notice": 2}))
    take(twice, to_challenge(), RIGHT_HOLDER).then(challenged())
    gone = withdrawn(Role.RIGHT_HOLDER, PUBLIC)
    take((*facts, challenged(), gone), to_challenge(reasons="again"), RIGHT_HOLDER).refuses("nothing_to_challenge")


@pytest.mark.parametrize(
    "facts",
    [
        (CLEARED, received(), REJECTED),
        (WARNED, WarningAnswered(answer=WarningAnswer.TOLERATE)),
        (WARNED, WarningAnswered(answer=WarningAnswer.NOTIFY), received(), REJECTED),
        (LAWFUL, received()),
        (LAWFUL, received(), accepted(Measure.LABEL, LIMITED), TAKEN_BACK),
        (LAWFUL, received(), REJECTED, UploadWithdrawn()),
    ],
)
def test_refuses_a_challenge_of_what_was_never_presumed_lawful_or_was_measured(facts: Facts) -> None:
    take(facts, to_challenge(), RIGHT_HOLDER).refuses("nothing_to_challenge")


# Suspended appeals, the same for both sides


@pytest.mark.parametrize(
    ("facts", "side", "step", "event"),
    [
        ((BLOCKED,), UPLOADER, to_contest(), contested()),
        ((LAWFUL,), RIGHT_HOLDER, to_challenge(), challenged()),
    ],
)
def test_whose_appeals_are_suspended_may_not_lodge_one(facts: Facts, side: Actor, step: object, event: Event) -> None:
    take(facts, step, side, standings=SUSPENDED).refuses("appeals_suspended")
    other = {role: standing for role, standing in SUSPENDED.items() if role is not side.role}
    take(facts, step, side, standings=other).then(event)


def test_a_suspension_that_is_over_bars_nothing() -> None:
    take((LAWFUL,), to_challenge(), RIGHT_HOLDER, at=later(days=30), standings=SUSPENDED).then(challenged())


def test_an_open_appeal_goes_on_while_appeals_are_suspended() -> None:
    answer = given(*UNDER_CONTEST).when(TO_WITHDRAW, by=UPLOADER, standings=SUSPENDED)
    assert answer.refused is None


# Marks


def test_marks_stand_where_the_table_allows_them() -> None:
    notified = WarningAnswered(answer=WarningAnswer.NOTIFY)
    for facts in (
        (WARNED, notified, received()),
        (WARNED, notified, *measured()),
        (WARNED, WarningAnswered(answer=WarningAnswer.LICENSE)),
    ):
        take(facts, to_mark(), UPLOADER).refuses("nothing_to_mark")


def test_a_mark_names_a_lawful_use_of_the_law_that_governs() -> None:
    take((BLOCKED,), to_mark(), UPLOADER, GERMANY).refuses("mark_does_not_count")
    own = mark(MarkBasis.OWN_WORK, None)
    take((BLOCKED,), to_mark(own), UPLOADER, GERMANY).then(marked(own))
