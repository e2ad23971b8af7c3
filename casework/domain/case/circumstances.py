"""What a decision on a case may know beside the case itself: who asks, when, under which standard and regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from casework.domain.calendars import CALENDAR_DAYS, Calendar
from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.facts import Actor, Refused, Role
from casework.domain.party.state import CLEAN, Standing
from casework.domain.party.values import Right
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.work.state import NOTHING_RECORDED, WorkStanding


@dataclass(frozen=True, slots=True)
class RestoredNotice:
    """A notice on the same upload by the same right holder, in another case, that a counter-notice ended at once."""

    case: UUID
    number: int
    regime: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``now`` is an aware UTC time; ``standard`` is the one that the case was decided under (invariant 9).

    ``regime`` is ``None`` where the platform has not chosen one of several (case.md, "Regime parameters").
    ``calendar`` says which days are working days under it. ``standings`` are those of both parties by role, ``work``
    what is recorded of the work. ``restored_elsewhere`` are notices in linked cases that bar a repeat here.
    """

    actor: Actor
    now: datetime
    standard: Standard
    regime: Regime | None = None
    calendar: Calendar = CALENDAR_DAYS
    standings: Mapping[Role, Standing] = field(default_factory=lambda: MappingProxyType({}))
    work: WorkStanding = NOTHING_RECORDED
    restored_elsewhere: tuple[RestoredNotice, ...] = ()

    @property
    def terms(self) -> Terms:
        """What the clocks of the case are computed from."""
        return Terms(self.standard, self.regime, self.calendar)

    def is_suspended(self, role: Role, right: Right) -> bool:
        """Whether this side may not use the right now (case.md, sanction ledger)."""
        return self.standings.get(role, CLEAN).is_suspended(right, self.now)


def require_party(case: Case, actor: Actor, *roles: Role) -> None:
    """Refuse whoever is not the uploader or right holder of this very case, in one of the roles that may act."""
    parties = {Role.UPLOADER: case.uploader, Role.RIGHT_HOLDER: case.right_holder}
    if actor.role not in roles or parties.get(actor.role) != actor.id:
        raise Refused("not_your_step")
