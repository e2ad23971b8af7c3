"""Filter requests for random histories, by the domain's own decisions: letters, gaps, answers, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from casework.domain.facts import Actor, Event, Role
from casework.domain.filter_request import decisions
from casework.domain.filter_request.elements import CHECKLISTS, Element
from casework.domain.filter_request.events import FilterRequestReceived, RejectionReason, Yardsticks
from casework.domain.filter_request.state import FilterRequest, RequestStage, evolve
from casework.domain.values import VaultReference, WorkKind
from casework.streams import JustHappened

Told = tuple[datetime, UUID, tuple[Event, ...]]
WORDS = VaultReference(id="w", digest="0" * 64)
OWNER, DESK = Actor(role=Role.RIGHT_HOLDER, id="rh_a"), Actor(role=Role.INTAKE, id="intake")


def asked(random: Random, begin: datetime, days: int, number: int) -> Iterator[Told]:
    """So many requests, each of its own work and at its own pace."""
    for place in range(number):
        yield from _one(random, begin, days, f"w-{place}")


def _one(random: Random, begin: datetime, days: int, work: str) -> Iterator[Told]:
    stream = UUID(int=random.getrandbits(128), version=4)
    moment = begin + timedelta(days=random.uniform(0, days))
    kind = random.choice(list(WorkKind))
    request, yardsticks = FilterRequest(), Yardsticks(account_uploads=3)
    made = decisions.MakeFilterRequest(
        work=work,
        kind=kind,
        request=1,
        supplied=tuple(random.sample(list(Element), random.choice((0, 2, 9, 14)))),
        yardsticks=random.choice((yardsticks, None)),
        content=WORDS,
    )
    events: tuple[Event, ...] = decisions.make_filter_request(request, made, OWNER, moment)
    events += tuple(
        found for one in events if isinstance(one, FilterRequestReceived) for found in decisions.check_at_once(one)
    )
    while events:
        for event in events:
            request = evolve(request, JustHappened(event, moment, DESK))
        yield moment, stream, events
        moment += timedelta(days=random.uniform(0, days / 5))
        if request.is_over or random.random() < 0.1:
            return
        events = random.choice(_choices(random, request))(moment)


def _choices(random: Random, request: FilterRequest) -> list[Callable[[datetime], tuple[Event, ...]]]:
    """What people may do next, as functions of when."""
    some = tuple(random.sample(list(CHECKLISTS[request.made.kind]), 2))
    supplied: dict[str, Any] = {"content": WORDS, "yardsticks": Yardsticks(frame_share=Decimal("0.5"))}

    def supply(*elements: Element) -> Callable[[datetime], tuple[Event, ...]]:
        command = decisions.SupplyMore(supplied=elements, **supplied)
        return lambda now: decisions.supply_more(request, command, OWNER, now)

    ask = decisions.FindFilterRequestIncomplete(missing=some, remarks=WORDS)
    reject = decisions.RejectFilterRequest(reason=random.choice(list(RejectionReason)[1:]), reasons=WORDS)
    ends: list[Callable[[datetime], tuple[Event, ...]]] = [
        lambda now: decisions.withdraw_filter_request(request, decisions.WithdrawFilterRequest(), OWNER, now),
        lambda now: decisions.end_for_false_ownership(request, decisions.EndForFalseOwnership(finding=WORDS)),
    ]
    if request.stage is RequestStage.ACTIVE:
        return ends
    checks: list[Callable[[datetime], tuple[Event, ...]]] = [
        lambda now: decisions.find_incomplete(request, ask, DESK, now),
        lambda now: decisions.reject_filter_request(request, reject, DESK, now),
    ]
    if request.missing:
        return [*ends, *checks, *[supply(*Element)] * 5, supply(*some)]
    accept = decisions.AcceptFilterRequest()
    return [*ends, *checks, *[lambda now: decisions.accept_filter_request(request, accept, DESK, now)] * 6]
