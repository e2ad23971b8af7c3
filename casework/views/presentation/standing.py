"""Where a case stands, for the sentence on what to do next: made from the case, or from its row in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.domain.case.events import AppealWithdrawn, PartiesSettled, WarningAnswered, WarningLapsed
from casework.domain.case.further import further_review_until, has_level_left, took_back
from casework.domain.case.notice_events import NoticeLapsed, NoticeRejected, NoticeWithdrawn
from casework.domain.case.state import AppealKind, Case, Procedure
from casework.domain.deadlines import (
    Terms,
    challenge_until,
    comments_until,
    contest_until,
    is_in_grace,
    ruling_due,
    wait_until,
)
from casework.domain.facts import Event, Role
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability, DeadlineKind, Measure, RulingOutcome
from casework.eventlog.codec import Recorded
from casework.views.presentation.external_body import BodyDays, open_body_days

PARTIES = (Role.UPLOADER, Role.RIGHT_HOLDER)

CLOSING: tuple[type[Event], ...] = (
    AppealWithdrawn,
    PartiesSettled,
    WarningAnswered,
    WarningLapsed,
    NoticeLapsed,
    NoticeRejected,
    NoticeWithdrawn,
)
"""Ends of a case without a ruling."""


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """The latest notice. ``countered``: whether the law knows a counter-notice; ``None`` where a row does not say.

    ``cure_until`` and ``counter_cure_until`` run while something is to be completed. ``delivered``: whether the
    accepted counter-notice is known to have reached the right holder.
    """

    stage: Procedure
    ended: bool
    measure: Measure | None = None
    cure_until: datetime | None = None
    counter_cure_until: datetime | None = None
    wait_until: datetime | None = None
    delivered: bool = False
    countered: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the required-action sentence looks at; made from a case or from its row in a list.

    ``commented``: sides that have spoken on the open appeal, where that is known; rows do not say. ``lodged_by``: whose
    appeal it is, ``level`` its level of review. ``closed_by``: what closed the case, where that is known.
    ``further_until``: until when both sides may ask for the next level; not those in ``took_back``. ``ordered``: what
    an order demands. ``bodies``: the days of out-of-court bodies that have not decided yet.
    """

    procedure: Procedure
    availability: Availability
    contest_until: datetime
    challenge_until: datetime
    appeal: AppealKind | None = None
    comments_until: datetime | None = None
    ruling_due: datetime | None = None
    ruling: RulingOutcome | None = None
    commented: frozenset[Role] = frozenset()
    lodged_by: Role | None = None
    level: int = 1
    notice: NoticeStanding | None = None
    withdrawn: bool = False
    grace_until: datetime | None = None
    warning_until: datetime | None = None
    review_due: datetime | None = None
    further_until: datetime | None = None
    took_back: frozenset[Role] = frozenset()
    offered_by: Role | None = None
    ordered: Availability | None = None
    closed_by: type[Event] | None = None
    bodies: tuple[BodyDays, ...] = ()

    @property
    def comments_open(self) -> bool:
        """Whether both sides may comment: until the panel is seated."""
        return self.procedure is Procedure.ADJUDICATION and self.appeal is not None

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal is open."""
        open_stages = (Procedure.ADJUDICATION, Procedure.PANEL, Procedure.RE_REVIEW)
        return self.procedure in open_stages and self.appeal is not None

    @property
    def in_prior_review(self) -> bool:
        """Whether people look at the upload before, or just after, its publication, without any appeal."""
        stages = (Procedure.PRIOR_REVIEW, Procedure.PANEL, Procedure.RE_REVIEW)
        return self.procedure in stages and self.appeal is None


def standing_of_case(
    case: Case, standard: Standard, terms: Terms | None = None, history: Sequence[Recorded] = ()
) -> Standing:
    """Where the case stands, exactly; without ``terms`` the wait is not known, without ``history`` what closed it."""
    appeal, procedure = case.appeal, standard.procedure
    since = None if appeal is None else appeal.lodged_at
    spoken = [(statement.side, statement.at) for statement in case.statements]
    spoken += [(exhibit.side, exhibit.at) for exhibit in case.exhibits]
    warned = case.procedure is Procedure.WARNING
    may_ask = has_level_left(case, standard) and not case.under_appeal
    return Standing(
        procedure=case.procedure,
        availability=case.availability,
        contest_until=contest_until(case, standard),
        challenge_until=challenge_until(case, standard),
        appeal=None if appeal is None else appeal.kind,
        comments_until=None if appeal is None else comments_until(appeal, standard),
        ruling_due=None if appeal is None else ruling_due(appeal, standard),
        ruling=None if case.ruling is None else case.ruling.outcome,
        commented=frozenset(side for side, at in spoken if since is not None and at >= since),
        lodged_by=None if appeal is None else appeal.lodged_by,
        level=1 if appeal is None else appeal.level,
        notice=_notice(case, terms),
        withdrawn=case.withdrawn_at is not None,
        grace_until=case.decision.grace_until if is_in_grace(case) else None,
        warning_until=case.informed_at + procedure.warning_answer if warned else None,
        review_due=_review_due(case, standard),
        further_until=further_review_until(case, standard) if may_ask else None,
        took_back=took_back(case),
        offered_by=None if case.settlement is None else case.settlement.side,
        ordered=case.order,
        closed_by=next((type(one.event) for one in reversed(history) if isinstance(one.event, CLOSING)), None),
        bodies=() if terms is None else tuple(open_body_days(case, terms)),
    )


def _review_due(case: Case, standard: Standard) -> datetime | None:
    if not case.in_prior_review:
        return None
    return case.informed_at + standard.prior_review.due(case.decision.work.flags)


def _notice(case: Case, terms: Terms | None) -> NoticeStanding | None:
    notice = case.notice
    if notice is None:
        return None
    counter = notice.counter_notice
    checking, checking_counter = notice.stage is Procedure.NOTICE_CHECK, notice.stage is Procedure.COUNTER_CHECK
    found = notice.deficiency if checking else None
    counter_found = counter.deficiency if checking_counter and counter is not None else None
    regime = None if terms is None else terms.regime
    return NoticeStanding(
        stage=notice.stage,
        ended=notice.ended_at is not None,
        measure=notice.measure,
        cure_until=None if found is None else found.cure_until,
        counter_cure_until=None if counter_found is None else counter_found.cure_until,
        wait_until=None if terms is None else wait_until(case, terms),
        delivered=counter is not None and counter.delivered_at is not None,
        countered=None if regime is None else regime.counter_notice is not None,
    )


def standing_of_row(row: Any, standard: Standard) -> Standing:
    """Where the case of a row of ``views.models.cases`` stands, as far as the row tells."""
    told = row.informed_at if row.marked_at is None else row.marked_at
    procedure = Procedure(row.procedure)
    warned = procedure is Procedure.WARNING
    return Standing(
        procedure=procedure,
        availability=Availability(row.availability),
        contest_until=standard.procedure.contest_until(row.informed_at),
        challenge_until=standard.procedure.challenge_until(told),
        appeal=None if row.appeal_kind is None else AppealKind(row.appeal_kind),
        comments_until=row.comments_until,
        ruling_due=row.ruling_due,
        ruling=None if row.ruling is None else RulingOutcome(row.ruling),
        notice=_notice_of_row(row),
        withdrawn=row.availability == Availability.WITHDRAWN.value,
        warning_until=row.informed_at + standard.procedure.warning_answer if warned else None,
        review_due=row.ruling_due if row.prior_review else None,
    )


def _notice_of_row(row: Any) -> NoticeStanding | None:
    if row.notice_stage is None:
        return None
    stage = Procedure(row.notice_stage)
    kind = row.next_deadline_kind
    return NoticeStanding(
        stage=stage,
        ended=stage in (Procedure.CLOSED, Procedure.RESTORED),
        cure_until=row.next_deadline_at if kind == DeadlineKind.NOTICE_CURE.value else None,
        counter_cure_until=row.next_deadline_at if kind == DeadlineKind.COUNTER_NOTICE_CURE.value else None,
        wait_until=row.wait_until,
        delivered=row.wait_until is not None,
    )
