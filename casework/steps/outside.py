"""What courts, authorities and external bodies do, as people report it: in every state of the case (E8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from casework.application import Casework, Handled
from casework.domain.case import outside
from casework.domain.facts import Actor
from casework.domain.values import Availability, Moment, OutsideForum, OutsideOutcome
from casework.errors import FieldError
from casework.eventlog.vault import Prepared
from casework.steps.forms import Confirmed, Form, Words, unconfirmed
from casework.steps.keeping import about_case, author, keep, keep_or_none, key_of

Number = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Demanded = Literal[Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED]
"""What may be asked of the platform."""


class ProceedingForm(Form):
    """``outside-proceedings``: somebody outside took the dispute up. ``reference`` names it: court and file number."""

    forum: OutsideForum
    opened_at: Moment
    reference: Words


class ProceedingDecidedForm(Form):
    """``outside-proceedings``: staff record how number ``proceeding`` ended; ``verified`` against its text.

    ``availability``: what the platform must do, or does of its own accord, over anything else. ``implemented``:
    whether the platform follows the decision.
    """

    CHOSEN_BY: ClassVar[str | None] = "proceeding"

    proceeding: Number
    decided_at: Moment
    outcome: OutsideOutcome
    implemented: Confirmed
    availability: Demanded | None = None
    words: Words
    verified: Confirmed

    def faults(self) -> Iterable[FieldError]:
        """Nothing is recorded from hearsay."""
        if not self.verified:
            yield unconfirmed("verified", "somebody has checked the decision")


class OrderForm(Form):
    """``orders``: a binding order, ``verified``; it overrides all else until it is lifted or ``until`` has come."""

    forum: Literal[OutsideForum.COURT, OutsideForum.AUTHORITY]
    interim: Confirmed
    availability: Demanded
    until: Moment | None = None
    reference: Words
    verified: Confirmed

    def faults(self) -> Iterable[FieldError]:
        """Nothing is recorded from hearsay."""
        if not self.verified:
            yield unconfirmed("verified", "somebody has checked the order")


class OrderLiftedForm(Form):
    """``orders``: order number ``lift`` no longer holds."""

    CHOSEN_BY: ClassVar[str | None] = "lift"

    lift: Number
    reference: Words | None = None


def proceed(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: ProceedingForm | ProceedingDecidedForm,
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Record that an outside proceeding was opened, or how it ended."""
    words: list[Prepared] = []
    wish: outside.OpenOutsideProceeding | outside.DecideOutsideProceeding
    if isinstance(form, ProceedingForm):
        reference = keep(words, author(case_id, actor), form.reference)
        wish = outside.OpenOutsideProceeding(forum=form.forum, opened_at=form.opened_at, words=reference)
    else:
        wish = outside.DecideOutsideProceeding(
            proceeding=form.proceeding,
            decided_at=form.decided_at,
            outcome=form.outcome,
            implemented=form.implemented,
            words=keep(words, about_case(case_id), form.words),
            availability=form.availability,
        )
    key = key_of(casework, "outside-proceedings", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def order(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: OrderForm | OrderLiftedForm,
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Record a binding order, or that it was lifted."""
    words: list[Prepared] = []
    wish: outside.ReceiveOrder | outside.LiftOrder
    if isinstance(form, OrderForm):
        wish = outside.ReceiveOrder(
            forum=form.forum,
            interim=form.interim,
            availability=form.availability,
            words=keep(words, about_case(case_id), form.reference),
            until=form.until,
        )
    else:
        wish = outside.LiftOrder(order=form.lift, words=keep_or_none(words, about_case(case_id), form.reference))
    key = key_of(casework, "orders", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)
