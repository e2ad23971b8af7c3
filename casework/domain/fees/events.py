"""The facts about fees: schedules that were published, charges, and waivers."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Event, Role
from casework.domain.fees.values import (
    Currency,
    FeeItem,
    FeeService,
    ItemCode,
    Number,
    Sum,
    Times,
    WaiverReason,
)
from casework.domain.screening.events import Day
from casework.domain.values import Identifier


class FeeSchedulePublished(Event):
    """What the platform asks from ``effective`` on, a day in the time zone of its reports.

    It holds until the day of the next one and is never edited (product.md B4). ``schedule`` counts from 1.
    """

    TOPIC: ClassVar[str] = "fees.schedule_published"

    schedule: Number
    effective: Day
    items: Annotated[tuple[FeeItem, ...], Field(min_length=1, max_length=100)]


class FeeCharged(Event):
    """A party owes ``amount``: ``quantity`` times the ``item`` of the ``schedule`` that was in force.

    ``charge`` counts from 1 for each party; ``case`` is the case that the service was about, if it was about one.
    """

    TOPIC: ClassVar[str] = "fees.charged"

    charge: Number
    party: Identifier
    side: Role
    schedule: Number
    item: ItemCode
    service: FeeService
    quantity: Times
    amount: Sum
    currency: Currency
    case: UUID | None = None


class FeeWaived(Event):
    """Of a charge, ``amount`` need not be paid; ``whole``: nothing of the charge is left."""

    TOPIC: ClassVar[str] = "fees.waived"

    charge: Number
    party: Identifier
    side: Role
    item: ItemCode
    amount: Sum
    currency: Currency
    whole: bool
    reason: WaiverReason


EVENTS: tuple[type[Event], ...] = (FeeSchedulePublished, FeeCharged, FeeWaived)
