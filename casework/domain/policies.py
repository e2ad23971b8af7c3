"""What one fact leads to elsewhere: pure functions from an event, and the state of what it touches, to commands.

Nothing is sent from here: the application and the worker do that, under command ids derived from the event, so that
each command is carried out once however often a policy is asked (case.md, invariant 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from casework.domain.case.further import ReopenCase, SuspendMeasure
from casework.domain.case.outside import LiftOrder, ReceiveOrder
from casework.domain.case.outside_events import OrderLifted, OrderReceived, OutsideProceedingDecided
from casework.domain.case.state import Case
from casework.domain.decision import ACTIONS, AVAILABILITIES
from casework.domain.facts import Event
from casework.domain.filter_request.decisions import EndForFalseOwnership
from casework.domain.orders import BindingOrder
from casework.domain.party.decisions import WarnOfConduct
from casework.domain.party.state import Ledger, Stage
from casework.domain.party.values import Conduct
from casework.domain.sample.events import AuditDisagreementFound
from casework.domain.sample.values import Disagreement
from casework.domain.upload.decisions import BindUpload, ReleaseUpload, UploadCommand
from casework.domain.upload.events import UploadOrdered, UploadOrderLifted
from casework.domain.upload.state import Upload
from casework.domain.values import Availability, OutsideForum, ReopeningCause
from casework.domain.work.events import OwnershipFoundFalse, ReferenceWithdrawn
from casework.domain.work.state import Work

GroundGone = OwnershipFoundFalse | ReferenceWithdrawn
"""Facts that take the ground from under every measure for a claimant's work (product.md B3)."""

BINDING = (OutsideForum.COURT, OutsideForum.AUTHORITY)
"""Whose word covers the upload itself; an external body decides on one dispute and binds nobody (DSA art. 21(2))."""


# Orders: from a case to its upload, and from the upload to its other cases


def when_order_changes_bind_upload(
    case_id: UUID, case: Case, events: Iterable[Event], now: datetime
) -> tuple[UploadCommand, ...]:
    """What the orders that a step on this case brings or ends mean for the upload. ``case``: before the step."""
    return tuple(command for event in events if (command := _of_order(case_id, case, event, now)) is not None)


def _of_order(case_id: UUID, case: Case, event: Event, now: datetime) -> UploadCommand | None:
    if isinstance(event, OrderReceived):
        terms = BindingOrder(
            forum=event.forum,
            interim=event.interim,
            availability=event.availability,
            received_at=event.since or now,
            until=event.until,
            words=event.words,
        )
        return BindUpload(case=case_id, terms=terms)
    if isinstance(event, OutsideProceedingDecided) and event.availability is not None:
        forum = next(one.forum for one in case.proceedings if one.number == event.proceeding)
        if forum not in BINDING:
            return None
        terms = BindingOrder(
            forum=forum,
            interim=False,
            availability=event.availability,
            received_at=event.decided_at,
            words=event.words,
        )
        return BindUpload(case=case_id, terms=terms)
    if isinstance(event, OrderLifted):
        terms = next(one.terms for one in case.orders if one.number == event.order)
        return ReleaseUpload(case=case_id, terms=terms, ran_out=event.ran_out)
    return None


def when_upload_ordered_bind_cases(
    event: UploadOrdered, upload: Upload, case_id: UUID, case: Case, now: datetime
) -> ReceiveOrder | None:
    """The order for another case of the upload; ``None`` where it stands already, is over, or the upload is gone."""
    order = upload.orders[event.order - 1]
    if case_id == event.case or case.withdrawn_at is not None or not order.holds(now):
        return None
    if any(known.stands(event.terms) for known in case.orders):
        return None
    terms = event.terms
    return ReceiveOrder.model_validate(
        {
            "forum": terms.forum,
            "interim": terms.interim,
            "availability": terms.availability,
            "words": terms.words,
            "until": terms.until,
            "since": terms.received_at,
        }
    )


def when_upload_order_lifted_release_cases(event: UploadOrderLifted, upload: Upload, case: Case) -> LiftOrder | None:
    """The end of the order for a case in which it still stands; ``None`` elsewhere."""
    terms = upload.orders[event.order - 1].terms
    for known in case.orders:
        if known.stands(terms):
            return LiftOrder(order=known.number)
    return None


# Works: from a finding to all cases that it takes the ground from


def reopening_cause(
    event: GroundGone,
) -> Literal[ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN]:
    """Why the cases are decided again."""
    if isinstance(event, OwnershipFoundFalse):
        return ReopeningCause.OWNERSHIP_FALSE
    return ReopeningCause.REFERENCE_WITHDRAWN


def ground_is_gone(event: GroundGone, work: Work) -> bool:
    """Whether the finding still stands: it may have been taken back since."""
    if isinstance(event, OwnershipFoundFalse):
        return event.claimant in work.false_claimants
    return work.reference_withdrawn


def was_restricted(case: Case) -> bool:
    """Whether the platform itself has ever limited, held or blocked the upload in this case."""
    found = [AVAILABILITIES[ACTIONS[case.decision.own_outcome]], case.measure]
    found += [appeal.contested for appeal in case.appeals]
    if case.ruling is not None:
        found.append(case.ruling.availability)
    upon_notice = any(notice.accepted_at is not None for notice in case.notices)
    urgent = any(appeal.urgent for appeal in case.appeals)
    return upon_notice or urgent or any(one is not Availability.PUBLIC for one in found)


def has_followed(event: GroundGone, case: Case, since: datetime) -> bool:
    """Whether the case was reopened for this cause since the finding."""
    cause = reopening_cause(event)
    return any(appeal.reopened is cause and appeal.lodged_at >= since for appeal in case.appeals)


def when_ownership_found_false_reopen_cases(
    event: GroundGone, case: Case, since: datetime
) -> ReopenCase | SuspendMeasure | None:
    """What becomes of one case of the work; ``None`` where nothing was ever restricted, or it has happened already.

    A closed or decided case, and one that was never appealed, is reopened and public until the new ruling. A review
    that is open goes on, with the upload public. What was never restricted needs nothing; what was and is public again
    is reopened too, because the restriction itself was wrong (product.md B3).
    """
    if isinstance(event, OwnershipFoundFalse) and case.right_holder != event.claimant:
        return None
    if case.withdrawn_at is not None or has_followed(event, case, since) or not was_restricted(case):
        return None
    if case.review is not None or case.in_prior_review:
        public = case.measure is Availability.PUBLIC
        return None if public else SuspendMeasure(cause=reopening_cause(event))
    return ReopenCase(cause=reopening_cause(event))


def when_ownership_found_false_warn_claimant(
    event: GroundGone, ledger: Ledger, cases: Sequence[UUID], now: datetime
) -> WarnOfConduct | None:
    """The entry in the claimant's ledger that the finding leads to, unless its ledger knows of it already.

    Who only withdraws a reference has done nothing wrong.
    """
    if not isinstance(event, OwnershipFoundFalse) or not cases:
        return None
    if ledger.stage(Conduct.FALSE_OWNERSHIP, now) is not Stage.CLEAN:
        return None
    return WarnOfConduct(conduct=Conduct.FALSE_OWNERSHIP, cases=tuple(cases)[:1000], warning=event.finding)


def when_ownership_found_false_end_filter_request(event: OwnershipFoundFalse) -> EndForFalseOwnership:
    """The end of the claimant's request to filter with the work, where one is open or active."""
    return EndForFalseOwnership(finding=event.finding)


# Audit samples: from a disagreement to the case


def when_audit_disagreement_found_reopen_case(event: AuditDisagreementFound, case: Case) -> ReopenCase | None:
    """Decide the case anew, if the sample says so and the decision's effect still stands; ``None`` otherwise.

    A block that fell already, or an upload that was taken down since, needs nothing. While a review is open, those who
    sit on it decide, and once the upload is gone there is nothing to decide about.
    """
    if not event.reopens or case.withdrawn_at is not None or case.review is not None or case.in_prior_review:
        return None
    if any(appeal.reopened is ReopeningCause.AUDIT_DISAGREEMENT for appeal in case.appeals):
        return None
    public = case.measure is Availability.PUBLIC
    if public is (event.kind is Disagreement.FALSE_BLOCK):
        return None
    return ReopenCase(cause=ReopeningCause.AUDIT_DISAGREEMENT)
