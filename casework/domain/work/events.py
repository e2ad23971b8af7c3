"""The facts of one work, in the past tense. Parties are pseudonyms; words and documents lie in the vault."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.values import Identifier, Moment, VaultReference, WorkFlag

Number = Annotated[int, Field(ge=1)]
"""Counts licences, or requests for prior review, of one work from 1."""


class NoBlockReason(StrEnum):
    """Why a work is never blocked by machine (UrhDaG section 18(4))."""

    PUBLIC_DOMAIN = "public_domain"
    FREELY_LICENSED = "freely_licensed"


class WorkEvent(Event):
    """What happened to the work with this id, as matching engines and right holders name it."""

    work: Identifier


class WorkNoBlockListed(WorkEvent):
    """The work was put on the no-block list: everybody may use it."""

    TOPIC: ClassVar[str] = "work.no_block_listed"

    reason: NoBlockReason
    grounds: VaultReference


class WorkNoBlockDelisted(WorkEvent):
    """The work was taken from the no-block list."""

    TOPIC: ClassVar[str] = "work.no_block_delisted"

    grounds: VaultReference


class LicenceRecorded(WorkEvent):
    """``licensee`` (everybody, if absent) may use the work from ``starts`` until ``ends``, if it ends."""

    TOPIC: ClassVar[str] = "work.licence_recorded"

    licence: Number
    licensee: Identifier | None = None
    starts: Moment
    ends: Moment | None = None
    grounds: VaultReference


class LicenceEnded(WorkEvent):
    """A licence ended before its time."""

    TOPIC: ClassVar[str] = "work.licence_ended"

    licence: Number
    grounds: VaultReference


class PriorReviewRequested(WorkEvent):
    """A right holder asked that people look at uploads of this work before publication, for a time, and why (A5)."""

    TOPIC: ClassVar[str] = "work.prior_review_requested"

    request: Number
    right_holder: Identifier
    ground: WorkFlag
    starts: Moment
    ends: Moment
    justification: VaultReference


class PriorReviewAccepted(WorkEvent):
    """The request was accepted: it counts in its time."""

    TOPIC: ClassVar[str] = "work.prior_review_accepted"

    request: Number


class PriorReviewRefused(WorkEvent):
    """The request was refused, with reasons."""

    TOPIC: ClassVar[str] = "work.prior_review_refused"

    request: Number
    reasons: VaultReference


class PriorReviewWithdrawn(WorkEvent):
    """The right holder took the request back."""

    TOPIC: ClassVar[str] = "work.prior_review_withdrawn"

    request: Number


class ReferenceWithdrawn(WorkEvent):
    """The reference of the work counts no more: nothing can be matched against it."""

    TOPIC: ClassVar[str] = "work.reference_withdrawn"

    grounds: VaultReference


class ReferenceReinstated(WorkEvent):
    """The reference of the work counts again."""

    TOPIC: ClassVar[str] = "work.reference_reinstated"

    grounds: VaultReference


class OwnershipFoundFalse(WorkEvent):
    """The work does not belong to ``claimant``, who said so (B3)."""

    TOPIC: ClassVar[str] = "work.ownership_found_false"

    claimant: Identifier
    finding: VaultReference


class OwnershipConfirmed(WorkEvent):
    """The work belongs to ``claimant`` after all: the finding against it does not count any more."""

    TOPIC: ClassVar[str] = "work.ownership_confirmed"

    claimant: Identifier
    finding: VaultReference


EVENTS: tuple[type[Event], ...] = (
    WorkNoBlockListed,
    WorkNoBlockDelisted,
    LicenceRecorded,
    LicenceEnded,
    PriorReviewRequested,
    PriorReviewAccepted,
    PriorReviewRefused,
    PriorReviewWithdrawn,
    ReferenceWithdrawn,
    ReferenceReinstated,
    OwnershipFoundFalse,
    OwnershipConfirmed,
)
