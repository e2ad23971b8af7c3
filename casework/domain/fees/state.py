"""All schedules in their order, and what was charged to one party and waived of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from casework.domain.facts import Happened, Role
from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.fees.values import FeeItem

SCHEDULES_STREAM = UUID("5f3f8c1e-4a0b-5d27-8e16-666565730001")
"""The one stream of all schedules."""


def account_stream(side: Role, party: str) -> UUID:
    """The stream of what one party was charged."""
    digest = hashlib.sha256(f"fees:{side.value}:{party}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


@dataclass(frozen=True, slots=True)
class Schedules:
    """All schedules in the order of their days. ``version`` counts the events."""

    version: int = 0
    published: tuple[FeeSchedulePublished, ...] = ()

    def in_force(self, day: date) -> FeeSchedulePublished | None:
        """The schedule that holds on a day; ``None`` before the first one."""
        return next((one for one in reversed(self.published) if one.effective <= day), None)

    def named(self, schedule: int) -> FeeSchedulePublished | None:
        """The schedule with this number."""
        return self.published[schedule - 1] if 0 < schedule <= len(self.published) else None


def item_of(schedule: FeeSchedulePublished, code: str) -> FeeItem | None:
    """The item of a schedule with this code."""
    return next((item for item in schedule.items if item.code == code), None)


def fold_schedules(history: Iterable[Happened]) -> Schedules:
    """The schedules after their whole history. Raises ``ValueError`` for a fact of something else."""
    published: list[FeeSchedulePublished] = []
    for happened in history:
        event = happened.event
        if not isinstance(event, FeeSchedulePublished):
            raise ValueError(f"schedules cannot go on with {event.TOPIC}")
        published.append(event)
    return Schedules(len(published), tuple(published))


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge with what was waived of it."""

    event: FeeCharged
    at: datetime
    waivers: tuple[FeeWaived, ...] = ()

    @property
    def waived(self) -> Decimal:
        """How much need not be paid."""
        return sum((one.amount for one in self.waivers), Decimal(0))

    @property
    def owed(self) -> Decimal:
        """What is left of it."""
        return self.event.amount - self.waived


@dataclass(frozen=True, slots=True)
class Account:
    """What one party was charged, by the number of the charge. ``version`` counts the events."""

    party: str
    side: Role
    version: int = 0
    charges: tuple[Charge, ...] = ()

    def charge(self, number: int) -> Charge | None:
        """The charge with this number."""
        return self.charges[number - 1] if 0 < number <= len(self.charges) else None

    def totals(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """By currency, what was charged and what of it was waived; currencies are never added to each other."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for charge in self.charges:
            charged, waived = found.get(charge.event.currency, (Decimal(0), Decimal(0)))
            found[charge.event.currency] = charged + charge.event.amount, waived + charge.waived
        return dict(sorted(found.items()))


def fold_account(party: str, side: Role, history: Sequence[Happened]) -> Account:
    """The account after its whole history. Raises ``ValueError`` for a fact of something else."""
    account = Account(party, side)
    for happened in history:
        event, charges = happened.event, account.charges
        if isinstance(event, FeeCharged):
            charges = (*charges, Charge(event, happened.occurred))
        elif isinstance(event, FeeWaived):
            charge = charges[event.charge - 1]
            changed = replace(charge, waivers=(*charge.waivers, event))
            charges = (*charges[: event.charge - 1], changed, *charges[event.charge :])
        else:
            raise ValueError(f"an account cannot go on with {event.TOPIC}")
        account = replace(account, version=account.version + 1, charges=charges)
    return account
