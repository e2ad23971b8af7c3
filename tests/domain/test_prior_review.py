"""Review before publication: two people decide on what is held, and what follows for both sides (A5; case.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import PriorReviewExpired, RulingIssued
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event
from casework.domain.values import Availability, Remedy, RulingOutcome, StatementOfReasons
from tests.domain.notice_samples import take
from tests.samples import (
    ANN,
    BEN,
    CAI,
    CLOCK,
    OFFICER,
    PARTLY,
    REVERSED,
    RIGHT_HOLDER,
    STANDARD,
    UPHELD,
    UPLOADER,
    Fact,
    case_of,
    challenged,
    contested,
    disagreed,
    later,
    marked,
    on,
    opened,
    recorded,
    ruled,
    ruling,
    seated,
    seated_third,
    to_challenge,
    to_contest,
    to_mark,
    to_rule,
    to_seat,
    to_state,
)
from tests.spec import given

PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
HELD = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
EXPIRED = PriorReviewExpired(due_at=later(hours=1), availability=PUBLIC)
BEFORE_SECOND = (HELD, seated(), ruled(ANN))
FOLLOWS = [
    (UPHELD, GONE, Procedure.RESTRICTED),
    (PARTLY, LIMITED, Procedure.RESTRICTED),
    (REVERSED, PUBLIC, Procedure.PRESUMED_LAWFUL),
]


def decided(outcome: RulingOutcome, availability: Availability) -> RulingIssued:
    reasons = StatementOfReasons(
        measure=availability,
        standard=STANDARD.id,
        bases=("CN_ART24_02",),
        remedies=(Remedy.MARK, Remedy.CONTEST, Remedy.AUTHORITY, Remedy.COURT),
    )
    return RulingIssued(
        outcome=outcome, availability=availability, statement_of_reasons=None if availability is PUBLIC else reasons
    )


@pytest.mark.parametrize("seater", [CLOCK, OFFICER])
@pytest.mark.parametrize("facts", [(HELD,), (HELD, EXPIRED)])
def test_a_panel_is_seated_on_what_is_held(facts: tuple[Event, ...], seater: Actor) -> None:
    given(*facts).when(to_seat(), by=seater).then(seated())
    case = case_of(*facts, seated())
    assert (case.procedure, case.awaited_reviewers) == (Procedure.PANEL, (ANN.id, BEN.id))
    assert case.availability is case_of(*facts).availability
    assert case.in_prior_review


@pytest.mark.parametrize(("outcome", "availability", "rests"), FOLLOWS)
@pytest.mark.parametrize("facts", [BEFORE_SECOND, (HELD, EXPIRED, seated(), ruled(ANN))])
def test_two_agreeing_rulings_publish_or_restrict(
    facts: tuple[Event, ...], outcome: RulingOutcome, availability: Availability, rests: Procedure
) -> None:
    answer = given(*facts).when(to_rule(BEN, outcome, other=ruling(outcome)), by=BEN)
    answer.then(ruled(BEN), opened((ANN, outcome), (BEN, outcome)), decided(outcome, availability))
    case = case_of(*facts, *answer.events)
    assert (case.procedure, case.availability) == (rests, availability)
    assert not case.in_prior_review


def test_a_third_person_decides_where_the_two_differ() -> None:
    facts = (*BEFORE_SECOND, ruled(BEN), opened((ANN, UPHELD), (BEN, REVERSED)), disagreed(UPHELD, REVERSED))
    assert case_of(*facts).procedure is Procedure.RE_REVIEW
    given(*facts, seated_third()).when(to_rule(CAI, REVERSED), by=CAI).then(
        ruled(CAI), opened((CAI, REVERSED)), decided(REVERSED, PUBLIC)
    )


@pytest.mark.parametrize("side", [UPLOADER, RIGHT_HOLDER])
def test_neither_side_comments_on_a_prior_review(side: Actor) -> None:
    given(HELD).when(to_state(), by=side).refuses("no_open_appeal")
    given(HELD, seated()).when(to_state(), by=side).refuses("no_open_appeal")


def test_refuses_mark_contest_and_challenge_before_the_ruling() -> None:
    for facts in ((HELD,), (HELD, EXPIRED), (HELD, seated())):
        given(*facts).when(to_mark(), by=UPLOADER).refuses("nothing_to_mark")
        given(*facts).when(to_contest(), by=UPLOADER).refuses("nothing_to_contest")
        given(*facts).when(to_challenge(), by=RIGHT_HOLDER).refuses("nothing_to_challenge")


def ruled_on(outcome: RulingOutcome, availability: Availability) -> tuple[Event | Fact, ...]:
    return (*BEFORE_SECOND, ruled(BEN), on(later(days=2), decided(outcome, availability)))


@pytest.mark.parametrize(("outcome", "availability"), [(UPHELD, GONE), (PARTLY, LIMITED)])
def test_what_was_restricted_may_be_marked_and_contested(outcome: RulingOutcome, availability: Availability) -> None:
    facts = ruled_on(outcome, availability)
    given(*facts).when(to_mark(), by=UPLOADER).then(marked())
    assert case_of(*facts, marked()).availability is PUBLIC
    end = later(days=2 + 180)
    given(*facts).when(to_contest(), by=UPLOADER, at=end - timedelta(microseconds=1)).then(contested())
    given(*facts).when(to_contest(), by=UPLOADER, at=end).refuses("window_closed")
    assert case_of(*facts, contested()).appeals[0].contested is availability
    given(*facts, contested()).when(to_seat(), by=CLOCK).refuses("reviewer_barred", cause="earlier_ruling")


def test_what_was_published_may_be_challenged_from_the_ruling_on() -> None:
    facts = ruled_on(REVERSED, PUBLIC)
    end = later(days=2 + 180)
    take(facts, to_challenge(), RIGHT_HOLDER, at=end - timedelta(microseconds=1)).then(challenged())
    take(facts, to_challenge(), RIGHT_HOLDER, at=end).refuses("window_closed")
