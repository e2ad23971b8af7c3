"""What a decision on a case may know beside the case itself: who asks, when, and under which standard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from casework.domain.case.state import Case
from casework.domain.facts import Actor, Refused, Role
from casework.domain.standard.standard import Standard


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``now`` is an aware UTC time; ``standard`` is the one that the case was decided under (invariant 9).

    ``marking_suspended``: the uploader has lost the right to mark for now (case.md, sanction ledger).
    """

    actor: Actor
    now: datetime
    standard: Standard
    marking_suspended: bool = False


def require_party(case: Case, actor: Actor, *roles: Role) -> None:
    """Refuse whoever is not the uploader or right holder of this very case, in one of the roles that may act."""
    parties = {Role.UPLOADER: case.uploader, Role.RIGHT_HOLDER: case.right_holder}
    if actor.role not in roles or parties.get(actor.role) != actor.id:
        raise Refused("not_your_step")
