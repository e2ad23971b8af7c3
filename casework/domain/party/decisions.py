"""What may be recorded of a party, and when: no sanction without warning, assessment, end and appeal.

Staff of compliance acts; the party itself only appeals. ``now`` is an aware UTC time. Sources: case.md "Sanction
ledger"; UrhDaG section 18; DSA articles 22 and 23.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party.events import (
    BadFaithFound,
    ConductAssessed,
    ConductWarned,
    GoodFaithDefenceAccepted,
    RightSuspended,
    SanctionAppealDecided,
    SanctionAppealLodged,
    SuspensionLifted,
    TrustedFlaggerReported,
    TrustEnded,
    TrustGranted,
)
from casework.domain.party.state import Ledger, Stage, Suspension
from casework.domain.party.values import (
    RIGHTS_CONCERNED,
    Conduct,
    Gravity,
    Intention,
    Number,
    Right,
    SanctionAppealOutcome,
    Trust,
)
from casework.domain.values import Count, Moment, VaultReference, Word

LONGEST_SUSPENSION = timedelta(days=366)
"""No suspension is longer: the laws say "for a reasonable time", and what lasts for years has no end in sight."""

Cases = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]


class WarnOfConduct(Command):
    """Warn the party of what it did in these cases."""

    conduct: Conduct
    cases: Cases
    warning: VaultReference


class AcceptGoodFaithDefence(Command):
    """Accept that the party acted in good faith in this case."""

    conduct: Conduct
    case: UUID
    defence: VaultReference


class FindBadFaith(Command):
    """Find that the party knew better in this case."""

    conduct: Conduct
    case: UUID
    finding: VaultReference


class AssessConduct(Command):
    """Weigh the four factors: these cases, out of ``acts`` acts of the kind in [since, until), gravity, intention."""

    conduct: Conduct
    cases: Cases
    acts: Annotated[Count, Field(ge=1)]
    since: Moment
    until: Moment
    gravity: Gravity
    intention: Intention
    assessment: VaultReference


class SuspendRight(Command):
    """Suspend one right in [starts, ends) for conduct that was warned of and assessed; without ``starts`` from now."""

    conduct: Conduct
    right: Right
    starts: Moment | None = None
    ends: Moment
    reasons: VaultReference


class LiftSuspension(Command):
    """Lift a suspension before its end."""

    suspension: Number
    reasons: VaultReference


class LodgeSanctionAppeal(Command):
    """Appeal against a suspension of one's own."""

    suspension: Number
    reasons: VaultReference


class DecideSanctionAppeal(Command):
    """Decide an appeal against a suspension."""

    suspension: Number
    outcome: SanctionAppealOutcome
    reasons: VaultReference


class GrantTrust(Command):
    """Trust a right holder; a flagger's status names the authority that awarded it."""

    trust: Trust
    authority: Word | None = None
    grounds: VaultReference


class EndTrust(Command):
    """End the trust; a flagger's status only on its authority's word."""

    trust: Trust
    authority: Word | None = None
    grounds: VaultReference


class ReportTrustedFlagger(Command):
    """Report a trusted flagger's wrong notices in these cases to its authority."""

    cases: Cases
    report: VaultReference


def require_officer(actor: Actor) -> None:
    """Sanctions are the business of compliance. Raises ``Refused``."""
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")


def _require_possible(ledger: Ledger, conduct: Conduct) -> None:
    if conduct not in RIGHTS_CONCERNED.get(ledger.side, {}):
        raise Refused("conduct_of_other_side")


def warn_of_conduct(ledger: Ledger, command: WarnOfConduct, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Warn. A warning that names no new case adds nothing; during a suspension the next warning has to wait."""
    require_officer(actor)
    _require_possible(ledger, command.conduct)
    cases = ledger.counted(command.conduct, command.cases)
    if not cases:
        raise Refused("good_faith_accepted")
    stage = ledger.stage(command.conduct, now)
    if stage is Stage.SUSPENDED:
        raise Refused("already_suspended")
    if stage is Stage.WARNED and set(cases) <= set(ledger.tracks[command.conduct].warned):
        return ()
    return (
        ConductWarned(
            party=ledger.party, side=ledger.side, conduct=command.conduct, cases=cases, warning=command.warning
        ),
    )


def accept_good_faith_defence(
    ledger: Ledger, command: AcceptGoodFaithDefence, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Accept the defence; from now on the case does not count. Not against a finding of bad faith."""
    require_officer(actor)
    _require_possible(ledger, command.conduct)
    if (command.conduct, command.case) in ledger.good_faith:
        return ()
    if (command.conduct, command.case) in ledger.bad_faith:
        raise Refused("bad_faith_found")
    return (
        GoodFaithDefenceAccepted(
            party=ledger.party,
            side=ledger.side,
            conduct=command.conduct,
            case=command.case,
            defence=command.defence,
        ),
    )


def find_bad_faith(ledger: Ledger, command: FindBadFaith, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Find bad faith. Not where the defence of good faith was accepted."""
    require_officer(actor)
    _require_possible(ledger, command.conduct)
    if (command.conduct, command.case) in ledger.bad_faith:
        return ()
    if (command.conduct, command.case) in ledger.good_faith:
        raise Refused("good_faith_accepted")
    return (
        BadFaithFound(
            party=ledger.party,
            side=ledger.side,
            conduct=command.conduct,
            case=command.case,
            finding=command.finding,
        ),
    )


def assess_conduct(ledger: Ledger, command: AssessConduct, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Weigh the four factors after a warning. The conduct must have gone on: one case at least was not warned of.

    Raises ``Refused``: ``not_warned``, ``already_suspended``, ``good_faith_accepted`` (a case that does not count is
    named), ``lost_case_alone`` (neither repeated nor meant), ``nothing_since_warning``, ``factors_incoherent``.
    """
    require_officer(actor)
    stage = ledger.stage(command.conduct, now)
    if stage is Stage.CLEAN:
        raise Refused("not_warned")
    if stage is Stage.SUSPENDED:
        raise Refused("already_suspended")
    cases = tuple(dict.fromkeys(command.cases))
    if ledger.counted(command.conduct, cases) != cases:
        raise Refused("good_faith_accepted")
    if command.acts < len(cases) or not command.since < command.until <= now:
        raise Refused("factors_incoherent")
    if not ledger.is_abuse(command.conduct, cases, command.intention):
        raise Refused("lost_case_alone")
    if set(cases) <= set(ledger.tracks[command.conduct].warned):
        raise Refused("nothing_since_warning")
    fields = command.model_dump(exclude={"cases", "assessment"})
    return (
        ConductAssessed(party=ledger.party, side=ledger.side, cases=cases, assessment=command.assessment, **fields),
    )


def suspend_right(ledger: Ledger, command: SuspendRight, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Suspend one right for a limited time, on an assessment that still stands.

    Raises ``Refused``: ``not_warned``, ``not_assessed``, ``right_not_concerned``, ``report_trusted_flagger``,
    ``lost_case_alone`` (defences accepted since), ``suspension_period_wrong``, ``already_suspended``.
    """
    require_officer(actor)
    _require_suspendable(ledger, command, now)
    starts = now if command.starts is None else command.starts
    # By the difference: a time at the end of the calendar has none that is a year later.
    if not (now <= starts < command.ends and command.ends - starts <= LONGEST_SUSPENSION):
        raise Refused("suspension_period_wrong", longest_days=str(LONGEST_SUSPENSION.days))
    for suspension in ledger.suspensions:
        if suspension.event.right is command.right and not suspension.is_over(now):
            raise Refused("already_suspended")
    return (
        RightSuspended(
            party=ledger.party,
            side=ledger.side,
            suspension=len(ledger.suspensions) + 1,
            conduct=command.conduct,
            right=command.right,
            starts=starts,
            ends=command.ends,
            reasons=command.reasons,
        ),
    )


def _require_suspendable(ledger: Ledger, command: SuspendRight, now: datetime) -> None:
    if ledger.stage(command.conduct, now) is Stage.CLEAN:
        raise Refused("not_warned")
    assessment = ledger.tracks[command.conduct].assessment
    if assessment is None:
        raise Refused("not_assessed")
    if command.right not in RIGHTS_CONCERNED[ledger.side][command.conduct]:
        raise Refused("right_not_concerned")
    if command.right is Right.NOTICES and Trust.FLAGGER in ledger.trust:
        raise Refused("report_trusted_flagger")
    if not ledger.is_abuse(command.conduct, assessment.event.cases, assessment.event.intention):
        raise Refused("lost_case_alone")


def _suspension(ledger: Ledger, number: int) -> Suspension:
    if number > len(ledger.suspensions):
        raise Refused("suspension_unknown")
    return ledger.suspensions[number - 1]


def lift_suspension(ledger: Ledger, command: LiftSuspension, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Lift it now. Lifting twice changes nothing; what the clock has ended cannot be lifted."""
    require_officer(actor)
    suspension = _suspension(ledger, command.suspension)
    if suspension.lifted_at is not None:
        return ()
    if suspension.is_over(now):
        raise Refused("suspension_over")
    return (
        SuspensionLifted(party=ledger.party, side=ledger.side, suspension=command.suspension, reasons=command.reasons),
    )


def may_appeal_sanction(ledger: Ledger, number: int, actor: Actor, now: datetime) -> None:
    """Only the party itself, once, while the suspension is not over. Raises ``Refused``."""
    if (actor.role, actor.id) != (ledger.side, ledger.party):
        raise Refused("not_your_step")
    suspension = _suspension(ledger, number)
    if suspension.appeal is not None:
        raise Refused("already_appealed")
    if suspension.is_over(now):
        raise Refused("suspension_over")


def lodge_sanction_appeal(
    ledger: Ledger, command: LodgeSanctionAppeal, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Appeal; the suspension goes on until the appeal is decided."""
    may_appeal_sanction(ledger, command.suspension, actor, now)
    return (
        SanctionAppealLodged(
            party=ledger.party, side=ledger.side, suspension=command.suspension, reasons=command.reasons
        ),
    )


def decide_sanction_appeal(
    ledger: Ledger, command: DecideSanctionAppeal, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Decide the appeal, even after the end: the party has a right to know. Never who suspended it."""
    require_officer(actor)
    suspension = _suspension(ledger, command.suspension)
    if suspension.appeal is None:
        raise Refused("no_sanction_appeal")
    if suspension.appeal.decided is not None:
        raise Refused("appeal_already_decided")
    if suspension.by == actor.id:
        raise Refused("own_suspension")
    return (
        SanctionAppealDecided(
            party=ledger.party,
            side=ledger.side,
            suspension=command.suspension,
            outcome=command.outcome,
            reasons=command.reasons,
        ),
    )


def grant_trust(ledger: Ledger, command: GrantTrust, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Trust a right holder. A trusted flagger is one by an authority's award (DSA art. 22(2))."""
    require_officer(actor)
    if ledger.side is not Role.RIGHT_HOLDER:
        raise Refused("not_a_right_holder")
    if command.trust in ledger.trust:
        return ()
    if command.trust is Trust.FLAGGER and command.authority is None:
        raise Refused("authority_decides")
    return (
        TrustGranted(
            party=ledger.party,
            side=ledger.side,
            trust=command.trust,
            authority=command.authority,
            grounds=command.grounds,
        ),
    )


def end_trust(ledger: Ledger, command: EndTrust, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """End the trust. The platform cannot take a flagger's status away: its authority does (DSA art. 22(7))."""
    require_officer(actor)
    if command.trust not in ledger.trust:
        return ()
    if command.trust is Trust.FLAGGER and command.authority != ledger.trust[Trust.FLAGGER]:
        raise Refused("authority_decides")
    return (
        TrustEnded(
            party=ledger.party,
            side=ledger.side,
            trust=command.trust,
            authority=command.authority,
            grounds=command.grounds,
        ),
    )


def report_trusted_flagger(
    ledger: Ledger, command: ReportTrustedFlagger, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Report to the authority that awarded the status; one wrong notice alone is no reason (DSA art. 22(6))."""
    require_officer(actor)
    authority = ledger.trust.get(Trust.FLAGGER)
    if authority is None:
        raise Refused("not_a_trusted_flagger")
    cases = ledger.counted(Conduct.UNFOUNDED_NOTICES, command.cases)
    if len(cases) < 2:
        raise Refused("lost_case_alone")
    return (
        TrustedFlaggerReported(
            party=ledger.party, side=ledger.side, authority=authority, cases=cases, report=command.report
        ),
    )
