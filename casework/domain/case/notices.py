"""Notices of right holders: receipt, check by a person, cure, measure, withdrawal (D3; case.md, rows notice_check).

What a notice must hold is the regime's; the measure is a person's, in proportion, with reasons, and never a block of a
use that is presumed lawful and not yet ruled on (invariant 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import WarningAnswered
from casework.domain.case.notice_events import (
    NoticeAccepted,
    NoticeAmended,
    NoticeForwarded,
    NoticeFoundDeficient,
    NoticeReceived,
    NoticeRejected,
    NoticeWithdrawn,
    RepeatNoticeBarred,
)
from casework.domain.case.reasons import outside_remedies, own_reasons
from casework.domain.case.state import (
    AppealKind,
    Case,
    Deficiency,
    Notice,
    Procedure,
    rests_on_challenge_ruling,
    ruled_since,
)
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party.state import CLEAN
from casework.domain.party.values import Right
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents, Regime
from casework.domain.values import (
    MEASURES,
    Availability,
    Measure,
    Outcome,
    Remedy,
    RulingOutcome,
    StatementOfReasons,
    VaultReference,
    WarningAnswer,
)

INTAKE_STAFF = (Role.INTAKE, Role.COMPLIANCE)
NOTIFIABLE = (Availability.PUBLIC, Availability.PUBLIC_LIMITED)
SEVERITY = (Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.HELD, Availability.BLOCKED)
Elements = Annotated[tuple[NoticeElement, ...], Field(max_length=30)]


def require_regime(circumstances: Circumstances) -> Regime:
    """The regime that governs the case. Raises ``Refused`` while the platform has not chosen one of several."""
    if circumstances.regime is None:
        raise Refused("regime_not_chosen")
    return circumstances.regime


def require_intake(actor: Actor) -> None:
    """Only intake and compliance officers check notices and counter-notices. Raises ``Refused``."""
    if actor.role not in INTAKE_STAFF:
        raise Refused("not_your_step")


def require_upload(case: Case) -> None:
    """Refuse steps on an upload that was withdrawn: the case is moot."""
    if case.withdrawn_at is not None:
        raise Refused("upload_withdrawn")


def open_notice(case: Case) -> Notice | None:
    """The latest notice while it, or the measure taken upon it, has not ended."""
    notice = case.notice
    return notice if notice is not None and notice.ended_at is None else None


def require_cure_open(deficiency: Deficiency, now: datetime) -> None:
    """Refuse a cure that comes after its time."""
    if now >= deficiency.cure_until:
        raise Refused("window_closed", until=deficiency.cure_until.isoformat())


def merged(known: Iterable[str], deficiency: Deficiency, given: Iterable[NoticeElement]) -> tuple[str, ...]:
    """The elements after a cure: those that were good, and the new ones. What was found missing must be given again."""
    good = (element for element in known if element not in deficiency.missing)
    return tuple(dict.fromkeys((*good, *(element.value for element in given))))


def lacking(contents: Contents, given: Iterable[str], deficiency: Deficiency | None) -> tuple[NoticeElement, ...]:
    """What the regime wants and is not there, or was found wanting by a person and not cured."""
    wanting = () if deficiency is None else deficiency.missing
    known = {element for element in contents.ids if element.value in given and element.value not in wanting}
    return contents.missing(known)


def found_missing(
    contents: Contents, given: Iterable[str], added: Iterable[NoticeElement]
) -> tuple[NoticeElement, ...]:
    """What a letter of deficiency names, in the order of the law: what is not there and what the officer adds.

    Raises ``Refused`` where the officer names what the regime does not ask for (its list is closed), or nothing lacks.
    """
    named = tuple(added)
    for element in named:
        if element not in contents.ids:
            raise Refused("element_not_required", element=element.value)
    absent = contents.missing({element for element in contents.ids if element.value in given and element not in named})
    if not absent:
        raise Refused("nothing_missing")
    return absent


def is_presumed_lawful(case: Case) -> bool:
    """Whether invariant 1 forbids a block upon a notice: what the latest ruling found, before any ruling the decision.

    What people found lawful is protected no less than what a machine presumes so, until another ruling; an order lies
    over it anyway. Where a case rests is not enough to know: a notice that was rejected or lapsed leaves it closed.
    """
    if case.ruling is None:
        return case.decision.own_outcome is Outcome.PRESUMED_LAWFUL
    # The outcome speaks of the initial decision: to hold or block (reversed), or to publish (upheld).
    ruled = case.ruled_appeal
    challenged = ruled is not None and ruled.kind is AppealKind.CHALLENGE
    return case.ruling.outcome is (RulingOutcome.UPHELD if challenged else RulingOutcome.REVERSED)


def restored_availability(case: Case, notice: Notice) -> Availability:
    """What the public sees when the law ends the measure: what it saw before.

    A ruling that upheld the measure does not stop this; one on a challenge does (case.md, below the table).
    """
    return case.measure if rests_on_challenge_ruling(case, notice) else notice.availability_before


def measure_reasons(
    case: Case, availability: Availability, circumstances: Circumstances, remedies: tuple[Remedy, ...]
) -> StatementOfReasons | None:
    """Why the upload is not (fully) public on account of a notice, with remedies; ``None`` if it is (invariant 2).

    Courts and other doors outside the platform, which the regime names, are added to ``remedies``.
    """
    if availability is Availability.PUBLIC:
        return None
    notice = open_notice(case)
    told = circumstances.now if notice is None or notice.accepted_at is None else notice.accepted_at
    return StatementOfReasons(
        measure=availability,
        standard=case.decision.standard,
        remedies=(*remedies, *outside_remedies(circumstances)),
        contest_until=circumstances.standard.procedure.contest_until(told),
    )


class ReceiveNotice(Command):
    """The right holder gives notice, or cures one that was found deficient.

    ``elements`` are those that it supplies, ``content`` its words, ``items`` the exact locations that it names.
    """

    elements: Elements
    content: VaultReference
    items: Annotated[int, Field(ge=1, le=100_000)] = 1
    measure_sought: Measure | None = None


def may_notify(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, on what the public sees, one notice at a time; or in time to cure. Raises ``Refused``.

    After an immediate restoration, in a linked case too, a repeat is barred (invariant 8), and the refusal carries the
    fact to be recorded.
    """
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    require_upload(case)
    notice = open_notice(case)
    if notice is None:
        if case.availability not in NOTIFIABLE:
            raise Refused("nothing_to_notify")
    elif notice.deficiency is None or notice.stage is not Procedure.NOTICE_CHECK:
        raise Refused("notice_open")
    else:
        require_cure_open(notice.deficiency, circumstances.now)
    if is_sender_suspended(circumstances):
        raise Refused("notices_suspended")
    regime = require_regime(circumstances)
    barring = _barring(case, regime)
    if barring is not None:
        record = RepeatNoticeBarred(barred_by=barring.number)
        raise Refused("repeat_notice_barred", record=record, notice=str(barring.number))
    for linked in circumstances.restored_elsewhere:
        if _bars(linked.regime, regime):
            record = RepeatNoticeBarred(barred_by=linked.number, case=linked.case)
            raise Refused("repeat_notice_barred", record=record, notice=str(linked.number), case=str(linked.case))


def is_sender_suspended(circumstances: Circumstances) -> bool:
    """Whether the right holder may not send notices now; a trusted flagger always may (DSA art. 22(7))."""
    standing = circumstances.standings.get(Role.RIGHT_HOLDER, CLEAN)
    return not standing.flagger and circumstances.is_suspended(Role.RIGHT_HOLDER, Right.NOTICES)


def _barring(case: Case, regime: Regime) -> Notice | None:
    """The notice whose immediate restoration bars another one.

    The bar outlives a change of the regime; only the regime that restored can say that it does not bar.
    """
    for notice in case.notices:
        if notice.restored_at_once and _bars(notice.counter_notices[-1].regime, regime):
            return notice
    return None


def _bars(restored_by: str, regime: Regime) -> bool:
    return regime.bars_repeats or restored_by != regime.id


def receive_notice(case: Case, command: ReceiveNotice, circumstances: Circumstances) -> tuple[Event, ...]:
    """Take the notice in; from a warning it is the answer to it as well. While one is deficient this is its cure.

    The same notice again, by its words' place in the vault, yields no event.
    """
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    notice = open_notice(case)
    if notice is not None and notice.content == command.content:
        return ()
    may_notify(case, circumstances)
    if notice is not None and notice.deficiency is not None:
        elements = merged(notice.elements, notice.deficiency, command.elements)
        return (NoticeAmended(notice=notice.number, elements=elements, content=command.content),)
    standing = circumstances.standings.get(Role.RIGHT_HOLDER, CLEAN)
    received = NoticeReceived(
        notice=len(case.notices) + 1,
        regime=require_regime(circumstances).id,
        elements=tuple(dict.fromkeys(element.value for element in command.elements)),
        content=command.content,
        items=command.items,
        trusted=standing.trusted or standing.flagger,
        measure_sought=command.measure_sought,
    )
    if case.procedure is Procedure.WARNING:
        return (WarningAnswered(answer=WarningAnswer.NOTIFY), received)
    return (received,)


def _checked(case: Case) -> Notice:
    """The notice that waits for its check. Raises ``Refused``."""
    notice = open_notice(case)
    if notice is None or notice.stage is not Procedure.NOTICE_CHECK:
        raise Refused("no_notice_to_check")
    return notice


def may_check_notice(case: Case, circumstances: Circumstances) -> None:
    """Only intake and compliance officers, only a notice that waits for its check. Raises ``Refused``."""
    require_intake(circumstances.actor)
    require_upload(case)
    _checked(case)


class AcceptNotice(Command):
    """The notice is good; this measure is in proportion, for these reasons."""

    measure: Measure
    reasons: VaultReference


def may_accept_notice(case: Case, circumstances: Circumstances) -> None:
    """Only a complete notice of a sender that is not suspended. Raises ``Refused``; names what is missing."""
    may_check_notice(case, circumstances)
    notice = _checked(case)
    missing = lacking(require_regime(circumstances).notice, notice.elements, notice.deficiency)
    if missing:
        raise Refused("notice_incomplete", missing=", ".join(missing))
    if is_sender_suspended(circumstances):
        raise Refused("sender_suspended")


def accept_notice(case: Case, command: AcceptNotice, circumstances: Circumstances) -> tuple[Event, ...]:
    """Take the measure, and forward the notice to the uploader in the same transaction (Civil Code art. 1195(2)).

    A measure never loosens what is there already. The same acceptance again yields no event.
    """
    require_intake(circumstances.actor)
    notice = open_notice(case)
    if notice is not None and notice.accepted_at is not None and notice.reasons == command.reasons:
        return ()
    may_accept_notice(case, circumstances)
    notice, regime = _checked(case), require_regime(circumstances)
    _require_measure(case, command.measure, regime)
    availability = max(case.measure, MEASURES[command.measure], key=SEVERITY.index)
    against = (Remedy.CONTEST,) if regime.counter_notice is None else (Remedy.COUNTER_NOTICE, Remedy.CONTEST)
    accepted = NoticeAccepted(
        notice=notice.number,
        measure=command.measure,
        reasons=command.reasons,
        availability=availability,
        statement_of_reasons=measure_reasons(case, availability, circumstances, against),
    )
    return (accepted, NoticeForwarded(notice=notice.number))


def _require_measure(case: Case, measure: Measure, regime: Regime) -> None:
    """Refuse what the law does not know. Where invariant 1 bars the law's only measure, none is taken."""
    presumed = is_presumed_lawful(case)
    lawful = [one for one in regime.measures.lawful if not (presumed and one is Measure.BLOCK)]
    allowed = lawful or [Measure.NONE]
    if measure not in allowed:
        raise Refused("measure_not_allowed", allowed=", ".join(allowed))


class FindNoticeDeficient(Command):
    """Something is missing; ``missing`` is what the officer adds to what the system finds, ``remarks`` the words."""

    missing: Elements = ()
    remarks: VaultReference | None = None


def may_find_notice_deficient(case: Case, circumstances: Circumstances) -> None:
    """Once until it is cured: a second letter must not set the clock anew. Raises ``Refused``."""
    may_check_notice(case, circumstances)
    require_regime(circumstances)
    if _checked(case).deficiency is not None:
        raise Refused("already_deficient")


def find_notice_deficient(case: Case, command: FindNoticeDeficient, circumstances: Circumstances) -> tuple[Event, ...]:
    """Say what is missing and until when it may be cured. Until then the notice gives no knowledge."""
    may_find_notice_deficient(case, circumstances)
    notice = _checked(case)
    missing = found_missing(require_regime(circumstances).notice, notice.elements, command.missing)
    return (
        NoticeFoundDeficient(
            notice=notice.number,
            missing=tuple(element.value for element in missing),
            cure_until=circumstances.now + circumstances.standard.procedure.cure,
            remarks=command.remarks,
        ),
    )


class RejectNotice(Command):
    """The notice is unfounded on its face."""

    reasons: VaultReference


def may_reject_notice(case: Case, circumstances: Circumstances) -> None:
    """Complete or not, by intake and compliance officers. Raises ``Refused``."""
    may_check_notice(case, circumstances)


def reject_notice(case: Case, command: RejectNotice, circumstances: Circumstances) -> tuple[Event, ...]:
    """Close the notice with reasons; the upload stays as it is."""
    may_reject_notice(case, circumstances)
    return (NoticeRejected(notice=_checked(case).number, reasons=command.reasons),)


class WithdrawNotice(Command):
    """The right holder takes its notice back."""


def may_withdraw_notice(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, at every stage until the notice has ended. Raises ``Refused``."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    require_upload(case)
    if open_notice(case) is None:
        raise Refused("no_open_notice")


def withdraw_notice(case: Case, command: WithdrawNotice, circumstances: Circumstances) -> tuple[Event, ...]:
    """End the notice and its measure; what a ruling has decided since stays, and so does an urgent block until it."""
    may_withdraw_notice(case, circumstances)
    notice = case.notices[-1]
    urgent = case.under_appeal and case.appeals[-1].urgent
    stays = notice.accepted_at is None or ruled_since(case, notice) or urgent
    availability = case.measure if stays else notice.availability_before
    return (
        NoticeWithdrawn(
            notice=notice.number,
            availability=availability,
            statement_of_reasons=own_reasons(case, availability, circumstances, notice_over=True),
        ),
    )
