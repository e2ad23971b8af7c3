"""What is recorded of a work as a fold of its events, and what a decision may know of it: its standing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from casework.domain.facts import Event, Happened
from casework.domain.work.events import (
    LicenceEnded,
    LicenceRecorded,
    NoBlockReason,
    OwnershipConfirmed,
    OwnershipFoundFalse,
    PriorReviewAccepted,
    PriorReviewRefused,
    PriorReviewRequested,
    PriorReviewWithdrawn,
    ReferenceReinstated,
    ReferenceWithdrawn,
    WorkEvent,
    WorkNoBlockDelisted,
    WorkNoBlockListed,
)


@dataclass(frozen=True, slots=True)
class Licence:
    """Who may use the work in [starts, ends): one uploader, or everybody where ``licensee`` is ``None``."""

    number: int
    licensee: str | None
    starts: datetime
    ends: datetime | None

    def covers(self, uploader: str, now: datetime) -> bool:
        """Whether this uploader may use the work at this moment."""
        if self.licensee is not None and self.licensee != uploader:
            return False
        return self.starts <= now and (self.ends is None or now < self.ends)


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """What a decision may know of a work, seen from one claimant of it and at one moment.

    ``prior_review``: the claimant's accepted request is in its time (whether its right to ask is suspended is a matter
    of its own standing). ``ownership_false``: the work was found not to belong to the claimant.
    """

    no_block: bool = False
    licences: tuple[Licence, ...] = ()
    prior_review: bool = False
    ownership_false: bool = False
    reference_withdrawn: bool = False

    def is_licensed(self, uploader: str, now: datetime) -> bool:
        """Whether a recorded licence covers the use."""
        return any(licence.covers(uploader, now) for licence in self.licences)

    @property
    def filter_off(self) -> bool:
        """Whether nothing is held or blocked by machine for this claimant (product.md B3; UrhDaG section 18(4))."""
        return self.no_block or self.ownership_false or self.reference_withdrawn


NOTHING_RECORDED = WorkStanding()
"""The standing of a work without any record."""


class RequestState(StrEnum):
    """What became of a request for prior review; ``LAPSED`` by the clock."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class PriorReview:
    """A request for prior review in [starts, ends)."""

    event: PriorReviewRequested
    requested_at: datetime
    answer: RequestState = RequestState.REQUESTED

    def state(self, now: datetime) -> RequestState:
        """What became of it; a request or an acceptance whose time is over has lapsed."""
        waiting = self.answer in (RequestState.REQUESTED, RequestState.ACCEPTED)
        return RequestState.LAPSED if waiting and self.event.ends <= now else self.answer

    def is_active(self, now: datetime) -> bool:
        """Whether uploads of the work are looked at before publication now."""
        return self.event.starts <= now and self.state(now) is RequestState.ACCEPTED


@dataclass(frozen=True, slots=True)
class Work:
    """All that is recorded of one work. ``version`` counts the events; 0 is a work of which nothing is recorded."""

    id: str
    version: int = 0
    no_block: NoBlockReason | None = None
    licences: tuple[Licence, ...] = ()
    requests: tuple[PriorReview, ...] = ()
    reference_withdrawn: bool = False
    false_claimants: tuple[str, ...] = ()

    def standing(self, now: datetime, claimant: str) -> WorkStanding:
        """What a decision on this claimant's behalf may know at this moment."""
        return WorkStanding(
            no_block=self.no_block is not None,
            licences=self.licences,
            prior_review=any(one.event.right_holder == claimant and one.is_active(now) for one in self.requests),
            ownership_false=claimant in self.false_claimants,
            reference_withdrawn=self.reference_withdrawn,
        )


@lru_cache(maxsize=10_000)
def work_stream(work: str) -> UUID:
    """The stream of a work's record: derived from its id, so that nothing needs to be looked up."""
    return UUID(bytes=hashlib.sha256(f"work:{work}".encode()).digest()[:16], version=5)


def _listed(work: Work, event: WorkNoBlockListed, happened: Happened) -> Work:
    return replace(work, no_block=event.reason)


def _delisted(work: Work, event: WorkNoBlockDelisted, happened: Happened) -> Work:
    return replace(work, no_block=None)


def _licensed(work: Work, event: LicenceRecorded, happened: Happened) -> Work:
    licence = Licence(event.licence, event.licensee, event.starts, event.ends)
    return replace(work, licences=(*work.licences, licence))


def _licence_ended(work: Work, event: LicenceEnded, happened: Happened) -> Work:
    licences = list(work.licences)
    licences[event.licence - 1] = replace(licences[event.licence - 1], ends=happened.recorded)
    return replace(work, licences=tuple(licences))


def _requested(work: Work, event: PriorReviewRequested, happened: Happened) -> Work:
    return replace(work, requests=(*work.requests, PriorReview(event, happened.recorded)))


def _answered(answer: RequestState) -> Callable[[Work, Any, Happened], Work]:
    def answered(
        work: Work, event: PriorReviewAccepted | PriorReviewRefused | PriorReviewWithdrawn, happened: Happened
    ) -> Work:
        requests = list(work.requests)
        requests[event.request - 1] = replace(requests[event.request - 1], answer=answer)
        return replace(work, requests=tuple(requests))

    return answered


def _withdrawn(work: Work, event: ReferenceWithdrawn, happened: Happened) -> Work:
    return replace(work, reference_withdrawn=True)


def _reinstated(work: Work, event: ReferenceReinstated, happened: Happened) -> Work:
    return replace(work, reference_withdrawn=False)


def _found_false(work: Work, event: OwnershipFoundFalse, happened: Happened) -> Work:
    return replace(work, false_claimants=(*work.false_claimants, event.claimant))


def _confirmed(work: Work, event: OwnershipConfirmed, happened: Happened) -> Work:
    return replace(work, false_claimants=tuple(one for one in work.false_claimants if one != event.claimant))


EVOLUTIONS: Mapping[type[Event], Callable[[Work, Any, Happened], Work]] = {
    WorkNoBlockListed: _listed,
    WorkNoBlockDelisted: _delisted,
    LicenceRecorded: _licensed,
    LicenceEnded: _licence_ended,
    PriorReviewRequested: _requested,
    PriorReviewAccepted: _answered(RequestState.ACCEPTED),
    PriorReviewRefused: _answered(RequestState.REFUSED),
    PriorReviewWithdrawn: _answered(RequestState.WITHDRAWN),
    ReferenceWithdrawn: _withdrawn,
    ReferenceReinstated: _reinstated,
    OwnershipFoundFalse: _found_false,
    OwnershipConfirmed: _confirmed,
}


def evolve(work: Work, happened: Happened) -> Work:
    """Apply one fact. Raises ``ValueError`` for a fact of something else."""
    event = happened.event
    if not isinstance(event, WorkEvent) or event.work != work.id:
        raise ValueError(f"the record of {work.id} cannot go on with {event.TOPIC}")
    return replace(EVOLUTIONS[type(event)](work, event, happened), version=work.version + 1)


def fold(work_id: str, history: Iterable[Happened]) -> Work:
    """The record of a work after its whole history; an empty one for an empty history."""
    work = Work(work_id)
    for happened in history:
        work = evolve(work, happened)
    return work
