"""Which steps of a case restrict an upload, why, how far machines had a hand in it, and what became of each.

All of it is read off the events: a flag that somebody sets by hand can be wrong for years (law.md 3.2). An order of a
court or an authority needs no statement of reasons (DSA art. 17(5)), so it is no restriction here; what it hides is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.domain.case import events as facts
from casework.domain.case.evolution import evolve, own_measure
from casework.domain.case.notice_events import NoticeAccepted, NoticeWithdrawn, WaitExpired
from casework.domain.case.outside_events import OrderLifted, OutsideProceedingDecided
from casework.domain.case.reasons import RESTRICTED
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.domain.values import Availability, Measure, Rule
from casework.eventlog.codec import Recorded
from casework.reports.dsa import vocabulary as words

_MACHINES = (Role.MATCHER, Role.CLOCK)
_BY_RIGHT_HOLDER = (facts.UrgentBlockDeclared, facts.PartiesSettled)


@dataclass(frozen=True, slots=True)
class Restriction:
    """One step that took visibility away: the case after it, the event, and what the events say of its making.

    ``limited_by`` is the measure upon a notice that only limits what the public sees. ``bases`` are the codes that the
    statement of reasons rests on, ``rule`` the rule of the standard that it names.
    """

    decision: facts.FilteringDecisionRecorded
    recorded: Recorded
    availability: Availability
    source: str
    detected_by_machine: bool
    automation: str
    rule: Rule | None
    bases: tuple[str, ...]
    limited_by: Measure | None

    @property
    def number(self) -> int:
        """The event's number in the case, which never changes and is never used again."""
        return self.recorded.version

    @property
    def applied_at(self) -> datetime:
        """When it took effect: when the event happened."""
        return self.recorded.occurred


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a restriction, when, and the topic of the event that did it.

    ``outcome`` is ``ended`` (public again), ``changed`` (another restriction in its place), ``withdrawn`` (the uploader
    took the upload away) or ``overlaid`` (an order says what the public sees).
    """

    number: int
    outcome: str
    at: datetime
    cause: str


def restrictions(history: Sequence[Recorded]) -> list[Restriction]:
    """Every restriction in the history of one case, in order; the history is that of a case and not empty."""
    found: list[Restriction] = []
    case: Case | None = None
    for place, recorded in enumerate(history):
        after = evolve(case, recorded)
        if _restricts(case, after):
            found.append(_restriction(after, history[: place + 1]))
        case = after
    return found


def outcomes(history: Sequence[Recorded]) -> list[Outcome]:
    """What became of each restriction that is over, in the order in which they ended."""
    found: list[Outcome] = []
    case: Case | None = None
    standing: int | None = None
    for recorded in history:
        after = evolve(case, recorded)
        if standing is not None and case is not None and _seen(after) != _seen(case):
            found.append(Outcome(standing, _became(after), recorded.occurred, recorded.event.TOPIC))
            standing = None
        if _restricts(case, after):
            standing = recorded.version
        case = after
    return found


def _seen(case: Case) -> tuple[Availability, bool]:
    """What the public sees, and whether a binding order says so."""
    return case.availability, case.binding_order is not None


def _restricts(before: Case | None, after: Case) -> bool:
    if after.availability not in RESTRICTED or after.binding_order is not None:
        return False
    return before is None or _seen(before) != _seen(after)


def _became(after: Case) -> str:
    if after.availability is Availability.WITHDRAWN:
        return "withdrawn"
    if after.binding_order is not None:
        return "overlaid"
    return "changed" if after.availability in RESTRICTED else "ended"


def _restriction(case: Case, history: Sequence[Recorded]) -> Restriction:
    recorded = history[-1]
    reasons = getattr(recorded.event, "statement_of_reasons", None)
    rule = None if reasons is None else reasons.rule
    bases = () if reasons is None else tuple(reasons.bases)
    return Restriction(
        decision=case.decision,
        recorded=recorded,
        availability=case.availability,
        source=_source(case, recorded),
        detected_by_machine=any(one.by.role is Role.MATCHER for one in history),
        automation=_automation(case, history),
        rule=None if rule is Rule.ORDER else rule,
        bases=bases,
        limited_by=_limiting(case, recorded),
    )


def _limiting(case: Case, recorded: Recorded) -> Measure | None:
    """The measure upon a notice that limits the upload now, if one does."""
    notice = case.notice
    if case.availability is not Availability.PUBLIC_LIMITED or notice is None or notice.ended_at is not None:
        return None
    if isinstance(recorded.event, facts.RulingIssued | OutsideProceedingDecided | facts.PartiesSettled):
        return None
    return notice.measure if notice.measure in (Measure.LABEL, Measure.DEMOTE) else None


def _source(case: Case, recorded: Recorded) -> str:
    """Whether somebody's notification led to it (law.md 3.2): a filter's hit without a notice is one's own doing."""
    event = recorded.event
    if isinstance(event, OutsideProceedingDecided):
        return words.OTHER_NOTIFICATION
    if isinstance(event, OrderLifted) and case.proceedings and case.order is not None:
        return words.OTHER_NOTIFICATION  # what an external body decided shows again
    notice = case.notice
    upon_notice = notice is not None and notice.accepted_at is not None and notice.ended_at is None
    if isinstance(event, NoticeAccepted) or (
        upon_notice and not isinstance(event, NoticeWithdrawn | WaitExpired | facts.UrgentBlockDeclared)
    ):
        trusted = notice is not None and notice.trusted
        return words.TRUSTED_FLAGGER if trusted else words.ARTICLE_16
    if isinstance(event, _BY_RIGHT_HOLDER) or own_measure(case.decision) is Availability.PUBLIC:
        grace = case.decision.grace_until is not None
        return words.VOLUNTARY if grace and not isinstance(event, _BY_RIGHT_HOLDER) else words.OTHER_NOTIFICATION
    return words.VOLUNTARY


def _automation(case: Case, history: Sequence[Recorded]) -> str:
    """How far machines decided: alone; with people in between; or not, where the machine had left the upload public."""
    if all(one.by.role in _MACHINES for one in history):
        return words.FULLY
    machine = any(one.by.role is Role.MATCHER for one in history)
    left_public = own_measure(case.decision) is Availability.PUBLIC and case.decision.grace_until is None
    return words.NOT_AUTOMATED if left_public or not machine else words.PARTIALLY
