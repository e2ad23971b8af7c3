"""What a caller may do now, until when, and why not: the one answer that pages and API both draw (ux.md, habit 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from casework.domain.case.adjudication import (
    is_challengeable,
    is_contestable,
    may_challenge,
    may_contest,
    may_file_statement,
    may_submit_evidence,
    may_withdraw,
)
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.counter_notices import (
    may_confirm_delivery,
    may_counter,
    may_decide_intake,
    may_pause_wait,
    may_report_legal_action,
)
from casework.domain.case.decisions import attempt, punctual
from casework.domain.case.further import further_review_until, may_reopen, may_request_further_review
from casework.domain.case.marks import may_mark
from casework.domain.case.notices import may_notify, may_withdraw_notice
from casework.domain.case.outside import may_open_outside_proceeding, may_receive_order
from casework.domain.case.panel import may_rule
from casework.domain.case.seats import may_fill_seats, may_recuse, may_release
from casework.domain.case.settlement import may_settle, may_withdraw_upload
from casework.domain.case.state import Case
from casework.domain.case.urgent import may_block_urgently
from casework.domain.case.warnings import may_answer_warning
from casework.domain.deadlines import challenge_until, comments_until, contest_until, deadlines, ruling_due, wait_until
from casework.domain.facts import Refused, Role
from casework.domain.values import DeadlineKind


@dataclass(frozen=True, slots=True)
class Step:
    """A step by its name in the API. ``refusal`` is ``None`` when it may be taken now; ``until`` its deadline.

    ``until`` is the end of a window for parties, and the day on which the ruling is due for reviewers and staff.
    """

    name: str
    until: datetime | None
    refusal: str | None
    details: dict[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether the step may be taken now."""
        return self.refusal is None


Guard = Callable[[Case, Circumstances], None]


def may_withdraw_something(case: Case, circumstances: Circumstances) -> None:
    """A right holder takes back its own open appeal, or else its notice. Raises ``Refused``."""
    try:
        may_withdraw(case, circumstances)
    except Refused as refused:
        try:
            may_withdraw_notice(case, circumstances)
        except Refused:
            raise refused from None


STEPS: dict[Role, tuple[tuple[str, Guard], ...]] = {
    Role.UPLOADER: (
        ("marks", may_mark),
        ("contests", may_contest),
        ("counter-notices", may_counter),
        ("statements", may_file_statement),
        ("evidence", may_submit_evidence),
        ("settlements", may_settle),
        ("withdrawals", may_withdraw),
        ("further-reviews", may_request_further_review),
        ("outside-proceedings", may_open_outside_proceeding),
        ("upload-withdrawals", may_withdraw_upload),
    ),
    Role.RIGHT_HOLDER: (
        ("warning-answers", may_answer_warning),
        ("notices", may_notify),
        ("challenges", may_challenge),
        ("urgent-blocks", may_block_urgently),
        ("deliveries", may_confirm_delivery),
        ("wait-pauses", may_pause_wait),
        ("legal-actions", may_report_legal_action),
        ("statements", may_file_statement),
        ("evidence", may_submit_evidence),
        ("settlements", may_settle),
        ("withdrawals", may_withdraw_something),
        ("further-reviews", may_request_further_review),
        ("outside-proceedings", may_open_outside_proceeding),
    ),
    Role.INTAKE: (
        ("intake-decisions", may_decide_intake),
        ("deliveries", may_confirm_delivery),
        ("outside-proceedings", may_open_outside_proceeding),
        ("orders", may_receive_order),
    ),
    Role.REVIEWER: (("rulings", may_rule), ("recusals", may_recuse)),
    Role.COMPLIANCE: (
        ("panels", may_fill_seats),
        ("reassignments", may_release),
        ("reopenings", may_reopen),
        ("intake-decisions", may_decide_intake),
        ("deliveries", may_confirm_delivery),
        ("outside-proceedings", may_open_outside_proceeding),
        ("orders", may_receive_order),
    ),
}


def steps(case: Case, circumstances: Circumstances) -> tuple[Step, ...]:
    """All steps of the caller's role on this case, allowed or refused with the stable code.

    As on a case that a punctual worker has left: what is offered is what the decision then allows.
    """
    as_of_now, _ = punctual(case, circumstances)
    found = []
    for name, guard in STEPS.get(circumstances.actor.role, ()):
        until = _UNTIL[name](as_of_now, circumstances) if name in _UNTIL else None
        refused = _refusal(case, as_of_now, guard, circumstances)
        found.append(Step(name, until, None) if refused is None else Step(name, until, refused.code, refused.details))
    return tuple(found)


def _refusal(case: Case, as_of_now: Case, guard: Guard, circumstances: Circumstances) -> Refused | None:
    try:
        attempt(case, as_of_now, lambda one: guard(one, circumstances))
    except Refused as refused:
        return refused
    return None


def allowed_steps(case: Case, circumstances: Circumstances) -> tuple[Step, ...]:
    """The steps that the caller may take now, each with its deadline."""
    return tuple(step for step in steps(case, circumstances) if step.allowed)


# Until when each step may be taken, or a ruling is due; ``None`` where nothing runs


def _contests(case: Case, circumstances: Circumstances) -> datetime | None:
    if case.under_appeal or not is_contestable(case):
        return None
    return contest_until(case, circumstances.standard)


def _challenges(case: Case, circumstances: Circumstances) -> datetime | None:
    return challenge_until(case, circumstances.standard) if is_challengeable(case) else None


def _further_reviews(case: Case, circumstances: Circumstances) -> datetime | None:
    return None if case.under_appeal else further_review_until(case, circumstances.standard)


def _comments(case: Case, circumstances: Circumstances) -> datetime | None:
    if case.appeal is None or not case.under_appeal:
        return None
    return comments_until(case.appeal, circumstances.standard)


def _rulings(case: Case, circumstances: Circumstances) -> datetime | None:
    if case.appeal is not None and case.under_appeal:
        return ruling_due(case.appeal, circumstances.standard)
    return _clock(DeadlineKind.PRIOR_REVIEW)(case, circumstances)


def _waits(case: Case, circumstances: Circumstances) -> datetime | None:
    return wait_until(case, circumstances.terms)


def _clock(kind: DeadlineKind) -> Callable[[Case, Circumstances], datetime | None]:
    def until(case: Case, circumstances: Circumstances) -> datetime | None:
        running = deadlines(case, circumstances.terms)
        return next((one.due_at for one in running if one.kind is kind), None)

    return until


_UNTIL: Mapping[str, Callable[[Case, Circumstances], datetime | None]] = {
    "contests": _contests,
    "challenges": _challenges,
    "urgent-blocks": _challenges,
    "further-reviews": _further_reviews,
    "statements": _comments,
    "evidence": _comments,
    "rulings": _rulings,
    "recusals": _rulings,
    "panels": _rulings,
    "reassignments": _rulings,
    "warning-answers": _clock(DeadlineKind.WARNING_ANSWER),
    "notices": _clock(DeadlineKind.NOTICE_CURE),
    "counter-notices": _clock(DeadlineKind.COUNTER_NOTICE_CURE),
    "wait-pauses": _waits,
    "legal-actions": _waits,
}
