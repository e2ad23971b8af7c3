"""``/fees``: what the platform asks, public; charges and waivers of parties, for compliance and the party itself."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, RawBody

from casework import charging
from casework.application import Casework
from casework.charging import ChargeForm, ScheduleForm, WaiverForm
from casework.domain.facts import Role
from casework.domain.fees.events import FeeSchedulePublished
from casework.domain.fees.state import Account, Charge, Schedules
from casework.errors import Forbidden
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC, for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]
PROBLEMS = (400, 404, 409, 413, 415, 422)


class FeeAnswer(msgspec.Struct, frozen=True):
    """One item of a schedule; ``amount`` is exact, written as text, and what one ``unit`` costs."""

    code: str
    names: dict[str, str]
    service: str
    amount: str
    currency: str
    unit: str


class ScheduleAnswer(msgspec.Struct, frozen=True):
    """A schedule: in force from the day ``effective`` to before the day ``until``, if there is a later one."""

    schedule: int
    effective: str
    until: str | None
    items: list[FeeAnswer]


class FeesAnswer(msgspec.Struct, frozen=True):
    """The schedule in force today (``null``: none) and all that were published, the latest first."""

    in_force: ScheduleAnswer | None
    schedules: list[ScheduleAnswer]
    links: dict[str, str]


class WaiverAnswer(msgspec.Struct, frozen=True):
    """What was waived of a charge, and why."""

    amount: str
    reason: str


class ChargeAnswer(msgspec.Struct, frozen=True):
    """A charge: ``amount`` is ``quantity`` times the fee of the schedule; ``owed`` is what is left of it."""

    charge: int
    at: datetime
    schedule: int
    item: str
    service: str
    quantity: int
    amount: str
    currency: str
    owed: str
    case_id: UUID | None
    waivers: list[WaiverAnswer]


class TotalAnswer(msgspec.Struct, frozen=True):
    """The sums of one currency."""

    currency: str
    charged: str
    waived: str


class AccountAnswer(msgspec.Struct, frozen=True):
    """What one party was charged, with sums by currency."""

    party: str
    side: str
    totals: list[TotalAnswer]
    charges: list[ChargeAnswer]


class AccountsAnswer(msgspec.Struct, frozen=True):
    """Those who were charged, whoever was charged last first."""

    parties: list[AccountAnswer]


@get("/fees", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_fees(casework: NamedDependency[Casework], settings: NamedDependency[Settings]) -> FeesAnswer:
    """The fee schedules: the one in force today in the time zone of the reports, and all others."""
    return _fees(casework, settings)


@get(
    "/fees/charges",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_charges(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    party: Annotated[str | None, QueryParameter(name="party", max_length=200)] = None,
) -> AccountsAnswer:
    """What parties were charged: for compliance and oversight all or one, for a right holder its own."""
    if caller.roles & {Role.COMPLIANCE, Role.OVERSIGHT}:
        found = charging.accounts(casework) if party is None else [charging.account(casework, party)]
        return AccountsAnswer([_account(one) for one in found])
    own = None if caller.account is None else caller.account.party
    if own is None or party not in (None, own):
        raise Forbidden(Role.COMPLIANCE.value)
    return AccountsAnswer([_account(charging.account(casework, own))])


@post(
    "/fees/schedules",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(ScheduleForm)}, problems=PROBLEMS),
)
def post_schedules(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    caller: NamedDependency[Caller],
    key: IdempotencyKey = None,
) -> FeesAnswer:
    """Compliance publishes a schedule that takes effect on a day to come and replaces the one before it."""
    actor = caller.actor_as(Role.COMPLIANCE)
    charging.publish(casework, actor, read_form(ScheduleForm, request, body), settings.zone, idempotency_key=key)
    return _fees(casework, settings)


@post(
    "/fees/charges",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(ChargeForm)}, problems=PROBLEMS),
)
def post_charges(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    caller: NamedDependency[Caller],
    key: IdempotencyKey = None,
) -> AccountAnswer:
    """Compliance charges a party by the schedule in force today. Send an ``Idempotency-Key``: twice is twice."""
    actor = caller.actor_as(Role.COMPLIANCE)
    form = read_form(ChargeForm, request, body)
    return _account(charging.charge(casework, actor, form, settings.zone, idempotency_key=key).state)


@post(
    "/fees/waivers",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(WaiverForm)}, problems=PROBLEMS),
)
def post_waivers(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    key: IdempotencyKey = None,
) -> AccountAnswer:
    """Compliance waives a charge, in whole or in part."""
    actor = caller.actor_as(Role.COMPLIANCE)
    form = read_form(WaiverForm, request, body)
    return _account(charging.waive(casework, actor, form, idempotency_key=key).state)


def _fees(casework: Casework, settings: Settings) -> FeesAnswer:
    found = charging.schedules(casework)
    current = found.in_force(casework.clock.now().astimezone(settings.zone).date())
    listed = [_schedule(one, found) for one in reversed(found.published)]
    in_force = None if current is None else _schedule(current, found)
    return FeesAnswer(in_force, listed, {"self": "/api/v1/fees"})


def _schedule(one: FeeSchedulePublished, found: Schedules) -> ScheduleAnswer:
    later = found.named(one.schedule + 1)
    items = [
        FeeAnswer(
            code=item.code,
            names={"en": item.names.en, "zh": item.names.zh},
            service=item.service.value,
            amount=_plain(item.amount),
            currency=item.currency,
            unit=item.unit.value,
        )
        for item in one.items
    ]
    until = None if later is None else later.effective.isoformat()
    return ScheduleAnswer(one.schedule, one.effective.isoformat(), until, items)


def _account(found: Account) -> AccountAnswer:
    totals = [
        TotalAnswer(currency, _plain(charged), _plain(waived)) for currency, (charged, waived) in found.totals().items()
    ]
    return AccountAnswer(found.party, found.side.value, totals, [_charge(one) for one in found.charges])


def _charge(one: Charge) -> ChargeAnswer:
    event = one.event
    return ChargeAnswer(
        charge=event.charge,
        at=one.at,
        schedule=event.schedule,
        item=event.item,
        service=event.service.value,
        quantity=event.quantity,
        amount=_plain(event.amount),
        currency=event.currency,
        owed=_plain(one.owed),
        case_id=event.case,
        waivers=[WaiverAnswer(_plain(waiver.amount), waiver.reason.value) for waiver in one.waivers],
    )


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


HANDLERS = (get_fees, get_charges, post_schedules, post_charges, post_waivers)
