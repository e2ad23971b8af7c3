"""One filter request as a fold of its events: what was supplied, what is lacking, and how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from casework.domain.facts import Event, Happened
from casework.domain.filter_request.elements import Element
from casework.domain.filter_request.events import (
    FilterOwnershipFoundFalse,
    FilterRequestAccepted,
    FilterRequestCompleted,
    FilterRequestFoundIncomplete,
    FilterRequestReceived,
    FilterRequestRejected,
    FilterRequestSupplemented,
    FilterRequestWithdrawn,
    RejectionReason,
    Yardsticks,
)
from casework.domain.values import VaultReference


class RequestStage(StrEnum):
    """How far a request is. ``CHECK``: complete by the list, an officer looks at it."""

    CHECK = "check"
    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    OWNERSHIP_FALSE = "ownership_false"


OPEN: tuple[RequestStage, ...] = (RequestStage.CHECK, RequestStage.INCOMPLETE)
"""Neither answered nor over."""


@dataclass(frozen=True, slots=True)
class FilterRequest:
    """One request. ``version`` counts the events; 0 is a request that was never made, and has no ``received``.

    ``contents`` are the words of each delivery, the first one first; ``asked_at``: when something was last asked for.
    ``words`` are those of staff with the latest of a deficiency, a rejection or a finding.
    """

    version: int = 0
    received: FilterRequestReceived | None = None
    received_at: datetime | None = None
    stage: RequestStage = RequestStage.CHECK
    supplied: tuple[Element, ...] = ()
    missing: tuple[Element, ...] = ()
    completeness: Decimal = Decimal(0)
    yardsticks: Yardsticks | None = None
    contents: tuple[VaultReference, ...] = ()
    asked_at: datetime | None = None
    words: VaultReference | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    rejection: RejectionReason | None = None

    @property
    def made(self) -> FilterRequestReceived:
        """What was asked for. Raises ``ValueError`` for a request that was never made."""
        if self.received is None:
            raise ValueError("no filter request begins without being received")
        return self.received

    @property
    def is_over(self) -> bool:
        """Whether nothing more can become of it, so that another request for the work may be made."""
        return self.version > 0 and self.stage not in (*OPEN, RequestStage.ACTIVE)


def filter_request_stream(right_holder: str, work: str, request: int) -> UUID:
    """The stream of a right holder's first, second ... request for a work: derived, so none needs to be looked up."""
    digest = hashlib.sha256(f"filter_request:{request}:{len(right_holder)}:{right_holder}:{work}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


def _received(request: FilterRequest, event: FilterRequestReceived, happened: Happened) -> FilterRequest:
    return replace(
        request,
        received=event,
        received_at=happened.recorded,
        supplied=event.supplied,
        missing=event.missing,
        completeness=event.completeness,
        yardsticks=event.yardsticks,
        contents=(event.content,),
    )


def _incomplete(request: FilterRequest, event: FilterRequestFoundIncomplete, happened: Happened) -> FilterRequest:
    return replace(
        request,
        stage=RequestStage.INCOMPLETE,
        missing=event.missing,
        completeness=event.completeness,
        asked_at=happened.recorded,
        words=event.remarks,
    )


def _supplied(
    request: FilterRequest, event: FilterRequestSupplemented | FilterRequestCompleted, happened: Happened
) -> FilterRequest:
    complete = isinstance(event, FilterRequestCompleted)
    return replace(
        request,
        stage=RequestStage.CHECK if complete else request.stage,
        supplied=tuple(dict.fromkeys((*request.supplied, *event.supplied))),
        missing=() if isinstance(event, FilterRequestCompleted) else event.missing,
        completeness=event.completeness,
        yardsticks=event.yardsticks or request.yardsticks,
        contents=(*request.contents, event.content),
    )


def _accepted(request: FilterRequest, event: FilterRequestAccepted, happened: Happened) -> FilterRequest:
    return replace(request, stage=RequestStage.ACTIVE, accepted_at=happened.recorded)


def _rejected(request: FilterRequest, event: FilterRequestRejected, happened: Happened) -> FilterRequest:
    ended = replace(request, stage=RequestStage.REJECTED, ended_at=happened.recorded)
    return replace(ended, rejection=event.reason, words=event.reasons)


def _withdrawn(request: FilterRequest, event: FilterRequestWithdrawn, happened: Happened) -> FilterRequest:
    return replace(request, stage=RequestStage.WITHDRAWN, ended_at=happened.recorded)


def _found_false(request: FilterRequest, event: FilterOwnershipFoundFalse, happened: Happened) -> FilterRequest:
    ended = replace(request, stage=RequestStage.OWNERSHIP_FALSE, ended_at=happened.recorded)
    return replace(ended, words=event.finding)


EVOLUTIONS: Mapping[type[Event], Callable[[FilterRequest, Any, Happened], FilterRequest]] = {
    FilterRequestReceived: _received,
    FilterRequestFoundIncomplete: _incomplete,
    FilterRequestSupplemented: _supplied,
    FilterRequestCompleted: _supplied,
    FilterRequestAccepted: _accepted,
    FilterRequestRejected: _rejected,
    FilterRequestWithdrawn: _withdrawn,
    FilterOwnershipFoundFalse: _found_false,
}


def evolve(request: FilterRequest, happened: Happened) -> FilterRequest:
    """Apply one fact. Raises ``ValueError`` for a fact of something else, and for one before the request was made."""
    evolution = EVOLUTIONS.get(type(happened.event))
    if evolution is None or (request.version == 0) != isinstance(happened.event, FilterRequestReceived):
        raise ValueError(f"a filter request cannot go on with {happened.event.TOPIC} after {request.version} events")
    return replace(evolution(request, happened.event, happened), version=request.version + 1)


def fold(history: Iterable[Happened]) -> FilterRequest:
    """The request after its whole history; one that was never made for an empty history."""
    request = FilterRequest()
    for happened in history:
        request = evolve(request, happened)
    return request
