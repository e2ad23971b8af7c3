"""The facts of a case, in the past tense; case.md names each one. No event holds personal data (invariant 11)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event, Role
from casework.domain.values import (
    Amount,
    Availability,
    ChallengeGround,
    ContestGround,
    Count,
    Digest,
    Evidence,
    Identifier,
    Mark,
    MatchEvidence,
    Medium,
    Moment,
    Outcome,
    Rule,
    RulingOutcome,
    StatementOfReasons,
    Value,
    VaultReference,
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
    """The first, mostly automatic decision: what was matched, which rule of which standard decided, what follows."""

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
    """The ruling went to both sides. ``outcome`` speaks of the platform's initial decision."""

    TOPIC: ClassVar[str] = "case.ruling_issued"

    appeal: AppealNumber
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


EVENTS: tuple[type[Event], ...] = (
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
)
