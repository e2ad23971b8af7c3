"""What a case is at a moment: a fold of its events (evolution.py); nothing is stored here that can be derived.

Two lines run side by side and neither blocks the other: the main line (decision, appeal, rulings) and the notice line
(notice, measure, counter-notice, wait). Outside proceedings lie over both (case.md, "Four regions").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from casework.domain.case.events import FilteringDecisionRecorded, OpenedRuling, RulingIssued
from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Role
from casework.domain.orders import BindingOrder
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    DeadlineKind,
    Evidence,
    Mark,
    Measure,
    OutsideForum,
    OutsideOutcome,
    PauseCause,
    ReopeningCause,
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
    RESTRICTED = "restricted"
    NOTICE_CHECK = "notice_check"
    MEASURE_TAKEN = "measure_taken"
    COUNTER_CHECK = "counter_check"
    WAITING = "waiting"
    STAYED = "stayed"
    RESTORED = "restored"
    ADJUDICATION = "adjudication"
    PANEL = "panel"
    RE_REVIEW = "re_review"
    DECIDED = "decided"
    CLOSED = "closed"


REVIEW_STAGES = (Procedure.ADJUDICATION, Procedure.PANEL, Procedure.RE_REVIEW)
"""Stages of an appeal that is not decided."""

NOTICE_STAGES = (Procedure.NOTICE_CHECK, Procedure.COUNTER_CHECK, Procedure.WAITING, Procedure.STAYED)
"""Stages of a notice in which something is still to come."""


class AppealKind(StrEnum):
    """Who appeals against what: the uploader contests a block, the right holder challenges a lawful use."""

    CONTEST = "contest"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal of the case: a contest, a challenge, a further review or a reopening.

    ``availability_before`` is what a withdrawal returns to. ``contested`` is what the initial decision (or the measure
    taken upon a notice) made of the upload: "upheld" goes back to it. ``lodged_by`` is the side that lodged it, or
    who reopened the case. ``level`` counts the levels of review. ``check`` and ``harm`` belong to an urgent block: who
    looked and what was found, and the significant harm.
    """

    number: int
    kind: AppealKind
    lodged_at: datetime
    ground: ContestGround | ChallengeGround | None
    reasons: VaultReference | None
    segments: tuple[int, ...]
    exceptions_considered: VaultReference | None
    availability_before: Availability
    contested: Availability
    lodged_by: Role
    level: int = 1
    urgent: bool = False
    check: VaultReference | None = None
    harm: VaultReference | None = None
    reopened: ReopeningCause | None = None

    @property
    def side(self) -> Role:
        """Whose interest it serves: the uploader's against a block, the right holder's against a lawful use."""
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
class MatchedMedia:
    """One of the two files that were compared; ``version`` is the place of its event in the case."""

    side: MediaSide
    file: Evidence
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Submission:
    """A ruling that is in; its content is sealed until all are."""

    reviewer: str
    sealed: VaultReference


@dataclass(frozen=True, slots=True)
class Deficiency:
    """What a notice or counter-notice lacks, and until when (exclusive) it may be cured."""

    missing: tuple[str, ...]
    cure_until: datetime
    remarks: VaultReference | None
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Working days that a wait does not count, why, and the proof."""

    cause: PauseCause
    working_days: int
    proof: VaultReference
    at: datetime


@dataclass(frozen=True, slots=True)
class CounterNotice:
    """The uploader's declaration against a measure.

    ``received_at`` is when it came in complete or not, ``amended_at`` the latest cure, ``delivered_at`` when it
    reached the right holder. ``waits`` is ``None`` until it is accepted.
    """

    number: int
    regime: str
    received_at: datetime
    elements: tuple[str, ...]
    content: VaultReference
    amended_at: datetime | None = None
    deficiency: Deficiency | None = None
    accepted_at: datetime | None = None
    waits: bool | None = None
    delivered_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    lapsed_at: datetime | None = None

    @property
    def paused_working_days(self) -> int:
        """Working days of all pauses together."""
        return sum(pause.working_days for pause in self.pauses)


@dataclass(frozen=True, slots=True)
class Notice:
    """A right holder's notice with all that followed from it.

    ``stage`` is NOTICE_CHECK, MEASURE_TAKEN, COUNTER_CHECK, WAITING, STAYED, RESTORED or CLOSED. ``rested`` is where
    the case rested before, ``availability_before`` what the public saw before the measure. ``decided_by`` is the
    officer who accepted it and so took part in the measure.
    """

    number: int
    regime: str
    received_at: datetime
    elements: tuple[str, ...]
    content: VaultReference
    items: int
    trusted: bool
    measure_sought: Measure | None
    stage: Procedure
    rested: Procedure
    availability_before: Availability
    amended_at: datetime | None = None
    deficiency: Deficiency | None = None
    measure: Measure | None = None
    reasons: VaultReference | None = None
    accepted_at: datetime | None = None
    decided_by: str | None = None
    counter_notices: tuple[CounterNotice, ...] = ()
    ended_at: datetime | None = None

    @property
    def counter_notice(self) -> CounterNotice | None:
        """The latest counter-notice."""
        return self.counter_notices[-1] if self.counter_notices else None

    @property
    def restored_at_once(self) -> bool:
        """Whether a counter-notice restored the upload without a wait, which bars a repeat (invariant 8)."""
        return self.stage is Procedure.RESTORED and self.counter_notice is not None and not self.counter_notice.waits


@dataclass(frozen=True, slots=True)
class OutsideProceeding:
    """A dispute before a court, an authority or an external body."""

    number: int
    forum: OutsideForum
    opened_at: datetime
    words: VaultReference
    decided_at: datetime | None = None
    outcome: OutsideOutcome | None = None
    implemented: bool = False
    availability: Availability | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A binding order, in force until it is lifted."""

    number: int
    forum: OutsideForum
    interim: bool
    availability: Availability
    received_at: datetime
    until: datetime | None
    words: VaultReference
    lifted_at: datetime | None = None

    @property
    def terms(self) -> BindingOrder:
        """The order as its upload and other cases know it."""
        return BindingOrder(
            forum=self.forum,
            interim=self.interim,
            availability=self.availability,
            received_at=self.received_at,
            until=self.until,
            words=self.words,
        )

    def stands(self, terms: BindingOrder) -> bool:
        """Whether it is this very order and was not lifted."""
        return self.lifted_at is None and self.terms == terms


@dataclass(frozen=True, slots=True)
class LegalAction:
    """A court action or complaint that the right holder reported."""

    forum: OutsideForum
    proof: VaultReference
    at: datetime
    stays: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """An open offer to settle."""

    side: Role
    availability: Availability
    terms: VaultReference
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One upload version, one claimed work, one filtering decision, and all that follows (case.md).

    ``informed_at`` is when the parties were told (the decision's recording), ``marked_at`` when the latest mark
    after the decision was set. ``rests`` is where the case stands when nothing is open, ``review`` the stage of the
    open review, ``measure`` what the public sees before any order. ``took_part`` are reviewers who ruled in earlier
    rounds, ``recused`` those who left a seat and may not come back on this case. ``version`` counts the events.
    """

    version: int
    decision: FilteringDecisionRecorded
    informed_at: datetime
    rests: Procedure
    measure: Availability
    marks: tuple[Mark, ...]
    review: Procedure | None = None
    marked_at: datetime | None = None
    appeals: tuple[Appeal, ...] = ()
    notices: tuple[Notice, ...] = ()
    statements: tuple[Statement, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    media: tuple[MatchedMedia, ...] = ()
    panel: tuple[str, ...] = ()
    re_reviewer: str | None = None
    submitted: tuple[Submission, ...] = ()
    opened: tuple[OpenedRuling, ...] = ()
    disagreed: bool = False
    took_part: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    ruling: RulingIssued | None = None
    ruled_at: datetime | None = None
    proceedings: tuple[OutsideProceeding, ...] = ()
    orders: tuple[Order, ...] = ()
    legal_actions: tuple[LegalAction, ...] = ()
    settlement: Settlement | None = None
    passed: tuple[tuple[DeadlineKind, datetime], ...] = ()
    withdrawn_at: datetime | None = None

    @property
    def procedure(self) -> Procedure:
        """Where the procedure stands: an open review first, then an open notice, then where the case rests."""
        if self.withdrawn_at is not None:
            return Procedure.CLOSED
        if self.review is not None:
            return self.review
        if self.notice is not None and self.notice.stage in NOTICE_STAGES:
            return self.notice.stage
        return self.rests

    @property
    def availability(self) -> Availability:
        """What the public sees: the withdrawal, then an order in force, then the platform's own measure."""
        if self.withdrawn_at is not None:
            return Availability.WITHDRAWN
        order = self.order
        return self.measure if order is None else order

    @property
    def order(self) -> Availability | None:
        """What lies over the platform's own measure: a binding order, else what an external body decided.

        The decision of an external body binds nobody (DSA art. 21(2)), so it never sets aside the word of a court.
        """
        return self.binding_order or self._latest(OutsideForum.EXTERNAL_BODY)

    @property
    def binding_order(self) -> Availability | None:
        """What a court or an authority demands, by an order in force or a decision: the latest one counts."""
        return self._latest(OutsideForum.COURT, OutsideForum.AUTHORITY)

    def _latest(self, *forums: OutsideForum) -> Availability | None:
        found: list[tuple[datetime, Availability]] = []
        found.extend(
            (one.received_at, one.availability) for one in self.orders if one.lifted_at is None and one.forum in forums
        )
        found.extend(
            (one.decided_at, one.availability)
            for one in self.proceedings
            if one.decided_at is not None and one.availability is not None and one.forum in forums
        )
        return max(found, key=lambda one: one[0])[1] if found else None

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
    def ruled_appeal(self) -> Appeal | None:
        """The appeal that the ruling in force decided; a later one may have been taken back."""
        number = None if self.ruling is None else self.ruling.appeal
        return None if number is None else self.appeals[number - 1]

    @property
    def notice(self) -> Notice | None:
        """The latest notice, open or not."""
        return self.notices[-1] if self.notices else None

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal is open; a prior review is none."""
        return self.review is not None and bool(self.appeals)

    @property
    def in_prior_review(self) -> bool:
        """Whether the review before publication has not ended in a ruling."""
        return self.withdrawn_at is None and self.rests is Procedure.PRIOR_REVIEW

    def media_of(self, side: MediaSide) -> MatchedMedia | None:
        """The file of one side as it was compared, if it was laid beside the case."""
        return next((one for one in self.media if one.side is side), None)

    def has_ruled(self, reviewer: str) -> bool:
        """Whether this reviewer's ruling is in, in this round."""
        return any(submission.reviewer == reviewer for submission in self.submitted)

    @property
    def awaited_reviewers(self) -> tuple[str, ...]:
        """Reviewers whose ruling is due now."""
        if self.withdrawn_at is not None:
            return ()
        if self.review is Procedure.PANEL:
            return tuple(reviewer for reviewer in self.panel if not self.has_ruled(reviewer))
        if self.review is Procedure.RE_REVIEW and self.re_reviewer is not None:
            return (self.re_reviewer,)
        return ()


def rests_on_challenge_ruling(case: Case, notice: Notice) -> bool:
    """Whether a ruling on the right holder's challenge, later than the measure, says what the public sees.

    It stands on its own ground: neither counter-notice nor silence, which end the measure, undo it.
    """
    ruled = case.ruled_appeal
    return ruled is not None and ruled.kind is AppealKind.CHALLENGE and ruled_since(case, notice)


def ruled_since(case: Case, notice: Notice) -> bool:
    """Whether a ruling came after the measure."""
    return case.ruled_at is not None and notice.accepted_at is not None and case.ruled_at >= notice.accepted_at


def contested_in_grace(case: Case) -> bool:
    """Whether the latest appeal was lodged while the grace ran, and no notice has ended the grace for good since."""
    until, appeal = case.decision.grace_until, case.appeal
    in_time = until is not None and appeal is not None and appeal.lodged_at < until
    return in_time and case.rests is Procedure.PRESUMED_INFRINGING
