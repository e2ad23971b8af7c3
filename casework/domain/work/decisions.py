"""What may be recorded of a work: by compliance, and by a right holder who asks for prior review (A5, B3).

Sources: product.md A5 and B3; UrhDaG section 7(2) sentence 3 and section 18(4); case.md, rules 2 and 3.
"""

from __future__ import annotations

from datetime import datetime

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.values import Identifier, Moment, VaultReference, WorkFlag
from casework.domain.work.events import (
    LicenceEnded,
    LicenceRecorded,
    NoBlockReason,
    Number,
    OwnershipConfirmed,
    OwnershipFoundFalse,
    PriorReviewAccepted,
    PriorReviewRefused,
    PriorReviewRequested,
    PriorReviewWithdrawn,
    ReferenceReinstated,
    ReferenceWithdrawn,
    WorkNoBlockDelisted,
    WorkNoBlockListed,
)
from casework.domain.work.state import PriorReview, RequestState, Work


class ListNoBlock(Command):
    """Put the work on the no-block list."""

    reason: NoBlockReason
    grounds: VaultReference


class DelistNoBlock(Command):
    """Take the work from the no-block list."""

    grounds: VaultReference


class RecordLicence(Command):
    """Record that an uploader, or everybody, may use the work."""

    licensee: Identifier | None = None
    starts: Moment
    ends: Moment | None = None
    grounds: VaultReference


class EndLicence(Command):
    """End a licence now."""

    licence: Number
    grounds: VaultReference


class RequestPriorReview(Command):
    """Ask for prior review. ``suspended``: the right holder who asks has lost the right to urgent measures for now."""

    ground: WorkFlag
    starts: Moment
    ends: Moment
    justification: VaultReference
    suspended: bool = False


class AcceptPriorReview(Command):
    """Accept a request for prior review."""

    request: Number


class RefusePriorReview(Command):
    """Refuse a request for prior review."""

    request: Number
    reasons: VaultReference


class WithdrawPriorReview(Command):
    """Take one's request for prior review back."""

    request: Number


class WithdrawReference(Command):
    """Let the reference of the work count no more."""

    grounds: VaultReference


class ReinstateReference(Command):
    """Let the reference of the work count again."""

    grounds: VaultReference


class FindOwnershipFalse(Command):
    """Find that the work does not belong to a claimant."""

    claimant: Identifier
    finding: VaultReference


class ConfirmOwnership(Command):
    """Take such a finding back."""

    claimant: Identifier
    finding: VaultReference


def _require_officer(actor: Actor) -> None:
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")


def list_no_block(work: Work, command: ListNoBlock, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Put it on the list; the same reason again changes nothing, another one is recorded."""
    _require_officer(actor)
    if work.no_block is command.reason:
        return ()
    return (WorkNoBlockListed(work=work.id, reason=command.reason, grounds=command.grounds),)


def delist_no_block(work: Work, command: DelistNoBlock, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Take it from the list; doing it twice changes nothing."""
    _require_officer(actor)
    if work.no_block is None:
        return ()
    return (WorkNoBlockDelisted(work=work.id, grounds=command.grounds),)


def record_licence(work: Work, command: RecordLicence, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Record a licence; it may have begun long ago. The very same one again changes nothing."""
    _require_officer(actor)
    if command.ends is not None and command.ends <= command.starts:
        raise Refused("period_wrong")
    wanted = (command.licensee, command.starts, command.ends)
    if any((licence.licensee, licence.starts, licence.ends) == wanted for licence in work.licences):
        return ()
    return (
        LicenceRecorded(
            work=work.id,
            licence=len(work.licences) + 1,
            licensee=command.licensee,
            starts=command.starts,
            ends=command.ends,
            grounds=command.grounds,
        ),
    )


def end_licence(work: Work, command: EndLicence, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """End a licence now; one that is over stays as it is."""
    _require_officer(actor)
    if command.licence > len(work.licences):
        raise Refused("licence_unknown")
    ends = work.licences[command.licence - 1].ends
    if ends is not None and ends <= now:
        return ()
    return (LicenceEnded(work=work.id, licence=command.licence, grounds=command.grounds),)


def request_prior_review(work: Work, command: RequestPriorReview, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Ask for prior review for a limited time. It counts for the claims of this right holder alone, once accepted.

    Raises ``Refused``: ``urgent_measures_suspended``, ``period_wrong``, ``prior_review_already_requested``.
    """
    if actor.role is not Role.RIGHT_HOLDER:
        raise Refused("not_your_step")
    if command.suspended:
        raise Refused("urgent_measures_suspended")
    if not command.starts < command.ends or command.ends <= now:
        raise Refused("period_wrong")
    for request in work.requests:
        if request.event.right_holder == actor.id and request.state(now) in (
            RequestState.REQUESTED,
            RequestState.ACCEPTED,
        ):
            raise Refused("prior_review_already_requested")
    return (
        PriorReviewRequested(
            work=work.id,
            request=len(work.requests) + 1,
            right_holder=actor.id,
            ground=command.ground,
            starts=command.starts,
            ends=command.ends,
            justification=command.justification,
        ),
    )


def _request(work: Work, number: int) -> PriorReview:
    if number > len(work.requests):
        raise Refused("prior_review_unknown")
    return work.requests[number - 1]


def _require_open(request: PriorReview, now: datetime) -> None:
    if request.state(now) is not RequestState.REQUESTED:
        raise Refused("prior_review_answered")


def accept_prior_review(work: Work, command: AcceptPriorReview, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Accept a request that waits for an answer; twice changes nothing."""
    _require_officer(actor)
    request = _request(work, command.request)
    if request.answer is RequestState.ACCEPTED:
        return ()
    _require_open(request, now)
    return (PriorReviewAccepted(work=work.id, request=command.request),)


def refuse_prior_review(work: Work, command: RefusePriorReview, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Refuse a request that waits for an answer; twice changes nothing."""
    _require_officer(actor)
    request = _request(work, command.request)
    if request.answer is RequestState.REFUSED:
        return ()
    _require_open(request, now)
    return (PriorReviewRefused(work=work.id, request=command.request, reasons=command.reasons),)


def withdraw_prior_review(work: Work, command: WithdrawPriorReview, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Take one's own request back, accepted or not; twice changes nothing."""
    request = _request(work, command.request)
    if (actor.role, actor.id) != (Role.RIGHT_HOLDER, request.event.right_holder):
        raise Refused("not_your_step")
    state = request.state(now)
    if state is RequestState.WITHDRAWN:
        return ()
    if state not in (RequestState.REQUESTED, RequestState.ACCEPTED):
        raise Refused("prior_review_answered")
    return (PriorReviewWithdrawn(work=work.id, request=command.request),)


def withdraw_reference(work: Work, command: WithdrawReference, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Let it count no more; twice changes nothing."""
    _require_officer(actor)
    if work.reference_withdrawn:
        return ()
    return (ReferenceWithdrawn(work=work.id, grounds=command.grounds),)


def reinstate_reference(work: Work, command: ReinstateReference, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Let it count again; where it counts, nothing changes."""
    _require_officer(actor)
    if not work.reference_withdrawn:
        return ()
    return (ReferenceReinstated(work=work.id, grounds=command.grounds),)


def find_ownership_false(work: Work, command: FindOwnershipFalse, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Find against a claimant; twice changes nothing."""
    _require_officer(actor)
    if command.claimant in work.false_claimants:
        return ()
    return (OwnershipFoundFalse(work=work.id, claimant=command.claimant, finding=command.finding),)


def confirm_ownership(work: Work, command: ConfirmOwnership, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Take the finding back; where there is none, nothing changes."""
    _require_officer(actor)
    if command.claimant not in work.false_claimants:
        return ()
    return (OwnershipConfirmed(work=work.id, claimant=command.claimant, finding=command.finding),)
