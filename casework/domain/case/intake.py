"""The entry of a case: what a matching engine delivers becomes a recorded filtering decision (case.md, first row)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.case.events import FilteringDecisionRecorded, RecordedUpload, RecordedWork
from casework.domain.checked import PutTogether, of_checked
from casework.domain.decision import ACTIONS, AVAILABILITIES, Decision, Situation, WithoutBlock, decide
from casework.domain.facts import Command
from casework.domain.matching import MatchEvidence, Signals
from casework.domain.orders import Beneath, BindingOrder
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.values import (
    Amount,
    Availability,
    Count,
    Digest,
    Identifier,
    Mark,
    MarkBasis,
    Medium,
    Moment,
    Remedy,
    Rule,
    Sentence,
    StatementOfReasons,
    Value,
    VaultReference,
    Word,
    WorkFlag,
    WorkKind,
    check_provision,
    storable,
)


def case_id(source: str, decision_id: str) -> UUID:
    """The case of a decision: derived, so that the same decision delivered twice opens one case (invariant 12)."""
    digest = hashlib.sha256(f"{len(source)}:{source}{decision_id}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


Title = Annotated[str, StringConstraints(max_length=1000, strict=True), AfterValidator(storable)]
Address = Annotated[str, StringConstraints(max_length=4000, strict=True), AfterValidator(storable)]


class SubmittedUpload(Value):
    """The upload as the engine names it (interfaces.md, `upload`).

    ``public_since``: since when the upload is public, where it was when the decision was made.
    """

    id: Identifier
    version: Count
    uploader_id: Identifier
    medium: Medium
    title: Title | None = None
    url: Address | None = None
    language: Word | None = None
    amount: Amount | None = None
    commercial: Annotated[bool, Field(strict=True)] = False
    content_sha256: Digest | None = None
    public_since: Moment | None = None


class SubmittedWork(Value):
    """The work as the engine names it (interfaces.md, `work`)."""

    id: Identifier
    title: Word
    right_holder_id: Identifier
    kind: WorkKind
    flags: Annotated[tuple[WorkFlag, ...], Field(max_length=2)] = ()
    amount: Amount | None = None


class SubmittedMark(Value):
    """A mark set before the decision (interfaces.md, `marks`); the statement is personal and goes to the vault."""

    basis: MarkBasis
    provision: str | None = None
    statement: Sentence | None = None

    @model_validator(mode="after")
    def _provision_fits(self) -> SubmittedMark:
        check_provision(self.basis, self.provision)
        return self


class RecordFilteringDecision(Command):
    """One decision as delivered (interfaces.md, `POST /decisions`)."""

    decision_id: Identifier
    source: Identifier
    decided_at: Moment
    upload: SubmittedUpload
    work: SubmittedWork
    evidence: MatchEvidence
    marks: Annotated[tuple[SubmittedMark, ...], Field(max_length=20)] = ()
    signals: Signals | None = None

    @model_validator(mode="after")
    def _parts_fit_together(self) -> RecordFilteringDecision:
        """Only a picture matches in regions; where text, sound or film matches, a stretch says from where to where."""
        if not 1990 <= self.decided_at.year <= 9000:
            raise PydanticCustomError(
                "decided_at_range", "decided_at must lie between the years 1990 and 9000", {"field": "/decided_at"}
            )
        if self.upload.public_since is not None and self.upload.public_since > self.decided_at:
            raise PydanticCustomError(
                "public_since_late", "public_since must not come after decided_at", {"field": "/upload/public_since"}
            )
        if self.upload.medium is not Medium.IMAGE:
            for segment in self.evidence.segments:
                if segment.upload is None:
                    raise PydanticCustomError(
                        "segment_without_stretch", "evidence.segments need upload unless the upload is an image"
                    )
        return self


class Pseudonyms(Value):
    """What stands in the log in place of the people and their words."""

    uploader: Identifier
    right_holder: Identifier
    description: VaultReference | None = None
    statements: tuple[VaultReference | None, ...] = ()


class KnownOfParties(Value):
    """Facts about work and parties that the rules ask for (case.md, "Input").

    ``order``: the binding order that lies on the upload. ``prior_review_requested``: the right holder's accepted
    request is in its time; ``urgent_suspended``: its right to urgent measures is suspended now. ``without_block``: why
    nothing is held or blocked by machine.
    """

    no_block: bool = False
    licensed: bool = False
    marking_suspended: bool = False
    order: BindingOrder | None = None
    prior_review_requested: bool = False
    urgent_suspended: bool = False
    without_block: WithoutBlock | None = None


NOTHING_KNOWN = KnownOfParties()


def record_filtering_decision(
    command: RecordFilteringDecision,
    pseudonyms: Pseudonyms,
    known: KnownOfParties,
    standard: Standard,
    now: datetime,
    regime: Regime | None = None,
    *,
    put_together: PutTogether = of_checked,
) -> FilteringDecisionRecorded:
    """Apply the standard in force and say what follows, with the statement of reasons where the upload is restricted.

    ``now`` is when the parties are informed: the contest window and a grace run from it. ``regime`` is the one that
    governs, ``None`` while the platform still has to choose. Everything comes from checked models; ``put_together``
    makes the event of it.
    """
    marks = _marks(command, pseudonyms, put_together)
    situation = _situation(command, marks, known)
    decision = decide(situation, standard, regime)
    order = known.order
    # What goes on under an order, and shows again once it falls, is what the same rules say without it.
    own = decision if order is None else decide(situation.model_copy(update={"order": None}), standard, regime)
    measure = AVAILABILITIES[ACTIONS[decision.outcome]] if order is None else order.availability
    reasons = _reasons(measure, decision.rule, standard, now, regime)
    values = _delivered(command, pseudonyms, put_together)
    values |= {
        "marks": marks,
        "standard": standard.id,
        "rule": decision.rule,
        "outcome": decision.outcome,
        "doubt": decision.doubt,
        "statement_of_reasons": put_together(StatementOfReasons, reasons) if reasons else None,
        "regime": None if regime is None else regime.id,
        "without_block": None if own.without_block is None else own.without_block.value,
        "grace_until": None if own.grace is None else now + own.grace,
        "ordered": None if order is None else order.availability,
        "order": order,
        "beneath": None if order is None else _beneath(own),
    }
    return put_together(FilteringDecisionRecorded, values)


def _delivered(command: RecordFilteringDecision, pseudonyms: Pseudonyms, put_together: PutTogether) -> dict[str, Any]:
    return {
        "source": command.source,
        "decision_id": command.decision_id,
        "decided_at": command.decided_at,
        "upload": recorded_upload(command.upload, pseudonyms, put_together),
        "work": recorded_work(command.work, pseudonyms, put_together),
        "evidence": evidence_meant(command.evidence),
        "signals": command.signals or None,
    }


def evidence_meant(evidence: MatchEvidence) -> MatchEvidence:
    """The evidence with an empty list of other findings left out: it says no more than none does."""
    if evidence.also_found is None or evidence.also_found:
        return evidence
    return evidence.model_copy(update={"also_found": None})


def _marks(command: RecordFilteringDecision, pseudonyms: Pseudonyms, put_together: PutTogether) -> tuple[Mark, ...]:
    return tuple(
        [
            put_together(Mark, {"basis": mark.basis, "provision": mark.provision, "statement": statement})
            for mark, statement in zip(command.marks, pseudonyms.statements, strict=True)
        ]
    )


def _beneath(own: Decision) -> Beneath:
    return of_checked(Beneath, {"rule": own.rule, "outcome": own.outcome})


def _situation(command: RecordFilteringDecision, marks: tuple[Mark, ...], known: KnownOfParties) -> Situation:
    return of_checked(
        Situation,
        {
            "medium": command.upload.medium,
            "commercial": command.upload.commercial,
            "upload_amount": command.upload.amount,
            "work_kind": command.work.kind,
            "work_flags": command.work.flags,
            "evidence": command.evidence,
            "marks": marks,
            "no_block": known.no_block,
            "licensed": known.licensed,
            "marking_suspended": known.marking_suspended,
            "order": None if known.order is None else known.order.availability,
            "prior_review_requested": known.prior_review_requested,
            "urgent_suspended": known.urgent_suspended,
            "without_block": known.without_block,
            "public_already": command.upload.public_since is not None,
        },
    )


def recorded_upload(
    upload: SubmittedUpload, pseudonyms: Pseudonyms, put_together: PutTogether = of_checked
) -> RecordedUpload:
    """The upload without the person behind it."""
    return put_together(
        RecordedUpload,
        {
            "id": upload.id,
            "version": upload.version,
            "uploader": pseudonyms.uploader,
            "medium": upload.medium,
            "language": upload.language,
            "amount": upload.amount,
            "commercial": upload.commercial,
            "content_sha256": upload.content_sha256,
            "description": pseudonyms.description,
        },
    )


def recorded_work(work: SubmittedWork, pseudonyms: Pseudonyms, put_together: PutTogether = of_checked) -> RecordedWork:
    """The work without the person behind it."""
    return put_together(
        RecordedWork,
        {
            "id": work.id,
            "title": work.title,
            "right_holder": pseudonyms.right_holder,
            "kind": work.kind,
            "flags": work.flags,
            "amount": work.amount,
        },
    )


def _reasons(
    measure: Availability, rule: Rule, standard: Standard, now: datetime, regime: Regime | None
) -> dict[str, Any] | None:
    if measure is Availability.PUBLIC:
        return None
    outside = (Remedy.AUTHORITY, Remedy.COURT) if regime is None else regime.remedies.outside
    return {
        "measure": measure,
        "standard": standard.id,
        "rule": rule,
        "remedies": (Remedy.MARK, Remedy.CONTEST, *outside),
        "contest_until": standard.procedure.contest_until(now),
    }
