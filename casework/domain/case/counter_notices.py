"""Counter-notices: receipt, check, cure, forwarding, and the wait for legal action (C4, D4; case.md, counter_check).

Three ways lead on from an accepted counter-notice: restored at once, restored when the wait ends in silence, or stayed
because the right holder went to court. Legal action can be reported in every state (invariant 6).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.notice_events import (
    CounterNoticeAccepted,
    CounterNoticeAmended,
    CounterNoticeDelivered,
    CounterNoticeForwarded,
    CounterNoticeFoundDeficient,
    CounterNoticeReceived,
    LegalActionReported,
    WaitPaused,
)
from casework.domain.case.notices import (
    Elements,
    found_missing,
    lacking,
    may_check_notice,
    measure_reasons,
    merged,
    open_notice,
    require_cure_open,
    require_intake,
    require_regime,
    require_upload,
    restored_availability,
)
from casework.domain.case.reasons import own_reasons
from casework.domain.case.state import Case, CounterNotice, LegalAction, Notice, Procedure, rests_on_challenge_ruling
from casework.domain.deadlines import wait_until
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.regimes.regimes import Contents, Regime
from casework.domain.values import Moment, OutsideForum, PauseCause, Remedy, VaultReference


def require_contents(regime: Regime) -> Contents:
    """What a counter-notice must hold. Raises ``Refused`` where the law knows none: there the uploader contests."""
    if regime.counter_notice is None:
        raise Refused("no_counter_notice_here")
    return regime.counter_notice


class ReceiveCounterNotice(Command):
    """The uploader declares that the measure is wrong, or cures a declaration that was found deficient."""

    elements: Elements
    content: VaultReference


def may_counter(case: Case, circumstances: Circumstances) -> None:
    """Only the uploader, only against a measure that a notice led to; or in time to cure. Raises ``Refused``.

    A contest may run beside it. Where a ruling on a challenge took the measure's place, the way on is a further review.
    """
    require_party(case, circumstances.actor, Role.UPLOADER)
    require_upload(case)
    notice = open_notice(case)
    if notice is None or notice.stage is Procedure.NOTICE_CHECK or rests_on_challenge_ruling(case, notice):
        raise Refused("nothing_to_counter")
    if notice.stage is not Procedure.MEASURE_TAKEN:
        counter = notice.counter_notices[-1]
        if counter.deficiency is None or notice.stage is not Procedure.COUNTER_CHECK:
            raise Refused("counter_notice_open")
        require_cure_open(counter.deficiency, circumstances.now)
    require_contents(require_regime(circumstances))


def receive_counter_notice(
    case: Case, command: ReceiveCounterNotice, circumstances: Circumstances
) -> tuple[Event, ...]:
    """Take the counter-notice in; while one is deficient this is its cure. The measure stays meanwhile.

    The same counter-notice again, by its words' place in the vault, yields no event.
    """
    require_party(case, circumstances.actor, Role.UPLOADER)
    notice = case.notice
    counter = None if notice is None else notice.counter_notice
    if counter is not None and counter.content == command.content:
        return ()
    may_counter(case, circumstances)
    notice = case.notices[-1]
    if notice.stage is Procedure.COUNTER_CHECK and counter is not None and counter.deficiency is not None:
        elements = merged(counter.elements, counter.deficiency, command.elements)
        return (CounterNoticeAmended(counter_notice=counter.number, elements=elements, content=command.content),)
    return (
        CounterNoticeReceived(
            notice=notice.number,
            counter_notice=len(notice.counter_notices) + 1,
            regime=require_regime(circumstances).id,
            elements=tuple(dict.fromkeys(element.value for element in command.elements)),
            content=command.content,
        ),
    )


def _checked(case: Case) -> tuple[Notice, CounterNotice]:
    """The counter-notice that waits for its check, with its notice. Raises ``Refused``."""
    notice = open_notice(case)
    if notice is None or notice.stage is not Procedure.COUNTER_CHECK:
        raise Refused("no_counter_notice_to_check")
    return notice, notice.counter_notices[-1]


def may_check_counter_notice(case: Case, circumstances: Circumstances) -> None:
    """Only intake and compliance officers, only a counter-notice that waits for its check. Raises ``Refused``."""
    require_intake(circumstances.actor)
    require_upload(case)
    _checked(case)


def may_decide_intake(case: Case, circumstances: Circumstances) -> None:
    """Whether a notice or a counter-notice waits for this officer, not for its sender. Raises ``Refused``.

    A deficient notice can still be rejected; a deficient counter-notice waits for its cure, or lapses.
    """
    try:
        may_check_counter_notice(case, circumstances)
    except Refused:
        may_check_notice(case, circumstances)
    else:
        if _checked(case)[1].deficiency is not None:
            raise Refused("already_deficient")


class AcceptCounterNotice(Command):
    """The counter-notice is complete."""


def may_accept_counter_notice(case: Case, circumstances: Circumstances) -> None:
    """Only a complete counter-notice, under a regime that says what follows. Raises ``Refused``."""
    may_check_counter_notice(case, circumstances)
    _, counter = _checked(case)
    contents = require_contents(require_regime(circumstances))
    missing = lacking(contents, counter.elements, counter.deficiency)
    if missing:
        raise Refused("counter_notice_incomplete", missing=", ".join(missing))


def accept_counter_notice(case: Case, command: AcceptCounterNotice, circumstances: Circumstances) -> tuple[Event, ...]:
    """Start the wait, or restore at once, as the regime says; and forward it in the same transaction.

    Accepting twice yields no event.
    """
    require_intake(circumstances.actor)
    accepted = None if case.notice is None else case.notice.counter_notice
    if accepted is not None and accepted.accepted_at is not None:
        return ()
    may_accept_counter_notice(case, circumstances)
    notice, counter = _checked(case)
    regime = require_regime(circumstances)
    availability = case.measure if regime.waits else restored_availability(case, notice)
    if regime.waits:
        reasons = measure_reasons(case, availability, circumstances, (Remedy.CONTEST,))
    else:
        reasons = own_reasons(case, availability, circumstances, notice_over=True)
    return (
        CounterNoticeAccepted(
            counter_notice=counter.number,
            regime=regime.id,
            waits=regime.waits,
            availability=availability,
            statement_of_reasons=reasons,
        ),
        CounterNoticeForwarded(counter_notice=counter.number),
    )


class FindCounterNoticeDeficient(Command):
    """Something is missing; ``missing`` is what the officer adds to what the system finds, ``remarks`` the words."""

    missing: Elements = ()
    remarks: VaultReference | None = None


def may_find_counter_notice_deficient(case: Case, circumstances: Circumstances) -> None:
    """Once until it is cured, as for notices (invariant 7). Raises ``Refused``."""
    may_check_counter_notice(case, circumstances)
    require_contents(require_regime(circumstances))
    if _checked(case)[1].deficiency is not None:
        raise Refused("already_deficient")


def find_counter_notice_deficient(
    case: Case, command: FindCounterNoticeDeficient, circumstances: Circumstances
) -> tuple[Event, ...]:
    """Say what is missing and until when it may be cured."""
    may_find_counter_notice_deficient(case, circumstances)
    _, counter = _checked(case)
    contents = require_contents(require_regime(circumstances))
    missing = found_missing(contents, counter.elements, command.missing)
    return (
        CounterNoticeFoundDeficient(
            counter_notice=counter.number,
            missing=tuple(element.value for element in missing),
            cure_until=circumstances.now + circumstances.standard.procedure.cure,
            remarks=command.remarks,
        ),
    )


class ConfirmDelivery(Command):
    """The accepted counter-notice reached the right holder at this time."""

    delivered_at: Moment


def _delivered(case: Case) -> CounterNotice:
    """The counter-notice that was accepted and sent on. Raises ``Refused``."""
    counter = None if case.notice is None else case.notice.counter_notice
    if counter is None or counter.accepted_at is None:
        raise Refused("no_delivery_due")
    return counter


def may_confirm_delivery(case: Case, circumstances: Circumstances) -> None:
    """Staff, or the right holder itself, once a counter-notice was sent on, and once only. Raises ``Refused``."""
    _require_deliverer(case, circumstances)
    if _delivered(case).delivered_at is not None:
        raise Refused("already_delivered")


def _require_deliverer(case: Case, circumstances: Circumstances) -> None:
    if circumstances.actor.role is Role.RIGHT_HOLDER:
        require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    else:
        require_intake(circumstances.actor)
    require_upload(case)


def confirm_delivery(case: Case, command: ConfirmDelivery, circumstances: Circumstances) -> tuple[Event, ...]:
    """Record the arrival, on which China's wait starts (invariant 5). Confirming it again yields no event."""
    _require_deliverer(case, circumstances)
    counter = _delivered(case)
    if counter.delivered_at is not None:
        return ()
    if counter.accepted_at is not None and command.delivered_at < counter.accepted_at:
        raise Refused("delivered_before_acceptance", accepted_at=counter.accepted_at.isoformat())
    if command.delivered_at > circumstances.now:
        raise Refused("delivered_in_future")
    return (CounterNoticeDelivered(counter_notice=counter.number, delivered_at=command.delivered_at),)


class PauseWait(Command):
    """Evidence is being notarised or authenticated abroad; so many working days shall not count."""

    cause: PauseCause
    working_days: Annotated[int, Field(ge=1, le=366)]
    proof: VaultReference


def may_pause_wait(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, only while the wait runs or is about to, only while days are left. Raises ``Refused``."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    require_upload(case)
    notice = open_notice(case)
    if notice is None or notice.stage is not Procedure.WAITING:
        raise Refused("no_wait")
    due = wait_until(case, circumstances.terms)
    if due is not None and circumstances.now >= due:
        raise Refused("window_closed", until=due.isoformat())
    if not _pause_left(notice.counter_notices[-1], require_regime(circumstances)):
        raise Refused("pause_too_long", left="0")


def _pause_left(counter: CounterNotice, regime: Regime) -> int:
    return max(regime.pause.most_working_days - counter.paused_working_days, 0)


def pause_wait(case: Case, command: PauseWait, circumstances: Circumstances) -> tuple[Event, ...]:
    """Let the wait stand still, for as many working days in all as the regime allows (SPC Reply 2020, no. 3).

    The same pause again, by its cause, days and proof, yields no event: it does not count twice.
    """
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    asked, notice = (command.cause, command.working_days, command.proof), open_notice(case)
    known = None if notice is None else notice.counter_notice
    if known is not None and any((one.cause, one.working_days, one.proof) == asked for one in known.pauses):
        return ()
    may_pause_wait(case, circumstances)
    counter = case.notices[-1].counter_notices[-1]
    left = _pause_left(counter, require_regime(circumstances))
    if command.working_days > left:
        raise Refused("pause_too_long", left=str(left))
    return (
        WaitPaused(
            counter_notice=counter.number, cause=command.cause, working_days=command.working_days, proof=command.proof
        ),
    )


class ReportLegalAction(Command):
    """The right holder went to court or to the authority; ``names_*`` say what the proof names."""

    forum: OutsideForum
    proof: VaultReference
    names_uploader: bool
    names_item: bool


def may_report_legal_action(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, and in every state, closed and withdrawn ones too (invariant 6). Raises ``Refused``."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)


def report_legal_action(case: Case, command: ReportLegalAction, circumstances: Circumstances) -> tuple[Event, ...]:
    """Record it, always; it stays the measure where the proof names uploader and item, in the wait or before it.

    A proof that does not name both does not show that this very measure is in dispute, so the wait goes on; a better
    proof may follow until the upload is restored. Where the regime's remedies know no authority (USA), only a court
    counts. Word that comes before the counter-notice counts as well: no wait runs out on a pending suit (Civil Code
    art. 1196(2): no word was received; 17 USC 512(g)(2)(C): word was received first). The same proof again yields no
    event, unless it counts now and did not before: it is said in full, or another notice's measure is at stake.
    """
    may_report_legal_action(case, circumstances)
    names_both = command.names_uploader and command.names_item
    stays = _may_be_stayed(case, circumstances) and names_both and _counts(command.forum, circumstances.regime)
    if any(known.proof == command.proof and (not stays or _stays_now(case, known)) for known in case.legal_actions):
        return ()
    return (
        LegalActionReported(
            forum=command.forum,
            proof=command.proof,
            names_uploader=command.names_uploader,
            names_item=command.names_item,
            stays=stays,
        ),
    )


def _stays_now(case: Case, known: LegalAction) -> bool:
    """Whether a reported action stays the measure of the latest notice, as ``CounterNoticeAccepted`` looks at it."""
    return known.stays and case.notice is not None and known.at >= case.notice.received_at


def _may_be_stayed(case: Case, circumstances: Circumstances) -> bool:
    """Whether the measure waits for legal action, or will once a counter-notice is accepted."""
    notice = open_notice(case)
    if notice is None or case.withdrawn_at is not None:
        return False
    if notice.stage is Procedure.WAITING:
        return True
    regime = circumstances.regime
    return notice.stage in BEFORE_THE_WAIT and regime is not None and regime.waits


BEFORE_THE_WAIT = (Procedure.NOTICE_CHECK, Procedure.MEASURE_TAKEN, Procedure.COUNTER_CHECK)


def _counts(forum: OutsideForum, regime: Regime | None) -> bool:
    """Whether action before this forum stays a measure; an external body's procedure is no legal action."""
    if forum is OutsideForum.AUTHORITY:
        return regime is None or Remedy.AUTHORITY in regime.remedies.outside
    return forum is OutsideForum.COURT
