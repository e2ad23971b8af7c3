"""A filter request: scored exactly by the published list, and what each step may follow."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations

import pytest

from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.filter_request import decisions
from casework.domain.filter_request.elements import (
    CHECKLISTS,
    IDENTIFICATION,
    OWNERSHIP,
    Element,
    completeness_of,
    is_bare_warning_letter,
    missing_of,
)
from casework.domain.filter_request.events import EVENTS, FilterRequestReceived, RejectionReason, Yardsticks
from casework.domain.filter_request.state import (
    EVOLUTIONS,
    FilterRequest,
    RequestStage,
    evolve,
    filter_request_stream,
    fold,
)
from casework.domain.values import VaultReference, WorkKind
from casework.streams import JustHappened
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, WARNED

DESK = Actor(role=Role.INTAKE, id="intake")
OTHER = Actor(role=Role.RIGHT_HOLDER, id="rh_other")
WORDS = VaultReference(id="w", digest="0" * 64)
YARDSTICKS = Yardsticks(infringing_seconds=Decimal(30))
TEXT = tuple(CHECKLISTS[WorkKind.TEXT])


def went_on(request: FilterRequest, *events: Event) -> FilterRequest:
    for event in events:
        request = evolve(request, JustHappened(event, NOON, DESK))
    return request


def made(*supplied: Element, suspended: bool = False, actor: Actor = RIGHT_HOLDER) -> FilterRequest:
    """A request for a text, as it stands after the system has looked at it."""
    command = decisions.MakeFilterRequest(
        work="w-1",
        kind=WorkKind.TEXT,
        request=1,
        supplied=supplied,
        yardsticks=YARDSTICKS if Element.YARDSTICKS in supplied else None,
        content=WORDS,
        suspended=suspended,
    )
    (event,) = decisions.make_filter_request(FilterRequest(), command, actor, NOON)
    assert isinstance(event, FilterRequestReceived)
    return went_on(FilterRequest(), event, *decisions.check_at_once(event))


def accepted() -> FilterRequest:
    request = made(*TEXT)
    return went_on(request, *decisions.accept_filter_request(request, decisions.AcceptFilterRequest(), DESK, NOON))


def supply(request: FilterRequest, *elements: Element, actor: Actor = RIGHT_HOLDER) -> tuple[Event, ...]:
    return decisions.supply_more(request, decisions.SupplyMore(supplied=elements, content=WORDS), actor, NOON)


def ask(request: FilterRequest, *elements: Element) -> tuple[Event, ...]:
    command = decisions.FindFilterRequestIncomplete(missing=elements, remarks=WORDS)
    return decisions.find_incomplete(request, command, DESK, NOON)


def withdraw(request: FilterRequest) -> tuple[Event, ...]:
    return decisions.withdraw_filter_request(request, decisions.WithdrawFilterRequest(), RIGHT_HOLDER, NOON)


def reject(request: FilterRequest) -> tuple[Event, ...]:
    command = decisions.RejectFilterRequest(reason=RejectionReason.MISLEADING, reasons=WORDS)
    return decisions.reject_filter_request(request, command, DESK, NOON)


@pytest.mark.parametrize("kind", WorkKind)
def test_every_list_weighs_ownership_and_recognition_alike_and_adds_up_to_one(kind: WorkKind) -> None:
    weights = CHECKLISTS[kind]
    for elements in (OWNERSHIP, IDENTIFICATION):
        assert sum(weights.get(one, Decimal(0)) for one in elements) == Decimal("0.4")
    assert sum(weights.values()) == 1
    for number in range(len(weights) + 1):
        for missing in combinations(weights, number):
            score = completeness_of(kind, missing)
            assert score == 1 - sum(weights[one] for one in missing)
            assert str(score) == f"{score:.2f}"
            assert missing_of(kind, [one for one in weights if one not in missing]) == missing


def test_a_letter_is_bare_without_proof_and_without_anything_to_recognise() -> None:
    assert is_bare_warning_letter(())
    assert is_bare_warning_letter((Element.OTHER_NAMES, Element.YARDSTICKS))
    assert not any(is_bare_warning_letter((one,)) for one in (*OWNERSHIP, *IDENTIFICATION))
    letter = made(Element.OTHER_NAMES)
    assert (letter.stage, letter.rejection) == (RequestStage.REJECTED, RejectionReason.WARNING_LETTER_ONLY)
    assert (letter.completeness, letter.is_over) == (Decimal("0.10"), True)


def test_yardsticks_are_there_by_their_numbers_alone() -> None:
    request = made(Element.SAMPLE, Element.YARDSTICKS)
    assert Element.YARDSTICKS not in request.missing
    command = decisions.SupplyMore(supplied=(Element.YARDSTICKS,), content=WORDS)
    with pytest.raises(Refused, match="nothing_supplied"):
        decisions.supply_more(made(Element.SAMPLE), command, RIGHT_HOLDER, NOON)
    with pytest.raises(ValueError, match="yardstick"):
        Yardsticks()


def test_a_gap_is_closed_in_steps_and_may_be_opened_again() -> None:
    request = made(Element.SAMPLE, Element.YARDSTICKS)
    assert (request.stage, request.completeness) == (RequestStage.INCOMPLETE, Decimal("0.50"))
    (some,) = supply(request, Element.OTHER_NAMES)
    request = went_on(request, some)
    assert (some.TOPIC, request.completeness) == ("filter_request.supplemented", Decimal("0.60"))
    (rest,) = supply(request, Element.AUTHORSHIP_CREDIT, Element.PUBLICATION_RECORD, Element.CORE_SCENES)
    request = went_on(request, rest)
    assert (rest.TOPIC, request.stage, request.completeness) == (
        "filter_request.completed",
        RequestStage.CHECK,
        Decimal(1),
    )
    (more,) = supply(request, Element.CORE_SCENES)
    assert went_on(request, more).stage is RequestStage.CHECK
    (asked,) = ask(request, Element.SAMPLE)
    request = went_on(request, asked)
    assert (asked.model_dump()["further"], request.missing) == (False, (Element.SAMPLE,))
    assert ask(request, Element.SAMPLE) == ()
    (again,) = ask(request, Element.OTHER_NAMES)
    assert (again.model_dump()["further"], went_on(request, again).missing) == (
        True,
        (Element.SAMPLE, Element.OTHER_NAMES),
    )


def test_only_a_complete_request_is_accepted_and_not_against_the_record_of_the_work() -> None:
    for request, changes, code in (
        (made(Element.SAMPLE), {}, "filter_request_incomplete"),
        (made(*TEXT), {"ownership_false": True}, "ownership_found_false"),
        (made(*TEXT), {"no_block": True}, "work_never_blocked"),
        (made(), {}, "filter_request_answered"),
    ):
        with pytest.raises(Refused, match=code):
            decisions.accept_filter_request(request, decisions.AcceptFilterRequest(**changes), DESK, NOON)
    active = accepted()
    assert active.stage is RequestStage.ACTIVE
    assert decisions.accept_filter_request(active, decisions.AcceptFilterRequest(), DESK, NOON) == ()


@pytest.mark.parametrize("active", [True, False])
def test_the_end_says_whether_the_filter_was_on_and_comes_once(active: bool) -> None:
    request = accepted() if active else made(Element.SAMPLE)
    ending = decisions.EndForFalseOwnership(finding=WORDS)
    for end in (withdraw, lambda one: decisions.end_for_false_ownership(one, ending)):
        (event,) = end(request)
        assert event.model_dump()["active"] is active
        over = went_on(request, event)
        assert over.is_over
        assert decisions.end_for_false_ownership(over, ending) == ()
    assert withdraw(went_on(request, *withdraw(request))) == ()
    assert decisions.end_for_false_ownership(FilterRequest(), ending) == ()


@pytest.mark.parametrize(
    "step", [lambda one: supply(one, Element.SAMPLE), lambda one: ask(one, Element.SAMPLE), reject]
)
def test_what_was_answered_stays_answered(step: Callable[[FilterRequest], tuple[Event, ...]]) -> None:
    for request in (accepted(), went_on(made(*TEXT), *withdraw(made(*TEXT)))):
        with pytest.raises(Refused, match="filter_request_answered"):
            step(request)
    rejected = went_on(made(*TEXT), *reject(made(*TEXT)))
    assert reject(rejected) == ()
    with pytest.raises(Refused, match="filter_request_answered"):
        withdraw(rejected)


def test_everybody_takes_their_own_steps_alone() -> None:
    request = made(*TEXT)
    refuse, accept = decisions.RejectFilterRequest(reason=RejectionReason.MISLEADING, reasons=WORDS), OFFICER
    for take in (
        lambda: made(*TEXT, actor=OFFICER),
        lambda: supply(request, Element.SAMPLE, actor=OTHER),
        lambda: decisions.withdraw_filter_request(request, decisions.WithdrawFilterRequest(), OTHER, NOON),
        lambda: decisions.accept_filter_request(request, decisions.AcceptFilterRequest(), accept, NOON),
        lambda: decisions.reject_filter_request(request, refuse, RIGHT_HOLDER, NOON),
    ):
        with pytest.raises(Refused, match="not_your_step"):
            take()
    with pytest.raises(Refused, match="automatic_blocking_suspended"):
        made(*TEXT, suspended=True)
    with pytest.raises(Refused, match="nothing_asked_for"):
        ask(request)
    with pytest.raises(Refused, match="element_not_on_list"):
        ask(request, Element.RECORDING_NUMBER)
    command = decisions.MakeFilterRequest(work="w-1", kind=WorkKind.TEXT, request=1, supplied=(), content=WORDS)
    with pytest.raises(Refused, match="filter_request_open"):
        decisions.make_filter_request(request, command, RIGHT_HOLDER, NOON)


def test_a_request_begins_with_being_received_and_goes_on_with_nothing_else() -> None:
    assert set(EVOLUTIONS) == set(EVENTS)
    request = made(*TEXT)
    received = request.made
    history = [received, *decisions.check_at_once(received)]
    assert fold([JustHappened(event, NOON, DESK) for event in history]) == request
    for wrong in ([received, received], [*withdraw(accepted())], [WARNED]):
        with pytest.raises(ValueError, match="cannot go on"):
            fold([JustHappened(event, NOON, DESK) for event in wrong])
    with pytest.raises(ValueError, match="without being received"):
        _ = FilterRequest().made


def test_each_request_of_each_holder_for_each_work_has_a_stream_of_its_own() -> None:
    names = [("rh_a", "w"), ("rh_a:w", ""), ("rh_b", "w"), ("rh", "_a:w")]
    assert len({filter_request_stream(*name, number) for name in names for number in (1, 2)}) == 8
