"""The rows of one case: computed from its folded state, so that the rules of the procedure stand in one place only.

A case is folded from its whole history up to a position of the log. Nothing here knows what an event does to a case;
only who was seated when is read off the events, because a state does not remember it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from casework.domain.case.events import (
    FilteringDecisionRecorded,
    PanelAssigned,
    ReReviewerAssigned,
    ReviewerSeated,
    RulingSubmitted,
)
from casework.domain.case.evolution import evolve
from casework.domain.case.seating import needs_seats
from casework.domain.case.state import REVIEW_STAGES, Case, Procedure
from casework.domain.deadlines import Deadline, Terms, comments_until, deadlines, ruling_due, undated
from casework.domain.standard.standard import Standard, Standards
from casework.domain.values import DeadlineKind
from casework.eventlog.codec import Recorded
from casework.law import Law

Row = dict[str, Any]
NOTICE, COUNTER_NOTICE = "notice", "counter_notice"
"""What the intake desk has to check."""

OWED, GIVEN, DROPPED = "owed", "given", "dropped"
"""States of a seat: the ruling is due, is in, or is not wanted any more."""

_PUT_OFF_BY_RULING = (DeadlineKind.RULING, DeadlineKind.PRIOR_REVIEW)


class TermsOfCases:
    """The terms of deadlines, made once for all cases of a standard on which no notice was given."""

    def __init__(self, standards: Standards, law: Law) -> None:
        self._standards = standards
        self._law = law
        self._made: dict[str, Terms] = {}

    def __call__(self, case: Case) -> Terms:
        """The terms of this case: its standard, the regime that governs, the days that count."""
        identifier = case.decision.standard
        if case.notice is not None:
            return self._law.terms_of(case, self._standards[identifier])
        if identifier not in self._made:
            self._made[identifier] = self._law.terms_of(case, self._standards[identifier])
        return self._made[identifier]


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Everything that the read model keeps of one case."""

    case: Row
    assignments: list[Row]
    deadlines: list[Row]


@dataclass(slots=True)
class _Seat:
    """One seat that somebody was given."""

    reviewer: str
    seat: str
    appeal_kind: str | None
    assigned_at: datetime
    due: datetime
    given_at: datetime | None = None


def rows_of(history: Sequence[Recorded], terms_of: Callable[[Case], Terms]) -> CaseRows:
    """The rows of a case after its history, which is not empty. Raises ``ValueError`` for one that is no case's."""
    case = evolve(None, history[0])
    standard = terms_of(case).standard
    seats: dict[str, _Seat] = {}
    for recorded in history[1:]:
        case = evolve(case, recorded)
        _note_seats(seats, case, recorded, standard)
    open_clocks = open_deadlines(case, terms_of(case))
    case_id = history[0].stream
    return CaseRows(
        case=_case_row(case, history[0], history[-1], standard, open_clocks),
        assignments=[_seat_row(case_id, seat, case) for seat in seats.values()],
        deadlines=[{"case_id": case_id, "kind": one.kind.value, "due_at": one.due_at} for one in open_clocks],
    )


def open_deadlines(case: Case, terms: Terms) -> tuple[Deadline, ...]:
    """The open clocks of a case, each once, in order.

    A wait that runs into a year whose working days nobody has ordered yet has no known end. It is looked at when that
    year begins, so that people see that nothing follows from it instead of the case being forgotten.
    """
    found = deadlines(case, terms)
    if case.notice is not None:
        found += tuple(Deadline(one.kind, datetime(one.year, 1, 1, tzinfo=UTC)) for one in undated(case, terms))
    if len(found) <= 1:
        return found
    return tuple(sorted(set(found), key=lambda one: (one.due_at, one.kind.value)))


def _note_seats(seats: dict[str, _Seat], case: Case, recorded: Recorded, standard: Standard) -> None:
    """Remember who was seated when; ``case`` is the one after the event."""
    event = recorded.event
    if isinstance(event, RulingSubmitted):
        seats[event.reviewer].given_at = recorded.occurred
        return
    reviewers: Iterable[str]
    if isinstance(event, PanelAssigned):
        reviewers, seat = event.reviewers, "panel"
    elif isinstance(event, ReviewerSeated):
        reviewers, seat = (event.reviewer,), "panel"
    elif isinstance(event, ReReviewerAssigned):
        reviewers, seat = (event.reviewer,), "re_review"
    else:
        return
    kind = case.appeal.kind.value if case.under_appeal and case.appeal is not None else None
    due = review_due(case, standard) or recorded.occurred
    for reviewer in reviewers:
        seats[reviewer] = _Seat(reviewer, seat, kind, recorded.occurred, due)


def _seat_row(case_id: UUID, seat: _Seat, case: Case) -> Row:
    state = DROPPED
    if seat.given_at is not None:
        state = GIVEN
    elif seat.reviewer in case.awaited_reviewers:
        state = OWED
    return {
        "case_id": case_id,
        "reviewer": seat.reviewer,
        "seat": seat.seat,
        "appealed": seat.appeal_kind is not None,
        "assigned_at": seat.assigned_at,
        "due": seat.due,
        "state": state,
        "ruled_at": seat.given_at,
    }


def review_due(case: Case, standard: Standard) -> datetime | None:
    """When the ruling of the latest appeal, or that of the review before publication, is or was due."""
    if case.appeal is not None:
        return ruling_due(case.appeal, standard)
    if case.in_prior_review:
        return case.informed_at + standard.prior_review.due(case.decision.work.flags)
    return None


def _case_row(case: Case, first: Recorded, last: Recorded, standard: Standard, open_clocks: Sequence[Deadline]) -> Row:
    """The row of the list: what was decided, where the case stands, what is due next."""
    appeal = case.appeal
    return {
        **_decided(case, first),
        "changed": last.position,
        "procedure": case.procedure.value,
        "availability": case.availability.value,
        "marked_at": case.marked_at,
        "appeal_kind": None if appeal is None else appeal.kind.value,
        "appeal_ground": None if appeal is None or appeal.ground is None else appeal.ground.value,
        "appeal_lodged_at": None if appeal is None else appeal.lodged_at,
        "comments_until": None if appeal is None else comments_until(appeal, standard),
        "ruling_due": review_due(case, standard),
        "needs_seats": needs_seats(case),
        "prior_review": case.in_prior_review,
        "ruling": None if case.ruling is None else case.ruling.outcome.value,
        "ruled_at": case.ruled_at,
        "overdue": is_overdue(case, standard),
        "next_deadline_kind": open_clocks[0].kind.value if open_clocks else None,
        "next_deadline_at": open_clocks[0].due_at if open_clocks else None,
        **_noticed(case, open_clocks),
    }


def _decided(case: Case, first: Recorded) -> Row:
    """What never changes."""
    event: FilteringDecisionRecorded = case.decision
    share = event.evidence.share_of_upload
    return {
        "case_id": first.stream,
        "opened": first.position,
        "source": event.source,
        "decision_id": event.decision_id,
        "decided_at": event.decided_at,
        "informed_at": first.recorded,
        "upload_id": event.upload.id,
        "upload_version": event.upload.version,
        "uploader": event.upload.uploader,
        "work_id": event.work.id,
        "work_title": event.work.title,
        "right_holder": event.work.right_holder,
        "medium": event.upload.medium.value,
        "language": event.upload.language,
        "share": None if share is None else str(share),
        "outcome": event.outcome.value,
        "rule": event.rule.value,
        "standard": event.standard,
    }


def _noticed(case: Case, open_clocks: Sequence[Deadline]) -> Row:
    """Where the latest notice stands, and what of it the intake desk has to check."""
    notice = case.notice
    if notice is None:
        return _UNNOTICED if case.decision.regime is None else {**_UNNOTICED, "regime": case.decision.regime}
    counter = notice.counter_notice
    closed = case.withdrawn_at is not None
    checked, since = None, None
    if not closed and notice.stage is Procedure.NOTICE_CHECK and notice.deficiency is None:
        checked, since = NOTICE, notice.amended_at or notice.received_at
    elif not closed and notice.stage is Procedure.COUNTER_CHECK and counter is not None and counter.deficiency is None:
        checked, since = COUNTER_NOTICE, counter.amended_at or counter.received_at
    waits = not closed and notice.stage is Procedure.WAITING
    ends = [one.due_at for one in open_clocks if one.kind is DeadlineKind.WAIT]
    return {
        "regime": notice.regime if counter is None else counter.regime,
        "notice_stage": notice.stage.value,
        "notice_received_at": notice.received_at,
        "notice_trusted": notice.trusted,
        "to_check": checked,
        "to_check_since": since,
        "waits": waits,
        "wait_until": ends[0] if waits and ends else None,
    }


_UNNOTICED: Row = {
    "regime": None,
    "notice_stage": None,
    "notice_received_at": None,
    "notice_trusted": False,
    "to_check": None,
    "to_check_since": None,
    "waits": False,
    "wait_until": None,
}


def is_overdue(case: Case, standard: Standard) -> bool:
    """Whether a review is open whose ruling was found late: the clock said so, the events hold it (E5)."""
    if case.withdrawn_at is not None or not (case.review in REVIEW_STAGES or case.in_prior_review):
        return False
    due = review_due(case, standard)
    return any(kind in _PUT_OFF_BY_RULING and moment == due for kind, moment in case.passed)
