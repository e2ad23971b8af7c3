"""What people record of parties, works and the platform, as it comes in from pages and from the API, once for both.

A form is what stands in the body of a request. Its words go to the vault, under the person whom they are about, and the
command through the door of ``casework.ledgers``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from casework.application import Casework
from casework.command_ids import command_key
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.facts import Actor, Command, Refused, Role
from casework.domain.party import decisions as of_parties
from casework.domain.party.state import Ledger
from casework.domain.party.values import Conduct, Gravity, Intention, Number, Right, SanctionAppealOutcome, Trust
from casework.domain.platform.decisions import DeclareProfile
from casework.domain.platform.events import PlatformProfileDeclared, ServiceKind
from casework.domain.platform.state import Platform
from casework.domain.values import Count, Identifier, Moment, Quantity, VaultReference, Word, WorkFlag
from casework.domain.work import decisions as of_works
from casework.domain.work.events import NoBlockReason
from casework.domain.work.state import Work
from casework.errors import FieldError, Invalid, NotFound
from casework.eventlog.vault import Prepared
from casework.steps import TEXT, Form, Words
from casework.streams import Written

Cases = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]

_SIDES = {"up": Role.UPLOADER, "rh": Role.RIGHT_HOLDER}


def side_of(party: str) -> Role:
    """On which side a pseudonym acts, by its prefix. Raises ``NotFound`` for what is no pseudonym."""
    side = _SIDES.get(party.partition("_")[0])
    if side is None or len(party) > 200 or not party.isprintable():
        raise NotFound("party")
    return side


# Forms of a ledger


class WarningForm(Form):
    """``warnings``: of which conduct, shown in which cases, and the words of the warning."""

    conduct: Conduct
    cases: Cases
    warning: Words


class DefenceForm(Form):
    """``good-faith``: the party's defence for one case is accepted."""

    conduct: Conduct
    case: UUID
    defence: Words


class BadFaithForm(Form):
    """``bad-faith``: the party knew better in one case."""

    conduct: Conduct
    case: UUID
    finding: Words


class AssessmentForm(Form):
    """``assessments``: the four factors; ``acts`` counts all acts of the kind from ``since`` until ``until``."""

    conduct: Conduct
    cases: Cases
    acts: Annotated[Count, Field(ge=1)]
    since: Moment
    until: Moment
    gravity: Gravity
    intention: Intention
    assessment: Words


class SuspensionForm(Form):
    """``suspensions``: one right until ``ends``; without ``starts`` from now."""

    conduct: Conduct
    right: Right
    starts: Moment | None = None
    ends: Moment
    reasons: Words


class LiftForm(Form):
    """``lifts``: a suspension, by its number, ends now."""

    suspension: Number
    reasons: Words


class SanctionAppealForm(Form):
    """``appeals``: the party does not accept a suspension."""

    suspension: Number
    reasons: Words


class SanctionAppealDecisionForm(Form):
    """``appeal-decisions``: another officer upholds or lifts the suspension."""

    suspension: Number
    outcome: SanctionAppealOutcome
    reasons: Words


class TrustForm(Form):
    """``trust`` and ``trust-ends``: for a flagger with the authority that awarded the status."""

    trust: Trust
    authority: Word | None = None
    grounds: Words


class FlaggerReportForm(Form):
    """``reports``: a trusted flagger's wrong notices in these cases are reported to its authority."""

    cases: Cases
    report: Words


# Forms of a work


class NoBlockForm(Form):
    """``no-block``: everybody may use the work, and why."""

    reason: NoBlockReason
    grounds: Words


class GroundsForm(Form):
    """Why something that was recorded of a work ends, or begins again."""

    grounds: Words


class LicenceForm(Form):
    """``licences``: for one uploader, by pseudonym or by the id that engines use, or without either for everybody."""

    licensee: Identifier | None = None
    licensee_id: Identifier | None = None
    starts: Moment
    ends: Moment | None = None
    grounds: Words

    @model_validator(mode="after")
    def _one_name_at_most(self) -> LicenceForm:
        if self.licensee is not None and self.licensee_id is not None:
            raise PydanticCustomError("licensee_twice", "give licensee or licensee_id, not both")
        return self


class LicenceEndForm(Form):
    """``licence-ends``: a licence, by its number, ends now."""

    licence: Number
    grounds: Words


class PriorReviewForm(Form):
    """``prior-reviews``: a right holder asks that people look at uploads of the work before publication."""

    ground: WorkFlag
    starts: Moment
    ends: Moment
    justification: Words


class PriorReviewNumberForm(Form):
    """A request for prior review by its number: ``prior-review-acceptances`` and ``prior-review-withdrawals``."""

    request: Number


class PriorReviewRefusalForm(Form):
    """``prior-review-refusals``: with reasons."""

    request: Number
    reasons: Words


class OwnershipForm(Form):
    """``ownership-confirmations``: the work belongs to the claimant after all."""

    claimant: Identifier
    finding: Words


class OwnershipFindingForm(OwnershipForm):
    """``ownership-findings``: the work does not belong to the claimant, who said so in these cases."""

    cases: Cases


class ProfileForm(Form):
    """The profile of the platform from ``effective`` on; without it from now."""

    service: ServiceKind
    effective: Moment | None = None
    yearly_active_users: Count
    market_value_cny: Quantity
    turnover_eur: Quantity | None = None
    monthly_visitors: Count | None = None
    on_market_since: Moment | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its form, the field of the form that holds words, and the command that it becomes."""

    form: type[Form]
    words: str | None
    command: type[Command]


PARTY_STEPS: Mapping[str, Step] = {
    "warnings": Step(WarningForm, "warning", of_parties.WarnOfConduct),
    "good-faith": Step(DefenceForm, "defence", of_parties.AcceptGoodFaithDefence),
    "bad-faith": Step(BadFaithForm, "finding", of_parties.FindBadFaith),
    "assessments": Step(AssessmentForm, "assessment", of_parties.AssessConduct),
    "suspensions": Step(SuspensionForm, "reasons", of_parties.SuspendRight),
    "lifts": Step(LiftForm, "reasons", of_parties.LiftSuspension),
    "appeals": Step(SanctionAppealForm, "reasons", of_parties.LodgeSanctionAppeal),
    "appeal-decisions": Step(SanctionAppealDecisionForm, "reasons", of_parties.DecideSanctionAppeal),
    "trust": Step(TrustForm, "grounds", of_parties.GrantTrust),
    "trust-ends": Step(TrustForm, "grounds", of_parties.EndTrust),
    "reports": Step(FlaggerReportForm, "report", of_parties.ReportTrustedFlagger),
}
"""What may be recorded of a party, by the name of the step."""

WORK_STEPS: Mapping[str, Step] = {
    "no-block": Step(NoBlockForm, "grounds", of_works.ListNoBlock),
    "no-block-ends": Step(GroundsForm, "grounds", of_works.DelistNoBlock),
    "licences": Step(LicenceForm, "grounds", of_works.RecordLicence),
    "licence-ends": Step(LicenceEndForm, "grounds", of_works.EndLicence),
    "prior-reviews": Step(PriorReviewForm, "justification", of_works.RequestPriorReview),
    "prior-review-acceptances": Step(PriorReviewNumberForm, None, of_works.AcceptPriorReview),
    "prior-review-refusals": Step(PriorReviewRefusalForm, "reasons", of_works.RefusePriorReview),
    "prior-review-withdrawals": Step(PriorReviewNumberForm, None, of_works.WithdrawPriorReview),
    "withdrawals": Step(GroundsForm, "grounds", of_works.WithdrawReference),
    "reinstatements": Step(GroundsForm, "grounds", of_works.ReinstateReference),
    "ownership-findings": Step(OwnershipFindingForm, "finding", of_works.FindOwnershipFalse),
    "ownership-confirmations": Step(OwnershipForm, "finding", of_works.ConfirmOwnership),
}
"""What may be recorded of a work, by the name of the step."""


def take_party_step(
    casework: Casework, name: str, party: str, actor: Actor, form: Form, *, idempotency_key: str | None = None
) -> Written[Ledger]:
    """Take a step in the ledger of a party. Raises ``Refused``, ``Invalid`` for cases of others, ``Conflict``."""
    step, side = PARTY_STEPS[name], side_of(party)
    fields = _fields(form)
    _check_cases(casework, side, party, fields)
    words = _into_vault(casework, step, party, fields)
    key = _key(casework, f"{name}:{party}", actor, idempotency_key, form)
    command = step.command(**fields)
    return casework.ledgers.handle_party(side, party, command, actor, words=words, command_id=key)


def take_work_step(
    casework: Casework, name: str, work: str, actor: Actor, form: Form, *, idempotency_key: str | None = None
) -> Written[Work]:
    """Take a step in the record of a work. Raises ``Refused``, ``Invalid`` for cases of others, ``Conflict``."""
    step = WORK_STEPS[name]
    fields = _fields(form)
    about = actor.id if isinstance(form, PriorReviewForm) else f"work:{work}"
    if isinstance(form, OwnershipForm):
        about = form.claimant
        if side_of(form.claimant) is not Role.RIGHT_HOLDER:
            raise Invalid((FieldError("/claimant", "not_a_right_holder", "must be the pseudonym of a right holder"),))
        _check_cases(casework, Role.RIGHT_HOLDER, form.claimant, fields)
    if isinstance(form, LicenceForm):
        fields["licensee"] = _licensee(casework, form)
        fields.pop("licensee_id")
    if isinstance(form, PriorReviewForm):
        ledger = casework.ledgers.party(Role.RIGHT_HOLDER, actor.id)
        now = casework.clock.now()
        fields["suspended"] = ledger.standing(now).is_suspended(Right.URGENT_MEASURES, now)
    cases: tuple[UUID, ...] = fields.pop("cases", ())
    words = _into_vault(casework, step, about, fields)
    key = _key(casework, f"{name}:{work}", actor, idempotency_key, form)
    command = step.command(**fields)
    written = casework.ledgers.handle_work(work, command, actor, words=words, command_id=key)
    if isinstance(form, OwnershipFindingForm):
        _warn_false_owner(casework, form, cases, actor, key)
    return written


def declare_profile(
    casework: Casework, actor: Actor, form: ProfileForm, *, idempotency_key: str | None = None
) -> Written[Platform]:
    """Declare the platform's profile. Raises ``Refused`` and ``Conflict``."""
    fields = _fields(form)
    fields["effective"] = form.effective or casework.clock.now()
    key = _key(casework, "platform", actor, idempotency_key, form)
    command = DeclareProfile(profile=PlatformProfileDeclared(**fields))
    return casework.ledgers.handle_platform(command, actor, command_id=key)


def _warn_false_owner(
    casework: Casework, form: OwnershipFindingForm, cases: tuple[UUID, ...], actor: Actor, key: str
) -> None:
    """The entry in the claimant's ledger that a finding of false ownership leads to (product.md B3)."""
    warning = casework.vault.prepare(form.claimant, form.finding.encode(), TEXT)
    command = of_parties.WarnOfConduct(conduct=Conduct.FALSE_OWNERSHIP, cases=cases, warning=warning.reference)
    try:
        casework.ledgers.handle_party(
            Role.RIGHT_HOLDER,
            form.claimant,
            command,
            actor,
            words=[warning],
            command_id=key,
            cause="work.ownership_found_false",
        )
    except Refused:
        # Suspended for it already, or excused: the ledger knows, and the finding about the work stands by itself.
        return


def _fields(form: Form) -> dict[str, Any]:
    return {name: getattr(form, name) for name in type(form).model_fields}


def _into_vault(casework: Casework, step: Step, about: str, fields: dict[str, Any]) -> Sequence[Prepared]:
    """Put a reference in the place of the words; they are stored when the command is accepted."""
    if step.words is None:
        return ()
    prepared = casework.vault.prepare(about, str(fields[step.words]).encode(), TEXT)
    reference: VaultReference = prepared.reference
    fields[step.words] = reference
    return (prepared,)


def _licensee(casework: Casework, form: LicenceForm) -> str | None:
    if form.licensee_id is not None:
        return casework.vault.pseudonym("up", form.licensee_id)
    if form.licensee is not None and side_of(form.licensee) is not Role.UPLOADER:
        raise Invalid((FieldError("/licensee", "not_an_uploader", "must be the pseudonym of an uploader"),))
    return form.licensee


def _check_cases(casework: Casework, side: Role, party: str, fields: Mapping[str, Any]) -> None:
    """Only cases of this very party may be held against it. Raises ``Invalid`` naming each that is none."""
    named: Sequence[UUID] = fields["cases"] if "cases" in fields else [fields["case"]] if "case" in fields else []
    found = casework.log.first_events(list(dict.fromkeys(named))) if named else {}
    errors = []
    for number, case_id in enumerate(named):
        event = found[case_id].event if case_id in found else None
        if isinstance(event, FilteringDecisionRecorded):
            of_case = {Role.UPLOADER: event.upload.uploader, Role.RIGHT_HOLDER: event.work.right_holder}
            if of_case[side] == party:
                continue
        pointer = f"/cases/{number}" if "cases" in fields else "/case"
        errors.append(FieldError(pointer, "not_a_case_of_this_party", "must be a case of this party"))
    if errors:
        raise Invalid(tuple(errors[:50]))


def _key(casework: Casework, step: str, actor: Actor, given: str | None, form: Form) -> str:
    return command_key(casework.vault, actor, given, f"{step}\n{form.model_dump_json()}".encode())


def amount(number: Decimal | None) -> str | None:
    """An exact amount as it is written in answers: plain digits, no exponent."""
    return None if number is None else f"{number:f}"
