"""A case as a fold of its events: nothing is stored that can be derived, and replaying gives the same state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    EvidenceSubmitted,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    OpenedRuling,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
    StatementFiled,
)
from casework.domain.decision import ACTIONS, AVAILABILITIES
from casework.domain.facts import Event, Happened, Role
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    Evidence,
    Mark,
    VaultReference,
)


class Procedure(StrEnum):
    """Where the procedure stands (case.md, table "Procedure")."""

    CLEARED = "cleared"
    PRESUMED_LAWFUL = "presumed_lawful"
    MARKED_LAWFUL = "marked_lawful"
    WARNING = "warning"
    PRESUMED_INFRINGING = "presumed_infringing"
    PRIOR_REVIEW = "prior_review"
    ADJUDICATION = "adjudication"
    PANEL = "panel"
    RE_REVIEW = "re_review"
    DECIDED = "decided"
    CLOSED = "closed"


class AppealKind(StrEnum):
    """Who appeals against what: the uploader contests a block, the right holder challenges a lawful use."""

    CONTEST = "contest"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True)
class Appeal:
    """One contest or challenge of the case. ``availability_before`` is what a withdrawal returns to."""

    number: int
    kind: AppealKind
    lodged_at: datetime
    ground: ContestGround | ChallengeGround
    reasons: VaultReference
    segments: tuple[int, ...]
    exceptions_considered: VaultReference | None
    availability_before: Availability

    @property
    def side(self) -> Role:
        """Who lodged it."""
        return Role.UPLOADER if self.kind is AppealKind.CONTEST else Role.RIGHT_HOLDER

    @property
    def other_side(self) -> Role:
        """Who answers it."""
        return Role.RIGHT_HOLDER if self.kind is AppealKind.CONTEST else Role.UPLOADER


@dataclass(frozen=True, slots=True)
class Statement:
    """A comment of one side."""

    side: Role
    statement: VaultReference
    at: datetime


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file of one side."""

    side: Role
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """A ruling that is in; its content is sealed until all are."""

    reviewer: str
    sealed: VaultReference


@dataclass(frozen=True, slots=True)
class Case:
    """One upload version, one claimed work, one filtering decision, and all that follows (case.md).

    ``informed_at`` is when the parties were told (the decision's recording), ``marked_at`` when the latest mark
    after the decision was set. ``version`` counts the events.
    """

    version: int
    decision: FilteringDecisionRecorded
    informed_at: datetime
    procedure: Procedure
    availability: Availability
    marks: tuple[Mark, ...]
    marked_at: datetime | None = None
    appeals: tuple[Appeal, ...] = ()
    statements: tuple[Statement, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    panel: tuple[str, ...] = ()
    re_reviewer: str | None = None
    submitted: tuple[Submission, ...] = ()
    opened: tuple[OpenedRuling, ...] = ()
    disagreed: bool = False
    ruling: RulingIssued | None = None
    ruled_at: datetime | None = None

    @property
    def uploader(self) -> str:
        """Pseudonym of the uploader."""
        return self.decision.upload.uploader

    @property
    def right_holder(self) -> str:
        """Pseudonym of the right holder."""
        return self.decision.work.right_holder

    @property
    def appeal(self) -> Appeal | None:
        """The latest appeal, open or not."""
        return self.appeals[-1] if self.appeals else None

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal is open."""
        return self.procedure in (Procedure.ADJUDICATION, Procedure.PANEL, Procedure.RE_REVIEW)

    def has_ruled(self, reviewer: str) -> bool:
        """Whether this reviewer's ruling is in."""
        return any(submission.reviewer == reviewer for submission in self.submitted)

    @property
    def awaited_reviewers(self) -> tuple[str, ...]:
        """Reviewers whose ruling is due now."""
        if self.procedure is Procedure.PANEL:
            return tuple(reviewer for reviewer in self.panel if not self.has_ruled(reviewer))
        if self.procedure is Procedure.RE_REVIEW and self.re_reviewer is not None:
            return (self.re_reviewer,)
        return ()


def _recorded(event: FilteringDecisionRecorded, happened: Happened) -> Case:
    return Case(
        version=1,
        decision=event,
        informed_at=happened.recorded,
        procedure=Procedure(event.outcome.value),
        availability=AVAILABILITIES[ACTIONS[event.outcome]],
        marks=event.marks,
    )


def _marked(case: Case, event: LawfulUseMarked, happened: Happened) -> Case:
    return replace(
        case,
        procedure=Procedure.MARKED_LAWFUL,
        availability=Availability.PUBLIC,
        marks=(*case.marks, event.mark),
        marked_at=happened.recorded,
    )


def _contested(case: Case, event: ContestLodged, happened: Happened) -> Case:
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CONTEST,
        lodged_at=happened.occurred,
        ground=event.ground,
        reasons=event.reasons,
        segments=event.segments,
        exceptions_considered=None,
        availability_before=case.availability,
    )
    availability = Availability.PUBLIC if event.restored else case.availability
    return replace(case, procedure=Procedure.ADJUDICATION, availability=availability, appeals=(*case.appeals, appeal))


def _challenged(case: Case, event: ChallengeLodged, happened: Happened) -> Case:
    appeal = Appeal(
        number=event.appeal,
        kind=AppealKind.CHALLENGE,
        lodged_at=happened.occurred,
        ground=event.ground,
        reasons=event.reasons,
        segments=(),
        exceptions_considered=event.exceptions_considered,
        availability_before=case.availability,
    )
    return replace(case, procedure=Procedure.ADJUDICATION, appeals=(*case.appeals, appeal))


def _stated(case: Case, event: StatementFiled, happened: Happened) -> Case:
    return replace(case, statements=(*case.statements, Statement(event.side, event.statement, happened.occurred)))


def _exhibited(case: Case, event: EvidenceSubmitted, happened: Happened) -> Case:
    return replace(case, exhibits=(*case.exhibits, Exhibit(event.side, event.evidence, happened.occurred)))


def _panel_assigned(case: Case, event: PanelAssigned, happened: Happened) -> Case:
    return replace(case, procedure=Procedure.PANEL, panel=event.reviewers)


def _re_reviewer_assigned(case: Case, event: ReReviewerAssigned, happened: Happened) -> Case:
    return replace(case, re_reviewer=event.reviewer)


def _ruled(case: Case, event: RulingSubmitted, happened: Happened) -> Case:
    return replace(case, submitted=(*case.submitted, Submission(event.reviewer, event.sealed)))


def _opened(case: Case, event: RulingsOpened, happened: Happened) -> Case:
    return replace(case, opened=(*case.opened, *event.rulings))


def _disagreed(case: Case, event: PanelDisagreed, happened: Happened) -> Case:
    return replace(case, procedure=Procedure.RE_REVIEW, disagreed=True)


def _issued(case: Case, event: RulingIssued, happened: Happened) -> Case:
    return replace(
        case,
        procedure=Procedure.DECIDED,
        availability=event.availability,
        ruling=event,
        ruled_at=happened.occurred,
    )


def _withdrawn(case: Case, event: AppealWithdrawn, happened: Happened) -> Case:
    return replace(case, procedure=Procedure.CLOSED, availability=event.availability)


# The values are as precise as Python's types allow for a table keyed by class: each function takes its own event.
EVOLUTIONS: Mapping[type[Event], Callable[[Case, Any, Happened], Case]] = {
    LawfulUseMarked: _marked,
    ContestLodged: _contested,
    ChallengeLodged: _challenged,
    StatementFiled: _stated,
    EvidenceSubmitted: _exhibited,
    PanelAssigned: _panel_assigned,
    ReReviewerAssigned: _re_reviewer_assigned,
    RulingSubmitted: _ruled,
    RulingsOpened: _opened,
    PanelDisagreed: _disagreed,
    RulingIssued: _issued,
    AppealWithdrawn: _withdrawn,
}


def evolve(case: Case | None, happened: Happened) -> Case:
    """Apply one fact. The first fact of a case, and no other, is its filtering decision; raises ``ValueError``."""
    event = happened.event
    if case is None:
        if not isinstance(event, FilteringDecisionRecorded):
            raise ValueError(f"a case cannot begin with {event.TOPIC}")
        return _recorded(event, happened)
    if type(event) not in EVOLUTIONS:
        raise ValueError(f"a case cannot go on with {event.TOPIC}")
    return replace(EVOLUTIONS[type(event)](case, event, happened), version=case.version + 1)


def fold(history: Iterable[Happened]) -> Case | None:
    """The case after its whole history; ``None`` for an empty one."""
    case: Case | None = None
    for happened in history:
        case = evolve(case, happened)
    return case
