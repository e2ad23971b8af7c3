"""Marks after the decision: who may set them, on what, and what they do (C1)."""

from __future__ import annotations

import pytest

from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.values import Availability, MarkBasis
from tests.samples import (
    ANN,
    BLOCKED,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    OFFICER,
    OWN_WORK,
    RIGHT_HOLDER,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    case_of,
    later,
    mark,
    marked,
    on,
    to_mark,
    withdrawn,
)
from tests.spec import given


@pytest.mark.parametrize("decision", [BLOCKED, WARNED])
def test_the_uploader_marks_a_lawful_use_and_it_is_public(decision: Event) -> None:
    given(decision).when(to_mark(), by=UPLOADER).then(marked())
    case = case_of(decision, on(later(days=2), marked()))
    assert case.availability is Availability.PUBLIC
    assert case.procedure is Procedure.MARKED_LAWFUL
    assert case.marks == (mark(),)
    assert case.marked_at == later(days=2)


@pytest.mark.parametrize("basis", [MarkBasis.LICENSED, MarkBasis.OWN_WORK, MarkBasis.PUBLIC_DOMAIN])
def test_every_basis_of_the_closed_list_counts(basis: MarkBasis) -> None:
    given(BLOCKED).when(to_mark(mark(basis, None)), by=UPLOADER).then(marked(mark(basis, None)))


def test_marking_has_no_window() -> None:
    given(BLOCKED).when(to_mark(), by=UPLOADER, at=later(days=5000)).then(marked())


def test_the_same_mark_again_changes_nothing() -> None:
    given(BLOCKED, marked()).when(to_mark(), by=UPLOADER).nothing()
    given(MARKED_BEFORE).when(to_mark(), by=UPLOADER).nothing()


@pytest.mark.parametrize("other", [OWN_WORK, mark(provision="CN_ART24_06")])
def test_refuses_another_mark_on_a_marked_use(other: object) -> None:
    given(BLOCKED, marked()).when(to_mark(other), by=UPLOADER).refuses("already_marked")  # type: ignore[arg-type]


def test_refuses_a_mark_whose_truth_is_not_stated() -> None:
    given(BLOCKED).when(to_mark(truthful=False), by=UPLOADER).refuses("truth_not_stated")


def test_refuses_a_mark_while_the_right_to_mark_is_suspended() -> None:
    standings = {Role.UPLOADER: Standing({Right.MARKING: later(days=3)})}
    given(BLOCKED).when(to_mark(), by=UPLOADER, standings=standings).refuses("marking_suspended")
    given(BLOCKED).when(to_mark(), by=UPLOADER, at=later(days=3), standings=standings).then(marked())
    of_the_other_side = {Role.RIGHT_HOLDER: Standing({Right.MARKING: None})}
    given(BLOCKED).when(to_mark(), by=UPLOADER, standings=of_the_other_side).then(marked())


@pytest.mark.parametrize(
    "facts",
    [
        (LAWFUL,),
        (CLEARED,),
        UNDER_CONTEST,
        UNDER_CHALLENGE,
        DECIDED,
        (*UNDER_CONTEST, withdrawn(Role.UPLOADER, Availability.BLOCKED)),
    ],
)
def test_refuses_a_mark_where_none_is_due(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_mark(), by=UPLOADER).refuses("nothing_to_mark")


@pytest.mark.parametrize(
    "stranger",
    [
        RIGHT_HOLDER,
        ANN,
        OFFICER,
        CLOCK,
        Actor(role=Role.UPLOADER, id="p-somebody-else"),
        Actor(role=Role.UPLOADER, id=RIGHT_HOLDER.id),
        Actor(role=Role.RIGHT_HOLDER, id=UPLOADER.id),
    ],
)
def test_refuses_marks_by_anyone_but_the_uploader(stranger: Actor) -> None:
    given(BLOCKED).when(to_mark(), by=stranger).refuses("not_your_step")
    given(BLOCKED, marked()).when(to_mark(), by=stranger).refuses("not_your_step")
