"""Two people decide apart from one another, a third where they differ (product.md E1, E2, E4; invariants 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import (
    BarredReviewerRefused,
    OpenedRuling,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
)
from casework.domain.case.reasons import reasons_on_bases
from casework.domain.case.state import AppealKind, Case, Procedure, Submission
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.values import (
    Availability,
    Identifier,
    Remedy,
    RulingOutcome,
    Sentence,
    Value,
    VaultReference,
)

STAFF = (Role.COMPLIANCE, Role.CLOCK)
Basis = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,59}$", strict=True)]
"""A provision or ground by its code, such as CN_ART24_02 or LICENSED."""
Reasoning = Annotated[Sentence, StringConstraints(min_length=1)]


class Factors(Value):
    """The four fair-use factors, each weighed in words or by one of the words of the form."""

    purpose: Reasoning
    nature: Reasoning
    amount: Reasoning
    market: Reasoning


class Reasons(Value):
    """Reasons in Chinese, English or both."""

    zh: Reasoning | None = None
    en: Reasoning | None = None

    @property
    def given(self) -> bool:
        """Whether there are reasons in at least one language."""
        return self.zh is not None or self.en is not None


class Ruling(Value):
    """What one reviewer decided (E4): outcome, bases, factors, evidence relied on, reasons. Sealed until all are in."""

    outcome: RulingOutcome
    bases: Annotated[tuple[Basis, ...], Field(min_length=1, max_length=20)]
    factors: Factors
    evidence_ids: Annotated[tuple[Identifier, ...], Field(max_length=100)] = ()
    reasons: Reasons


class AssignPanel(Command):
    """``barred`` are those who may not sit, with the cause: conflict of interest or part in an earlier decision."""

    reviewers: tuple[Identifier, Identifier]
    barred: Mapping[Identifier, str] = Field(default_factory=dict)


def require_staff(actor: Actor) -> None:
    """Only the system and compliance officers seat and release. Raises ``Refused``."""
    if actor.role not in STAFF:
        raise Refused("not_your_step")


def may_assign_panel(case: Case, circumstances: Circumstances) -> None:
    """Only the system or a compliance officer, and only while no panel sits. Raises ``Refused``."""
    require_staff(circumstances.actor)
    if not awaits_panel(case):
        raise Refused("no_panel_due")


def awaits_panel(case: Case) -> bool:
    """Whether nobody is seated yet: an appeal is open, or the review before publication (A5)."""
    if case.review is None:
        return case.in_prior_review
    return case.review is Procedure.ADJUDICATION


def assign_panel(case: Case, command: AssignPanel, circumstances: Circumstances) -> tuple[Event, ...]:
    """Seat two different reviewers, neither of them barred (invariant 4). The same panel again yields no event."""
    require_staff(circumstances.actor)
    if case.procedure is Procedure.PANEL and set(case.panel) == set(command.reviewers):
        return ()
    may_assign_panel(case, circumstances)
    if len(set(command.reviewers)) != 2:
        raise Refused("reviewers_not_distinct")
    for reviewer in command.reviewers:
        refuse_barred(case, reviewer, command.barred)
    return (PanelAssigned(reviewers=command.reviewers),)


def refuse_barred(case: Case, reviewer: str, barred: Mapping[str, str]) -> None:
    """Refuse who may not decide this case, and leave a trace of the attempt (invariant 4).

    ``barred`` is what only the accounts and other cases know; the rest the case knows itself.
    """
    cause = barred.get(reviewer) or cause_of_bar(case, reviewer)
    if cause is not None:
        record = BarredReviewerRefused(reviewer=reviewer, cause=cause)
        raise Refused("reviewer_barred", record=record, cause=cause)


def cause_of_bar(case: Case, reviewer: str) -> str | None:
    """Why this person may not be seated, as far as the case knows: the stable word, or ``None``."""
    if reviewer in (case.uploader, case.right_holder):
        return "party"
    if case.has_ruled(reviewer) or reviewer in case.took_part:
        return "earlier_ruling"
    if reviewer in case.recused:
        return "recused"
    if any(notice.decided_by == reviewer for notice in case.notices):
        return "earlier_part"
    return None


class AssignReReviewer(Command):
    """The third reviewer, and who is barred."""

    reviewer: Identifier
    barred: Mapping[Identifier, str] = Field(default_factory=dict)


def may_assign_re_reviewer(case: Case, circumstances: Circumstances) -> None:
    """Only the system or a compliance officer, and only after a disagreement. Raises ``Refused``."""
    require_staff(circumstances.actor)
    if case.procedure is not Procedure.RE_REVIEW or case.re_reviewer is not None:
        raise Refused("no_re_reviewer_due")


def assign_re_reviewer(case: Case, command: AssignReReviewer, circumstances: Circumstances) -> tuple[Event, ...]:
    """Seat a third person, never one of the two. The same person again yields no event."""
    require_staff(circumstances.actor)
    if case.procedure is Procedure.RE_REVIEW and case.re_reviewer == command.reviewer:
        return ()
    may_assign_re_reviewer(case, circumstances)
    refuse_barred(case, command.reviewer, command.barred)
    return (ReReviewerAssigned(reviewer=command.reviewer),)


class SubmitRuling(Command):
    """A ruling with the reference under which it lies sealed.

    ``other`` is the first ruling, opened for this decision alone when this one is the second; ``barred`` names a
    conflict that has come up since the panel was seated.
    """

    ruling: Ruling
    sealed: VaultReference
    other: Ruling | None = None
    barred: Mapping[Identifier, str] = Field(default_factory=dict)


def may_rule(case: Case, circumstances: Circumstances) -> None:
    """Assigned and not yet ruled (case.md). Raises ``Refused``."""
    actor = circumstances.actor
    if actor.role is not Role.REVIEWER or actor.id not in (*case.panel, case.re_reviewer):
        raise Refused("not_assigned")
    if case.has_ruled(actor.id):
        raise Refused("already_ruled")
    if actor.id not in case.awaited_reviewers:
        raise Refused("no_ruling_due")


def submit_ruling(case: Case, command: SubmitRuling, circumstances: Circumstances) -> tuple[Event, ...]:
    """Seal a first ruling; with the last one in, open all, and issue the ruling or record the disagreement.

    The same ruling again yields no event.
    """
    reviewer = circumstances.actor.id
    if circumstances.actor.role is Role.REVIEWER:
        if Submission(reviewer, command.sealed) in case.submitted:
            return ()
        if reviewer in case.recused and case.review in (Procedure.PANEL, Procedure.RE_REVIEW):
            refuse_barred(case, reviewer, {})
    may_rule(case, circumstances)
    _check_ruling(case, command, reviewer)
    submitted = RulingSubmitted(reviewer=reviewer, sealed=command.sealed)
    own = _opened(reviewer, command.ruling, command.sealed)
    if case.procedure is Procedure.RE_REVIEW:
        return (
            submitted,
            RulingsOpened(rulings=(own,)),
            _issue(case, command.ruling.outcome, own.bases, circumstances),
        )
    if not case.submitted:
        return (submitted,)
    if command.other is None:
        raise ValueError("the first ruling must be opened for the second to be decided")
    first = _opened(case.submitted[0].reviewer, command.other, case.submitted[0].sealed)
    opened = RulingsOpened(rulings=(first, own))
    if first.outcome is own.outcome:
        bases = tuple(dict.fromkeys((*first.bases, *own.bases)))
        return (submitted, opened, _issue(case, own.outcome, bases, circumstances))
    return (submitted, opened, PanelDisagreed(outcomes=(first.outcome, own.outcome)))


def _check_ruling(case: Case, command: SubmitRuling, reviewer: str) -> None:
    refuse_barred(case, reviewer, command.barred)
    if not command.ruling.reasons.given:
        raise Refused("reasons_missing")
    known = {exhibit.evidence.id for exhibit in case.exhibits}
    for identifier in command.ruling.evidence_ids:
        if identifier not in known:
            raise Refused("evidence_unknown", id=identifier)


def _opened(reviewer: str, ruling: Ruling, sealed: VaultReference) -> OpenedRuling:
    return OpenedRuling(reviewer=reviewer, outcome=ruling.outcome, bases=ruling.bases, content=sealed)


def availability_after(case: Case, outcome: RulingOutcome) -> Availability:
    """What follows for the upload: outcomes speak of the initial decision, so a challenge reversed means blocked.

    Upheld goes back to what the initial decision or the measure made of it. Two things stand over a ruling: what was
    restored by law stays public (case.md: an "upheld" does not stop a statutory restoration), and a measure stayed
    for legal action stays. A measure whose notice was withdrawn meanwhile does not come back.
    """
    notice = case.notice
    if case.appeal is None:
        return PRIOR_REVIEW[outcome]
    if notice is not None and case.appeal.kind is AppealKind.CONTEST:
        if notice.stage is Procedure.STAYED:
            return case.measure
        restored = notice.stage is Procedure.RESTORED and case.appeal.reopened is None
        if restored and outcome is not RulingOutcome.REVERSED:
            return case.measure
        ended = notice.ended_at if notice.accepted_at is not None and notice.stage is Procedure.CLOSED else None
        if ended is not None and ended >= case.appeal.lodged_at and outcome is RulingOutcome.UPHELD:
            return case.measure
    if outcome is RulingOutcome.UPHELD:
        return case.appeal.contested
    if outcome is RulingOutcome.PARTIALLY_REVERSED:
        return Availability.PUBLIC_LIMITED
    return Availability.PUBLIC if case.appeal.kind is AppealKind.CONTEST else Availability.BLOCKED


PRIOR_REVIEW: Mapping[RulingOutcome, Availability] = {
    RulingOutcome.UPHELD: Availability.BLOCKED,
    RulingOutcome.PARTIALLY_REVERSED: Availability.PUBLIC_LIMITED,
    RulingOutcome.REVERSED: Availability.PUBLIC,
}
"""A prior review ends with the upload published or restricted: holding it was the initial decision."""


def _issue(case: Case, outcome: RulingOutcome, bases: tuple[str, ...], circumstances: Circumstances) -> RulingIssued:
    availability = availability_after(case, outcome)
    remedies = _remedies_after(case, circumstances)
    return RulingIssued(
        appeal=None if case.appeal is None else case.appeal.number,
        outcome=outcome,
        availability=availability,
        statement_of_reasons=reasons_on_bases(case, availability, circumstances, bases, remedies),
    )


def _remedies_after(case: Case, circumstances: Circumstances) -> tuple[Remedy, ...]:
    """Where help is to be had on the platform after a ruling that restricts (C6)."""
    if case.appeal is None:
        return (Remedy.MARK, Remedy.CONTEST)
    levels = circumstances.standard.procedure.review_levels
    return (Remedy.FURTHER_REVIEW,) if case.appeal.level < levels else ()


def sealed_for(case: Case, actor: Actor) -> VaultReference | None:
    """The first ruling that must be opened to decide on this actor's second one; ``None`` when there is none.

    Nobody but the second reviewer of the panel gets an answer: a seal is broken for that decision only.
    """
    if case.procedure is not Procedure.PANEL or not case.submitted or actor.role is not Role.REVIEWER:
        return None
    return case.submitted[0].sealed if actor.id in case.awaited_reviewers else None
