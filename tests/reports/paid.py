"""Fees and requests for erasure for random histories: schedules that replace each other, charges, waivers, requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased, RefusalReason
from casework.domain.facts import Event, Role
from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.fees.state import SCHEDULES_STREAM, Schedules, account_stream
from casework.domain.fees.values import FeeItem, FeeService, FeeUnit, Names, WaiverReason

Told = tuple[datetime, UUID, tuple[Event, ...]]
"""When it is recorded, in which stream, what."""

_PRICES = ("0", "0.0005", "12.5", "300.00", "99999999.9999")


def paid(random: Random, begin: datetime, days: int, number: int) -> Iterator[Told]:
    """Some schedules, and charges to few parties by whichever schedule is in force; of some charges is waived."""
    schedules = Schedules()
    for place in range(min(4, number)):
        moment = begin + timedelta(days=days * place / 4, minutes=7)
        schedule = _schedule(random, place + 1, moment)
        schedules = Schedules(place + 1, (*schedules.published, schedule))
        yield moment, SCHEDULES_STREAM, (schedule,)
    charges: dict[str, int] = {}
    for _ in range(number):
        party, side = random.choice((("up_a", Role.UPLOADER), ("rh_a", Role.RIGHT_HOLDER), ("rh_b", Role.RIGHT_HOLDER)))
        place = random.randrange(len(schedules.published))
        # By one that is in force for sure: a day in the middle of it, in whatever time zone; in order for each party.
        moment = begin + timedelta(days=days * (place + 0.6) / 4 + random.random())
        charges[f"{moment.isoformat()} {party} {side.value} {place}"] = random.randrange(1, 9)
    yield from _charged(random, schedules, charges)


def _schedule(random: Random, number: int, moment: datetime) -> FeeSchedulePublished:
    items = tuple(
        FeeItem(
            code=code,
            names=Names(en=code, zh=code),
            service=random.choice(list(FeeService)),
            amount=Decimal(random.choice(_PRICES)),
            currency=random.choice(("CNY", "EUR")),
            unit=FeeUnit.CASE,
        )
        for code in random.sample(("prior-review", "reference", "a.b".replace(".", "_")), random.randrange(1, 4))
    )
    return FeeSchedulePublished(schedule=number, effective=(moment + timedelta(days=2)).date(), items=items)


def _charged(random: Random, schedules: Schedules, charges: dict[str, int]) -> Iterator[Told]:
    numbers: dict[str, int] = {}
    for told in sorted(charges):
        at, party, role, place = told.split()
        side, moment, schedule = Role(role), datetime.fromisoformat(at), schedules.published[int(place)]
        item = random.choice(schedule.items)
        numbers[party] = numbers.get(party, 0) + 1
        who: dict[str, Any] = {"party": party, "side": side, "charge": numbers[party]}
        who |= {"item": item.code, "currency": item.currency}
        amount = item.amount * charges[told]
        charged = FeeCharged(
            **who, schedule=schedule.schedule, service=item.service, quantity=charges[told], amount=amount
        )
        events: list[Event] = [charged]
        if amount and random.random() < 0.6:
            part = amount if random.random() < 0.5 else (amount / 4).quantize(Decimal("0.0001"))
            if part:
                reason = random.choice(list(WaiverReason))
                events.append(FeeWaived(**who, amount=part, whole=part == amount, reason=reason))
        yield moment, account_stream(side, party), tuple(events)


def forgotten(random: Random, begin: datetime, days: int, number: int) -> Iterator[Told]:
    """Requests for erasure, each of another person, answered in some way or not yet."""
    for place in range(number):
        who: dict[str, Any] = {"request": 1, "party": f"up_{place}", "side": Role.UPLOADER}
        stream = UUID(int=random.getrandbits(128), version=4)
        moment = begin + timedelta(days=random.uniform(0, days * 0.9))
        yield moment, stream, (ErasureRequested(**who),)
        answer = random.choice(
            (
                None,
                PersonalDataErased(**who, items=3, accounts=0),
                ErasureRefused(**who, reason=RefusalReason.LEGAL_DUTY),
            )
        )
        if answer is not None:
            yield moment + timedelta(days=random.uniform(0, 9)), stream, (answer,)
