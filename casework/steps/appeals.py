"""The steps of a review: marks, contests and challenges, comments, and the ways out of it or on from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from casework.application import Casework, Handled
from casework.domain.case import adjudication, further, marks, notices, settlement, urgent
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Command, Role
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    Count,
    Mark,
    MarkBasis,
    check_provision,
)
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared
from casework.steps.forms import Confirmed, Form, Words, unconfirmed
from casework.steps.keeping import AcceptedFile, exhibits, keep, kept_already, key_of


class MarkForm(Form):
    """``marks``: the use is lawful, why, and that this is true (C1)."""

    basis: MarkBasis
    provision: Annotated[str | None, Field(validate_default=True)] = None
    statement: Words | None = None
    truthful: Annotated[bool, Field(strict=True)]

    @field_validator("provision")
    @classmethod
    def _provision_fits(cls, value: str | None, info: ValidationInfo) -> str | None:
        # A basis that is none has its own fault already.
        if "basis" in info.data:
            check_provision(info.data["basis"], value)
        return value


class ContestForm(Form):
    """``contests``: the block is wrong; ``segments`` are numbers of matched stretches, from 0, none meaning all."""

    ground: ContestGround
    reasons: Words
    segments: Annotated[tuple[Count, ...], Field(max_length=2000)] = ()


class ChallengeForm(Form):
    """``challenges``: the use is not lawful, although these exceptions were considered."""

    ground: ChallengeGround
    reasons: Words
    exceptions_considered: Words


class StatementForm(Form):
    """``statements``: a comment of either side."""

    statement: Words


class Withdrawn(StrEnum):
    """What is taken back."""

    APPEAL = "appeal"
    NOTICE = "notice"


class WithdrawalForm(Form):
    """``withdrawals``: an appeal or a notice is taken back.

    Without ``subject`` it is the caller's own open appeal, and where a right holder has none, its open notice.
    """

    subject: Withdrawn | None = None


class UploadWithdrawalForm(Form):
    """``upload-withdrawals``: the uploader takes the upload away, so the case is moot."""


class SettlementForm(Form):
    """``settlements``: an offer, or agreement with the other side's by its very ``availability`` and ``terms``."""

    availability: Literal[Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED]
    terms: Words


class UrgentBlockForm(Form):
    """``urgent-blocks``: ``check`` says who looked at the upload and what was found, ``harm`` what must be averted.

    ``human_check``: a natural person looked (UrhDaG s. 14(4)).
    """

    check: Words
    harm: Words
    human_check: Confirmed

    def faults(self) -> Iterable[FieldError]:
        """Only a check by a person counts."""
        if not self.human_check:
            yield unconfirmed("human_check", "a person has looked at the upload")


class FurtherReviewForm(Form):
    """``further-reviews``: the next level of review, by new reviewers."""

    reasons: Words


def mark(
    casework: Casework, case_id: UUID, actor: Actor, form: MarkForm, *, idempotency_key: str | None = None
) -> Handled:
    """Mark the use as lawful. Raises ``Refused``, ``NotFound``, ``Conflict`` like every step."""
    words: list[Prepared] = []
    statement = None if form.statement is None else keep(words, actor.id, form.statement)
    wish = marks.MarkLawfulUse(
        mark=Mark(basis=form.basis, provision=form.provision, statement=statement), truthful=form.truthful
    )
    key = key_of(casework, "marks", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def contest(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: ContestForm,
    *,
    files: Sequence[AcceptedFile] = (),
    idempotency_key: str | None = None,
) -> Handled:
    """Contest the block, with files if there are any."""
    words: list[Prepared] = []
    wish = adjudication.LodgeContest(
        ground=form.ground,
        reasons=keep(words, actor.id, form.reasons),
        segments=form.segments,
        evidence=exhibits(casework, words, case_id, actor, files),
    )
    key = key_of(casework, "contests", actor, idempotency_key, form, files)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def challenge(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: ChallengeForm,
    *,
    files: Sequence[AcceptedFile] = (),
    idempotency_key: str | None = None,
) -> Handled:
    """Challenge a lawful use, with files if there are any."""
    words: list[Prepared] = []
    wish = adjudication.LodgeChallenge(
        ground=form.ground,
        reasons=keep(words, actor.id, form.reasons),
        exceptions_considered=keep(words, actor.id, form.exceptions_considered),
        evidence=exhibits(casework, words, case_id, actor, files),
    )
    key = key_of(casework, "challenges", actor, idempotency_key, form, files)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def statement(
    casework: Casework, case_id: UUID, actor: Actor, form: StatementForm, *, idempotency_key: str | None = None
) -> Handled:
    """Comment on the open appeal."""
    words: list[Prepared] = []
    wish = adjudication.FileStatement(statement=keep(words, actor.id, form.statement))
    key = key_of(casework, "statements", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def evidence(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    files: Sequence[AcceptedFile],
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Put files forward. One that this side has already put forward is not kept twice. Raises ``Invalid`` for none."""
    if not files:
        raise Invalid((FieldError("/files", "missing", "send at least one file"),))
    words: list[Prepared] = []
    wish = adjudication.SubmitEvidence(evidence=exhibits(casework, words, case_id, actor, files))
    key = key_of(casework, "evidence", actor, idempotency_key, None, files)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def withdraw(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: WithdrawalForm = WithdrawalForm(),
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Take the open appeal back, or the notice."""

    def build(case: Case) -> Command:
        subject = form.subject or (Withdrawn.NOTICE if _only_a_notice(case, actor) else Withdrawn.APPEAL)
        return notices.WithdrawNotice() if subject is Withdrawn.NOTICE else adjudication.WithdrawAppeal()

    key = key_of(casework, "withdrawals", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, command_id=key)


def _only_a_notice(case: Case, actor: Actor) -> bool:
    """Whether the caller is a right holder with an open notice and without an open appeal of its own."""
    own_appeal = case.under_appeal and case.appeals[-1].lodged_by is actor.role
    return actor.role is Role.RIGHT_HOLDER and not own_appeal and case.notice is not None and not case.notice.ended_at


def withdraw_upload(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: UploadWithdrawalForm = UploadWithdrawalForm(),
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Take the upload away."""
    key = key_of(casework, "upload-withdrawals", actor, idempotency_key, form)
    return casework.handle(case_id, settlement.WithdrawUpload(), actor, command_id=key)


def settle(
    casework: Casework, case_id: UUID, actor: Actor, form: SettlementForm, *, idempotency_key: str | None = None
) -> Handled:
    """Offer to settle, or agree: the open offer in its own words, which stay where they are in the vault."""
    words: list[Prepared] = []
    own_words = keep(words, actor.id, form.terms)

    def build(case: Case) -> Command:
        offered = () if case.settlement is None else (case.settlement.terms,)
        terms = kept_already(casework, form.terms, offered) or own_words
        return settlement.Settle(availability=form.availability, terms=terms)

    key = key_of(casework, "settlements", actor, idempotency_key, form)
    return casework.handle(case_id, build, actor, words=words, command_id=key)


def block_urgently(
    casework: Casework, case_id: UUID, actor: Actor, form: UrgentBlockForm, *, idempotency_key: str | None = None
) -> Handled:
    """A trusted right holder has the upload blocked until the ruling."""
    words: list[Prepared] = []
    wish = urgent.DeclareUrgentBlock(
        check=keep(words, actor.id, form.check),
        harm=keep(words, actor.id, form.harm),
    )
    key = key_of(casework, "urgent-blocks", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def review_further(
    casework: Casework, case_id: UUID, actor: Actor, form: FurtherReviewForm, *, idempotency_key: str | None = None
) -> Handled:
    """Ask for the next level of review."""
    words: list[Prepared] = []
    wish = further.RequestFurtherReview(reasons=keep(words, actor.id, form.reasons))
    key = key_of(casework, "further-reviews", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)
