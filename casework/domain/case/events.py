"""The facts of a case, in the past tense; case.md names each one. No event holds personal data (invariant 11)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.case.media_events import MEDIA_EVENTS
from casework.domain.case.notice_events import NOTICE_EVENTS
from casework.domain.case.outside_events import OUTSIDE_EVENTS
from casework.domain.facts import Event, Role
from casework.domain.matching import MatchEvidence, Signal
from casework.domain.orders import Beneath, BindingOrder
from casework.domain.values import (
    Amount,
    Availability,
    ChallengeGround,
    ContestGround,
    Count,
    DeadlineKind,
    Digest,
    Evidence,
    Identifier,
    Mark,
    Medium,
    Moment,
    Outcome,
    ReleaseCause,
    ReopeningCause,
    Rule,
    RulingOutcome,
    StatementOfReasons,
    Value,
    VaultReference,
    WarningAnswer,
    Word,
    WorkFlag,
    WorkKind,
)

AppealNumber = Annotated[int, Field(ge=1)]


class RecordedUpload(Value):
    """The upload version decided on. ``uploader`` is a pseudonym; title and address lie in the vault."""

    id: Identifier
    version: Count
    uploader: Identifier
    medium: Medium
    language: Word | None = None
    amount: Amount | None = None
    commercial: bool
    content_sha256: Digest | None = None
    description: VaultReference | None = None


class RecordedWork(Value):
    """The work claimed. ``right_holder`` is a pseudonym."""

    id: Identifier
    title: Word
    right_holder: Identifier
    kind: WorkKind
    flags: tuple[WorkFlag, ...] = ()
    amount: Amount | None = None


class FilteringDecisionRecorded(Event):
    """The first, mostly automatic decision: what was matched, which rule of which standard decided, what follows.

    ``regime``: the legal regime chosen by the platform, where it had chosen. ``without_block``: why a rule that holds
    or blocks led to a warning only (product.md A6; suspended automatic blocking). ``grace_until``: what was public
    already stays so until then (UrhDaG s. 11(2)). ``ordered``: what a binding order says (rule 1). ``order``: that
    order, which lies over the case until it is lifted; ``beneath``: what the standard says without it. ``signals``:
    hints at a commercial use, which no rule looked at.
    """

    TOPIC: ClassVar[str] = "case.filtering_decision_recorded"

    source: Identifier
    decision_id: Identifier
    decided_at: Moment
    upload: RecordedUpload
    work: RecordedWork
    evidence: MatchEvidence
    marks: tuple[Mark, ...] = ()
    standard: Identifier
    rule: Rule
    outcome: Outcome
    doubt: Rule | None = None
    statement_of_reasons: StatementOfReasons | None = None
    regime: Identifier | None = None
    without_block: Word | None = None
    grace_until: Moment | None = None
    ordered: Availability | None = None
    order: BindingOrder | None = None
    beneath: Beneath | None = None
    signals: tuple[Signal, ...] | None = None

    @property
    def own_rule(self) -> Rule:
        """The rule by which the platform itself decided, an order put aside."""
        return self.rule if self.beneath is None else self.beneath.rule

    @property
    def own_outcome(self) -> Outcome:
        """What the platform itself makes of the match, an order put aside."""
        return self.outcome if self.beneath is None else self.beneath.outcome


class LawfulUseMarked(Event):
    """The uploader marked the use as lawful after the decision; the upload is public from now on (C1)."""

    TOPIC: ClassVar[str] = "case.lawful_use_marked"

    mark: Mark


class ContestLodged(Event):
    """The uploader contested a block. ``restored``: the standard restores the upload on contest."""

    TOPIC: ClassVar[str] = "case.contest_lodged"

    appeal: AppealNumber
    ground: ContestGround
    reasons: VaultReference
    segments: tuple[Count, ...] = ()
    restored: bool = False


class ChallengeLodged(Event):
    """The right holder challenged a presumed-lawful or marked use and said which exceptions it considered."""

    TOPIC: ClassVar[str] = "case.challenge_lodged"

    appeal: AppealNumber
    ground: ChallengeGround
    reasons: VaultReference
    exceptions_considered: VaultReference


class StatementFiled(Event):
    """A party commented on the appeal."""

    TOPIC: ClassVar[str] = "case.statement_filed"

    side: Role
    statement: VaultReference


class EvidenceSubmitted(Event):
    """A party put forward a file."""

    TOPIC: ClassVar[str] = "case.evidence_submitted"

    side: Role
    evidence: Evidence


class PanelAssigned(Event):
    """Two reviewers were chosen to decide apart from one another (E1)."""

    TOPIC: ClassVar[str] = "case.panel_assigned"

    reviewers: tuple[Identifier, Identifier]


class ReReviewerAssigned(Event):
    """A third reviewer was chosen after the panel disagreed (E2)."""

    TOPIC: ClassVar[str] = "case.re_reviewer_assigned"

    reviewer: Identifier


class RulingSubmitted(Event):
    """A reviewer ruled. The content lies sealed in the vault; its salted hash here is the commitment to it."""

    TOPIC: ClassVar[str] = "case.ruling_submitted"

    reviewer: Identifier
    sealed: VaultReference


class OpenedRuling(Value):
    """What a sealed ruling said, and where its reasons and factors lie."""

    reviewer: Identifier
    outcome: RulingOutcome
    bases: tuple[Word, ...]
    content: VaultReference


class RulingsOpened(Event):
    """All rulings of this level are in, so their seals were broken together."""

    TOPIC: ClassVar[str] = "case.rulings_opened"

    rulings: tuple[OpenedRuling, ...]


class PanelDisagreed(Event):
    """The two outcomes differ; a third reviewer decides (E2)."""

    TOPIC: ClassVar[str] = "case.panel_disagreed"

    outcomes: tuple[RulingOutcome, RulingOutcome]


class RulingIssued(Event):
    """The ruling went to both sides. ``outcome`` speaks of the platform's initial decision.

    ``appeal`` is ``None`` for the ruling that ends a prior review.
    """

    TOPIC: ClassVar[str] = "case.ruling_issued"

    appeal: AppealNumber | None = None
    outcome: RulingOutcome
    on_merits: bool = True
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class AppealWithdrawn(Event):
    """Who lodged the appeal took it back; it is closed without a ruling (omitted)."""

    TOPIC: ClassVar[str] = "case.appeal_withdrawn"

    appeal: AppealNumber
    side: Role
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class GraceExpired(Event):
    """No mark within the grace: what had been public is blocked (UrhDaG s. 11(2))."""

    TOPIC: ClassVar[str] = "case.grace_expired"

    due_at: Moment
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class PriorReviewExpired(Event):
    """Nobody ruled in time, so the upload went public; the review goes on (case.md, prior_review)."""

    TOPIC: ClassVar[str] = "case.prior_review_expired"

    due_at: Moment
    availability: Availability


class WarningAnswered(Event):
    """The right holder answered the warning; ``licence`` holds the words of a licence (D2)."""

    TOPIC: ClassVar[str] = "case.warning_answered"

    answer: WarningAnswer
    licence: VaultReference | None = None


class WarningLapsed(Event):
    """The right holder kept silent; the warning is closed."""

    TOPIC: ClassVar[str] = "case.warning_lapsed"

    due_at: Moment


class UrgentBlockDeclared(Event):
    """A trusted right holder had the upload blocked until the ruling (UrhDaG s. 14(4)).

    ``check`` holds who looked at it and what was found (a natural person must), ``harm`` the significant harm.
    """

    TOPIC: ClassVar[str] = "case.urgent_block_declared"

    appeal: AppealNumber
    check: VaultReference
    harm: VaultReference
    availability: Availability
    statement_of_reasons: StatementOfReasons


class DeadlinePassed(Event):
    """What was due is overdue, and escalated; ``availability`` where the standard restores overdue blocks."""

    TOPIC: ClassVar[str] = "case.deadline_passed"

    kind: DeadlineKind
    due_at: Moment
    availability: Availability | None = None


class SettlementProposed(Event):
    """One side offers to settle; ``availability`` is what shall become of the upload."""

    TOPIC: ClassVar[str] = "case.settlement_proposed"

    side: Role
    availability: Availability
    terms: VaultReference


class PartiesSettled(Event):
    """The other side agreed; the appeal is closed without a ruling (omitted)."""

    TOPIC: ClassVar[str] = "case.parties_settled"

    appeal: AppealNumber
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class FurtherReviewRequested(Event):
    """A party asks for the next level of review, by new reviewers."""

    TOPIC: ClassVar[str] = "case.further_review_requested"

    appeal: AppealNumber
    side: Role
    reasons: VaultReference


class CaseReopened(Event):
    """The case is decided again; earlier events stay. ``availability`` is what holds until the new ruling."""

    TOPIC: ClassVar[str] = "case.case_reopened"

    appeal: AppealNumber
    cause: ReopeningCause
    reasons: VaultReference | None = None
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class UploadWithdrawn(Event):
    """The uploader took the upload away; the case is moot, its evidence is kept for its retention."""

    TOPIC: ClassVar[str] = "case.upload_withdrawn"


class ReviewerRecused(Event):
    """A reviewer stepped back from the case (E3)."""

    TOPIC: ClassVar[str] = "case.reviewer_recused"

    reviewer: Identifier
    cause: ReleaseCause


class ReviewerReleased(Event):
    """A reviewer who had not ruled was taken off the case: absent, no longer active, or in a conflict (E3)."""

    TOPIC: ClassVar[str] = "case.reviewer_released"

    reviewer: Identifier
    cause: ReleaseCause


class ReviewerSeated(Event):
    """Another reviewer took the free seat of the panel (E3)."""

    TOPIC: ClassVar[str] = "case.reviewer_seated"

    reviewer: Identifier


class BarredReviewerRefused(Event):
    """A reviewer who may not decide this case tried to, or was to be seated; the attempt was refused (invariant 4)."""

    TOPIC: ClassVar[str] = "case.barred_reviewer_refused"

    reviewer: Identifier
    cause: Word


class MeasureSuspended(Event):
    """The ground of the measure is gone while a review is open: public until the ruling; the review goes on (B3)."""

    TOPIC: ClassVar[str] = "case.measure_suspended"

    cause: ReopeningCause
    availability: Availability


EVENTS: tuple[type[Event], ...] = (
    *NOTICE_EVENTS,
    *OUTSIDE_EVENTS,
    *MEDIA_EVENTS,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    ContestLodged,
    ChallengeLodged,
    StatementFiled,
    EvidenceSubmitted,
    PanelAssigned,
    ReReviewerAssigned,
    RulingSubmitted,
    RulingsOpened,
    PanelDisagreed,
    RulingIssued,
    AppealWithdrawn,
    GraceExpired,
    PriorReviewExpired,
    WarningAnswered,
    WarningLapsed,
    UrgentBlockDeclared,
    DeadlinePassed,
    MeasureSuspended,
    SettlementProposed,
    PartiesSettled,
    FurtherReviewRequested,
    CaseReopened,
    UploadWithdrawn,
    ReviewerRecused,
    ReviewerReleased,
    ReviewerSeated,
    BarredReviewerRefused,
)
