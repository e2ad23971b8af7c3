"""Publishing schedules, charging by the one that is in force, and waiving: by compliance, exactly, for good."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.fees.state import Account, Schedules, item_of
from casework.domain.fees.values import FeeItem, ItemCode, Number, Sum, Times, WaiverReason
from casework.domain.screening.events import Day

MOST_DAYS_AHEAD = 731
"""How far ahead a schedule may take effect: two years."""


class PublishSchedule(Command):
    """Publish what the platform will ask from a day on."""

    effective: Day
    items: Annotated[tuple[FeeItem, ...], Field(min_length=1, max_length=100)]

    @field_validator("items")
    @classmethod
    def _each_code_once(cls, value: tuple[FeeItem, ...]) -> tuple[FeeItem, ...]:
        if len({item.code for item in value}) != len(value):
            raise PydanticCustomError("item_twice", "must not have two items with the same code")
        return value


class ChargeFee(Command):
    """Charge a party for so many units of an item of the schedule in force."""

    item: ItemCode
    quantity: Times
    case: UUID | None = None


class WaiveFee(Command):
    """Waive a charge: ``amount`` of it, or without one all that is left."""

    charge: Number
    amount: Sum | None = None
    reason: WaiverReason


def publish_schedule(schedules: Schedules, command: PublishSchedule, actor: Actor, today: date) -> tuple[Event, ...]:
    """Publish it. The very schedule that was published last changes nothing.

    ``today`` is the day now in the time zone of the reports. Raises ``Refused``: ``schedule_not_ahead`` for a day that
    has begun, because a fee is published before it takes effect (product.md B4); ``schedule_too_far`` for one more
    than ``MOST_DAYS_AHEAD`` off, because by a wrong digit in the year no other schedule could ever follow;
    ``schedule_not_after`` for a day that is not after that of every schedule before it, because what was published is
    not edited.
    """
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    last = schedules.published[-1] if schedules.published else None
    if last is not None and (last.effective, last.items) == (command.effective, command.items):
        return ()
    if command.effective <= today:
        raise Refused("schedule_not_ahead")
    if (command.effective - today).days > MOST_DAYS_AHEAD:
        raise Refused("schedule_too_far", days=str(MOST_DAYS_AHEAD))
    if last is not None and command.effective <= last.effective:
        raise Refused("schedule_not_after", day=last.effective.isoformat())
    return (FeeSchedulePublished(schedule=schedules.version + 1, effective=command.effective, items=command.items),)


def charge_fee(
    account: Account, schedules: Schedules, command: ChargeFee, actor: Actor, today: date
) -> tuple[Event, ...]:
    """Charge it by the schedule in force today: quantity times fee, exactly.

    Raises ``Refused``: ``no_schedule`` where none is in force, ``fee_item_unknown`` for an item that is not in it.
    """
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    schedule = schedules.in_force(today)
    if schedule is None:
        raise Refused("no_schedule")
    item = item_of(schedule, command.item)
    if item is None:
        raise Refused("fee_item_unknown")
    charged = FeeCharged(
        charge=len(account.charges) + 1,
        party=account.party,
        side=account.side,
        schedule=schedule.schedule,
        item=item.code,
        service=item.service,
        quantity=command.quantity,
        amount=item.amount * command.quantity,
        currency=item.currency,
        case=command.case,
    )
    return (charged,)


def waive_fee(account: Account, command: WaiveFee, actor: Actor) -> tuple[Event, ...]:
    """Waive it. Raises ``Refused``: ``charge_unknown``, ``nothing_to_waive`` and ``waiver_too_large``."""
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    charge = account.charge(command.charge)
    if charge is None:
        raise Refused("charge_unknown")
    amount = charge.owed if command.amount is None else command.amount
    if charge.owed == 0 or amount == Decimal(0):
        raise Refused("nothing_to_waive")
    if amount > charge.owed:
        raise Refused("waiver_too_large", owed=f"{charge.owed:f}")
    waived = FeeWaived(
        charge=command.charge,
        party=account.party,
        side=account.side,
        item=charge.event.item,
        amount=amount,
        currency=charge.event.currency,
        whole=amount == charge.owed,
        reason=command.reason,
    )
    return (waived,)
