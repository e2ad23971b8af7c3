"""Schedules of fees, charges and waivers as the facts tell them, each checked against those before it.

A charge has to be what its schedule asks for so many units; what is waived can be no more than what was left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

SMALLEST_PARTS = 10_000
"""Amounts are counted in parts of so many to one: no currency has smaller ones."""

Happened = tuple[str, str, int]
"""As what something counts, in which cell, and how often, or how many of the smallest parts."""


class Fee(NamedTuple):
    """An item of a schedule: what one unit costs in which currency."""

    amount: Fraction
    currency: str


class Schedule(NamedTuple):
    """What was asked from a day of the reports on, by the code of the item."""

    day: date
    fees: Mapping[str, Fee]


class _Charge(NamedTuple):
    item: str
    currency: str
    left: Fraction


class Fees:
    """All that is known of fees."""

    def __init__(self) -> None:
        self.schedules: list[Schedule] = []
        self._charges: dict[tuple[str, int], _Charge] = {}
        self._numbers: dict[str, int] = {}

    def take(self, stream: str, topic: str, data: Mapping[str, Any]) -> Iterator[Happened]:
        """What a fact of fees counts as. Raises ``ValueError`` for one that does not fit those before it."""
        if topic == "fees.schedule_published":
            self._publish(data)
        elif topic == "fees.charged":
            yield from _counted("fees.charged", self._charge(stream, data), _amount(data["amount"]))
        else:
            yield from _counted("fees.waived", self._waive(stream, data), _amount(data["amount"]))

    def in_force(self, start: date, end: date) -> Iterator[Schedule]:
        """The schedules that were in force on some day from ``start`` to before ``end``."""
        for place, schedule in enumerate(self.schedules):
            replaced = self.schedules[place + 1].day if place + 1 < len(self.schedules) else date.max
            if schedule.day < end and replaced > start:
                yield schedule

    def _publish(self, data: Mapping[str, Any]) -> None:
        day = date.fromisoformat(data["effective"])
        if data["schedule"] != len(self.schedules) + 1:
            raise ValueError("is not the schedule after the one before it")
        if self.schedules and day <= self.schedules[-1].day:
            raise ValueError("changes a schedule that was published before")
        fees = {_word(item["code"]): Fee(_amount(item["amount"]), _word(item["currency"])) for item in data["items"]}
        if len(fees) != len(data["items"]):
            raise ValueError("has an item twice")
        self.schedules.append(Schedule(day, fees))

    def _charge(self, stream: str, data: Mapping[str, Any]) -> _Charge:
        number, quantity = self._numbers.get(stream, 0) + 1, data["quantity"]
        if data["charge"] != number or not 1 <= data["schedule"] <= len(self.schedules):
            raise ValueError("is not the charge after the one before it, or of no schedule")
        fee = self.schedules[data["schedule"] - 1].fees[data["item"]]
        amount = _amount(data["amount"])
        if type(quantity) is not int or quantity < 1 or amount != fee.amount * quantity:
            raise ValueError("does not charge what the schedule asks")
        if data["currency"] != fee.currency:
            raise ValueError("charges in another currency than the schedule")
        self._numbers[stream] = number
        charge = self._charges[stream, number] = _Charge(data["item"], fee.currency, amount)
        return charge

    def _waive(self, stream: str, data: Mapping[str, Any]) -> _Charge:
        charge, amount = self._charges[stream, data["charge"]], _amount(data["amount"])
        if (data["item"], data["currency"]) != (charge.item, charge.currency):
            raise ValueError("waives another charge than it names")
        if not 0 < amount <= charge.left or data["whole"] is not (amount == charge.left):
            raise ValueError("waives more than is left, or does not say what is left")
        self._charges[stream, data["charge"]] = charge._replace(left=charge.left - amount)
        return charge


def _counted(name: str, charge: _Charge, amount: Fraction) -> Iterator[Happened]:
    cell = f"{charge.item}/{charge.currency}"
    yield name, cell, 1
    yield f"{name}_amount", cell, int(amount * SMALLEST_PARTS)


def _amount(written: object) -> Fraction:
    if not isinstance(written, str):
        raise TypeError(f"an amount cannot be {written!r}")
    amount = Fraction(written)
    if amount < 0 or (amount * SMALLEST_PARTS).denominator != 1:
        raise ValueError("an amount is not negative and has four places at most")
    return amount


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a word cannot be {value!r}")
    return value
