"""Contest, challenge and what both sides put forward: everything until the reviewers decide (C3, D1, product.md E).

Each command is followed by its guard, ``may_<step>``, and its decision. Guards serve twice: the decision calls them,
and so does ``steps.py``, which says what a caller may do now.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    EvidenceSubmitted,
    StatementFiled,
)
from casework.domain.case.reasons import own_reasons
from casework.domain.case.state import AppealKind, Case, Exhibit, Procedure, contested_in_grace
from casework.domain.deadlines import challenge_until, contest_until, is_in_grace
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.party.values import Right
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    Count,
    Evidence,
    VaultReference,
)

MOST_EXHIBITS = 20
"""Files of one side at most: what two reviewers can still read in a week. Neither side can use up the other's."""

MOST_STATEMENTS = 20
"""Comments of one side at most."""

CONTESTABLE = (Procedure.PRESUMED_INFRINGING, Procedure.RESTRICTED, Procedure.MEASURE_TAKEN)
"""Where a case rests when there may be something to contest, whatever becomes of a notice meanwhile."""

CHALLENGEABLE = (Procedure.PRESUMED_LAWFUL, Procedure.MARKED_LAWFUL)
PARTIES = (Role.UPLOADER, Role.RIGHT_HOLDER)
Files = Annotated[tuple[Evidence, ...], Field(max_length=10)]
Numbers = Annotated[tuple[Count, ...], Field(max_length=2000)]
"""Segments by their place in the match evidence, which has no more than that."""


class LodgeContest(Command):
    """The uploader's appeal against a block; ``segments`` are the matched stretches it concerns, none meaning all."""

    ground: ContestGround
    reasons: VaultReference
    segments: Numbers = ()
    evidence: Files = ()


def require_appeals(circumstances: Circumstances) -> None:
    """Refuse whose right to appeal here is suspended; courts and authorities stay open (C6, invariant 6)."""
    if circumstances.is_suspended(circumstances.actor.role, Right.APPEALS):
        raise Refused("appeals_suspended")


def may_contest(case: Case, circumstances: Circumstances) -> None:
    """Only the uploader, only against a block or another measure, only inside the window. Raises ``Refused``.

    It may run beside a counter-notice, and begin within a grace: what is contested then is the block to come.
    """
    require_party(case, circumstances.actor, Role.UPLOADER)
    if case.under_appeal:
        raise Refused("already_under_appeal")
    if not is_contestable(case):
        raise Refused("nothing_to_contest")
    until = contest_until(case, circumstances.standard)
    if circumstances.now >= until:
        raise Refused("window_closed", until=until.isoformat())
    require_appeals(circumstances)


def is_contestable(case: Case) -> bool:
    """Whether the decision, a prior review or a measure upon a notice restricts the upload, or is about to."""
    restricted = case.measure is not Availability.PUBLIC or is_in_grace(case)
    return case.withdrawn_at is None and case.rests in CONTESTABLE and restricted


def lodge_contest(case: Case, command: LodgeContest, circumstances: Circumstances) -> tuple[Event, ...]:
    """Open the adjudication; files come in with it. Availability changes only where the standard restores.

    The same contest again, by its reasons' place in the vault, yields no event.
    """
    require_party(case, circumstances.actor, Role.UPLOADER)
    if _is_open(case, AppealKind.CONTEST, command.reasons):
        return ()
    may_contest(case, circumstances)
    known = len(case.decision.evidence.segments)
    if any(number >= known for number in command.segments):
        raise Refused("segment_unknown", known=str(known))
    lodged = ContestLodged(
        appeal=len(case.appeals) + 1,
        ground=command.ground,
        reasons=command.reasons,
        segments=command.segments,
        restored=circumstances.standard.procedure.restore_on_contest,
    )
    return (lodged, *_exhibits(case, Role.UPLOADER, command.evidence))


class LodgeChallenge(Command):
    """The right holder's appeal against a lawful use, with a statement of the exceptions that it considered."""

    ground: ChallengeGround
    reasons: VaultReference
    exceptions_considered: VaultReference
    evidence: Files = ()


def may_challenge(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, only against a presumed-lawful or marked use, only inside the window."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    require_challengeable(case, circumstances)
    require_appeals(circumstances)


def require_challengeable(case: Case, circumstances: Circumstances) -> None:
    """Refuse where no lawful use is left to doubt, one is doubted already, or the window is closed."""
    if case.under_appeal:
        raise Refused("already_under_appeal")
    if not is_challengeable(case):
        raise Refused("nothing_to_challenge")
    until = challenge_until(case, circumstances.standard)
    if circumstances.now >= until:
        raise Refused("window_closed", until=until.isoformat())


def is_challengeable(case: Case) -> bool:
    """Whether the upload is public as a presumed-lawful or marked use.

    A notice on it that lapsed, was rejected, or was taken back unchecked leaves it as it was: nothing is lost by having
    tried.
    """
    if case.procedure in CHALLENGEABLE:
        return True
    if case.procedure is not Procedure.CLOSED or case.withdrawn_at is not None or case.appeals:
        return False
    for notice in reversed(case.notices):
        if notice.accepted_at is not None:
            return False
        if notice.rested is not Procedure.CLOSED:
            return notice.rested in CHALLENGEABLE
    return False


def lodge_challenge(case: Case, command: LodgeChallenge, circumstances: Circumstances) -> tuple[Event, ...]:
    """Open the adjudication; the upload stays public until a ruling (invariant 1).

    The same challenge again, by its reasons' place in the vault, yields no event.
    """
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    if _is_open(case, AppealKind.CHALLENGE, command.reasons):
        return ()
    may_challenge(case, circumstances)
    lodged = ChallengeLodged(
        appeal=len(case.appeals) + 1,
        ground=command.ground,
        reasons=command.reasons,
        exceptions_considered=command.exceptions_considered,
    )
    return (lodged, *_exhibits(case, Role.RIGHT_HOLDER, command.evidence))


def _is_open(case: Case, kind: AppealKind, reasons: VaultReference) -> bool:
    appeal = case.appeal
    return appeal is not None and case.under_appeal and appeal.kind is kind and appeal.reasons == reasons


def _exhibits(case: Case, side: Role, files: tuple[Evidence, ...]) -> tuple[EvidenceSubmitted, ...]:
    """The files that this side has not submitted yet, each content once."""
    known = {exhibit.evidence.fingerprint for exhibit in case.exhibits if exhibit.side is side}
    new: dict[str, Evidence] = {}
    for file in files:
        if file.fingerprint not in known:
            new.setdefault(file.fingerprint, file)
    if new and len(_exhibits_of(case, side)) + len(new) > MOST_EXHIBITS:
        raise Refused("too_many_files", most=str(MOST_EXHIBITS))
    return tuple(EvidenceSubmitted(side=side, evidence=file) for file in new.values())


def _exhibits_of(case: Case, side: Role) -> tuple[Exhibit, ...]:
    return tuple(exhibit for exhibit in case.exhibits if exhibit.side is side)


class FileStatement(Command):
    """A comment by either side."""

    statement: VaultReference


def may_comment(case: Case, circumstances: Circumstances) -> None:
    """Both sides may comment and submit evidence until the panel is seated: the same for both (invariant 7).

    Seating ends it, never a ruling: otherwise the refusal would tell that a first ruling is in (E1).
    """
    require_party(case, circumstances.actor, *PARTIES)
    if not case.under_appeal:
        raise Refused("no_open_appeal")
    if case.procedure is not Procedure.ADJUDICATION:
        raise Refused("comments_closed")


def may_file_statement(case: Case, circumstances: Circumstances) -> None:
    """Who may comment, and has not said as much as one side may. Raises ``Refused``."""
    may_comment(case, circumstances)
    if sum(statement.side is circumstances.actor.role for statement in case.statements) >= MOST_STATEMENTS:
        raise Refused("too_many_statements", most=str(MOST_STATEMENTS))


def file_statement(case: Case, command: FileStatement, circumstances: Circumstances) -> tuple[Event, ...]:
    """Record the comment of the side that speaks; the same one again yields no event."""
    may_comment(case, circumstances)
    side = circumstances.actor.role
    if any(known.side is side and known.statement == command.statement for known in case.statements):
        return ()
    may_file_statement(case, circumstances)
    return (StatementFiled(side=side, statement=command.statement),)


class SubmitEvidence(Command):
    """Files by either side."""

    evidence: Annotated[Files, Field(min_length=1)]


def may_submit_evidence(case: Case, circumstances: Circumstances) -> None:
    """Who may comment, and has not submitted as many files as one side may. Raises ``Refused``."""
    may_comment(case, circumstances)
    if len(_exhibits_of(case, circumstances.actor.role)) >= MOST_EXHIBITS:
        raise Refused("too_many_files", most=str(MOST_EXHIBITS))


def submit_evidence(case: Case, command: SubmitEvidence, circumstances: Circumstances) -> tuple[Event, ...]:
    """Record the files; one that this side has already submitted yields no event."""
    may_comment(case, circumstances)
    return _exhibits(case, circumstances.actor.role, command.evidence)


class WithdrawAppeal(Command):
    """Who lodged the appeal takes it back."""


def may_withdraw(case: Case, circumstances: Circumstances) -> None:
    """Only the side that lodged the open appeal. Raises ``Refused``."""
    require_party(case, circumstances.actor, *PARTIES)
    if case.appeal is None or not case.under_appeal:
        raise Refused("no_open_appeal")
    if case.appeal.lodged_by is not circumstances.actor.role:
        raise Refused("not_your_appeal")


def withdraw_appeal(case: Case, command: WithdrawAppeal, circumstances: Circumstances) -> tuple[Event, ...]:
    """Close without a ruling (omitted); availability goes back to what it was before the appeal.

    Within a grace that is public, until its end. Withdrawing twice yields no event. The reasons are those of the
    filtering decision, with the remedies left.
    """
    require_party(case, circumstances.actor, *PARTIES)
    if _has_withdrawn(case, circumstances.actor.role):
        return ()
    may_withdraw(case, circumstances)
    appeal, grace_until = case.appeals[-1], case.decision.grace_until
    back = appeal.availability_before
    if contested_in_grace(case) and grace_until is not None and circumstances.now < grace_until:
        back = Availability.PUBLIC
    reasons = own_reasons(case, back, circumstances)
    return (
        AppealWithdrawn(appeal=appeal.number, side=appeal.lodged_by, availability=back, statement_of_reasons=reasons),
    )


def _has_withdrawn(case: Case, side: Role) -> bool:
    """Whether the latest appeal was this side's and ended without a ruling."""
    appeal = case.appeal
    if appeal is None or case.under_appeal or appeal.lodged_by is not side:
        return False
    return case.ruling is None or case.ruling.appeal != appeal.number
