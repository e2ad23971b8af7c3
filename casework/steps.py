"""The steps that people take on a case, as they come in from pages and from the API, in one place for both.

A form is what stands in the body of a request; a function per step checks files, puts the words that are personal into
the vault and sends the command through the only door, ``Casework.handle``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from casework.application import Casework, Handled
from casework.command_ids import command_key
from casework.domain.case import adjudication, marks, panel
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import (
    ChallengeGround,
    ContestGround,
    Count,
    Evidence,
    Identifier,
    Mark,
    MarkBasis,
    RulingOutcome,
    VaultReference,
    check_provision,
    storable,
)
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared, Vault
from casework.intake import field_errors
from matching_adapter.files import FileRefused, inspect_file

MOST_FILES = 10
"""Files of one step at most."""

TEXT = "text/plain; charset=utf-8"

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, strict=True),
    AfterValidator(storable),
]
"""What a person wrote: not blank, at most 20,000 characters."""


class Form(BaseModel):
    """The body of a step; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MarkForm(Form):
    """``marks``: the use is lawful, why, and that this is true (C1)."""

    basis: MarkBasis
    provision: str | None = None
    statement: Words | None = None
    truthful: Annotated[bool, Field(strict=True)]

    @model_validator(mode="after")
    def _provision_fits(self) -> MarkForm:
        check_provision(self.basis, self.provision)
        return self


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


class WithdrawalForm(Form):
    """``withdrawals``: the appeal is taken back."""


class PanelForm(Form):
    """``panels``: compliance asks for the panel, or the third reviewer, to be seated now."""


class FactorsForm(Form):
    """The four fair-use factors, each in words."""

    purpose: Words
    nature: Words
    amount: Words
    market: Words


class ReasonsForm(Form):
    """Reasons in Chinese, English or both."""

    zh: Words | None = None
    en: Words | None = None

    @model_validator(mode="after")
    def _something_is_said(self) -> ReasonsForm:
        if self.zh is None and self.en is None:
            raise PydanticCustomError("reasons_missing", "reasons must be given in Chinese or English")
        return self


def _known_basis(code: str) -> str:
    if code not in panel.BASES:
        raise PydanticCustomError("basis_unknown", "must be one of {known}", {"known": ", ".join(panel.BASES)})
    return code


class RulingForm(Form):
    """``rulings``: what a reviewer decided (interfaces.md). ``reviewer_id`` is the caller's, or left out."""

    reviewer_id: Identifier | None = None
    outcome: RulingOutcome
    bases: Annotated[
        tuple[Annotated[panel.Basis, AfterValidator(_known_basis)], ...], Field(min_length=1, max_length=20)
    ]
    factors: FactorsForm
    evidence_ids: Annotated[tuple[Identifier, ...], Field(max_length=100)] = ()
    reasons: ReasonsForm


AnyForm = TypeVar("AnyForm", bound=Form)


def parse(form: type[AnyForm], fields: Any) -> AnyForm:
    """The form from plain data (parsed JSON or the fields of an HTML form). Raises ``Invalid`` naming each field."""
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        raise Invalid(field_errors(error)) from None


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file that was looked at and may be kept: what it is by its bytes, its size, and its SHA-256."""

    name: str
    content: bytes
    media_type: str
    sha256: str


def accept_files(files: Sequence[tuple[str, bytes]], *, limit_bytes: int) -> tuple[AcceptedFile, ...]:
    """Look at files by name and content. Raises ``Invalid`` with the reason for each that is refused, and for too many.

    The codes are those of ``matching_adapter.files``: ``empty``, ``wrong_type``, ``encrypted``, ``unsafe_name`` ...
    """
    if len(files) > MOST_FILES:
        raise Invalid((FieldError("/files", "too_many_files", f"send at most {MOST_FILES} files at once"),))
    accepted, refused = [], []
    for number, (name, content) in enumerate(files):
        try:
            found = inspect_file(name, content, limit_bytes=limit_bytes)
        except FileRefused as refusal:
            refused.append(FieldError(f"/files/{number}", refusal.code, refusal.detail[:500]))
        else:
            accepted.append(AcceptedFile(name, content, found.media_type, found.sha256))
    if refused:
        raise Invalid(tuple(refused))
    return tuple(accepted)


def mark(
    casework: Casework, case_id: UUID, actor: Actor, form: MarkForm, *, idempotency_key: str | None = None
) -> Handled:
    """Mark the use as lawful. Raises ``Refused``, ``NotFound``, ``Conflict`` like every step."""
    words: list[Prepared] = []
    statement = None if form.statement is None else _keep(words, actor, form.statement)
    wish = marks.MarkLawfulUse(
        mark=Mark(basis=form.basis, provision=form.provision, statement=statement), truthful=form.truthful
    )
    key = _key(casework, "marks", actor, idempotency_key, form)
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
        reasons=_keep(words, actor, form.reasons),
        segments=form.segments,
        evidence=_exhibits(casework, words, case_id, actor, files),
    )
    key = _key(casework, "contests", actor, idempotency_key, form, files)
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
        reasons=_keep(words, actor, form.reasons),
        exceptions_considered=_keep(words, actor, form.exceptions_considered),
        evidence=_exhibits(casework, words, case_id, actor, files),
    )
    key = _key(casework, "challenges", actor, idempotency_key, form, files)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def statement(
    casework: Casework, case_id: UUID, actor: Actor, form: StatementForm, *, idempotency_key: str | None = None
) -> Handled:
    """Comment on the open appeal."""
    words: list[Prepared] = []
    wish = adjudication.FileStatement(statement=_keep(words, actor, form.statement))
    key = _key(casework, "statements", actor, idempotency_key, form)
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
    wish = adjudication.SubmitEvidence(evidence=_exhibits(casework, words, case_id, actor, files))
    key = _key(casework, "evidence", actor, idempotency_key, None, files)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)


def withdraw(casework: Casework, case_id: UUID, actor: Actor, *, idempotency_key: str | None = None) -> Handled:
    """Take the open appeal back."""
    key = _key(casework, "withdrawals", actor, idempotency_key)
    return casework.handle(case_id, adjudication.WithdrawAppeal(), actor, command_id=key)


def ruling(
    casework: Casework, case_id: UUID, actor: Actor, form: RulingForm, *, idempotency_key: str | None = None
) -> Handled:
    """Submit a ruling; it stays sealed until all are in. Raises ``Invalid`` for somebody else's ``reviewer_id``."""
    if form.reviewer_id not in (None, actor.id):
        raise Invalid((FieldError("/reviewer_id", "not_the_caller", "reviewer_id must be the caller's or left out"),))
    said = panel.Ruling.model_validate(form.model_dump(exclude={"reviewer_id"}))
    key = _key(casework, "rulings", actor, idempotency_key, form)
    return casework.submit_ruling(case_id, said, actor, command_id=key)


def seat(casework: Casework, case_id: UUID, actor: Actor, *, idempotency_key: str | None = None) -> Handled:
    """Seat the panel or the third reviewer now. Raises ``Refused("too_few_reviewers")`` while too few are able."""
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    seated = casework.seat(case_id, actor, command_id=_key(casework, "panels", actor, idempotency_key))
    if seated is None:
        raise Refused("too_few_reviewers")
    return seated


def _keep(words: list[Prepared], actor: Actor, text: str) -> VaultReference:
    words.append(Vault.prepare(actor.id, text.encode(), TEXT))
    return words[-1].reference


def _exhibits(
    casework: Casework, words: list[Prepared], case_id: UUID, actor: Actor, files: Sequence[AcceptedFile]
) -> tuple[Evidence, ...]:
    # The same bytes twice in one step are one file; a second name for them adds nothing.
    distinct = {file.sha256: file for file in reversed(files)}
    found = []
    for file in reversed(distinct.values()):
        name = _keep(words, actor, file.name)
        words.append(Vault.prepare(actor.id, file.content, file.media_type))
        fingerprint = casework.vault.fingerprint(file.content)
        found.append(
            Evidence(
                id=evidence_id(case_id, actor.role, fingerprint),
                file=words[-1].reference,
                name=name,
                media_type=file.media_type,
                size=len(file.content),
                fingerprint=fingerprint,
            )
        )
    return tuple(found)


def evidence_id(case_id: UUID, side: Role, fingerprint: str) -> str:
    """The id of a file on a case: derived, so that sending it again gives the same one; each side has its own."""
    return f"ev_{hashlib.sha256(f'{case_id}:{side.value}:{fingerprint}'.encode()).hexdigest()[:24]}"


def _key(
    casework: Casework,
    step: str,
    actor: Actor,
    given: str | None,
    form: Form | None = None,
    files: Sequence[AcceptedFile] = (),
) -> str:
    """The command id: with an ``Idempotency-Key``, the same for the same step with the same content."""
    content = [step, "" if form is None else form.model_dump_json(), *(f"{file.name}\0{file.sha256}" for file in files)]
    return command_key(casework.vault, actor, given, "\n".join(content).encode())
