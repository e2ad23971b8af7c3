"""What a caller may do now, until when, and why not: the one answer that pages and API both draw (ux.md, habit 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from casework.domain.case.adjudication import (
    may_challenge,
    may_contest,
    may_file_statement,
    may_submit_evidence,
    may_withdraw,
)
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.marks import may_mark
from casework.domain.case.panel import may_assign_panel, may_assign_re_reviewer, may_rule
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import challenge_until, comments_until, contest_until, ruling_due
from casework.domain.facts import Refused, Role


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
STEPS: dict[Role, tuple[tuple[str, Guard], ...]] = {
    Role.UPLOADER: (
        ("marks", may_mark),
        ("contests", may_contest),
        ("statements", may_file_statement),
        ("evidence", may_submit_evidence),
        ("withdrawals", may_withdraw),
    ),
    Role.RIGHT_HOLDER: (
        ("challenges", may_challenge),
        ("statements", may_file_statement),
        ("evidence", may_submit_evidence),
        ("withdrawals", may_withdraw),
    ),
    Role.REVIEWER: (("rulings", may_rule),),
    Role.COMPLIANCE: (("panels", may_assign_panel), ("re-reviewers", may_assign_re_reviewer)),
}


def steps(case: Case, circumstances: Circumstances) -> tuple[Step, ...]:
    """All steps of the caller's role on this case, allowed or refused with the stable code."""
    found = []
    for name, guard in STEPS.get(circumstances.actor.role, ()):
        until = _until(name, case, circumstances)
        try:
            guard(case, circumstances)
        except Refused as refused:
            found.append(Step(name, until, refused.code, refused.details))
        else:
            found.append(Step(name, until, None))
    return tuple(found)


def allowed_steps(case: Case, circumstances: Circumstances) -> tuple[Step, ...]:
    """The steps that the caller may take now, each with its deadline."""
    return tuple(step for step in steps(case, circumstances) if step.allowed)


def _until(name: str, case: Case, circumstances: Circumstances) -> datetime | None:
    standard = circumstances.standard
    if name == "contests" and case.procedure is Procedure.PRESUMED_INFRINGING:
        return contest_until(case, standard)
    if name == "challenges" and case.procedure in (Procedure.PRESUMED_LAWFUL, Procedure.MARKED_LAWFUL):
        return challenge_until(case, standard)
    if case.appeal is None or not case.under_appeal:
        return None
    if name in ("statements", "evidence"):
        return comments_until(case.appeal, standard)
    if name in ("rulings", "panels", "re-reviewers"):
        return ruling_due(case.appeal, standard)
    return None
