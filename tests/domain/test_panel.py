"""Two people decide apart from one another, a third where they differ (E1, E2, E4; invariants 2, 3 and 4)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from casework.domain.case.panel import Factors, Reasons, Ruling, sealed_for
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, RulingOutcome
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
    LAWFUL,
    MATCHER,
    OFFICER,
    PARTLY,
    REVERSED,
    RIGHT_HOLDER,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPHELD,
    UPLOADER,
    case_of,
    contested,
    disagreed,
    file,
    issued,
    later,
    on,
    opened,
    ruled,
    ruling,
    sealed,
    seated,
    seated_third,
    submitted,
    to_rule,
    to_seat,
    to_seat_third,
    withdrawn,
)
from tests.spec import given

NOT_STAFF = [UPLOADER, RIGHT_HOLDER, ANN, MATCHER]
PUBLIC, LIMITED, GONE = Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED
CLOSED = (*BEFORE_PANEL, withdrawn(Role.UPLOADER, GONE))

# Seating the panel


@pytest.mark.parametrize("seater", [CLOCK, OFFICER])
def test_two_reviewers_are_seated(seater: Actor) -> None:
    given(*UNDER_CONTEST).when(to_seat(), by=seater).then(seated())
    case = case_of(*UNDER_CONTEST, seated())
    assert case.procedure is Procedure.PANEL
    assert case.awaited_reviewers == (ANN.id, BEN.id)


@pytest.mark.parametrize("same", [to_seat(ANN, BEN), to_seat(BEN, ANN)])
def test_the_same_panel_again_changes_nothing(same: Any) -> None:
    given(*BEFORE_PANEL).when(same, by=CLOCK).nothing()
    given(*AFTER_FIRST_RULING).when(same, by=OFFICER).nothing()


@pytest.mark.parametrize("outsider", NOT_STAFF)
def test_refuses_a_panel_chosen_by_anyone_else(outsider: Actor) -> None:
    given(*UNDER_CONTEST).when(to_seat(), by=outsider).refuses("not_your_step")
    given(*BEFORE_PANEL).when(to_seat(), by=outsider).refuses("not_your_step")


@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), BEFORE_RE_REVIEW, DECIDED, CLOSED])
def test_refuses_a_panel_where_none_is_due(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_seat(), by=CLOCK).refuses("no_panel_due")


def test_refuses_another_panel_while_one_sits() -> None:
    given(*BEFORE_PANEL).when(to_seat(ANN, CAI), by=CLOCK).refuses("no_panel_due")


def test_refuses_one_reviewer_on_both_seats() -> None:
    given(*UNDER_CONTEST).when(to_seat(ANN, ANN), by=CLOCK).refuses("reviewers_not_distinct")


@pytest.mark.parametrize("barred", [ANN, BEN])
@pytest.mark.parametrize("cause", ["conflict_of_interest", "earlier_ruling"])
def test_refuses_a_reviewer_who_is_barred(barred: Actor, cause: str) -> None:
    command = to_seat(ANN, BEN, barred={barred.id: cause})
    given(*UNDER_CONTEST).when(command, by=CLOCK).refuses("reviewer_barred", cause=cause)


@pytest.mark.parametrize("party", [UPLOADER, RIGHT_HOLDER])
def test_refuses_a_party_as_reviewer(party: Actor) -> None:
    given(*UNDER_CONTEST).when(to_seat(ANN, party), by=CLOCK).refuses("reviewer_barred", cause="party")
    given(*AFTER_DISAGREEMENT).when(to_seat_third(party), by=CLOCK).refuses("reviewer_barred", cause="party")


# Seating the third


@pytest.mark.parametrize("seater", [CLOCK, OFFICER])
def test_a_third_reviewer_is_seated_after_a_disagreement(seater: Actor) -> None:
    given(*AFTER_DISAGREEMENT).when(to_seat_third(), by=seater).then(seated_third())
    assert case_of(*AFTER_DISAGREEMENT).awaited_reviewers == ()
    assert case_of(*BEFORE_RE_REVIEW).awaited_reviewers == (CAI.id,)


def test_the_same_third_reviewer_again_changes_nothing() -> None:
    given(*BEFORE_RE_REVIEW).when(to_seat_third(), by=CLOCK).nothing()


@pytest.mark.parametrize("outsider", NOT_STAFF)
def test_refuses_a_third_reviewer_chosen_by_anyone_else(outsider: Actor) -> None:
    given(*AFTER_DISAGREEMENT).when(to_seat_third(), by=outsider).refuses("not_your_step")
    given(*BEFORE_RE_REVIEW).when(to_seat_third(), by=outsider).refuses("not_your_step")


@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST, BEFORE_PANEL, AFTER_FIRST_RULING, DECIDED])
def test_refuses_a_third_reviewer_where_none_is_due(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_seat_third(), by=CLOCK).refuses("no_re_reviewer_due")


def test_refuses_a_fourth_reviewer() -> None:
    dan = Actor(role=Role.REVIEWER, id="r-dan")
    given(*BEFORE_RE_REVIEW).when(to_seat_third(dan), by=CLOCK).refuses("no_re_reviewer_due")


@pytest.mark.parametrize("one_of_the_two", [ANN, BEN])
def test_the_third_is_never_one_of_the_two(one_of_the_two: Actor) -> None:
    command = to_seat_third(one_of_the_two)
    given(*AFTER_DISAGREEMENT).when(command, by=CLOCK).refuses("reviewer_barred", cause="earlier_ruling")


def test_refuses_a_third_reviewer_who_is_barred() -> None:
    command = to_seat_third(CAI, barred={CAI.id: "conflict_of_interest"})
    given(*AFTER_DISAGREEMENT).when(command, by=CLOCK).refuses("reviewer_barred", cause="conflict_of_interest")


# The first ruling is sealed


@pytest.mark.parametrize("reviewer", [ANN, BEN])
@pytest.mark.parametrize("outcome", list(RulingOutcome))
def test_a_first_ruling_shows_nothing_but_its_commitment(reviewer: Actor, outcome: RulingOutcome) -> None:
    answer = given(*BEFORE_PANEL).when(to_rule(reviewer, outcome), by=reviewer)
    answer.then(ruled(reviewer))
    assert answer.events[0].model_dump(mode="json") == {
        "reviewer": reviewer.id,
        "sealed": sealed(reviewer).model_dump(mode="json"),
    }
    other_outcome = given(*BEFORE_PANEL).when(to_rule(reviewer, REVERSED, "LICENSED"), by=reviewer)
    assert answer.events == other_outcome.events


def test_after_a_first_ruling_only_the_other_reviewer_is_awaited() -> None:
    case = case_of(*AFTER_FIRST_RULING)
    assert case.procedure is Procedure.PANEL
    assert case.awaited_reviewers == (BEN.id,)
    assert case.opened == ()


def test_the_seal_of_the_first_ruling_is_broken_only_for_the_second() -> None:
    case = case_of(*AFTER_FIRST_RULING)
    assert sealed_for(case, BEN) == sealed(ANN)
    for other in (ANN, CAI, OFFICER, UPLOADER, Actor(role=Role.UPLOADER, id=BEN.id)):
        assert sealed_for(case, other) is None
    assert sealed_for(case_of(*BEFORE_PANEL), ANN) is None
    assert sealed_for(case_of(*BEFORE_RE_REVIEW), CAI) is None


def test_the_second_ruling_cannot_be_decided_without_the_first() -> None:
    with pytest.raises(ValueError, match="must be opened"):
        given(*AFTER_FIRST_RULING).when(to_rule(BEN, other=None), by=BEN)


# Agreement

FOLLOWS = [
    (UNDER_CONTEST, UPHELD, GONE),
    (UNDER_CONTEST, PARTLY, LIMITED),
    (UNDER_CONTEST, REVERSED, PUBLIC),
    ((BLOCKED, contested(restored=True)), UPHELD, GONE),
    ((BLOCKED, contested(restored=True)), PARTLY, LIMITED),
    ((BLOCKED, contested(restored=True)), REVERSED, PUBLIC),
    (UNDER_CHALLENGE, UPHELD, PUBLIC),
    (UNDER_CHALLENGE, PARTLY, LIMITED),
    (UNDER_CHALLENGE, REVERSED, GONE),
]
"""Outcomes speak of the initial decision: a contest reversed restores, a challenge reversed blocks."""


@pytest.mark.parametrize(("appeal", "outcome", "availability"), FOLLOWS)
def test_two_agreeing_rulings_are_opened_and_issued(
    appeal: tuple[Event, ...], outcome: RulingOutcome, availability: Availability
) -> None:
    given(*appeal, seated(), ruled(ANN)).when(to_rule(BEN, outcome, other=ruling(outcome)), by=BEN).then(
        ruled(BEN), opened((ANN, outcome), (BEN, outcome)), issued(outcome, availability)
    )


@pytest.mark.parametrize(("appeal", "outcome", "availability"), FOLLOWS)
def test_the_third_ruling_decides_and_is_issued(
    appeal: tuple[Event, ...], outcome: RulingOutcome, availability: Availability
) -> None:
    apart = (*appeal, *AFTER_DISAGREEMENT[2:], seated_third())
    given(*apart).when(to_rule(CAI, outcome), by=CAI).then(
        ruled(CAI), opened((CAI, outcome)), issued(outcome, availability)
    )


def test_all_three_rulings_stay_open_after_the_third() -> None:
    case = case_of(*BEFORE_RE_REVIEW, ruled(CAI), opened((CAI, REVERSED)), issued(REVERSED, PUBLIC))
    assert [(each.reviewer, each.outcome) for each in case.opened] == [
        (ANN.id, UPHELD),
        (BEN.id, REVERSED),
        (CAI.id, REVERSED),
    ]
    assert case.disagreed


def test_the_ruling_ends_the_appeal_and_sets_what_the_public_sees() -> None:
    facts = (*AFTER_FIRST_RULING, ruled(BEN), opened((ANN, PARTLY), (BEN, PARTLY)))
    case = case_of(facts, on(later(days=5), issued(PARTLY, LIMITED)))
    assert (case.procedure, case.availability, case.ruled_at) == (Procedure.DECIDED, LIMITED, later(days=5))
    assert case.ruling == issued(PARTLY, LIMITED)
    assert [each.reviewer for each in case.opened] == [ANN.id, BEN.id]
    assert not case.under_appeal
    assert not case.disagreed
    assert case.awaited_reviewers == ()


def test_the_bases_of_both_rulings_stand_in_the_reasons_once_each_first_ruling_first() -> None:
    command = to_rule(BEN, UPHELD, "CN_ART24_02", "MARKET_HARM", other=ruling(UPHELD, "NO_LICENCE", "CN_ART24_02"))
    events = given(*AFTER_FIRST_RULING).when(command, by=BEN).events
    assert events[-1] == issued(UPHELD, GONE, "NO_LICENCE", "CN_ART24_02", "MARKET_HARM")


# Disagreement


@pytest.mark.parametrize(
    ("first", "second"),
    [(one, other) for one in RulingOutcome for other in RulingOutcome if one is not other],
)
def test_differing_outcomes_go_to_a_third_person(first: RulingOutcome, second: RulingOutcome) -> None:
    given(*AFTER_FIRST_RULING).when(to_rule(BEN, second, other=ruling(first)), by=BEN).then(
        ruled(BEN), opened((ANN, first), (BEN, second)), disagreed(first, second)
    )


def test_a_disagreement_changes_nothing_for_the_upload() -> None:
    case = case_of(*AFTER_DISAGREEMENT)
    assert (case.procedure, case.availability, case.disagreed) == (Procedure.RE_REVIEW, GONE, True)
    assert case.ruling is None


# Refusals


@pytest.mark.parametrize("facts", [BEFORE_PANEL, AFTER_FIRST_RULING, BEFORE_RE_REVIEW, DECIDED])
@pytest.mark.parametrize(
    "outsider",
    [
        UPLOADER,
        RIGHT_HOLDER,
        OFFICER,
        CLOCK,
        Actor(role=Role.REVIEWER, id="r-dan"),
        Actor(role=Role.UPLOADER, id=ANN.id),
    ],
)
def test_refuses_a_ruling_by_anyone_who_does_not_sit(facts: tuple[Event, ...], outsider: Actor) -> None:
    given(*facts).when(to_rule(outsider, other=ruling()), by=outsider).refuses("not_assigned")


@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST])
def test_refuses_a_ruling_before_anyone_sits(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_rule(ANN), by=ANN).refuses("not_assigned")


@pytest.mark.parametrize("facts", [AFTER_FIRST_RULING, AFTER_DISAGREEMENT, BEFORE_RE_REVIEW, DECIDED])
def test_refuses_a_second_ruling_by_the_same_reviewer(facts: tuple[Event, ...]) -> None:
    another = to_rule(ANN, REVERSED).model_copy(update={"sealed": sealed(CAI)})
    given(*facts).when(another, by=ANN).refuses("already_ruled")


@pytest.mark.parametrize("facts", [AFTER_FIRST_RULING, AFTER_DISAGREEMENT, DECIDED])
def test_the_same_ruling_again_changes_nothing(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_rule(ANN), by=ANN).nothing()


def test_refuses_a_ruling_after_the_appeal_was_withdrawn() -> None:
    given(*CLOSED).when(to_rule(ANN), by=ANN).refuses("no_ruling_due")
    closed = (*BEFORE_RE_REVIEW, withdrawn(Role.UPLOADER, GONE))
    given(*closed).when(to_rule(CAI), by=CAI).refuses("no_ruling_due")


def test_refuses_a_ruling_by_a_reviewer_who_got_into_a_conflict() -> None:
    command = to_rule(ANN, barred={ANN.id: "conflict_of_interest"})
    given(*BEFORE_PANEL).when(command, by=ANN).refuses("reviewer_barred", cause="conflict_of_interest")
    command = to_rule(ANN, barred={BEN.id: "conflict_of_interest"})
    given(*BEFORE_PANEL).when(command, by=ANN).then(ruled(ANN))


def test_a_ruling_relies_on_evidence_of_the_case_only() -> None:
    facts = (*UNDER_CONTEST, submitted(Role.UPLOADER, file("a")), seated())
    given(*facts).when(to_rule(ANN, relied_on=("file-a",)), by=ANN).then(ruled(ANN))
    given(*facts).when(to_rule(ANN, relied_on=("file-a", "file-b")), by=ANN).refuses("evidence_unknown", id="file-b")


def test_refuses_a_ruling_without_reasons() -> None:
    command = to_rule(ANN)
    silent = command.model_copy(update={"ruling": command.ruling.model_copy(update={"reasons": Reasons()})})
    given(*BEFORE_PANEL).when(silent, by=ANN).refuses("reasons_missing")


@pytest.mark.parametrize("reasons", [{"zh": "合理引用。"}, {"en": "Fair."}, {"zh": "合理引用。", "en": "Fair."}])
def test_reasons_in_one_language_are_enough(reasons: dict[str, str]) -> None:
    assert Reasons.model_validate(reasons).given


@pytest.mark.parametrize(
    "changes",
    [
        {"bases": []},
        {"bases": ["CN_ART24_02"] * 21},
        {"bases": ["lower_case"]},
        {"bases": ["A"]},
        {"bases": ["A" * 61]},
        {"bases": ["CN ART24"]},
        {"factors": {"purpose": "a", "nature": "b", "amount": "c"}},
        {"factors": {"purpose": "", "nature": "b", "amount": "c", "market": "d"}},
        {"evidence_ids": ["e"] * 101},
        {"reasons": {"en": ""}},
        {"reasons": {"fr": "Équitable."}},
        {"outcome": "dismissed"},
    ],
)
def test_a_ruling_is_structured(changes: dict[str, Any]) -> None:
    assert Ruling.model_validate(ruling().model_dump()) == ruling()
    with pytest.raises(ValidationError):
        Ruling.model_validate(ruling().model_dump() | changes)


def test_all_four_factors_are_weighed() -> None:
    assert set(Factors.model_fields) == {"purpose", "nature", "amount", "market"}
    assert all(field.is_required() for field in Factors.model_fields.values())
