"""Courts, authorities and external bodies: recorded in every state, closed ones too, and over everything (E8).

Nothing here asks whether a remedy inside the platform was used first (invariant 6). An order lies over the platform's
own measure while it is in force; what lies under it goes on and shows again when the order falls.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from casework.domain.case.adjudication import PARTIES
from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.outside_events import (
    OrderLifted,
    OrderReceived,
    OutsideProceedingDecided,
    OutsideProceedingOpened,
)
from casework.domain.case.reasons import reasons_of_order, reasons_that_hold
from casework.domain.case.state import Case, Order, OutsideProceeding
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.orders import BindingOrder
from casework.domain.values import Availability, Moment, OutsideForum, OutsideOutcome, VaultReference

RECORDERS = (Role.INTAKE, Role.COMPLIANCE)
"""Who has seen the document itself: an order or a decision is recorded by staff that verified it."""

Demanded = Literal[Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED]
"""What may be asked of the platform."""


def require_recorder(actor: Actor) -> None:
    """Only intake and compliance officers, who verify what they record. Raises ``Refused``."""
    if actor.role not in RECORDERS:
        raise Refused("not_your_step")


def require_order_recorder(actor: Actor) -> None:
    """The same, or the system, which carries an order to the other cases of its upload. Raises ``Refused``."""
    if actor.role is not Role.CLOCK:
        require_recorder(actor)


class OpenOutsideProceeding(Command):
    """Somebody outside took the dispute up; ``words`` hold its reference."""

    forum: OutsideForum
    opened_at: Moment
    words: VaultReference


def may_open_outside_proceeding(case: Case, circumstances: Circumstances) -> None:
    """Either side reports it, staff record it; in every state (invariant 6). Raises ``Refused``."""
    if circumstances.actor.role not in RECORDERS:
        require_party(case, circumstances.actor, *PARTIES)


def open_outside_proceeding(
    case: Case, command: OpenOutsideProceeding, circumstances: Circumstances
) -> tuple[Event, ...]:
    """Record that it was opened; availability stays. The same report again yields no event."""
    may_open_outside_proceeding(case, circumstances)
    if any(known.words == command.words for known in case.proceedings):
        return ()
    if command.opened_at > circumstances.now:
        raise Refused("in_the_future")
    return (
        OutsideProceedingOpened(
            proceeding=len(case.proceedings) + 1,
            forum=command.forum,
            opened_at=command.opened_at,
            words=command.words,
        ),
    )


class DecideOutsideProceeding(Command):
    """How it ended; ``availability`` is what the platform must do, or does of its own accord, over all else."""

    proceeding: int
    decided_at: Moment
    outcome: OutsideOutcome
    implemented: bool
    words: VaultReference
    availability: Demanded | None = None


def decide_outside_proceeding(
    case: Case, command: DecideOutsideProceeding, circumstances: Circumstances
) -> tuple[Event, ...]:
    """Record the end; with an ``availability`` it overrides. The same end again yields no event.

    The decision of an external body binds nobody (DSA art. 21(2)): it changes the upload only where the platform
    implements it.
    """
    require_recorder(circumstances.actor)
    proceeding = _proceeding(case, command.proceeding)
    if proceeding.decided_at == command.decided_at and proceeding.outcome is command.outcome:
        return ()
    if proceeding.decided_at is not None:
        raise Refused("proceeding_decided")
    if command.decided_at > circumstances.now:
        raise Refused("in_the_future")
    if command.decided_at < proceeding.opened_at:
        raise Refused("decided_before_opened")
    free = proceeding.forum is OutsideForum.EXTERNAL_BODY and not command.implemented
    if free and command.availability is not None:
        raise Refused("not_implemented")
    reasons = None
    if command.availability is not None:
        reasons = reasons_of_order(case, command.availability, circumstances)
    return (
        OutsideProceedingDecided(
            proceeding=command.proceeding,
            decided_at=command.decided_at,
            outcome=command.outcome,
            implemented=command.implemented,
            words=command.words,
            availability=command.availability,
            statement_of_reasons=reasons,
        ),
    )


def _proceeding(case: Case, number: int) -> OutsideProceeding:
    for known in case.proceedings:
        if known.number == number:
            return known
    raise Refused("proceeding_unknown")


class ReceiveOrder(Command):
    """A binding order of a court or an authority; ``until``: the end that it sets itself (exclusive).

    ``since``: when it reached the platform, if that was in another case of the same upload.
    """

    forum: Literal[OutsideForum.COURT, OutsideForum.AUTHORITY]
    interim: bool
    availability: Demanded
    words: VaultReference
    until: Moment | None = None
    since: Moment | None = None


def may_receive_order(case: Case, circumstances: Circumstances) -> None:
    """Staff who verified it, in every state; the system, from another case of the upload. Raises ``Refused``."""
    require_order_recorder(circumstances.actor)


def receive_order(case: Case, command: ReceiveOrder, circumstances: Circumstances) -> tuple[Event, ...]:
    """The order lies over everything else from now on. The same order again, while it holds, yields no event.

    One that was lifted may be made again, and one that holds may be prolonged or changed under the same reference.
    """
    may_receive_order(case, circumstances)
    if any(known.stands(_terms(command, known)) for known in case.orders):
        return ()
    if command.until is not None and command.until <= circumstances.now:
        raise Refused("order_over")
    return (
        OrderReceived(
            order=len(case.orders) + 1,
            forum=command.forum,
            interim=command.interim,
            availability=command.availability,
            until=command.until,
            words=command.words,
            statement_of_reasons=reasons_of_order(case, command.availability, circumstances),
            since=command.since,
        ),
    )


def _terms(command: ReceiveOrder, known: Order) -> BindingOrder:
    """The order of the command; reported once more by a person it is as old as the one that is known."""
    return BindingOrder(
        forum=command.forum,
        interim=command.interim,
        availability=command.availability,
        received_at=command.since or known.received_at,
        until=command.until,
        words=command.words,
    )


class LiftOrder(Command):
    """An order no longer holds, because whoever made it says so; ``words`` hold the reference of that."""

    order: int
    words: VaultReference | None = None


def lift_order(case: Case, command: LiftOrder, circumstances: Circumstances) -> tuple[Event, ...]:
    """What lies under the order shows again, with its reasons where it restricts. Twice yields no event."""
    require_order_recorder(circumstances.actor)
    order = _order(case, command.order)
    if order.lifted_at is not None:
        return ()
    without = replace(
        case,
        orders=tuple(replace(one, lifted_at=circumstances.now) if one is order else one for one in case.orders),
    )
    return (
        OrderLifted(
            order=order.number,
            ran_out=False,
            words=command.words,
            availability=without.availability,
            statement_of_reasons=reasons_that_hold(without, circumstances),
        ),
    )


def _order(case: Case, number: int) -> Order:
    for known in case.orders:
        if known.number == number:
            return known
    raise Refused("order_unknown")
