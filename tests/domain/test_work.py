"""The record of a work: no-block list, licences, requests for prior review, reference, false ownership."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casework.domain.facts import Actor, Role
from casework.domain.values import WorkFlag
from casework.domain.work.decisions import (
    AcceptPriorReview,
    ConfirmOwnership,
    DelistNoBlock,
    EndLicence,
    FindOwnershipFalse,
    ListNoBlock,
    RecordLicence,
    RefusePriorReview,
    ReinstateReference,
    RequestPriorReview,
    WithdrawPriorReview,
    WithdrawReference,
)
from casework.domain.work.events import (
    EVENTS,
    LicenceEnded,
    LicenceRecorded,
    NoBlockReason,
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
from casework.domain.work.state import EVOLUTIONS, NOTHING_RECORDED, RequestState, work_stream
from tests.domain.ledger_spec import WORDS, WORK, given_work, work_of
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, UPLOADER, later, on

LISTED = WorkNoBlockListed(work=WORK, reason=NoBlockReason.PUBLIC_DOMAIN, grounds=WORDS)
DELISTED = WorkNoBlockDelisted(work=WORK, grounds=WORDS)
WITHDRAWN = ReferenceWithdrawn(work=WORK, grounds=WORDS)
REINSTATED = ReferenceReinstated(work=WORK, grounds=WORDS)
FALSE = OwnershipFoundFalse(work=WORK, claimant=RIGHT_HOLDER.id, finding=WORDS)
CONFIRMED = OwnershipConfirmed(work=WORK, claimant=RIGHT_HOLDER.id, finding=WORDS)
ACCEPTED = PriorReviewAccepted(work=WORK, request=1)
REFUSED = PriorReviewRefused(work=WORK, request=1, reasons=WORDS)
TAKEN_BACK = PriorReviewWithdrawn(work=WORK, request=1)
OTHER_HOLDER = Actor(role=Role.RIGHT_HOLDER, id="p-other-holder")


def licence(number: int = 1, **changes: Any) -> LicenceRecorded:
    fields: dict[str, Any] = {"licensee": UPLOADER.id, "starts": NOON, "ends": later(days=30), "grounds": WORDS}
    return LicenceRecorded(**{"work": WORK, "licence": number, **fields, **changes})


def to_license(**changes: Any) -> RecordLicence:
    fields: dict[str, Any] = {"licensee": UPLOADER.id, "starts": NOON, "ends": later(days=30), "grounds": WORDS}
    return RecordLicence(**{**fields, **changes})


def requested(number: int = 1, **changes: Any) -> PriorReviewRequested:
    fields: dict[str, Any] = {
        "right_holder": RIGHT_HOLDER.id,
        "ground": WorkFlag.TIME_SENSITIVE,
        "starts": later(days=1),
        "ends": later(days=3),
        "justification": WORDS,
    }
    return PriorReviewRequested(**{"work": WORK, "request": number, **fields, **changes})


def to_request(**changes: Any) -> RequestPriorReview:
    fields: dict[str, Any] = {
        "ground": WorkFlag.TIME_SENSITIVE,
        "starts": later(days=1),
        "ends": later(days=3),
        "justification": WORDS,
    }
    return RequestPriorReview(**{**fields, **changes})


def test_the_no_block_list() -> None:
    command = ListNoBlock(reason=NoBlockReason.PUBLIC_DOMAIN, grounds=WORDS)
    given_work().when(command).then(LISTED)
    given_work(LISTED).when(command).nothing()
    free = ListNoBlock(reason=NoBlockReason.FREELY_LICENSED, grounds=WORDS)
    given_work(LISTED).when(free).then(
        WorkNoBlockListed(work=WORK, reason=NoBlockReason.FREELY_LICENSED, grounds=WORDS)
    )
    given_work(LISTED).when(DelistNoBlock(grounds=WORDS)).then(DELISTED)
    given_work().when(DelistNoBlock(grounds=WORDS)).nothing()
    assert work_of(LISTED).standing(NOON, RIGHT_HOLDER.id).no_block
    assert work_of(LISTED).standing(NOON, RIGHT_HOLDER.id).filter_off
    assert work_of(LISTED, DELISTED).standing(NOON, RIGHT_HOLDER.id) == NOTHING_RECORDED


def test_a_licence_covers_its_licensee_in_its_time() -> None:
    given_work().when(to_license()).then(licence())
    given_work(licence()).when(to_license()).nothing()
    given_work(licence()).when(to_license(licensee=None, ends=None)).then(licence(2, licensee=None, ends=None))
    given_work().when(to_license(ends=NOON)).refuses("period_wrong")
    standing = work_of(licence()).standing(NOON, RIGHT_HOLDER.id)
    assert not standing.filter_off
    for moment, covered in (
        (NOON - timedelta(microseconds=1), False),
        (NOON, True),
        (later(days=30) - timedelta(microseconds=1), True),
        (later(days=30), False),
    ):
        assert standing.is_licensed(UPLOADER.id, moment) is covered
    assert not standing.is_licensed("p-somebody-else", NOON)
    for_all = work_of(licence(licensee=None, ends=None)).standing(NOON, RIGHT_HOLDER.id)
    assert for_all.is_licensed("p-somebody-else", later(days=9999))


def test_a_licence_can_end_early() -> None:
    command = EndLicence(licence=1, grounds=WORDS)
    ended = LicenceEnded(work=WORK, licence=1, grounds=WORDS)
    given_work(licence()).when(command).then(ended)
    given_work(licence(ends=None)).when(command).then(ended)
    given_work(licence()).when(command, at=later(days=30)).nothing()
    given_work().when(command).refuses("licence_unknown")
    standing = work_of(licence(ends=None), on(later(days=2), ended)).standing(NOON, RIGHT_HOLDER.id)
    assert standing.is_licensed(UPLOADER.id, later(days=1))
    assert not standing.is_licensed(UPLOADER.id, later(days=2))


def test_a_right_holder_asks_for_prior_review_for_a_time() -> None:
    given_work().when(to_request(), by=RIGHT_HOLDER).then(requested())
    given_work().when(to_request(), by=OFFICER).refuses("not_your_step")
    given_work().when(to_request(suspended=True), by=RIGHT_HOLDER).refuses("urgent_measures_suspended")
    given_work().when(to_request(ends=later(days=1)), by=RIGHT_HOLDER).refuses("period_wrong")
    given_work().when(to_request(), by=RIGHT_HOLDER, at=later(days=3)).refuses("period_wrong")
    waiting = given_work(requested())
    waiting.when(to_request(), by=RIGHT_HOLDER).refuses("prior_review_already_requested")
    waiting.when(to_request(), by=OTHER_HOLDER).then(requested(2, right_holder=OTHER_HOLDER.id))
    given_work(requested(), ACCEPTED).when(to_request(), by=RIGHT_HOLDER).refuses("prior_review_already_requested")
    given_work(requested(), REFUSED).when(to_request(), by=RIGHT_HOLDER).then(requested(2))
    given_work(requested(), ACCEPTED).when(to_request(ends=later(days=9)), by=RIGHT_HOLDER, at=later(days=3)).then(
        requested(2, ends=later(days=9))
    )


@pytest.mark.parametrize(
    ("command", "event", "again", "otherwise"),
    [
        (AcceptPriorReview(request=1), ACCEPTED, ACCEPTED, REFUSED),
        (RefusePriorReview(request=1, reasons=WORDS), REFUSED, REFUSED, ACCEPTED),
    ],
    ids=["accept", "refuse"],
)
def test_compliance_answers_a_request_once(command: Any, event: Any, again: Any, otherwise: Any) -> None:
    given_work(requested()).when(command).then(event)
    given_work(requested(), again).when(command).nothing()
    given_work(requested(), otherwise).when(command).refuses("prior_review_answered")
    given_work(requested()).when(command, at=later(days=3)).refuses("prior_review_answered")
    given_work(requested(), TAKEN_BACK).when(command).refuses("prior_review_answered")
    given_work().when(command).refuses("prior_review_unknown")


def test_the_right_holder_takes_a_request_back() -> None:
    command = WithdrawPriorReview(request=1)
    for before in ((requested(),), (requested(), ACCEPTED)):
        given_work(*before).when(command, by=RIGHT_HOLDER).then(TAKEN_BACK)
    given_work(requested(), TAKEN_BACK).when(command, by=RIGHT_HOLDER).nothing()
    given_work(requested(), REFUSED).when(command, by=RIGHT_HOLDER).refuses("prior_review_answered")
    given_work(requested()).when(command, by=RIGHT_HOLDER, at=later(days=3)).refuses("prior_review_answered")
    given_work(requested()).when(command, by=OTHER_HOLDER).refuses("not_your_step")
    given_work(requested()).when(command, by=OFFICER).refuses("not_your_step")


def test_prior_review_is_active_when_accepted_and_in_its_time() -> None:
    accepted = work_of(requested(), ACCEPTED)
    for moment, active in (
        (later(days=1) - timedelta(microseconds=1), False),
        (later(days=1), True),
        (later(days=3) - timedelta(microseconds=1), True),
        (later(days=3), False),
    ):
        assert accepted.standing(moment, RIGHT_HOLDER.id).prior_review is active
    assert not accepted.standing(later(days=2), OTHER_HOLDER.id).prior_review
    assert accepted.requests[0].state(later(days=3)) is RequestState.LAPSED
    assert work_of(requested()).requests[0].state(later(days=3)) is RequestState.LAPSED
    for answer, state in ((REFUSED, RequestState.REFUSED), (TAKEN_BACK, RequestState.WITHDRAWN)):
        work = work_of(requested(), answer)
        assert work.requests[0].state(later(days=3)) is state
        assert not work.standing(later(days=2), RIGHT_HOLDER.id).prior_review
    assert not work_of(requested()).standing(later(days=2), RIGHT_HOLDER.id).prior_review


def test_a_withdrawn_reference_counts_no_more() -> None:
    given_work().when(WithdrawReference(grounds=WORDS)).then(WITHDRAWN)
    given_work(WITHDRAWN).when(WithdrawReference(grounds=WORDS)).nothing()
    given_work(WITHDRAWN).when(ReinstateReference(grounds=WORDS)).then(REINSTATED)
    given_work().when(ReinstateReference(grounds=WORDS)).nothing()
    standing = work_of(WITHDRAWN).standing(NOON, RIGHT_HOLDER.id)
    assert standing.reference_withdrawn
    assert standing.filter_off
    assert not work_of(WITHDRAWN, REINSTATED).standing(NOON, RIGHT_HOLDER.id).filter_off


def test_false_ownership_concerns_its_claimant_alone() -> None:
    command = FindOwnershipFalse(claimant=RIGHT_HOLDER.id, finding=WORDS)
    given_work().when(command).then(FALSE)
    given_work(FALSE).when(command).nothing()
    assert work_of(FALSE).standing(NOON, RIGHT_HOLDER.id).ownership_false
    assert work_of(FALSE).standing(NOON, RIGHT_HOLDER.id).filter_off
    assert work_of(FALSE).standing(NOON, OTHER_HOLDER.id) == NOTHING_RECORDED
    back = ConfirmOwnership(claimant=RIGHT_HOLDER.id, finding=WORDS)
    given_work(FALSE).when(back).then(CONFIRMED)
    given_work().when(back).nothing()
    assert work_of(FALSE, CONFIRMED).standing(NOON, RIGHT_HOLDER.id) == NOTHING_RECORDED


@pytest.mark.parametrize(
    "command",
    [
        ListNoBlock(reason=NoBlockReason.PUBLIC_DOMAIN, grounds=WORDS),
        DelistNoBlock(grounds=WORDS),
        to_license(),
        EndLicence(licence=1, grounds=WORDS),
        AcceptPriorReview(request=1),
        RefusePriorReview(request=1, reasons=WORDS),
        WithdrawReference(grounds=WORDS),
        ReinstateReference(grounds=WORDS),
        FindOwnershipFalse(claimant=RIGHT_HOLDER.id, finding=WORDS),
        ConfirmOwnership(claimant=RIGHT_HOLDER.id, finding=WORDS),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("by", [RIGHT_HOLDER, UPLOADER, Actor(role=Role.INTAKE, id="i-1")])
def test_only_compliance_keeps_the_record(command: Any, by: Actor) -> None:
    given_work(requested(), licence()).when(command, by=by).refuses("not_your_step")


def test_the_fold_takes_its_own_events_only() -> None:
    assert set(EVOLUTIONS) == set(EVENTS)
    assert all(event.TOPIC.startswith("work.") for event in EVENTS)
    with pytest.raises(ValueError, match="cannot go on"):
        work_of(WorkNoBlockDelisted(work="w-2", grounds=WORDS))
    assert work_stream("w-1") == work_stream("w-1") != work_stream("w-2")
