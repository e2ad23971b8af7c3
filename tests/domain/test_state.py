"""A case is the fold of its facts, and nothing but its filtering decision can begin one."""

from __future__ import annotations

import pytest

from casework.domain.case.events import EVENTS
from casework.domain.case.evolution import EVOLUTIONS, evolve, fold, initial_availability
from casework.domain.deadlines import challenge_until, comments_until, contest_until, ruling_due
from casework.domain.facts import Event
from casework.domain.values import Availability
from tests.samples import (
    BEFORE_RE_REVIEW,
    BLOCKED,
    CLEARED,
    DECIDED,
    LAWFUL,
    NOON,
    STANDARD,
    UNDER_CONTEST,
    Fact,
    case_of,
    contested,
    history,
    later,
    marked,
    on,
)


def test_nothing_makes_no_case() -> None:
    assert fold([]) is None


@pytest.mark.parametrize("event", [contested(), marked(), *DECIDED[2:], *BEFORE_RE_REVIEW[-2:]])
def test_a_case_begins_with_its_filtering_decision(event: Event) -> None:
    with pytest.raises(ValueError, match=f"cannot begin with {event.TOPIC}"):
        evolve(None, Fact(event))


def test_a_case_has_one_filtering_decision() -> None:
    with pytest.raises(ValueError, match="cannot go on with case"):
        fold(history(BLOCKED, BLOCKED))


def test_every_fact_of_a_case_is_folded() -> None:
    assert {*EVOLUTIONS, type(BLOCKED)} == set(EVENTS)


def test_topics_are_never_shared() -> None:
    assert len({event.TOPIC for event in EVENTS}) == len(EVENTS)
    assert all(event.TOPIC.startswith("case.") for event in EVENTS)


def test_the_version_counts_the_facts() -> None:
    for length in range(1, len(DECIDED) + 1):
        assert case_of(*DECIDED[:length]).version == length


def test_the_parties_are_told_when_the_decision_is_recorded() -> None:
    late = Fact(BLOCKED, occurred=later(days=-9), recorded=NOON)
    assert case_of(late).informed_at == NOON


def test_deadlines_start_on_the_facts_that_the_law_names() -> None:
    case = case_of(BLOCKED, on(later(days=30), contested()))
    appeal = case.appeal
    assert appeal is not None
    assert contest_until(case, STANDARD) == later(days=180)
    assert comments_until(appeal, STANDARD) == later(days=30, hours=72)
    assert ruling_due(appeal, STANDARD) == later(days=37)
    assert challenge_until(case_of(LAWFUL), STANDARD) == later(days=180)
    assert challenge_until(case_of(BLOCKED, on(later(days=9), marked())), STANDARD) == later(days=189)


def test_what_the_public_sees_at_first_follows_order_grace_and_outcome_in_this_sequence() -> None:
    grace = {"grace_until": later(hours=48), "statement_of_reasons": None}
    in_grace = BLOCKED.model_copy(update=grace)
    assert case_of(in_grace).availability is Availability.PUBLIC
    assert case_of(BLOCKED).availability is Availability.BLOCKED
    without_terms = BLOCKED.model_copy(update={"ordered": Availability.PUBLIC_LIMITED, "order": None, **grace})
    assert case_of(without_terms).availability is Availability.PUBLIC_LIMITED


def test_an_appeal_remembers_what_a_withdrawal_returns_to() -> None:
    (appeal,) = case_of(*UNDER_CONTEST).appeals
    assert appeal.availability_before is case_of(BLOCKED).availability


def test_what_the_public_saw_first_is_as_ordered_or_as_decided() -> None:
    assert initial_availability(BLOCKED) is Availability.BLOCKED
    assert initial_availability(CLEARED) is Availability.PUBLIC
    ordered = BLOCKED.model_copy(update={"ordered": Availability.PUBLIC_LIMITED})
    assert initial_availability(ordered) is Availability.PUBLIC_LIMITED
