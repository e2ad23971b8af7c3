"""What may become of a filter request: made and completed by a right holder, checked by intake, ended by a finding.

Sources: product.md B1 to B3; UrhDaG section 7(1) (the right holder supplies the information that filtering needs) and
section 18(1) and (4) (who claims works of others is excluded; free works are not blocked).
"""

from __future__ import annotations

from datetime import datetime

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.filter_request.elements import (
    CHECKLISTS,
    Element,
    completeness_of,
    is_bare_warning_letter,
    missing_of,
)
from casework.domain.filter_request.events import (
    Elements,
    FilterOwnershipFoundFalse,
    FilterRequestAccepted,
    FilterRequestCompleted,
    FilterRequestFoundIncomplete,
    FilterRequestReceived,
    FilterRequestRejected,
    FilterRequestSupplemented,
    FilterRequestWithdrawn,
    RejectionReason,
    RequestNumber,
    Yardsticks,
)
from casework.domain.filter_request.state import OPEN, FilterRequest, RequestStage
from casework.domain.values import Identifier, VaultReference, WorkKind


class MakeFilterRequest(Command):
    """Ask for filtering. ``suspended``: the right holder has lost the right to automatic blocking for now."""

    work: Identifier
    kind: WorkKind
    request: RequestNumber
    supplied: Elements
    yardsticks: Yardsticks | None = None
    content: VaultReference
    suspended: bool = False


class SupplyMore(Command):
    """Supply elements that were lacking, or more of those that are there."""

    supplied: Elements
    yardsticks: Yardsticks | None = None
    content: VaultReference


class FindFilterRequestIncomplete(Command):
    """Ask for elements: what was supplied of them does not do, and why."""

    missing: Elements
    remarks: VaultReference


class AcceptFilterRequest(Command):
    """Accept it. ``ownership_false``, ``no_block``: what the record of the work says of claimant and work."""

    ownership_false: bool = False
    no_block: bool = False


class RejectFilterRequest(Command):
    """Reject it, with reasons."""

    reason: RejectionReason
    reasons: VaultReference


class WithdrawFilterRequest(Command):
    """Take one's own request back."""


class EndForFalseOwnership(Command):
    """End it, because the work was found not to belong to whoever asked."""

    finding: VaultReference


def make_filter_request(
    request: FilterRequest, command: MakeFilterRequest, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Take the request in, with its score by the published list.

    Raises ``Refused``: ``automatic_blocking_suspended``; ``filter_request_open`` where another one was made meanwhile.
    """
    if actor.role is not Role.RIGHT_HOLDER:
        raise Refused("not_your_step")
    if request.version:
        raise Refused("filter_request_open")
    if command.suspended:
        raise Refused("automatic_blocking_suspended")
    supplied = _with_yardsticks(command.supplied, command.yardsticks)
    missing = missing_of(command.kind, supplied)
    return (
        FilterRequestReceived(
            work=command.work,
            kind=command.kind,
            right_holder=actor.id,
            request=command.request,
            supplied=supplied,
            missing=missing,
            completeness=completeness_of(command.kind, missing),
            yardsticks=command.yardsticks,
            content=command.content,
        ),
    )


def check_at_once(received: FilterRequestReceived) -> tuple[Event, ...]:
    """What the published list alone says of a new request: a bare warning letter is rejected, a gap is asked for."""
    if is_bare_warning_letter(received.supplied):
        return (FilterRequestRejected(reason=RejectionReason.WARNING_LETTER_ONLY),)
    if received.missing:
        gap = {"missing": received.missing, "completeness": received.completeness, "further": False}
        return (FilterRequestFoundIncomplete.model_validate(gap),)
    return ()


def supply_more(request: FilterRequest, command: SupplyMore, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Add to one's own open request. Raises ``Refused``: ``filter_request_answered``, ``nothing_supplied``."""
    _require_own(request, actor)
    _require_open(request)
    supplied = _with_yardsticks(command.supplied, command.yardsticks)
    if not supplied:
        raise Refused("nothing_supplied")
    missing = tuple(element for element in request.missing if element not in supplied)
    score = completeness_of(request.made.kind, missing)
    more = {"supplied": supplied, "completeness": score, "yardsticks": command.yardsticks, "content": command.content}
    if request.missing and not missing:
        return (FilterRequestCompleted.model_validate(more),)
    return (FilterRequestSupplemented.model_validate({**more, "missing": missing}),)


def find_incomplete(
    request: FilterRequest, command: FindFilterRequestIncomplete, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Ask for elements of the list of this kind of work; those that are lacking already stay lacking.

    To ask again for nothing but what an officer has asked for already changes nothing.

    Raises ``Refused``: ``filter_request_answered``, ``element_not_on_list``, ``nothing_asked_for``.
    """
    _require_intake(actor)
    _require_open(request)
    listed = CHECKLISTS[request.made.kind]
    if not command.missing:
        raise Refused("nothing_asked_for")
    if any(element not in listed for element in command.missing):
        raise Refused("element_not_on_list")
    missing = tuple(element for element in listed if element in (*request.missing, *command.missing))
    if missing == request.missing and request.words is not None:
        return ()
    return (
        FilterRequestFoundIncomplete(
            missing=missing,
            completeness=completeness_of(request.made.kind, missing),
            further=request.stage is RequestStage.INCOMPLETE,
            remarks=command.remarks,
        ),
    )


def accept_filter_request(
    request: FilterRequest, command: AcceptFilterRequest, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Accept a complete request; twice changes nothing.

    Raises ``Refused``: ``filter_request_answered``, ``filter_request_incomplete``, ``ownership_found_false``,
    ``work_never_blocked``.
    """
    _require_intake(actor)
    if request.stage is RequestStage.ACTIVE:
        return ()
    _require_open(request)
    if request.missing:
        raise Refused("filter_request_incomplete", missing=" ".join(request.missing))
    if command.ownership_false:
        raise Refused("ownership_found_false")
    if command.no_block:
        raise Refused("work_never_blocked")
    return (FilterRequestAccepted(),)


def reject_filter_request(
    request: FilterRequest, command: RejectFilterRequest, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Reject an open request; twice changes nothing. Raises ``Refused``: ``filter_request_answered``."""
    _require_intake(actor)
    if request.stage is RequestStage.REJECTED:
        return ()
    _require_open(request)
    return (FilterRequestRejected(reason=command.reason, reasons=command.reasons),)


def withdraw_filter_request(
    request: FilterRequest, command: WithdrawFilterRequest, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Take one's own request back, accepted or not; twice changes nothing. Raises ``Refused``."""
    _require_own(request, actor)
    if request.stage is RequestStage.WITHDRAWN:
        return ()
    if request.is_over:
        raise Refused("filter_request_answered")
    return (FilterRequestWithdrawn(active=request.stage is RequestStage.ACTIVE),)


def end_for_false_ownership(request: FilterRequest, command: EndForFalseOwnership) -> tuple[Event, ...]:
    """End it; one that was never made, or is over, stays as it is."""
    if not request.version or request.is_over:
        return ()
    return (FilterOwnershipFoundFalse(active=request.stage is RequestStage.ACTIVE, finding=command.finding),)


def _with_yardsticks(supplied: Elements, yardsticks: Yardsticks | None) -> Elements:
    """Each element once, in the order of all elements; yardsticks are supplied by their numbers and by nothing else."""
    named: set[Element] = {element for element in supplied if element is not Element.YARDSTICKS}
    if yardsticks is not None:
        named.add(Element.YARDSTICKS)
    return tuple(element for element in Element if element in named)


def _require_intake(actor: Actor) -> None:
    if actor.role is not Role.INTAKE:
        raise Refused("not_your_step")


def _require_own(request: FilterRequest, actor: Actor) -> None:
    if (actor.role, actor.id) != (Role.RIGHT_HOLDER, request.made.right_holder):
        raise Refused("not_your_step")


def _require_open(request: FilterRequest) -> None:
    if request.stage not in OPEN:
        raise Refused("filter_request_answered")
