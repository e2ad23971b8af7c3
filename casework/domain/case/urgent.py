"""Urgent blocks: a trusted right holder has a lawful-looking use blocked until the ruling (UrhDaG s. 14(4)).

It is the one way in which a presumed-lawful upload is blocked before anybody ruled, beside prior review and orders
(invariant 1), so it takes a regime that knows it, trust, a check by a person, and a significant harm that is stated.
"""

from __future__ import annotations

from casework.domain.case.adjudication import require_challengeable
from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import UrgentBlockDeclared
from casework.domain.case.reasons import URGENT_BASIS, reasons_on_bases
from casework.domain.case.state import REVIEW_STAGES, AppealKind, Case
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.party.state import CLEAN
from casework.domain.party.values import Right
from casework.domain.values import Availability, VaultReference


class DeclareUrgentBlock(Command):
    """``check``: which natural person looked at the use and what was found; ``harm``: the significant harm."""

    check: VaultReference
    harm: VaultReference


def may_block_urgently(case: Case, circumstances: Circumstances) -> None:
    """Only a trusted right holder under a regime that knows it, against what may be challenged or is. Raises."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    regime = circumstances.regime
    if regime is None or not regime.urgent_block.available:
        raise Refused("urgent_block_unknown")
    if not circumstances.standings.get(Role.RIGHT_HOLDER, CLEAN).trusted:
        raise Refused("not_trusted")
    if circumstances.is_suspended(Role.RIGHT_HOLDER, Right.URGENT_MEASURES):
        raise Refused("urgent_measures_suspended")
    if not _own_challenge_is_open(case):
        require_challengeable(case, circumstances)
    elif case.measure is not Availability.PUBLIC:
        raise Refused("already_blocked")


def _own_challenge_is_open(case: Case) -> bool:
    """Whether a first challenge waits for its ruling; a further review or a reopening is no occasion any more."""
    appeal = case.appeal
    return (
        appeal is not None
        and case.procedure in REVIEW_STAGES
        and appeal.kind is AppealKind.CHALLENGE
        and appeal.lodged_by is Role.RIGHT_HOLDER
        and appeal.level == 1
    )


def declare_urgent_block(case: Case, command: DeclareUrgentBlock, circumstances: Circumstances) -> tuple[Event, ...]:
    """Block until the ruling; where no challenge is open yet, this lodges it. The same declaration again: nothing."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    if any(appeal.check == command.check for appeal in case.appeals):
        return ()
    may_block_urgently(case, circumstances)
    number = len(case.appeals) if case.under_appeal else len(case.appeals) + 1
    reasons = reasons_on_bases(case, Availability.BLOCKED, circumstances, (URGENT_BASIS,))
    assert reasons is not None  # noqa: S101 - a block always has reasons
    return (
        UrgentBlockDeclared(
            appeal=number,
            check=command.check,
            harm=command.harm,
            availability=Availability.BLOCKED,
            statement_of_reasons=reasons,
        ),
    )
