"""Fees as they come in from pages and from the API, once for both: schedules, charges of parties, waivers.

What is charged follows from the schedule that is in force on the day in the time zone of the reports, exactly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from typing import Annotated, Any, TypeAlias, TypeVar, cast
from uuid import UUID

from pydantic import Field, ValidationError

from casework.application import Casework
from casework.command_ids import command_key
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased
from casework.domain.facts import Actor, Command, Role
from casework.domain.fees.decisions import (
    ChargeFee,
    PublishSchedule,
    WaiveFee,
    charge_fee,
    publish_schedule,
    waive_fee,
)
from casework.domain.fees.events import FeeCharged, FeeWaived
from casework.domain.fees.state import (
    SCHEDULES_STREAM,
    Account,
    Schedules,
    account_stream,
    fold_account,
    fold_schedules,
)
from casework.domain.fees.values import FeeItem, ItemCode, Number, Sum, Times, WaiverReason
from casework.domain.screening.events import Day
from casework.domain.values import Identifier
from casework.errors import FieldError, Invalid, NotFound
from casework.eventlog.codec import Recorded
from casework.intake import field_errors
from casework.ledger_steps import side_of
from casework.steps import Form
from casework.streams import Written

_is_pseudonym = re.compile(r"(?:up|rh)_[a-z2-7]{26}").fullmatch
AnyCommand = TypeVar("AnyCommand", bound=Command)
PartyEvent: TypeAlias = FeeCharged | FeeWaived | ErasureRequested | PersonalDataErased | ErasureRefused
"""What lies beside the cases in a stream of its own for each party and side."""


class ScheduleForm(Form):
    """``schedules``: what is asked from ``effective`` on, a day to come; it replaces the schedule before it."""

    effective: Day
    items: Annotated[tuple[FeeItem, ...], Field(min_length=1, max_length=100)]


class ChargeForm(Form):
    """``charges``: a party is charged for so many units of an item; ``case``, where the service was about one."""

    party: Identifier
    item: ItemCode
    quantity: Times = 1
    case: UUID | None = None


class WaiverForm(Form):
    """``waivers``: of a charge, by its number, ``amount`` is waived; without one, all that is left of it."""

    party: Identifier
    charge: Number
    amount: Sum | None = None
    reason: WaiverReason


def party_side(party: str) -> Role:
    """On which side a pseudonym acts. Raises ``NotFound`` for what cannot be one."""
    if not _is_pseudonym(party):
        raise NotFound("party")
    return side_of(party)


def schedules(casework: Casework) -> Schedules:
    """All schedules that were ever published."""
    return fold_schedules(casework.log.load(SCHEDULES_STREAM))


def account(casework: Casework, party: str) -> Account:
    """What a party was charged; an empty account where there is nothing. Raises ``NotFound``."""
    side = party_side(party)
    return fold_account(party, side, casework.log.load(account_stream(side, party)))


def accounts(casework: Casework) -> list[Account]:
    """Everybody who was ever charged, whoever was charged or given a waiver last first."""
    found = histories_of_parties(casework, (FeeCharged, FeeWaived))
    return [fold_account(party, side, history) for (party, side), history in found.items()]


def histories_of_parties(
    casework: Casework, kinds: Sequence[type[PartyEvent]]
) -> dict[tuple[str, Role], list[Recorded]]:
    """The events of these kinds of each party and side, whose history went on last first."""
    found: dict[tuple[str, Role], list[Recorded]] = {}
    for recorded in casework.log.of_topics([kind.TOPIC for kind in kinds]):
        event = cast("PartyEvent", recorded.event)
        history = found.pop((event.party, event.side), [])
        history.append(recorded)
        found[event.party, event.side] = history
    return dict(reversed(found.items()))


def publish(
    casework: Casework, actor: Actor, form: ScheduleForm, zone: tzinfo, *, idempotency_key: str | None = None
) -> Written[Schedules]:
    """Publish a schedule. Raises ``Refused``, ``Invalid`` and ``Conflict``."""
    command = _command(PublishSchedule, {"effective": form.effective, "items": form.items})
    return casework.streams.write(
        SCHEDULES_STREAM,
        fold_schedules,
        lambda state, now: publish_schedule(state, command, actor, now.astimezone(zone).date()),
        actor,
        command_id=_key(casework, "fees", actor, idempotency_key, form),
    )


def charge(
    casework: Casework, actor: Actor, form: ChargeForm, zone: tzinfo, *, idempotency_key: str | None = None
) -> Written[Account]:
    """Charge a party. Raises ``Refused``, ``NotFound``, ``Invalid`` for a case of others, ``Conflict``."""
    side = party_side(form.party)
    _check_case(casework, side, form)
    known = schedules(casework)
    command = ChargeFee(item=form.item, quantity=form.quantity, case=form.case)
    return casework.streams.write(
        account_stream(side, form.party),
        partial(fold_account, form.party, side),
        lambda state, now: charge_fee(state, known, command, actor, now.astimezone(zone).date()),
        actor,
        command_id=_key(casework, "charge", actor, idempotency_key, form),
    )


def waive(
    casework: Casework, actor: Actor, form: WaiverForm, *, idempotency_key: str | None = None
) -> Written[Account]:
    """Waive a charge. Raises ``Refused``, ``NotFound`` and ``Conflict``."""
    side = party_side(form.party)
    command = WaiveFee(charge=form.charge, amount=form.amount, reason=form.reason)
    return casework.streams.write(
        account_stream(side, form.party),
        partial(fold_account, form.party, side),
        lambda state, now: waive_fee(state, command, actor),
        actor,
        command_id=_key(casework, "waiver", actor, idempotency_key, form),
    )


def _command(kind: type[AnyCommand], fields: dict[str, Any]) -> AnyCommand:
    try:
        return kind(**fields)
    except ValidationError as error:
        raise Invalid(field_errors(error)) from None


def _check_case(casework: Casework, side: Role, form: ChargeForm) -> None:
    if form.case is None:
        return
    found = casework.log.first_events([form.case]).get(form.case)
    event = None if found is None else found.event
    if isinstance(event, FilteringDecisionRecorded):
        parties = {Role.UPLOADER: event.upload.uploader, Role.RIGHT_HOLDER: event.work.right_holder}
        if parties[side] == form.party:
            return
    raise Invalid((FieldError("/case", "not_a_case_of_this_party", "must be a case of this party"),))


def _key(casework: Casework, step: str, actor: Actor, given: str | None, form: Form) -> str:
    return command_key(casework.vault, actor, given, f"{step}\n{form.model_dump_json()}".encode())
