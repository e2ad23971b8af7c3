"""What stands in the records beside cases when a scenario begins, or is entered while it goes on.

Sanctions are entered as the ledger demands: a warning, a weighing of the four factors, then one right for a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from casework.domain.facts import Actor, Command, Role
from casework.domain.party.decisions import AssessConduct, GrantTrust, LiftSuspension, SuspendRight, WarnOfConduct
from casework.domain.party.values import Conduct, Gravity, Intention, Right, Trust
from casework.domain.values import VaultReference, WorkFlag
from casework.domain.work.decisions import (
    AcceptPriorReview,
    EndLicence,
    FindOwnershipFalse,
    ListNoBlock,
    RecordLicence,
    RequestPriorReview,
    WithdrawReference,
)
from casework.domain.work.events import NoBlockReason
from tests.scenarios.stage import OFFICER, Stage
from tests.scenarios.story import Given, RecordOfWork, Side

CONDUCT = {
    (Role.UPLOADER, Right.MARKING): Conduct.WRONG_MARKS,
    (Role.UPLOADER, Right.APPEALS): Conduct.UNFOUNDED_APPEALS,
    (Role.RIGHT_HOLDER, Right.NOTICES): Conduct.UNFOUNDED_NOTICES,
    (Role.RIGHT_HOLDER, Right.APPEALS): Conduct.UNFOUNDED_APPEALS,
    (Role.RIGHT_HOLDER, Right.URGENT_MEASURES): Conduct.WRONG_URGENT_MEASURES,
    (Role.RIGHT_HOLDER, Right.MANUAL_CLAIMS): Conduct.WRONG_MANUAL_CLAIMS,
    (Role.RIGHT_HOLDER, Right.AUTOMATIC_BLOCKING): Conduct.WRONG_AUTOMATIC_BLOCKS,
}
STEPS = ("a right is suspended", "a suspension is lifted", "the record of the work changes")
SIDES = {"uploader": (Role.UPLOADER, "up"), "right holder": (Role.RIGHT_HOLDER, "rh")}
BEFORE = timedelta(minutes=1)


def put(stage: Stage, given: Given, ids: Mapping[str, str]) -> None:
    """Enter what is given of both sides and the work."""
    for name, side in (("uploader", given.uploader), ("right holder", given.right_holder)):
        _put_side(stage, name, side, ids)
    _put_work(stage, given.work, ids)


def take(stage: Stage, name: str, said: Mapping[str, Any], ids: Mapping[str, str]) -> None:
    """Enter something while the scenario goes on."""
    if name == "a right is suspended":
        _suspend(stage, said["side"], Right(said["right"]), said.get("days", 30), ids)
    elif name == "a suspension is lifted":
        _party(stage, said["side"], ids, LiftSuspension(suspension=1, reasons=_words(stage, "Lifted on appeal.")))
    else:
        _put_work(stage, RecordOfWork.model_validate(said), ids)


def _put_side(stage: Stage, name: str, side: Side, ids: Mapping[str, str]) -> None:
    for right in side.suspended:
        _suspend(stage, name, Right(right), side.suspended_days, ids)
    if side.trusted is not None:
        authority = "Coordinator" if side.trusted == "flagger" else None
        trust = GrantTrust(trust=Trust(side.trusted), authority=authority, grounds=_words(stage, "Proven."))
        _party(stage, name, ids, trust)


def _suspend(stage: Stage, name: str, right: Right, days: int, ids: Mapping[str, str]) -> None:
    conduct = CONDUCT[SIDES[name][0], right]
    now = stage.clock.now()
    before, after = uuid4(), (uuid4(), uuid4())
    _party(stage, name, ids, WarnOfConduct(conduct=conduct, cases=(before,), warning=_words(stage, "Do not go on.")))
    weighed: tuple[UUID, ...] = (before, *after)
    assessment = AssessConduct(
        conduct=conduct,
        cases=weighed,
        acts=4,
        since=now - timedelta(days=90),
        until=now,
        gravity=Gravity.CONSIDERABLE,
        intention=Intention.NEGLIGENT,
        assessment=_words(stage, "Three of four in three months."),
    )
    _party(stage, name, ids, assessment)
    ends = now + timedelta(days=days)
    _party(
        stage, name, ids, SuspendRight(conduct=conduct, right=right, ends=ends, reasons=_words(stage, "Went on."))
    )


def _party(stage: Stage, name: str, ids: Mapping[str, str], command: Command) -> None:
    role, kind = SIDES[name]
    casework = stage.site.parts.casework
    casework.ledgers.handle_party(role, casework.vault.pseudonym(kind, ids[name]), command, OFFICER)


def _put_work(stage: Stage, record: RecordOfWork, ids: Mapping[str, str]) -> None:
    casework = stage.site.parts.casework
    now, work = stage.clock.now(), ids["work"]
    holder = casework.vault.pseudonym("rh", ids["right holder"])
    grounds = _words(stage, "Proven.")
    entries: list[tuple[Command, Actor]] = []
    if record.no_block is not None:
        entries.append((ListNoBlock(reason=NoBlockReason(record.no_block), grounds=grounds), OFFICER))
    if record.licensed_to is not None:
        outside = {"uploader": ids["uploader"], "somebody else": f"{ids['uploader']}-else"}.get(record.licensed_to)
        licensee = None if outside is None else casework.vault.pseudonym("up", outside)
        entries.append((RecordLicence(licensee=licensee, starts=now - timedelta(days=30), grounds=grounds), OFFICER))
    if record.licence_ended:
        entries.append((EndLicence(licence=1, grounds=grounds), OFFICER))
    if record.prior_review is not None:
        asked = RequestPriorReview(
            ground=WorkFlag(record.prior_review),
            starts=now - BEFORE,
            ends=now + timedelta(days=record.prior_review_days),
            justification=grounds,
        )
        entries.append((asked, Actor(role=Role.RIGHT_HOLDER, id=holder)))
        if record.prior_review_accepted:
            entries.append((AcceptPriorReview(request=1), OFFICER))
    if record.ownership_false:
        entries.append((FindOwnershipFalse(claimant=holder, finding=grounds), OFFICER))
    if record.reference_withdrawn:
        entries.append((WithdrawReference(grounds=grounds), OFFICER))
    for command, actor in entries:
        casework.ledgers.handle_work(work, command, actor)


def _words(stage: Stage, text: str) -> VaultReference:
    vault = stage.site.parts.casework.vault
    prepared = vault.prepare("scenario", text.encode(), "text/plain; charset=utf-8")
    vault.store([prepared])
    return prepared.reference
