"""The steps of reviewers and compliance: the panel, its rulings, and reopening."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from casework.application import Casework, Handled
from casework.domain.case import further, panel
from casework.domain.case.bases import BASES
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import Identifier, ReopeningCause, RulingOutcome
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared
from casework.steps.forms import Form, Words
from casework.steps.keeping import about_case, keep, key_of


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
    if code not in BASES:
        raise PydanticCustomError("basis_unknown", "must be one of {known}", {"known": ", ".join(BASES)})
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


class ReopeningForm(Form):
    """``reopenings``: a closed case is decided again. ``reasons`` go to both sides."""

    cause: ReopeningCause
    reasons: Words


def ruling(
    casework: Casework, case_id: UUID, actor: Actor, form: RulingForm, *, idempotency_key: str | None = None
) -> Handled:
    """Submit a ruling; it stays sealed until all are in. Raises ``Invalid`` for somebody else's ``reviewer_id``."""
    if form.reviewer_id not in (None, actor.id):
        raise Invalid((FieldError("/reviewer_id", "not_the_caller", "reviewer_id must be the caller's or left out"),))
    said = panel.Ruling.model_validate(form.model_dump(exclude={"reviewer_id"}))
    key = key_of(casework, "rulings", actor, idempotency_key, form)
    return casework.submit_ruling(case_id, said, actor, command_id=key)


def seat(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: PanelForm = PanelForm(),
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Seat the panel or the third reviewer now. Raises ``Refused("too_few_reviewers")`` while too few are able."""
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    seated = casework.seat(case_id, actor, command_id=key_of(casework, "panels", actor, idempotency_key, form))
    if seated is None:
        raise Refused("too_few_reviewers")
    return seated


def reopen(
    casework: Casework, case_id: UUID, actor: Actor, form: ReopeningForm, *, idempotency_key: str | None = None
) -> Handled:
    """Have the case decided again."""
    words: list[Prepared] = []
    wish = further.ReopenCase(cause=form.cause, reasons=keep(words, about_case(case_id), form.reasons))
    key = key_of(casework, "reopenings", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, words=words, command_id=key)
