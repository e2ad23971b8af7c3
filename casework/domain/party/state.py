"""A sanction ledger as a fold of its events, and what a decision on a case may know of the party: its standing.

Nothing ends by an event that the clock ends: a suspension is over when its time is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from casework.domain.facts import Event, Happened, Role
from casework.domain.party.events import (
    BadFaithFound,
    ConductAssessed,
    ConductWarned,
    GoodFaithDefenceAccepted,
    PartyEvent,
    RightSuspended,
    SanctionAppealDecided,
    SanctionAppealLodged,
    SuspensionLifted,
    TrustedFlaggerReported,
    TrustEnded,
    TrustGranted,
)
from casework.domain.party.values import Conduct, Intention, Right, SanctionAppealOutcome, Trust

_NEVER: Mapping[Right, datetime | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a step may know of a party. ``suspended``: rights suspended now, and until when (exclusive).

    ``trusted``: may declare urgent blocks (UrhDaG section 14(4)). ``flagger``: a trusted flagger (DSA art. 22).
    """

    suspended: Mapping[Right, datetime | None] = field(default_factory=lambda: _NEVER)
    trusted: bool = False
    flagger: bool = False

    def is_suspended(self, right: Right, now: datetime) -> bool:
        """Whether the party may not use this right now. Without an end it may not until somebody says so."""
        if right not in self.suspended:
            return False
        until = self.suspended[right]
        return until is None or now < until


CLEAN = Standing()
"""The standing of a party without any record."""


class Stage(StrEnum):
    """Where the ledger stands for one kind of conduct (case.md, "Sanction ledger")."""

    CLEAN = "clean"
    WARNED = "warned"
    ASSESSED = "assessed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Assessment:
    """The four factors as they were weighed."""

    event: ConductAssessed
    at: datetime
    by: str

    @property
    def proportion(self) -> Fraction:
        """The share of all acts of this kind in the time looked at."""
        return Fraction(len(self.event.cases), self.event.acts)


@dataclass(frozen=True, slots=True)
class Appeal:
    """The party's appeal against a suspension."""

    lodged: SanctionAppealLodged
    lodged_at: datetime
    decided: SanctionAppealDecided | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """One right suspended in [starts, ends), or up to ``lifted_at``."""

    event: RightSuspended
    at: datetime
    by: str
    lifted_at: datetime | None = None
    appeal: Appeal | None = None

    def is_running(self, now: datetime) -> bool:
        """Whether the right is suspended at this moment."""
        return self.event.starts <= now and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended, by the clock or lifted. One that has not begun is not over."""
        return self.lifted_at is not None or self.event.ends <= now


@dataclass(frozen=True, slots=True)
class Track:
    """The way from the latest warning of one kind of conduct to its suspensions, by their numbers."""

    warned_at: datetime
    warned: tuple[UUID, ...]
    assessment: Assessment | None = None
    suspensions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is recorded of one party on one side. ``version`` counts the events; 0 is a clean sheet."""

    party: str
    side: Role
    version: int = 0
    tracks: Mapping[Conduct, Track] = field(default_factory=dict)
    suspensions: tuple[Suspension, ...] = ()
    good_faith: frozenset[tuple[Conduct, UUID]] = frozenset()
    bad_faith: frozenset[tuple[Conduct, UUID]] = frozenset()
    trust: Mapping[Trust, str | None] = field(default_factory=dict)
    reports: tuple[TrustedFlaggerReported, ...] = ()

    def stage(self, conduct: Conduct, now: datetime) -> Stage:
        """Where the ledger stands for this conduct; after a suspension it is clean again."""
        track = self.tracks.get(conduct)
        if track is None:
            return Stage.CLEAN
        if track.suspensions:
            over = all(self.suspensions[number - 1].is_over(now) for number in track.suspensions)
            return Stage.CLEAN if over else Stage.SUSPENDED
        return Stage.WARNED if track.assessment is None else Stage.ASSESSED

    def counted(self, conduct: Conduct, cases: Iterable[UUID]) -> tuple[UUID, ...]:
        """Those of the cases that count as this conduct, each once: without those of good faith."""
        return tuple(case for case in dict.fromkeys(cases) if (conduct, case) not in self.good_faith)

    def is_abuse(self, conduct: Conduct, cases: Iterable[UUID], intention: Intention) -> bool:
        """Whether this is more than a lost case: repeated, or one with intention, or one found in bad faith.

        Sources: UrhDaG section 18(1), (3), (5) ("repeatedly"); DSA art. 23 ("frequently", intention); case.md ("a lost
        case alone is never abuse").
        """
        counted = self.counted(conduct, cases)
        if len(counted) >= 2:
            return True
        meant = intention is Intention.INTENTIONAL or any((conduct, case) in self.bad_faith for case in counted)
        return bool(counted) and meant

    def standing(self, now: datetime) -> Standing:
        """What steps may know of the party at this moment."""
        suspended: dict[Right, datetime | None] = {}
        for suspension in self.suspensions:
            if suspension.is_running(now):
                suspended[suspension.event.right] = suspension.event.ends
        return Standing(suspended, Trust.RIGHT_HOLDER in self.trust, Trust.FLAGGER in self.trust)


@lru_cache(maxsize=10_000)
def party_stream(side: Role, party: str) -> UUID:
    """The stream of a party's ledger: derived from its pseudonym, so that nothing needs to be looked up."""
    digest = hashlib.sha256(f"party:{side.value}:{party}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


def _track(ledger: Ledger, conduct: Conduct, track: Track) -> Ledger:
    return replace(ledger, tracks={**ledger.tracks, conduct: track})


def _warned(ledger: Ledger, event: ConductWarned, happened: Happened) -> Ledger:
    before = ledger.tracks.get(event.conduct)
    # A second warning before any assessment adds to the first; later the way begins anew.
    warned = before.warned if before is not None and before.assessment is None else ()
    return _track(ledger, event.conduct, Track(happened.recorded, tuple(dict.fromkeys((*warned, *event.cases)))))


def _assessed(ledger: Ledger, event: ConductAssessed, happened: Happened) -> Ledger:
    assessment = Assessment(event, happened.recorded, happened.by.id)
    return _track(ledger, event.conduct, replace(ledger.tracks[event.conduct], assessment=assessment))


def _suspended(ledger: Ledger, event: RightSuspended, happened: Happened) -> Ledger:
    track = ledger.tracks[event.conduct]
    suspension = Suspension(event, happened.recorded, happened.by.id)
    ledger = replace(ledger, suspensions=(*ledger.suspensions, suspension))
    return _track(ledger, event.conduct, replace(track, suspensions=(*track.suspensions, event.suspension)))


def _changed(ledger: Ledger, number: int, **changes: Any) -> Ledger:
    suspensions = list(ledger.suspensions)
    suspensions[number - 1] = replace(suspensions[number - 1], **changes)
    return replace(ledger, suspensions=tuple(suspensions))


def _lifted(ledger: Ledger, event: SuspensionLifted, happened: Happened) -> Ledger:
    return _changed(ledger, event.suspension, lifted_at=happened.recorded)


def _appealed(ledger: Ledger, event: SanctionAppealLodged, happened: Happened) -> Ledger:
    return _changed(ledger, event.suspension, appeal=Appeal(event, happened.recorded))


def _decided(ledger: Ledger, event: SanctionAppealDecided, happened: Happened) -> Ledger:
    suspension = ledger.suspensions[event.suspension - 1]
    assert suspension.appeal is not None  # noqa: S101 - only what was lodged is decided
    appeal = replace(suspension.appeal, decided=event, decided_at=happened.recorded)
    lifted = suspension.lifted_at
    if event.outcome is SanctionAppealOutcome.LIFTED and lifted is None:
        lifted = happened.recorded
    return _changed(ledger, event.suspension, appeal=appeal, lifted_at=lifted)


def _defended(ledger: Ledger, event: GoodFaithDefenceAccepted, happened: Happened) -> Ledger:
    return replace(ledger, good_faith=ledger.good_faith | {(event.conduct, event.case)})


def _knew_better(ledger: Ledger, event: BadFaithFound, happened: Happened) -> Ledger:
    return replace(ledger, bad_faith=ledger.bad_faith | {(event.conduct, event.case)})


def _trusted(ledger: Ledger, event: TrustGranted, happened: Happened) -> Ledger:
    return replace(ledger, trust={**ledger.trust, event.trust: event.authority})


def _distrusted(ledger: Ledger, event: TrustEnded, happened: Happened) -> Ledger:
    return replace(ledger, trust={trust: ledger.trust[trust] for trust in ledger.trust if trust is not event.trust})


def _reported(ledger: Ledger, event: TrustedFlaggerReported, happened: Happened) -> Ledger:
    return replace(ledger, reports=(*ledger.reports, event))


EVOLUTIONS: Mapping[type[Event], Callable[[Ledger, Any, Happened], Ledger]] = {
    ConductWarned: _warned,
    GoodFaithDefenceAccepted: _defended,
    BadFaithFound: _knew_better,
    ConductAssessed: _assessed,
    RightSuspended: _suspended,
    SuspensionLifted: _lifted,
    SanctionAppealLodged: _appealed,
    SanctionAppealDecided: _decided,
    TrustGranted: _trusted,
    TrustEnded: _distrusted,
    TrustedFlaggerReported: _reported,
}


def evolve(ledger: Ledger, happened: Happened) -> Ledger:
    """Apply one fact. Raises ``ValueError`` for a fact of something or somebody else."""
    event = happened.event
    if not isinstance(event, PartyEvent) or (event.party, event.side) != (ledger.party, ledger.side):
        raise ValueError(f"the ledger of {ledger.party} cannot go on with {event.TOPIC}")
    return replace(EVOLUTIONS[type(event)](ledger, event, happened), version=ledger.version + 1)


def fold(party: str, side: Role, history: Iterable[Happened]) -> Ledger:
    """The ledger of a party after its whole history; a clean sheet for an empty one."""
    ledger = Ledger(party, side)
    for happened in history:
        ledger = evolve(ledger, happened)
    return ledger
