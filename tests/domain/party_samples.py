"""Ready-made facts and commands for the sanction ledger of a right holder: unfounded notices and what follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from casework.domain.facts import Role
from casework.domain.party.decisions import (
    AssessConduct,
    SuspendRight,
    WarnOfConduct,
)
from casework.domain.party.events import (
    BadFaithFound,
    ConductAssessed,
    ConductWarned,
    GoodFaithDefenceAccepted,
    RightSuspended,
    SanctionAppealDecided,
    SanctionAppealLodged,
    SuspensionLifted,
    TrustGranted,
)
from casework.domain.party.values import (
    Conduct,
    Gravity,
    Intention,
    Right,
    SanctionAppealOutcome,
    Trust,
)
from tests.domain.ledger_spec import (
    WORDS,
)
from tests.samples import NOON, RIGHT_HOLDER, later

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
HOLDER: dict[str, Any] = {"party": RIGHT_HOLDER.id, "side": Role.RIGHT_HOLDER}
NOTICES = Conduct.UNFOUNDED_NOTICES


def to_warn(*cases: UUID, conduct: Conduct = NOTICES) -> WarnOfConduct:
    return WarnOfConduct(conduct=conduct, cases=cases or (ONE,), warning=WORDS)


def warned(*cases: UUID, conduct: Conduct = NOTICES, **who: Any) -> ConductWarned:
    return ConductWarned(**{**HOLDER, **who}, conduct=conduct, cases=cases or (ONE,), warning=WORDS)


def factors(**changes: Any) -> dict[str, Any]:
    return {
        "conduct": NOTICES,
        "cases": (ONE, TWO),
        "acts": 10,
        "since": later(days=-90),
        "until": NOON,
        "gravity": Gravity.CONSIDERABLE,
        "intention": Intention.NEGLIGENT,
        "assessment": WORDS,
        **changes,
    }


def to_assess(**changes: Any) -> AssessConduct:
    return AssessConduct(**factors(**changes))


def assessed(**changes: Any) -> ConductAssessed:
    return ConductAssessed(**{**HOLDER, **factors(**changes)})


def to_suspend(**changes: Any) -> SuspendRight:
    fields: dict[str, Any] = {
        "conduct": NOTICES,
        "right": Right.NOTICES,
        "starts": NOON,
        "ends": later(days=30),
        "reasons": WORDS,
    }
    return SuspendRight(**{**fields, **changes})


def suspended(number: int = 1, **changes: Any) -> RightSuspended:
    fields: dict[str, Any] = {
        "conduct": NOTICES,
        "right": Right.NOTICES,
        "starts": NOON,
        "ends": later(days=30),
        "reasons": WORDS,
    }
    return RightSuspended(**{**HOLDER, "suspension": number, **fields, **changes})


def good_faith(case: UUID, conduct: Conduct = NOTICES) -> GoodFaithDefenceAccepted:
    return GoodFaithDefenceAccepted(**HOLDER, conduct=conduct, case=case, defence=WORDS)


def bad_faith(case: UUID, conduct: Conduct = NOTICES) -> BadFaithFound:
    return BadFaithFound(**HOLDER, conduct=conduct, case=case, finding=WORDS)


def lifted(number: int = 1) -> SuspensionLifted:
    return SuspensionLifted(**HOLDER, suspension=number, reasons=WORDS)


def appealed(number: int = 1) -> SanctionAppealLodged:
    return SanctionAppealLodged(**HOLDER, suspension=number, reasons=WORDS)


def decided(outcome: SanctionAppealOutcome, number: int = 1) -> SanctionAppealDecided:
    return SanctionAppealDecided(**HOLDER, suspension=number, outcome=outcome, reasons=WORDS)


def flagger(authority: str | None = "Coordinator") -> TrustGranted:
    return TrustGranted(**HOLDER, trust=Trust.FLAGGER, authority=authority, grounds=WORDS)


SUSPENDED = (warned(), assessed(), suspended())
