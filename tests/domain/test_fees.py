"""Schedules are published ahead and never edited; charges are exact; no more is waived than is left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from casework.domain.facts import Event, Refused, Role
from casework.domain.fees.decisions import (
    ChargeFee,
    PublishSchedule,
    WaiveFee,
    charge_fee,
    publish_schedule,
    waive_fee,
)
from casework.domain.fees.events import FeeCharged, FeeSchedulePublished, FeeWaived
from casework.domain.fees.state import Account, Schedules, account_stream, fold_account, fold_schedules
from casework.streams import JustHappened
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, WARNED

TODAY = date(2026, 6, 30)
ITEM: dict[str, Any] = {
    "code": "prior-review",
    "names": {"en": "Prior review", "zh": "事前审查"},
    "service": "prior_review",
    "amount": "12.345",
    "currency": "CNY",
    "unit": "case",
}


def publishing(effective: str, *items: dict[str, Any]) -> PublishSchedule:
    return PublishSchedule.model_validate({"effective": effective, "items": items or (ITEM,)})


def published(*commands: PublishSchedule) -> Schedules:
    schedules = Schedules()
    for command in commands:
        events = publish_schedule(schedules, command, OFFICER, TODAY)
        past = [JustHappened(event, NOON, OFFICER) for event in (*schedules.published, *events)]
        schedules = fold_schedules(past)
    return schedules


def account(*events: Event) -> Account:
    return fold_account("rh_a", Role.RIGHT_HOLDER, [JustHappened(event, NOON, OFFICER) for event in events])


IN_FORCE = published(publishing("2026-07-01"), publishing("2026-08-01", {**ITEM, "amount": "0"}))


def charging(quantity: int = 3, day: date = date(2026, 7, 1), of: Account | None = None) -> FeeCharged:
    (event,) = charge_fee(of or account(), IN_FORCE, ChargeFee(item="prior-review", quantity=quantity), OFFICER, day)
    assert isinstance(event, FeeCharged)
    return event


def test_a_schedule_holds_from_its_day_until_the_next() -> None:
    assert [one.schedule for one in IN_FORCE.published] == [1, 2]
    found = [IN_FORCE.in_force(date(2026, month, day)) for month, day in ((6, 30), (7, 1), (7, 31), (8, 1))]
    assert [None if one is None else one.schedule for one in found] == [None, 1, 1, 2]
    assert publish_schedule(IN_FORCE, publishing("2026-08-01", {**ITEM, "amount": "0"}), OFFICER, TODAY) == ()
    assert IN_FORCE.named(3) is None


@pytest.mark.parametrize(
    ("effective", "code"),
    [
        ("2026-06-30", "schedule_not_ahead"),
        ("2026-08-01", "schedule_not_after"),
        ("2026-07-15", "schedule_not_after"),
        ("2028-07-01", "schedule_too_far"),
        ("9999-12-31", "schedule_too_far"),
    ],
)
def test_what_was_published_is_not_edited(effective: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        publish_schedule(IN_FORCE, publishing(effective), OFFICER, TODAY)


def test_a_charge_is_quantity_times_fee_exactly() -> None:
    event = charging()
    assert (event.amount, event.currency, event.schedule, event.charge) == (Decimal("37.035"), "CNY", 1, 1)
    assert charging(day=date(2026, 8, 1)).amount == 0
    assert charging(of=account(event)).charge == 2
    for command, day, code in (
        (ChargeFee(item="prior-review", quantity=1), TODAY, "no_schedule"),
        (ChargeFee(item="other", quantity=1), date(2026, 7, 1), "fee_item_unknown"),
    ):
        with pytest.raises(Refused, match=code):
            charge_fee(account(), IN_FORCE, command, OFFICER, day)


def test_no_more_is_waived_than_is_left() -> None:
    def waiving(amount: str | None, of: Account) -> FeeWaived:
        command = WaiveFee.model_validate({"charge": 1, "amount": amount, "reason": "hardship"})
        (event,) = waive_fee(of, command, OFFICER)
        assert isinstance(event, FeeWaived)
        return event

    charged = charging()
    part = waiving("7.035", account(charged))
    assert not part.whole
    with pytest.raises(Refused, match="waiver_too_large"):
        waiving("30.0001", account(charged, part))
    rest = waiving(None, account(charged, part))
    assert (rest.amount, rest.whole) == (Decimal(30), True)
    done = account(charged, part, rest)
    assert done.charges[0].owed == 0
    assert done.totals() == {"CNY": (Decimal("37.035"), Decimal("37.035"))}
    with pytest.raises(Refused, match="nothing_to_waive"):
        waiving("1", done)
    with pytest.raises(Refused, match="charge_unknown"):
        waive_fee(account(), WaiveFee.model_validate({"charge": 1, "reason": "hardship"}), OFFICER)


@pytest.mark.parametrize("amount", ["1e30", "9" * 40, "1" * 25 + ".1234"])
def test_an_amount_of_any_length_is_only_too_large(amount: str) -> None:
    command = WaiveFee.model_validate({"charge": 1, "amount": amount, "reason": "hardship"})
    with pytest.raises(Refused, match="waiver_too_large"):
        waive_fee(account(charging()), command, OFFICER)


def test_a_long_amount_has_four_places_at_most() -> None:
    with pytest.raises(ValidationError, match="4 decimal places"):
        WaiveFee.model_validate({"charge": 1, "amount": "1" * 25 + ".12345", "reason": "hardship"})


def test_currencies_are_never_added_to_each_other() -> None:
    euro = charging().model_copy(update={"currency": "EUR", "charge": 2})
    assert account(charging(), euro).totals() == {
        "CNY": (Decimal("37.035"), Decimal(0)),
        "EUR": (Decimal("37.035"), Decimal(0)),
    }


def test_only_compliance_has_to_do_with_fees() -> None:
    with pytest.raises(Refused, match="not_your_step"):
        publish_schedule(Schedules(), publishing("2026-07-01"), RIGHT_HOLDER, TODAY)
    with pytest.raises(Refused, match="not_your_step"):
        charge_fee(account(), IN_FORCE, ChargeFee(item="prior-review", quantity=1), RIGHT_HOLDER, TODAY)
    with pytest.raises(Refused, match="not_your_step"):
        waive_fee(account(charging()), WaiveFee.model_validate({"charge": 1, "reason": "hardship"}), RIGHT_HOLDER)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "0.00001"}, "decimal_max_places"),
        ({"amount": "-1"}, "greater_than_equal"),
        ({"amount": "100000000"}, "less_than"),
        ({"amount": 1.5}, "decimal_type"),
        ({"currency": "XYZ"}, "currency_unknown"),
        ({"currency": "cny"}, "currency_unknown"),
        ({"code": "a/b"}, "item_code"),
        ({"code": "a|b"}, "item_code"),
        ({"service": "tea"}, "enum"),
        ({"names": {"en": "x"}}, "missing"),
    ],
)
def test_what_is_no_item_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        publishing("2026-07-01", {**ITEM, **changes})
    assert refused.value.errors()[0]["type"] == code


def test_a_code_stands_once_in_a_schedule() -> None:
    with pytest.raises(ValidationError, match="same code"):
        publishing("2026-07-01", ITEM, {**ITEM, "currency": "EUR"})


def test_folds_take_only_their_own_facts() -> None:
    schedule = IN_FORCE.published[0]
    assert isinstance(schedule, FeeSchedulePublished)
    with pytest.raises(ValueError, match="cannot go on"):
        fold_schedules([JustHappened(charging(), NOON, OFFICER)])
    with pytest.raises(ValueError, match="cannot go on"):
        account(WARNED)
    assert account_stream(Role.UPLOADER, "up_a") != account_stream(Role.RIGHT_HOLDER, "up_a")
