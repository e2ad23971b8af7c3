"""Fees for everybody: the published schedules, and what a right holder was charged itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from casework import charging
from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.fees.events import FeeSchedulePublished
from casework.domain.fees.state import Account, Schedules
from casework.settings import Settings
from casework.views import fee_labels as labels
from casework.views import formatting
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.language import gettext
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """One schedule: in force from a day to before another, with the kind of its tag."""

    number: int
    effective: date
    until: date | None
    state: tuple[str, str]
    rows: Sequence[tuple[str, str, str, str, str]]


@dataclass(frozen=True, slots=True)
class ChargeView:
    """One charge as a table shows it."""

    number: int
    at: Any
    item: str
    quantity: int
    amount: str
    waived: Sequence[str]
    owed: str
    case: str


def schedule_views(found: Schedules, today: date) -> list[ScheduleView]:
    """All schedules, the latest first."""
    current = found.in_force(today)
    return [_schedule(one, found, current) for one in reversed(found.published)]


def _schedule(one: FeeSchedulePublished, found: Schedules, current: FeeSchedulePublished | None) -> ScheduleView:
    later = found.named(one.schedule + 1)
    rows = [
        (
            labels.in_words(item.names),
            item.code,
            labels.fee_service_label(item.service.value),
            labels.money(item.amount, item.currency),
            labels.fee_unit_label(item.unit.value),
        )
        for item in one.items
    ]
    if current is not None and one.schedule == current.schedule:
        state = (gettext("In force"), "lawful")
    elif current is None or one.schedule > current.schedule:
        state = (gettext("Published, not yet in force"), "waiting")
    else:
        state = (gettext("Replaced"), "closed")
    return ScheduleView(one.schedule, one.effective, None if later is None else later.effective, state, rows)


def charge_views(account: Account, found: Schedules) -> list[ChargeView]:
    """All charges of a party, the latest first."""
    views = []
    for charge in reversed(account.charges):
        event, schedule = charge.event, found.named(charge.event.schedule)
        names = {} if schedule is None else {item.code: labels.in_words(item.names) for item in schedule.items}
        waived = [
            f"{labels.money(one.amount, one.currency)}: {labels.waiver_reason_label(one.reason.value)}"
            for one in charge.waivers
        ]
        views.append(
            ChargeView(
                event.charge,
                charge.at,
                names.get(event.item, event.item),
                event.quantity,
                labels.money(event.amount, event.currency),
                waived,
                labels.money(charge.owed, event.currency),
                "" if event.case is None else str(event.case),
            )
        )
    return views


def totals(account: Account) -> list[tuple[str, str, str, str]]:
    """By currency: what was charged and waived, and what is left."""
    return [
        (
            currency,
            formatting.format_money(charged),
            formatting.format_money(waived),
            formatting.format_money(charged - waived),
        )
        for currency, (charged, waived) in account.totals().items()
    ]


@get("/fees", opt=PUBLIC, sync_to_thread=True)
def show_fees(
    request: AnyRequest, casework: NamedDependency[Casework], settings: NamedDependency[Settings]
) -> Response[str]:
    """The schedule in force, those to come and those before."""
    today = casework.clock.now().astimezone(settings.zone).date()
    return render_page(request, "pages/fees.html", {"schedules": schedule_views(charging.schedules(casework), today)})


@get("/right-holder/fees", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_own_fees(
    request: AnyRequest, caller: NamedDependency[Caller], casework: NamedDependency[Casework]
) -> Response[str]:
    """What the right holder was charged, and what was waived of it."""
    account = charging.account(casework, caller.actor_as(Role.RIGHT_HOLDER).id)
    context = {
        "wide": True,
        "charges": charge_views(account, charging.schedules(casework)),
        "totals": totals(account),
        "cases": "/right-holder/cases",
    }
    return render_page(request, "pages/right_holder_fees.html", context)


HANDLERS = (show_fees, show_own_fees)
