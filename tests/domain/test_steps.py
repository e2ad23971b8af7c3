"""What a caller may do now, until when and why not: the same answer as the decisions give."""

from __future__ import annotations

import pytest

from casework.domain.case.adjudication import MOST_EXHIBITS, MOST_STATEMENTS
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.steps import Step, allowed_steps, steps
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from tests.samples import (
    AFTER_DISAGREEMENT,
    AFTER_FIRST_RULING,
    ANN,
    BEFORE_PANEL,
    BEN,
    BLOCKED,
    CAI,
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
    UPLOADER,
    WARNED,
    case_of,
    file,
    later,
    marked,
    stated,
    submitted,
)

END, DUE, COMMENTS = later(days=180), later(days=7), later(hours=72)


def offered(facts: tuple[Event, ...], caller: Actor) -> dict[str, object]:
    circumstances = Circumstances(actor=caller, now=NOON, standard=STANDARD)
    return {step.name: step.until for step in allowed_steps(case_of(*facts), circumstances)}


@pytest.mark.parametrize(
    ("facts", "caller", "expected"),
    [
        ((BLOCKED,), UPLOADER, {"marks": None, "contests": END}),
        ((WARNED,), UPLOADER, {"marks": None}),
        ((LAWFUL,), UPLOADER, {}),
        ((CLEARED,), UPLOADER, {}),
        (UNDER_CONTEST, UPLOADER, {"statements": COMMENTS, "evidence": COMMENTS, "withdrawals": None}),
        (UNDER_CHALLENGE, UPLOADER, {"statements": COMMENTS, "evidence": COMMENTS}),
        (AFTER_FIRST_RULING, UPLOADER, {"withdrawals": None}),
        (DECIDED, UPLOADER, {}),
        ((LAWFUL,), RIGHT_HOLDER, {"challenges": END}),
        ((BLOCKED, marked()), RIGHT_HOLDER, {"challenges": END}),
        ((BLOCKED,), RIGHT_HOLDER, {}),
        (UNDER_CHALLENGE, RIGHT_HOLDER, {"statements": COMMENTS, "evidence": COMMENTS, "withdrawals": None}),
        (UNDER_CONTEST, RIGHT_HOLDER, {"statements": COMMENTS, "evidence": COMMENTS}),
        (UNDER_CONTEST, OFFICER, {"panels": DUE}),
        (BEFORE_PANEL, OFFICER, {}),
        (AFTER_DISAGREEMENT, OFFICER, {"re-reviewers": DUE}),
        (BEFORE_PANEL, ANN, {"rulings": DUE}),
        (AFTER_FIRST_RULING, ANN, {}),
        (AFTER_FIRST_RULING, BEN, {"rulings": DUE}),
        (BEFORE_PANEL, CAI, {}),
        (UNDER_CONTEST, CLOCK, {}),
        ((BLOCKED,), Actor(role=Role.OVERSIGHT, id="o-1"), {}),
    ],
)
def test_offers_the_steps_of_the_callers_role_with_their_deadlines(
    facts: tuple[Event, ...], caller: Actor, expected: dict[str, object]
) -> None:
    assert offered(facts, caller) == expected


def test_says_why_a_step_is_not_offered() -> None:
    circumstances = Circumstances(actor=UPLOADER, now=END, standard=STANDARD)
    answer = {step.name: step for step in steps(case_of(BLOCKED), circumstances)}
    assert answer["marks"].allowed
    assert answer["contests"] == Step("contests", END, "window_closed", {"until": END.isoformat()})
    assert {name: step.refusal for name, step in answer.items()} == {
        "marks": None,
        "contests": "window_closed",
        "statements": "no_open_appeal",
        "evidence": "no_open_appeal",
        "withdrawals": "no_open_appeal",
    }


def test_a_suspended_uploader_is_not_offered_marks() -> None:
    standings = {Role.UPLOADER: Standing({Right.MARKING: None})}
    circumstances = Circumstances(actor=UPLOADER, now=NOON, standard=STANDARD, standings=standings)
    assert steps(case_of(BLOCKED), circumstances)[0].refusal == "marking_suspended"


def test_a_side_that_has_said_enough_is_not_offered_more() -> None:
    statements = [stated(Role.UPLOADER, str(number)) for number in range(MOST_STATEMENTS)]
    files = [submitted(Role.UPLOADER, file(str(number))) for number in range(MOST_EXHIBITS)]
    assert set(offered((*UNDER_CONTEST, *statements), UPLOADER)) == {"evidence", "withdrawals"}
    assert set(offered((*UNDER_CONTEST, *files), UPLOADER)) == {"statements", "withdrawals"}
    assert set(offered((*UNDER_CONTEST, *statements, *files), RIGHT_HOLDER)) == {"statements", "evidence"}
