"""What a caller may do now, until when and why not: the same answer as the decisions give."""

from __future__ import annotations

import pytest

from casework.domain.case.adjudication import MOST_EXHIBITS, MOST_STATEMENTS
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import ReviewerRecused, UploadWithdrawn
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.steps import Step, allowed_steps, steps
from casework.domain.deadlines import wait_until
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import ReleaseCause
from tests.domain.notice_samples import (
    E_COMMERCE,
    GERMANY,
    INTAKE,
    LAW,
    counter_deficient,
    countered,
    deficient,
    delivered,
    measured,
    received,
    terms,
    waiting,
)
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
    Fact,
    case_of,
    file,
    later,
    marked,
    recorded,
    seated,
    stated,
    submitted,
)

END, DUE, COMMENTS = later(days=180), later(days=7), later(hours=72)
REVIEW, ANSWER, CURE = later(days=15), later(days=30), later(days=5)
HEARD = {"statements": COMMENTS, "evidence": COMMENTS}
MEASURED = (WARNED, *measured())
NOTICE_DEFICIENT = (WARNED, received(), deficient(NoticeElement.IDENTITY))
COUNTERED = (*MEASURED, countered())
COUNTER_DEFICIENT = (*COUNTERED, counter_deficient(NoticeElement.IDENTITY))
UNDELIVERED = (WARNED, *waiting())
WAITING = (*UNDELIVERED, delivered())
GONE_AWAY = (BLOCKED, UploadWithdrawn())
FREE_SEAT = (*BEFORE_PANEL, ReviewerRecused(reviewer=BEN.id, cause=ReleaseCause.BIAS))
HELD = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
WAIT_ENDS = wait_until(case_of(*WAITING), terms())
WAITS = {"wait-pauses": WAIT_ENDS, "legal-actions": WAIT_ENDS}


def offered(facts: tuple[Event | Fact, ...], caller: Actor) -> dict[str, object]:
    calendar = LAW.calendar_of(E_COMMERCE)
    circumstances = Circumstances(caller, NOON, STANDARD, regime=E_COMMERCE, calendar=calendar)
    return {step.name: step.until for step in allowed_steps(case_of(*facts), circumstances)}


OPEN = ("outside-proceedings", "upload-withdrawals")
"""What an uploader may do in every state; a right holder: go to court, and say so."""

SUE = ("legal-actions", "outside-proceedings")
RECORD = ("outside-proceedings", "orders")


def with_open(steps_of_state: dict[str, object], *always: str) -> dict[str, object]:
    return steps_of_state | dict.fromkeys(always)


@pytest.mark.parametrize(
    ("facts", "caller", "expected"),
    [
        ((BLOCKED,), UPLOADER, with_open({"marks": None, "contests": END}, *OPEN)),
        ((WARNED,), UPLOADER, with_open({"marks": None}, *OPEN)),
        ((LAWFUL,), UPLOADER, with_open({}, *OPEN)),
        ((CLEARED,), UPLOADER, with_open({}, *OPEN)),
        (UNDER_CONTEST, UPLOADER, with_open({**HEARD, "withdrawals": None, "settlements": None}, *OPEN)),
        (UNDER_CHALLENGE, UPLOADER, with_open({**HEARD, "settlements": None}, *OPEN)),
        (AFTER_FIRST_RULING, UPLOADER, with_open({"withdrawals": None, "settlements": None}, *OPEN)),
        (DECIDED, UPLOADER, with_open({"further-reviews": REVIEW}, *OPEN)),
        (MEASURED, UPLOADER, with_open({"counter-notices": None, "contests": END}, *OPEN)),
        (COUNTER_DEFICIENT, UPLOADER, with_open({"counter-notices": CURE, "contests": END}, *OPEN)),
        (GONE_AWAY, UPLOADER, {"outside-proceedings": None}),
        ((LAWFUL,), RIGHT_HOLDER, with_open({"challenges": END, "notices": None}, *SUE)),
        ((BLOCKED, marked()), RIGHT_HOLDER, with_open({"challenges": END, "notices": None}, *SUE)),
        ((WARNED,), RIGHT_HOLDER, with_open({"warning-answers": ANSWER, "notices": None}, *SUE)),
        ((BLOCKED,), RIGHT_HOLDER, with_open({}, *SUE)),
        (
            UNDER_CHALLENGE,
            RIGHT_HOLDER,
            with_open({**HEARD, "withdrawals": None, "settlements": None, "notices": None}, *SUE),
        ),
        (UNDER_CONTEST, RIGHT_HOLDER, with_open({**HEARD, "settlements": None}, *SUE)),
        (DECIDED, RIGHT_HOLDER, with_open({"further-reviews": REVIEW, "notices": None}, *SUE)),
        (NOTICE_DEFICIENT, RIGHT_HOLDER, with_open({"notices": CURE, "withdrawals": None}, *SUE)),
        (MEASURED, RIGHT_HOLDER, with_open({"withdrawals": None}, *SUE)),
        (WAITING, RIGHT_HOLDER, {**WAITS, "withdrawals": None, "outside-proceedings": None}),
        (GONE_AWAY, RIGHT_HOLDER, with_open({}, *SUE)),
        ((BLOCKED,), INTAKE, with_open({}, *RECORD)),
        ((LAWFUL, received()), INTAKE, with_open({"intake-decisions": None}, *RECORD)),
        (COUNTERED, INTAKE, with_open({"intake-decisions": None}, *RECORD)),
        (UNDELIVERED, INTAKE, with_open({"deliveries": None}, *RECORD)),
        ((BLOCKED,), OFFICER, with_open({"reopenings": None}, *RECORD)),
        (UNDER_CONTEST, OFFICER, with_open({"panels": DUE}, *RECORD)),
        (BEFORE_PANEL, OFFICER, with_open({"reassignments": DUE}, *RECORD)),
        (FREE_SEAT, OFFICER, with_open({"panels": DUE, "reassignments": DUE}, *RECORD)),
        (AFTER_DISAGREEMENT, OFFICER, with_open({"panels": DUE, "reassignments": DUE}, *RECORD)),
        ((HELD,), OFFICER, with_open({"panels": later(hours=1)}, *RECORD)),
        (GONE_AWAY, OFFICER, with_open({}, *RECORD)),
        (BEFORE_PANEL, ANN, {"rulings": DUE, "recusals": DUE}),
        (AFTER_FIRST_RULING, ANN, {}),
        (AFTER_FIRST_RULING, BEN, {"rulings": DUE, "recusals": DUE}),
        ((HELD, seated()), BEN, {"rulings": later(hours=1), "recusals": later(hours=1)}),
        (BEFORE_PANEL, CAI, {}),
        (UNDER_CONTEST, CLOCK, {}),
        ((BLOCKED,), Actor(role=Role.OVERSIGHT, id="o-1"), {}),
    ],
)
def test_offers_the_steps_of_the_callers_role_with_their_deadlines(
    facts: tuple[Event | Fact, ...], caller: Actor, expected: dict[str, object]
) -> None:
    assert offered(facts, caller) == expected


def test_an_urgent_block_is_offered_to_the_trusted_where_the_law_knows_it() -> None:
    standings = {Role.RIGHT_HOLDER: Standing(trusted=True)}
    circumstances = Circumstances(RIGHT_HOLDER, NOON, STANDARD, regime=GERMANY, standings=standings)
    answer = {step.name: step for step in steps(case_of(LAWFUL), circumstances)}
    assert answer["urgent-blocks"] == Step("urgent-blocks", END, None)


def test_says_why_a_step_is_not_offered() -> None:
    circumstances = Circumstances(actor=UPLOADER, now=END, standard=STANDARD)
    answer = {step.name: step for step in steps(case_of(BLOCKED), circumstances)}
    assert answer["marks"].allowed
    assert answer["contests"] == Step("contests", END, "window_closed", {"until": END.isoformat()})
    assert {name: step.refusal for name, step in answer.items()} == {
        "marks": None,
        "contests": "window_closed",
        "counter-notices": "nothing_to_counter",
        "statements": "no_open_appeal",
        "evidence": "no_open_appeal",
        "settlements": "no_open_appeal",
        "withdrawals": "no_open_appeal",
        "further-reviews": "nothing_decided",
        "outside-proceedings": None,
        "upload-withdrawals": None,
    }


def test_both_sides_are_offered_the_same_ways_to_be_heard() -> None:
    """Invariant 7: evidence, comment, settlement, further review and the way to court."""
    same = {"statements", "evidence", "settlements", "further-reviews", "outside-proceedings"}
    for facts in ((BLOCKED,), (LAWFUL,), UNDER_CONTEST, UNDER_CHALLENGE, BEFORE_PANEL, DECIDED, GONE_AWAY, WAITING):
        one, other = (
            {step: until for step, until in offered(facts, side).items() if step in same}
            for side in (UPLOADER, RIGHT_HOLDER)
        )
        assert one == other


def test_a_suspended_uploader_is_not_offered_marks() -> None:
    standings = {Role.UPLOADER: Standing({Right.MARKING: None})}
    circumstances = Circumstances(actor=UPLOADER, now=NOON, standard=STANDARD, standings=standings)
    assert steps(case_of(BLOCKED), circumstances)[0].refusal == "marking_suspended"


def test_a_side_that_has_said_enough_is_not_offered_more() -> None:
    statements = [stated(Role.UPLOADER, str(number)) for number in range(MOST_STATEMENTS)]
    files = [submitted(Role.UPLOADER, file(str(number))) for number in range(MOST_EXHIBITS)]
    both = {"statements", "evidence"}
    assert both & set(offered((*UNDER_CONTEST, *statements), UPLOADER)) == {"evidence"}
    assert both & set(offered((*UNDER_CONTEST, *files), UPLOADER)) == {"statements"}
    assert both & set(offered((*UNDER_CONTEST, *statements, *files), RIGHT_HOLDER)) == both
