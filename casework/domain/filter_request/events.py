"""The facts of one filter request, in the past tense. Words and names lie in the vault; the parties are pseudonyms."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.facts import Event
from casework.domain.filter_request.elements import Element
from casework.domain.values import Count, Identifier, Quantity, Share, Value, VaultReference, WorkKind

Elements = tuple[Element, ...]
RequestNumber = Annotated[int, Field(ge=1)]
"""Counts the requests of one right holder for one work from 1."""


class RejectionReason(StrEnum):
    """Why a filter request is rejected; the first one is found by the system itself."""

    WARNING_LETTER_ONLY = "warning_letter_only"
    OWNERSHIP_NOT_SHOWN = "ownership_not_shown"
    WORK_NOT_IDENTIFIABLE = "work_not_identifiable"
    WORK_NOT_PROTECTED = "work_not_protected"
    MISLEADING = "misleading"


class Yardsticks(Value):
    """From when on a use counts for the right holder; ``None``: it names no such limit (product.md B1).

    ``infringing_seconds`` of the work in one video, ``account_seconds`` over all uploads of one account,
    ``frame_share`` of the picture in [0, 1], ``account_uploads`` of one account.
    """

    infringing_seconds: Quantity | None = None
    account_seconds: Quantity | None = None
    frame_share: Share | None = None
    account_uploads: Count | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Yardsticks:
        if all(value is None for value in self.__dict__.values()):
            raise PydanticCustomError("yardsticks_empty", "give at least one yardstick")
        return self


class FilterRequestEvent(Event):
    """What happened to one request."""


class FilterRequestReceived(FilterRequestEvent):
    """A right holder asked that uploads be compared with its work, and supplied these elements.

    ``completeness`` is the score of what was supplied, by the list that was published then; ``content`` are the words:
    title, proofs, descriptions, names and known repeat infringers.
    """

    TOPIC: ClassVar[str] = "filter_request.received"

    work: Identifier
    kind: WorkKind
    right_holder: Identifier
    request: RequestNumber
    supplied: Elements
    missing: Elements
    completeness: Share
    yardsticks: Yardsticks | None = None
    content: VaultReference


class FilterRequestFoundIncomplete(FilterRequestEvent):
    """Something is lacking and was asked for: by the published list, or because what was supplied does not do.

    ``further``: the request was incomplete already, and more was asked for or said.
    """

    TOPIC: ClassVar[str] = "filter_request.found_incomplete"

    missing: Elements
    completeness: Share
    further: bool
    remarks: VaultReference | None = None


class FilterRequestSupplemented(FilterRequestEvent):
    """The right holder supplied more. What is ``missing`` now is still asked for; nothing may be."""

    TOPIC: ClassVar[str] = "filter_request.supplemented"

    supplied: Elements
    missing: Elements
    completeness: Share
    yardsticks: Yardsticks | None = None
    content: VaultReference


class FilterRequestCompleted(FilterRequestEvent):
    """The right holder supplied all that was lacking."""

    TOPIC: ClassVar[str] = "filter_request.completed"

    supplied: Elements
    completeness: Share
    yardsticks: Yardsticks | None = None
    content: VaultReference


class FilterRequestAccepted(FilterRequestEvent):
    """The request was accepted: it is active from now on."""

    TOPIC: ClassVar[str] = "filter_request.accepted"


class FilterRequestRejected(FilterRequestEvent):
    """The request was rejected. A bare warning letter is rejected by the system, without words of an officer."""

    TOPIC: ClassVar[str] = "filter_request.rejected"

    reason: RejectionReason
    reasons: VaultReference | None = None


class FilterRequestWithdrawn(FilterRequestEvent):
    """The right holder took the request back; ``active``: it had been accepted."""

    TOPIC: ClassVar[str] = "filter_request.withdrawn"

    active: bool


class FilterOwnershipFoundFalse(FilterRequestEvent):
    """The work does not belong to whoever asked: the request is over, and so is the filter if it was ``active`` (B3).

    Written together with the finding in the record of the work, from which everything else follows.
    """

    TOPIC: ClassVar[str] = "filter_request.ownership_found_false"

    active: bool
    finding: VaultReference


FIGURE_EVENTS: tuple[type[Event], ...] = (
    FilterRequestReceived,
    FilterRequestFoundIncomplete,
    FilterRequestCompleted,
    FilterRequestAccepted,
    FilterRequestRejected,
    FilterRequestWithdrawn,
    FilterOwnershipFoundFalse,
)
"""All but what leaves a request as incomplete as it was: what reports count."""

EVENTS: tuple[type[Event], ...] = (
    FilterRequestReceived,
    FilterRequestFoundIncomplete,
    FilterRequestSupplemented,
    FilterRequestCompleted,
    FilterRequestAccepted,
    FilterRequestRejected,
    FilterRequestWithdrawn,
    FilterOwnershipFoundFalse,
)
