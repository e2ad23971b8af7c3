"""The facts of a sanction ledger, in the past tense. No event holds personal data: words lie in the vault."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Event, Role
from casework.domain.party.values import Conduct, Gravity, Intention, Number, Right, SanctionAppealOutcome, Trust
from casework.domain.values import Count, Identifier, Moment, VaultReference, Word


class PartyEvent(Event):
    """What happened in the ledger of ``party``, a pseudonym, acting on this ``side``."""

    party: Identifier
    side: Role


class ConductWarned(PartyEvent):
    """The party was warned of one kind of conduct, shown in these cases; a warning goes before any suspension."""

    TOPIC: ClassVar[str] = "party.conduct_warned"

    conduct: Conduct
    cases: tuple[UUID, ...]
    warning: VaultReference


class GoodFaithDefenceAccepted(PartyEvent):
    """The party acted in good faith in this case: it does not count as this conduct."""

    TOPIC: ClassVar[str] = "party.good_faith_defence_accepted"

    conduct: Conduct
    case: UUID
    defence: VaultReference


class BadFaithFound(PartyEvent):
    """The party knew better in this case: one such case weighs as intention."""

    TOPIC: ClassVar[str] = "party.bad_faith_found"

    conduct: Conduct
    case: UUID
    finding: VaultReference


class ConductAssessed(PartyEvent):
    """An officer weighed the four factors: number (``cases``), proportion (of all ``acts``), gravity, intention."""

    TOPIC: ClassVar[str] = "party.conduct_assessed"

    conduct: Conduct
    cases: tuple[UUID, ...]
    acts: Annotated[Count, Field(ge=1)]
    since: Moment
    until: Moment
    gravity: Gravity
    intention: Intention
    assessment: VaultReference


class RightSuspended(PartyEvent):
    """One right was suspended from ``starts`` until ``ends``, which is not part of it."""

    TOPIC: ClassVar[str] = "party.right_suspended"

    suspension: Number
    conduct: Conduct
    right: Right
    starts: Moment
    ends: Moment
    reasons: VaultReference


class SuspensionLifted(PartyEvent):
    """A suspension was lifted before its end."""

    TOPIC: ClassVar[str] = "party.suspension_lifted"

    suspension: Number
    reasons: VaultReference


class SanctionAppealLodged(PartyEvent):
    """The party appealed against a suspension."""

    TOPIC: ClassVar[str] = "party.sanction_appeal_lodged"

    suspension: Number
    reasons: VaultReference


class SanctionAppealDecided(PartyEvent):
    """An officer other than the one who suspended decided the appeal."""

    TOPIC: ClassVar[str] = "party.sanction_appeal_decided"

    suspension: Number
    outcome: SanctionAppealOutcome
    reasons: VaultReference


class TrustGranted(PartyEvent):
    """The right holder is trusted from now on; for a flagger ``authority`` names who awarded the status."""

    TOPIC: ClassVar[str] = "party.trust_granted"

    trust: Trust
    authority: Word | None = None
    grounds: VaultReference


class TrustEnded(PartyEvent):
    """The right holder is not trusted any more; a flagger's status ends by its ``authority`` only."""

    TOPIC: ClassVar[str] = "party.trust_ended"

    trust: Trust
    authority: Word | None = None
    grounds: VaultReference


class TrustedFlaggerReported(PartyEvent):
    """A trusted flagger's wrong notices were reported to the authority that awarded its status."""

    TOPIC: ClassVar[str] = "party.trusted_flagger_reported"

    authority: Word
    cases: tuple[UUID, ...]
    report: VaultReference


EVENTS: tuple[type[Event], ...] = (
    ConductWarned,
    GoodFaithDefenceAccepted,
    BadFaithFound,
    ConductAssessed,
    RightSuspended,
    SuspensionLifted,
    SanctionAppealLodged,
    SanctionAppealDecided,
    TrustGranted,
    TrustEnded,
    TrustedFlaggerReported,
)
