"""Which events of a case each caller may know of, and which fields of them.

Sealed rulings, and who sits, steps back or is refused, are for compliance alone. How the check of a notice or
counter-notice goes is between its sender and intake: the other side learns that there is one, and what became of it.
Offers to settle are between the sides: who decides must not be led by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.facts import Event, Role
from casework.eventlog.codec import Recorded

ALL = frozenset(Role)
COMPLIANCE = frozenset({Role.COMPLIANCE})
OF_RIGHT_HOLDER = frozenset({Role.RIGHT_HOLDER, Role.INTAKE, Role.COMPLIANCE, Role.OVERSIGHT})
OF_UPLOADER = frozenset({Role.UPLOADER, Role.INTAKE, Role.COMPLIANCE, Role.OVERSIGHT})
SEES_CHECK = OF_RIGHT_HOLDER | {Role.REVIEWER}
"""Who reads which person looked at an upload before an urgent block."""

BETWEEN_SIDES = frozenset({Role.UPLOADER, Role.RIGHT_HOLDER, Role.COMPLIANCE})

SEEN_BY: Mapping[type[Event], frozenset[Role]] = {
    facts.RulingSubmitted: COMPLIANCE,
    facts.RulingsOpened: COMPLIANCE,
    facts.ReviewerRecused: COMPLIANCE,
    facts.ReviewerReleased: COMPLIANCE,
    facts.ReviewerSeated: COMPLIANCE,
    facts.BarredReviewerRefused: COMPLIANCE,
    facts.SettlementProposed: BETWEEN_SIDES,
    notices.NoticeFoundDeficient: OF_RIGHT_HOLDER,
    notices.NoticeAmended: OF_RIGHT_HOLDER,
    notices.CounterNoticeFoundDeficient: OF_UPLOADER,
    notices.CounterNoticeAmended: OF_UPLOADER,
}
"""Events that are not for everybody, with the roles that know of them."""

FIELDS_SEEN_BY: Mapping[type[Event], Mapping[str, frozenset[Role]]] = {
    facts.PanelAssigned: {"reviewers": COMPLIANCE},
    facts.ReReviewerAssigned: {"reviewer": COMPLIANCE},
    facts.PanelDisagreed: {"outcomes": frozenset({Role.COMPLIANCE, Role.REVIEWER})},
    facts.UrgentBlockDeclared: {"check": SEES_CHECK},
    notices.NoticeReceived: {"elements": OF_RIGHT_HOLDER},
    notices.NoticeRejected: {"reasons": OF_RIGHT_HOLDER},
    notices.CounterNoticeReceived: {"elements": OF_UPLOADER},
}
"""Fields that are not for everybody, with the roles that see them."""


def visible(history: Sequence[Recorded], role: Role) -> list[Recorded]:
    """The events that somebody in this role may know of."""
    return [one for one in history if role in SEEN_BY.get(type(one.event), ALL)]


def hidden_fields(event: Event, role: Role) -> frozenset[str]:
    """The fields of an event that somebody in this role does not see."""
    closed = FIELDS_SEEN_BY.get(type(event), {})
    return frozenset(name for name, seers in closed.items() if role not in seers)
