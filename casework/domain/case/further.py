"""Further levels of review, and reopening: a case that was decided or closed is decided again, by new people."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from casework.domain.case.adjudication import PARTIES, require_appeals
from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import CaseReopened, FurtherReviewRequested, MeasureSuspended
from casework.domain.case.reasons import own_reasons
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability, ReopeningCause, VaultReference

REOPENERS = (Role.COMPLIANCE, Role.CLOCK)
RESTORED_AT_ONCE = (ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN)
"""Causes that take the ground from under the measure itself: restored by default (product.md B3)."""


def further_review_until(case: Case, standard: Standard) -> datetime | None:
    """End (exclusive) of the window of both sides, counted from the ruling; ``None`` while there is none to review."""
    if case.ruled_at is None or case.rests is not Procedure.DECIDED:
        return None
    return case.ruled_at + standard.procedure.further_review_window


class RequestFurtherReview(Command):
    """Why the ruling is wrong."""

    reasons: VaultReference


def may_request_further_review(case: Case, circumstances: Circumstances) -> None:
    """Either side, after a ruling, while the standard has a level left and the window is open. Raises ``Refused``.

    Once for each side: who took its request back has decided for itself to let the ruling stand, not for the other.
    """
    require_party(case, circumstances.actor, *PARTIES)
    if case.under_appeal:
        raise Refused("already_under_appeal")
    until = further_review_until(case, circumstances.standard)
    if case.withdrawn_at is not None or until is None:
        raise Refused("nothing_decided")
    if not has_level_left(case, circumstances.standard):
        raise Refused("no_level_left")
    if circumstances.now >= until:
        raise Refused("window_closed", until=until.isoformat())
    if circumstances.actor.role in took_back(case):
        raise Refused("further_review_withdrawn")
    require_appeals(circumstances)


def has_level_left(case: Case, standard: Standard) -> bool:
    """Whether the standard knows another level above that of the ruling in force."""
    ruled = case.ruled_appeal
    return ruled is not None and ruled.level < standard.procedure.review_levels


def took_back(case: Case) -> frozenset[Role]:
    """Sides whose request for a review of the ruling in force was taken back; empty while one is open."""
    ruled = case.ruled_appeal
    if ruled is None or case.under_appeal:
        return frozenset()
    return frozenset(appeal.lodged_by for appeal in case.appeals[ruled.number :] if appeal.level > ruled.level)


def request_further_review(
    case: Case, command: RequestFurtherReview, circumstances: Circumstances
) -> tuple[Event, ...]:
    """Open the next level: an adjudication with new reviewers. The same request again yields no event."""
    require_party(case, circumstances.actor, *PARTIES)
    appeal = case.appeal
    if case.under_appeal and appeal is not None and appeal.level > 1 and appeal.reasons == command.reasons:
        return ()
    may_request_further_review(case, circumstances)
    return (
        FurtherReviewRequested(appeal=len(case.appeals) + 1, side=circumstances.actor.role, reasons=command.reasons),
    )


class ReopenCase(Command):
    """Why the case is decided again; a person gives reasons in words, a policy need not."""

    cause: ReopeningCause
    reasons: VaultReference | None = None


def may_reopen(case: Case, circumstances: Circumstances) -> None:
    """Compliance or the system, whenever no review is open and the upload is still there. Raises ``Refused``."""
    if circumstances.actor.role not in REOPENERS:
        raise Refused("not_your_step")
    if case.withdrawn_at is not None:
        raise Refused("upload_withdrawn")
    if case.review is not None or case.in_prior_review:
        raise Refused("review_open")


def reopen_case(case: Case, command: ReopenCase, circumstances: Circumstances) -> tuple[Event, ...]:
    """Open an adjudication with new reviewers; earlier events stay.

    A work that is not the claimant's, or whose reference is gone, carries no measure: the upload is public until the
    new ruling, under an order as soon as that falls. Otherwise availability stays. The same reopening again yields no
    event.
    """
    if circumstances.actor.role not in REOPENERS:
        raise Refused("not_your_step")
    appeal = case.appeal
    same = appeal is not None and (appeal.reopened, appeal.reasons) == (command.cause, command.reasons)
    if case.under_appeal and same:
        return ()
    may_reopen(case, circumstances)
    availability = Availability.PUBLIC if command.cause in RESTORED_AT_ONCE else case.measure
    return (
        CaseReopened(
            appeal=len(case.appeals) + 1,
            cause=command.cause,
            reasons=command.reasons,
            availability=availability,
            statement_of_reasons=own_reasons(case, availability, circumstances),
        ),
    )


class SuspendMeasure(Command):
    """The work is not the claimant's, or its reference is gone, while a review of the case is open."""

    cause: Literal[ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN]


def suspend_measure(case: Case, command: SuspendMeasure, circumstances: Circumstances) -> tuple[Event, ...]:
    """Public until the ruling; the open review goes on. What is public already yields no event. Raises ``Refused``.

    A reopening would take the review from those who sit on it, and from the party its appeal (product.md B3; case.md).
    """
    if circumstances.actor.role not in REOPENERS:
        raise Refused("not_your_step")
    if case.withdrawn_at is not None:
        raise Refused("upload_withdrawn")
    if case.review is None and not case.in_prior_review:
        raise Refused("no_review_open")
    if case.measure is Availability.PUBLIC:
        return ()
    return (MeasureSuspended(cause=command.cause, availability=Availability.PUBLIC),)
