"""Seats that become free: recusal, release, replacement, and what the others learn of it, nothing (E1, E3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from casework.domain.case.events import (
    BarredReviewerRefused,
    ReReviewerAssigned,
    ReviewerRecused,
    ReviewerReleased,
    ReviewerSeated,
    UploadWithdrawn,
)
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.panel import sealed_for
from casework.domain.case.seating import Candidate, free_seats, needs_seats, seats_due, unavailable
from casework.domain.case.seats import Recuse, ReleaseReviewer, SeatReviewer
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, ReleaseCause
from tests.domain.notice_samples import INTAKE, measured
from tests.samples import (
    AFTER_DISAGREEMENT,
    AFTER_FIRST_RULING,
    ANN,
    BEFORE_PANEL,
    BEFORE_RE_REVIEW,
    BEN,
    BLOCKED,
    CAI,
    CLOCK,
    DECIDED,
    NOON,
    OFFICER,
    REVERSED,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CONTEST,
    UPHELD,
    UPLOADER,
    WARNED,
    Fact,
    case_of,
    contested,
    issued,
    on,
    opened,
    recorded,
    ruled,
    ruling,
    sealed,
    seated,
    to_rule,
    to_seat,
    to_seat_third,
    withdrawn,
)
from tests.spec import given

DAN = Actor(role=Role.REVIEWER, id="r-dan")
BIAS, ABSENCE = ReleaseCause.BIAS, ReleaseCause.ABSENCE
STAFF = [OFFICER, CLOCK]
PRIOR = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))


def to_recuse(cause: ReleaseCause = BIAS) -> Recuse:
    return Recuse.model_validate({"cause": cause})


def recused(by: Actor, cause: ReleaseCause = BIAS) -> ReviewerRecused:
    return ReviewerRecused(reviewer=by.id, cause=cause)


def to_release(reviewer: Actor, cause: ReleaseCause = ABSENCE) -> ReleaseReviewer:
    return ReleaseReviewer.model_validate({"reviewer": reviewer.id, "cause": cause})


def released(reviewer: Actor, cause: ReleaseCause = ABSENCE) -> ReviewerReleased:
    return ReviewerReleased(reviewer=reviewer.id, cause=cause)


def to_replace(reviewer: Actor, **barred: str) -> SeatReviewer:
    return SeatReviewer(reviewer=reviewer.id, barred={name.replace("_", "-"): why for name, why in barred.items()})


def replaced(reviewer: Actor) -> ReviewerSeated:
    return ReviewerSeated(reviewer=reviewer.id)


# Leaving


@pytest.mark.parametrize("cause", [BIAS, ABSENCE, ReleaseCause.CONFLICT_OF_INTEREST, ReleaseCause.EARLIER_PART])
@pytest.mark.parametrize(
    ("facts", "who"), [(BEFORE_PANEL, ANN), (BEFORE_PANEL, BEN), (AFTER_FIRST_RULING, BEN), (BEFORE_RE_REVIEW, CAI)]
)
def test_a_seated_reviewer_may_step_back(facts: tuple[Event, ...], who: Actor, cause: ReleaseCause) -> None:
    given(*facts).when(to_recuse(cause), by=who).then(recused(who, cause))
    before, case = case_of(*facts), case_of(*facts, recused(who, cause))
    assert who.id not in (*case.panel, case.re_reviewer, *case.awaited_reviewers)
    assert (case.procedure, case.submitted) == (before.procedure, before.submitted)
    assert case.recused == (who.id,)
    given(*facts, recused(who, cause)).when(to_recuse(cause), by=who).nothing()


@pytest.mark.parametrize(
    ("facts", "who", "code"),
    [
        (UNDER_CONTEST, ANN, "not_assigned"),
        (BEFORE_PANEL, CAI, "not_assigned"),
        (BEFORE_PANEL, OFFICER, "not_assigned"),
        (AFTER_FIRST_RULING, ANN, "already_ruled"),
        (DECIDED, BEN, "already_ruled"),
        ((*BEFORE_PANEL, withdrawn(Role.UPLOADER, Availability.BLOCKED)), ANN, "no_ruling_due"),
        ((*BEFORE_PANEL, UploadWithdrawn()), ANN, "no_ruling_due"),
    ],
)
def test_refuses_recusal_where_no_ruling_is_awaited(facts: tuple[Event, ...], who: Actor, code: str) -> None:
    given(*facts).when(to_recuse(), by=who).refuses(code)


@pytest.mark.parametrize("staff", STAFF)
@pytest.mark.parametrize(("facts", "who"), [(BEFORE_PANEL, ANN), (AFTER_FIRST_RULING, BEN), (BEFORE_RE_REVIEW, CAI)])
def test_a_reviewer_who_has_not_ruled_may_be_released(facts: tuple[Event, ...], who: Actor, staff: Actor) -> None:
    given(*facts).when(to_release(who), by=staff).then(released(who))
    case = case_of(*facts, released(who))
    assert who.id not in case.awaited_reviewers
    assert case.recused == (who.id,)
    given(*facts, released(who)).when(to_release(who), by=staff).nothing()


def test_a_ruling_that_is_in_stays() -> None:
    given(*AFTER_FIRST_RULING).when(to_release(ANN), by=OFFICER).refuses("reviewer_has_ruled")
    given(*AFTER_FIRST_RULING).when(to_release(CAI), by=OFFICER).refuses("not_seated")


@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST, DECIDED])
def test_refuses_a_release_where_nobody_sits(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_release(ANN), by=OFFICER).refuses("no_ruling_due")


@pytest.mark.parametrize("outsider", [UPLOADER, RIGHT_HOLDER, ANN, BEN, INTAKE])
def test_refuses_release_and_replacement_by_anyone_else(outsider: Actor) -> None:
    given(*BEFORE_PANEL).when(to_release(ANN), by=outsider).refuses("not_your_step")
    given(*BEFORE_PANEL, recused(ANN)).when(to_replace(CAI), by=outsider).refuses("not_your_step")


@pytest.mark.parametrize("build", [lambda: to_recuse(ReleaseCause.DEACTIVATED), lambda: to_release(ANN, BIAS)])
def test_each_way_to_leave_has_its_own_causes(build: Callable[[], object]) -> None:
    with pytest.raises(ValidationError):
        build()


# Replacement


@pytest.mark.parametrize("staff", STAFF)
@pytest.mark.parametrize("facts", [(*BEFORE_PANEL, recused(BEN)), (*AFTER_FIRST_RULING, released(BEN))])
def test_another_reviewer_takes_the_free_seat(facts: tuple[Event, ...], staff: Actor) -> None:
    given(*facts).when(to_replace(CAI), by=staff).then(replaced(CAI))
    case = case_of(*facts, replaced(CAI))
    assert (case.procedure, case.panel) == (Procedure.PANEL, (ANN.id, CAI.id))
    assert CAI.id in case.awaited_reviewers
    given(*facts, replaced(CAI)).when(to_replace(CAI), by=staff).nothing()


def test_both_seats_may_change_hands() -> None:
    facts = (*BEFORE_PANEL, recused(ANN), recused(BEN), replaced(CAI))
    assert free_seats(case_of(*facts)) == 1
    given(*facts).when(to_replace(DAN), by=CLOCK).then(replaced(DAN))
    assert case_of(*facts, replaced(DAN)).awaited_reviewers == (CAI.id, DAN.id)


def test_another_third_reviewer_takes_the_seat_of_the_third() -> None:
    facts = (*BEFORE_RE_REVIEW, recused(CAI))
    given(*facts).when(to_replace(DAN), by=CLOCK).then(ReReviewerAssigned(reviewer=DAN.id))
    given(*facts).when(to_seat_third(DAN), by=CLOCK).then(ReReviewerAssigned(reviewer=DAN.id))
    given(*AFTER_DISAGREEMENT).when(to_replace(CAI), by=CLOCK).then(ReReviewerAssigned(reviewer=CAI.id))


@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST, BEFORE_PANEL, BEFORE_RE_REVIEW, DECIDED])
def test_refuses_a_replacement_where_no_seat_is_free(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_replace(DAN), by=CLOCK).refuses("no_seat_free")


@pytest.mark.parametrize(
    ("who", "barred", "cause"),
    [
        (BEN, {}, "recused"),
        (CAI, {"r_cai": "conflict_of_interest"}, "conflict_of_interest"),
        (UPLOADER, {}, "party"),
        (RIGHT_HOLDER, {}, "party"),
    ],
)
def test_refuses_who_may_not_sit_and_keeps_a_trace(who: Actor, barred: dict[str, str], cause: str) -> None:
    answer = given(*AFTER_FIRST_RULING, recused(BEN)).when(to_replace(who, **barred), by=CLOCK)
    answer.refuses("reviewer_barred", cause=cause)
    assert answer.refused is not None
    assert answer.refused.record == BarredReviewerRefused(reviewer=who.id, cause=cause)


def test_refuses_who_ruled_already_on_the_other_seat() -> None:
    answer = given(*AFTER_FIRST_RULING, recused(BEN)).when(to_replace(ANN), by=CLOCK)
    answer.refuses("reviewer_barred", cause="earlier_ruling")


@pytest.mark.parametrize("leave", [recused(BEN), released(BEN)])
def test_who_left_does_not_come_back_in_any_later_round(leave: Event) -> None:
    facts = (*BEFORE_PANEL, leave, replaced(CAI), withdrawn(Role.UPLOADER, Availability.BLOCKED))
    reopened_round = (*facts, contested().model_copy(update={"appeal": 2}))
    given(*reopened_round).when(to_seat(BEN, DAN), by=CLOCK).refuses("reviewer_barred", cause="recused")
    # Who only sat, and neither ruled nor left, may be chosen again.
    given(*reopened_round).when(to_seat(ANN, CAI), by=CLOCK).then(seated(ANN, CAI))


def test_the_first_ruling_stays_sealed_for_whoever_takes_the_other_seat() -> None:
    facts = (*AFTER_FIRST_RULING, recused(BEN), replaced(CAI))
    case = case_of(*facts)
    assert case.opened == ()
    assert sealed_for(case, CAI) == sealed(ANN)
    assert sealed_for(case, BEN) is None
    assert sealed_for(case, ANN) is None
    given(*facts).when(to_rule(CAI, REVERSED, other=ruling(REVERSED)), by=CAI).then(
        ruled(CAI), opened((ANN, REVERSED), (CAI, REVERSED)), issued(REVERSED, Availability.PUBLIC)
    )


def test_the_first_to_rule_may_be_the_replacement() -> None:
    facts = (*BEFORE_PANEL, recused(ANN), replaced(CAI))
    given(*facts).when(to_rule(CAI, UPHELD), by=CAI).then(ruled(CAI))
    given(*facts, ruled(CAI)).when(to_rule(BEN, UPHELD, other=ruling(UPHELD)), by=BEN).then(
        ruled(BEN), opened((CAI, UPHELD), (BEN, UPHELD)), issued(UPHELD, Availability.BLOCKED)
    )


# Barred attempts to rule


def test_a_ruling_of_who_left_is_refused_with_a_trace() -> None:
    for facts in ((*BEFORE_PANEL, recused(BEN)), (*BEFORE_PANEL, recused(BEN), replaced(CAI))):
        answer = given(*facts).when(to_rule(BEN), by=BEN)
        answer.refuses("reviewer_barred", cause="recused")
        assert answer.refused is not None
        assert answer.refused.record == BarredReviewerRefused(reviewer=BEN.id, cause="recused")
    given(*UNDER_CONTEST, seated(), recused(BEN), withdrawn(Role.UPLOADER, Availability.BLOCKED)).when(
        to_rule(BEN), by=BEN
    ).refuses("not_assigned")


@pytest.mark.parametrize("cause", ["conflict_of_interest", "earlier_ruling", "deactivated"])
def test_a_ruling_of_who_is_barred_since_is_refused_with_a_trace(cause: str) -> None:
    answer = given(*BEFORE_PANEL).when(to_rule(ANN, barred={ANN.id: cause}), by=ANN)
    answer.refuses("reviewer_barred", cause=cause)
    assert answer.refused is not None
    assert answer.refused.record == BarredReviewerRefused(reviewer=ANN.id, cause=cause)


def test_a_refused_attempt_changes_nothing_of_the_case() -> None:
    before = case_of(*BEFORE_PANEL)
    after = case_of(*BEFORE_PANEL, BarredReviewerRefused(reviewer=BEN.id, cause="recused"))
    assert after.version == before.version + 1
    assert (after.panel, after.procedure, after.recused) == (before.panel, before.procedure, ())


def test_who_accepted_the_notice_does_not_judge_its_measure() -> None:
    received, accepted, forwarded = measured()
    clerk = Actor(role=Role.INTAKE, id="r-ann")
    facts: tuple[Event | Fact, ...] = (WARNED, received, on(NOON, accepted, clerk), forwarded, contested())
    assert case_of(*facts).notices[0].decided_by == ANN.id
    given(*facts).when(to_seat(ANN, BEN), by=CLOCK).refuses("reviewer_barred", cause="earlier_part")
    given(*facts).when(to_seat(CAI, BEN), by=CLOCK).then(seated(CAI, BEN))


# Which seats are free, and who cannot rule any more


@pytest.mark.parametrize(
    ("facts", "free"),
    [
        ((BLOCKED,), 0),
        (UNDER_CONTEST, 2),
        (BEFORE_PANEL, 0),
        ((*BEFORE_PANEL, recused(ANN)), 1),
        ((*BEFORE_PANEL, recused(ANN), released(BEN)), 2),
        (AFTER_DISAGREEMENT, 1),
        (BEFORE_RE_REVIEW, 0),
        ((*BEFORE_RE_REVIEW, recused(CAI)), 1),
        (DECIDED, 0),
        ((PRIOR,), 2),
        ((PRIOR, seated()), 0),
        ((PRIOR, seated(), recused(ANN)), 1),
        ((PRIOR, UploadWithdrawn()), 0),
        ((*UNDER_CONTEST, UploadWithdrawn()), 0),
        ((*BEFORE_PANEL, recused(ANN), UploadWithdrawn()), 0),
    ],
)
def test_free_seats_are_counted_and_all_but_a_new_panel_are_due_at_once(facts: tuple[Event, ...], free: int) -> None:
    case = case_of(*facts)
    assert free_seats(case) == free
    assert needs_seats(case) is bool(free)
    assert seats_due(case, STANDARD, NOON) is (bool(free) and facts != UNDER_CONTEST)


def candidate(who: Actor, *conflicts: str) -> Candidate:
    return Candidate(who.id, frozenset(), frozenset(), 0, frozenset(conflicts))


def test_who_is_awaited_and_cannot_rule_is_found_with_the_cause() -> None:
    case = case_of(*BEFORE_PANEL)
    both = [candidate(ANN), candidate(BEN, "p-somebody-else")]
    assert unavailable(case, both) == {}
    assert unavailable(case, [candidate(BEN)]) == {ANN.id: ReleaseCause.DEACTIVATED}
    assert unavailable(case, [candidate(ANN, UPLOADER.id), candidate(BEN)]) == {
        ANN.id: ReleaseCause.CONFLICT_OF_INTEREST
    }
    assert unavailable(case, both, [BEN.id]) == {BEN.id: ReleaseCause.EARLIER_PART}
    assert unavailable(case_of(*AFTER_FIRST_RULING), []) == {BEN.id: ReleaseCause.DEACTIVATED}
    assert unavailable(case_of(*DECIDED), []) == {}
    assert unavailable(case_of(*BEFORE_RE_REVIEW), []) == {CAI.id: ReleaseCause.DEACTIVATED}
