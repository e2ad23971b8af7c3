"""How notices, counter-notices and waits change a case (case.md, notice_check to restored)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from casework.domain.case import notice_events as facts
from casework.domain.case.state import Case, CounterNotice, Deficiency, LegalAction, Notice, Pause, Procedure
from casework.domain.changing import replace
from casework.domain.facts import Event, Happened
from casework.domain.values import Availability


def _with(case: Case, **changes: Any) -> Case:
    """The case with its latest notice changed."""
    return replace(case, notices=(*case.notices[:-1], replace(case.notices[-1], **changes)))


def _with_counter(case: Case, stage: Procedure | None = None, **changes: Any) -> Case:
    """The case with its latest counter-notice changed, and the stage of the notice where it moves on."""
    notice = case.notices[-1]
    counter = replace(notice.counter_notices[-1], **changes)
    counters = (*notice.counter_notices[:-1], counter)
    return _with(case, counter_notices=counters, stage=notice.stage if stage is None else stage)


def _restored(case: Case, moment: datetime, availability: Availability) -> Case:
    """The law ended the measure. What restricted the upload before it, or since on its own ground, still can be met."""
    before = _beside(case)
    rests = before if availability is not Availability.PUBLIC and before in STILL_OPEN else Procedure.RESTORED
    return replace(_with(case, stage=Procedure.RESTORED, ended_at=moment), rests=rests, measure=availability)


def _closed(case: Case, moment: datetime, availability: Availability) -> Case:
    """The latest notice came to nothing, or was taken back: what is open beside it stays open.

    A measure taken within a grace has ended the grace for good.
    """
    before = _beside(case)
    grace_over = before is not case.rests and before is Procedure.PRESUMED_INFRINGING
    over = before not in STILL_OPEN or (grace_over and availability is Availability.PUBLIC)
    rests = Procedure.CLOSED if over else before
    closed = _with(case, stage=Procedure.CLOSED, ended_at=moment, rested=before)
    return replace(closed, rests=rests, measure=availability)


def _beside(case: Case) -> Procedure:
    """Where the case would rest without the measure of its latest notice."""
    return case.notices[-1].rested if case.rests is Procedure.MEASURE_TAKEN else case.rests


STILL_OPEN = (Procedure.PRESUMED_INFRINGING, Procedure.PRIOR_REVIEW, Procedure.RESTRICTED, Procedure.DECIDED)
"""Where a clock of the decision still runs, or a side still has a step: no notice may take that away (case.md)."""


def _received(case: Case, event: facts.NoticeReceived, happened: Happened) -> Case:
    notice = Notice(
        number=event.notice,
        regime=event.regime,
        received_at=happened.occurred,
        elements=event.elements,
        content=event.content,
        items=event.items,
        trusted=event.trusted,
        measure_sought=event.measure_sought,
        stage=Procedure.NOTICE_CHECK,
        rested=case.rests,
        availability_before=case.measure,
    )
    return replace(case, notices=(*case.notices, notice))


def _barred(case: Case, event: facts.RepeatNoticeBarred, happened: Happened) -> Case:
    return case


def _deficient(case: Case, event: facts.NoticeFoundDeficient, happened: Happened) -> Case:
    return _with(case, deficiency=Deficiency(event.missing, event.cure_until, event.remarks, happened.occurred))


def _amended(case: Case, event: facts.NoticeAmended, happened: Happened) -> Case:
    return _with(case, elements=event.elements, content=event.content, amended_at=happened.occurred, deficiency=None)


def _lapsed(case: Case, event: facts.NoticeLapsed, happened: Happened) -> Case:
    return _closed(case, happened.occurred, case.measure)


def _accepted(case: Case, event: facts.NoticeAccepted, happened: Happened) -> Case:
    # An urgent block lasts until the ruling only, so it is nothing that the end of the measure goes back to.
    urgent = case.under_appeal and case.appeals[-1].urgent
    taken = _with(
        case,
        stage=Procedure.MEASURE_TAKEN,
        rested=case.rests,
        availability_before=case.appeals[-1].availability_before if urgent else case.measure,
        measure=event.measure,
        reasons=event.reasons,
        accepted_at=happened.occurred,
        decided_by=happened.by.id,
        deficiency=None,
    )
    return replace(taken, rests=Procedure.MEASURE_TAKEN, measure=event.availability)


def _forwarded(case: Case, event: facts.NoticeForwarded, happened: Happened) -> Case:
    return case


def _rejected(case: Case, event: facts.NoticeRejected, happened: Happened) -> Case:
    return _with(_closed(case, happened.occurred, case.measure), reasons=event.reasons)


def _withdrawn(case: Case, event: facts.NoticeWithdrawn, happened: Happened) -> Case:
    return _closed(case, happened.occurred, event.availability)


def _countered(case: Case, event: facts.CounterNoticeReceived, happened: Happened) -> Case:
    counter = CounterNotice(
        number=event.counter_notice,
        regime=event.regime,
        received_at=happened.occurred,
        elements=event.elements,
        content=event.content,
    )
    notice = case.notices[-1]
    return _with(case, stage=Procedure.COUNTER_CHECK, counter_notices=(*notice.counter_notices, counter))


def _counter_deficient(case: Case, event: facts.CounterNoticeFoundDeficient, happened: Happened) -> Case:
    found = Deficiency(event.missing, event.cure_until, event.remarks, happened.occurred)
    return _with_counter(case, deficiency=found)


def _counter_amended(case: Case, event: facts.CounterNoticeAmended, happened: Happened) -> Case:
    return _with_counter(
        case, elements=event.elements, content=event.content, amended_at=happened.occurred, deficiency=None
    )


def _counter_lapsed(case: Case, event: facts.CounterNoticeLapsed, happened: Happened) -> Case:
    return _with_counter(case, Procedure.MEASURE_TAKEN, lapsed_at=happened.occurred)


def _counter_accepted(case: Case, event: facts.CounterNoticeAccepted, happened: Happened) -> Case:
    received = case.notices[-1].received_at
    stayed = any(action.stays and action.at >= received for action in case.legal_actions)
    waits = Procedure.STAYED if stayed else Procedure.WAITING
    accepted = _with_counter(
        case,
        waits if event.waits else Procedure.RESTORED,
        regime=event.regime,
        accepted_at=happened.occurred,
        waits=event.waits,
        deficiency=None,
    )
    if event.waits:
        return replace(accepted, measure=event.availability)
    return _restored(accepted, happened.occurred, event.availability)


def _counter_forwarded(case: Case, event: facts.CounterNoticeForwarded, happened: Happened) -> Case:
    return case


def _counter_delivered(case: Case, event: facts.CounterNoticeDelivered, happened: Happened) -> Case:
    return _with_counter(case, delivered_at=event.delivered_at)


def _paused(case: Case, event: facts.WaitPaused, happened: Happened) -> Case:
    pauses = case.notices[-1].counter_notices[-1].pauses
    pause = Pause(event.cause, event.working_days, event.proof, happened.occurred)
    return _with_counter(case, pauses=(*pauses, pause))


def _legal_action(case: Case, event: facts.LegalActionReported, happened: Happened) -> Case:
    action = LegalAction(event.forum, event.proof, happened.occurred, event.stays)
    known = replace(case, legal_actions=(*case.legal_actions, action))
    waiting = case.notice is not None and case.notice.stage is Procedure.WAITING
    return _with(known, stage=Procedure.STAYED) if event.stays and waiting else known


def _wait_expired(case: Case, event: facts.WaitExpired, happened: Happened) -> Case:
    return _restored(case, happened.occurred, event.availability)


NOTICE_EVOLUTIONS: Mapping[type[Event], Callable[[Case, Any, Happened], Case]] = {
    facts.NoticeReceived: _received,
    facts.RepeatNoticeBarred: _barred,
    facts.NoticeFoundDeficient: _deficient,
    facts.NoticeAmended: _amended,
    facts.NoticeLapsed: _lapsed,
    facts.NoticeAccepted: _accepted,
    facts.NoticeForwarded: _forwarded,
    facts.NoticeRejected: _rejected,
    facts.NoticeWithdrawn: _withdrawn,
    facts.CounterNoticeReceived: _countered,
    facts.CounterNoticeFoundDeficient: _counter_deficient,
    facts.CounterNoticeAmended: _counter_amended,
    facts.CounterNoticeLapsed: _counter_lapsed,
    facts.CounterNoticeAccepted: _counter_accepted,
    facts.CounterNoticeForwarded: _counter_forwarded,
    facts.CounterNoticeDelivered: _counter_delivered,
    facts.WaitPaused: _paused,
    facts.LegalActionReported: _legal_action,
    facts.WaitExpired: _wait_expired,
}
