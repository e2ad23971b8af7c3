"""Fees at the compliance desk: schedules are published, parties charged, charges waived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from pydantic import Field as PydanticField

from casework import charging
from casework.application import Casework
from casework.charging import ChargeForm, ScheduleForm, WaiverForm
from casework.domain.facts import Role
from casework.domain.fees.events import FeeSchedulePublished
from casework.domain.fees.state import Account, Schedules
from casework.domain.fees.values import FeeService, FeeUnit, WaiverReason
from casework.domain.screening.events import Day
from casework.errors import FieldError, Invalid, NotFound
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.steps import Words, parse
from casework.views import fee_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.pages.fees import charge_views, schedule_views, totals
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, send
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
ADDRESS = "/compliance/fees"
PARTS = ("code", "service", "unit", "amount", "currency", "en", "zh")
"""What stands on a line of a schedule as it is typed, between upright strokes."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


class ScheduleLines(StepForm):
    """A schedule as it is typed: an item on each line."""

    effective: Day
    lines: Annotated[tuple[Words, ...], PydanticField(min_length=1, max_length=100)]


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_fees(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The schedules, the forms to publish one and to charge somebody, and who was charged."""
    return _show(request, casework, settings, done=bool(done))


@post(f"{ADDRESS}/{{step:str}}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_fees(
    request: AnyRequest,
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Publish a schedule or charge a party, or show the form again."""
    actor, zone = caller.actor_as(Role.COMPLIANCE), settings.zone
    forms = {one.step: one for one in _forms(casework, settings)}
    if step not in forms:
        raise NotFound("step")
    if step == "schedules":
        sent = _send_schedule(forms[step], data, settings, lambda shape: charging.publish(casework, actor, shape, zone))
    else:
        token = data.get("start_token")

        def charge(shape: ChargeForm) -> object:
            key = None if not token else f"{token}:{shape.model_dump_json()}"
            return charging.charge(casework, actor, shape, zone, idempotency_key=key)

        sent = _send_known(forms[step], ChargeForm, data, settings, charge)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}?done={step}")
    return _show(request, casework, settings, again=sent.again)


@get(f"{ADDRESS}/of/{{party:str}}", opt=OFFICERS, sync_to_thread=True)
def show_fees_of(
    request: AnyRequest,
    party: FromPath[str],
    casework: NamedDependency[Casework],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """What one party was charged, with the form for waivers."""
    return _show_of(request, casework, charging.account(casework, party), done=bool(done))


@post(f"{ADDRESS}/of/{{party:str}}/waivers", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_waiver(
    request: AnyRequest,
    party: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Waive a charge, or show the form again."""
    actor, account = caller.actor_as(Role.COMPLIANCE), charging.account(casework, party)
    chosen = {**data, "charge": data.get("charge", "")}
    sent = send(
        _waiver_form(account), WaiverForm, chosen, settings.zone, lambda shape: charging.waive(casework, actor, shape)
    )
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/of/{party}?done=waivers")
    return _show_of(request, casework, account, again=sent.again)


def _send_known(
    form: RecordForm, shape: type[StepForm], data: dict[str, Any], settings: Settings, take: Callable[[Any], object]
) -> Sent:
    """Send a form that names a party; one that cannot be is a fault of its field."""

    def taking(found: Any) -> object:
        try:
            return take(found)
        except NotFound:
            error = FieldError("/party", "party_unknown", "must be the pseudonym of a party")
            raise Invalid((error,)) from None

    return send(form, shape, data, settings.zone, taking)


def _send_schedule(
    form: RecordForm, data: dict[str, Any], settings: Settings, take: Callable[[ScheduleForm], object]
) -> Sent:
    """Send a schedule that was typed line by line; the first line that does not fit is named."""
    wrong: list[str] = []

    def taking(typed: ScheduleLines) -> object:
        items = [_item(line) for line in typed.lines]
        try:
            return take(parse(ScheduleForm, {"effective": typed.effective, "items": items}))
        except Invalid as invalid:
            wrong.append(_line_at_fault(invalid))
            raise

    sent = send(form, ScheduleLines, data, settings.zone, taking)
    if sent.again is not None and wrong:
        return Sent(replace(sent.again, wrong={**sent.again.wrong, "lines": wrong[0]}))
    return sent


def _item(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split("|")]
    found: dict[str, Any] = dict(zip(PARTS, parts, strict=False))
    names = {language: found.pop(language) for language in ("en", "zh") if language in found}
    return {**found, "names": names} if len(parts) == len(PARTS) else {"code": "", "names": names}


def _line_at_fault(invalid: Invalid) -> str:
    _, _, place = invalid.errors[0].pointer.partition("/items/")
    number, _, part = place.partition("/")
    if not number.isdigit():
        return gettext("Each code must stand on one line only")
    values = {"line": int(number) + 1, "part": part or "code"}
    return gettext("Line %(line)s does not fit: %(part)s") % values


def _forms(casework: Casework, settings: Settings) -> list[RecordForm]:
    found = charging.schedules(casework)
    latest = found.published[-1] if found.published else None
    current = found.in_force(_today(casework, settings))
    return [_schedule_form(latest), *([] if current is None else [_charge_form(current, str(casework.log.head()))])]


def _schedule_form(latest: FeeSchedulePublished | None) -> RecordForm:
    hint = gettext(
        "One item on each line: code | service | unit | fee | currency | English name | Chinese name. Services: "
        "%(services)s. Units: %(units)s. A fee of 0 says that it is free."
    ) % {"services": ", ".join(FeeService), "units": ", ".join(FeeUnit)}
    fields = (
        Field("effective", "date", gettext("In force from"), gettext("A day to come, after every earlier schedule.")),
        Field("lines", "lines", gettext("Items"), hint),
    )
    lines = [] if latest is None else [_line(item) for item in latest.items]
    note = gettext("What is published is not edited: a new schedule replaces it from its day on.")
    title, button = gettext("Publish a schedule"), gettext("Publish the schedule")
    return RecordForm("schedules", title, button, fields, note, values={"lines": "\n".join(lines)})


def _line(item: Any) -> str:
    return (
        f"{item.code} | {item.service.value} | {item.unit.value} | {item.amount:f} | {item.currency} | "
        f"{item.names.en} | {item.names.zh}"
    )


def _charge_form(current: FeeSchedulePublished, start_token: str) -> RecordForm:
    items = tuple(
        (item.code, f"{labels.in_words(item.names)} ({labels.money(item.amount, item.currency)})")
        for item in current.items
    )
    fields = (
        Field("party", "text", gettext("Party"), gettext("Its pseudonym, as it stands in its cases.")),
        Field("item", "choice", gettext("Item"), choices=items),
        Field("quantity", "number", gettext("Quantity"), gettext("Leave this empty for one."), needed=False),
        Field("case", "case", gettext("Case"), gettext("If the service was about one."), needed=False),
    )
    return RecordForm("charges", gettext("Charge a party"), gettext("Charge"), fields, start_token=start_token)


def _waiver_form(account: Account) -> RecordForm:
    charges = tuple(
        (str(one.event.charge), f"{one.event.charge}: {labels.money(one.owed, one.event.currency)}")
        for one in account.charges
        if one.owed
    )
    reasons = tuple((one.value, labels.waiver_reason_label(one.value)) for one in WaiverReason)
    fields = (
        Field("charge", "number_choice", gettext("Charge"), choices=charges),
        Field("amount", "decimal", gettext("Amount"), gettext("Leave this empty to waive all of it."), needed=False),
        Field("reason", "choice", gettext("Reason"), choices=reasons),
    )
    return RecordForm("waivers", gettext("Waive a charge"), gettext("Waive"), fields, fixed={"party": account.party})


def _today(casework: Casework, settings: Settings) -> date:
    return casework.clock.now().astimezone(settings.zone).date()


def _show(
    request: AnyRequest,
    casework: Casework,
    settings: Settings,
    *,
    done: bool = False,
    again: RecordForm | None = None,
) -> Response[str]:
    found: Schedules = charging.schedules(casework)
    forms = [again if again is not None and one.id == again.id else one for one in _forms(casework, settings)]
    listed = [(one.party, len(one.charges), totals(one)) for one in charging.accounts(casework)]
    context = {
        "wide": True,
        "here": "fees",
        "schedules": schedule_views(found, _today(casework, settings)),
        "forms": forms,
        "errors": [] if again is None else again.errors,
        "listed": listed,
        "address": ADDRESS,
        "done": done,
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/compliance_fees.html", context, status_code=status)


def _show_of(
    request: AnyRequest, casework: Casework, account: Account, *, done: bool = False, again: RecordForm | None = None
) -> Response[str]:
    form = again or _waiver_form(account)
    context = {
        "wide": True,
        "here": "fees",
        "account": account,
        "charges": charge_views(account, charging.schedules(casework)),
        "totals": totals(account),
        "form": form if any(one.owed for one in account.charges) else None,
        "errors": form.errors,
        "address": ADDRESS,
        "cases": "/compliance/cases",
        "done": done,
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/compliance_fees_of.html", context, status_code=status)


HANDLERS = (show_fees, post_fees, show_fees_of, post_waiver)
