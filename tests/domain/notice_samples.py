"""Notices, counter-notices and waits ready-made, under the shipped regimes and their calendars."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from casework.domain.calendars import CALENDAR_DAYS, Calendar
from casework.domain.case.clock import ExpireDeadline
from casework.domain.case.counter_notices import (
    ConfirmDelivery,
    PauseWait,
    ReceiveCounterNotice,
    ReportLegalAction,
)
from casework.domain.case.notice_events import (
    CounterNoticeAccepted,
    CounterNoticeDelivered,
    CounterNoticeForwarded,
    CounterNoticeFoundDeficient,
    CounterNoticeReceived,
    LegalActionReported,
    NoticeAccepted,
    NoticeForwarded,
    NoticeFoundDeficient,
    NoticeReceived,
    WaitExpired,
    WaitPaused,
)
from casework.domain.case.notices import AcceptNotice, ReceiveNotice
from casework.domain.case.outside_events import OrderReceived
from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.facts import Actor, Event, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Regime
from casework.domain.values import (
    Availability,
    DeadlineKind,
    Measure,
    OutsideForum,
    PauseCause,
    Remedy,
    StatementOfReasons,
)
from casework.law import read_law
from tests.samples import NOON, STANDARD, Fact, case_of, later, on, reference
from tests.spec import Answer, given

INTAKE = Actor(role=Role.INTAKE, id="i-officer")
LAW = read_law()
CIVIL_CODE = LAW.regimes.by_id["cn-civil-code"]
E_COMMERCE = LAW.regimes.by_id["cn-e-commerce"]
NETWORK_RIGHTS = LAW.regimes.by_id["cn-network-rights"]
GERMANY = LAW.regimes.by_id["de-urhdag"]
EUROPE = LAW.regimes.by_id["eu-dsa"]
AMERICA = LAW.regimes.by_id["us-dmca"]
NO_COUNTER_NOTICE = (GERMANY, EUROPE)


def take(
    case: tuple[Event | Fact, ...], step: Any, by: Actor, regime: Regime | None = E_COMMERCE, **more: Any
) -> Answer:
    """The step under the regime and its calendar."""
    calendar = CALENDAR_DAYS if regime is None else LAW.calendar_of(regime)
    return given(*case).when(step, by=by, regime=regime, calendar=calendar, **more)


@cache
def terms(regime: Regime | None = E_COMMERCE, calendar: Calendar | None = None) -> Terms:
    """What clocks are computed from under the regime."""
    if regime is None:
        return Terms(STANDARD)
    return Terms(STANDARD, regime, calendar or LAW.calendar_of(regime))


# Notices


def notice_elements(regime: Regime = E_COMMERCE) -> tuple[NoticeElement, ...]:
    return regime.notice.ids


def counter_elements(regime: Regime = E_COMMERCE) -> tuple[NoticeElement, ...]:
    assert regime.counter_notice is not None
    return regime.counter_notice.ids


def to_notify(regime: Regime = E_COMMERCE, *without: NoticeElement, words: str = "the notice") -> ReceiveNotice:
    given_elements = tuple(element for element in notice_elements(regime) if element not in without)
    return ReceiveNotice(elements=given_elements, content=reference(words))


def received(
    regime: Regime = E_COMMERCE, *without: NoticeElement, notice: int = 1, words: str = "the notice"
) -> NoticeReceived:
    elements = tuple(element.value for element in notice_elements(regime) if element not in without)
    return NoticeReceived(notice=notice, regime=regime.id, elements=elements, content=reference(words))


def deficient(*missing: NoticeElement, until: datetime | None = None) -> NoticeFoundDeficient:
    names = tuple(element.value for element in missing)
    return NoticeFoundDeficient(notice=1, missing=names, cure_until=until or later(days=5))


def to_accept(measure: Measure = Measure.BLOCK) -> AcceptNotice:
    return AcceptNotice(measure=measure, reasons=reference("reasons of the measure"))


def reasons(
    availability: Availability, *remedies: Remedy, at: datetime = NOON, regime: Regime = E_COMMERCE
) -> StatementOfReasons:
    """Why a measure restricts the upload, and where help is to be had."""
    return StatementOfReasons(
        measure=availability,
        standard=STANDARD.id,
        remedies=(*remedies, *regime.remedies.outside),
        contest_until=STANDARD.procedure.contest_until(at),
    )


AGAINST_MEASURE = (Remedy.COUNTER_NOTICE, Remedy.CONTEST)


def accepted(
    measure: Measure = Measure.BLOCK,
    availability: Availability = Availability.BLOCKED,
    *,
    notice: int = 1,
    at: datetime = NOON,
    regime: Regime = E_COMMERCE,
) -> NoticeAccepted:
    against = AGAINST_MEASURE if regime.counter_notice is not None else (Remedy.CONTEST,)
    public = availability is Availability.PUBLIC
    return NoticeAccepted(
        notice=notice,
        measure=measure,
        reasons=reference("reasons of the measure"),
        availability=availability,
        statement_of_reasons=None if public else reasons(availability, *against, at=at, regime=regime),
    )


FORWARDED = NoticeForwarded(notice=1)


def measured(regime: Regime = E_COMMERCE) -> tuple[Event, ...]:
    """The facts of a notice that led to a block, after the decision."""
    return (received(regime), accepted(regime=regime), FORWARDED)


# Counter-notices


def to_counter(
    regime: Regime = E_COMMERCE, *without: NoticeElement, words: str = "the counter-notice"
) -> ReceiveCounterNotice:
    given_elements = tuple(element for element in counter_elements(regime) if element not in without)
    return ReceiveCounterNotice(elements=given_elements, content=reference(words))


def countered(
    regime: Regime = E_COMMERCE, *without: NoticeElement, number: int = 1, words: str = "the counter-notice"
) -> CounterNoticeReceived:
    elements = tuple(element.value for element in counter_elements(regime) if element not in without)
    return CounterNoticeReceived(
        notice=1, counter_notice=number, regime=regime.id, elements=elements, content=reference(words)
    )


def counter_deficient(*missing: NoticeElement, until: datetime | None = None) -> CounterNoticeFoundDeficient:
    names = tuple(element.value for element in missing)
    return CounterNoticeFoundDeficient(counter_notice=1, missing=names, cure_until=until or later(days=5))


def counter_accepted(
    regime: Regime = E_COMMERCE, availability: Availability | None = None, *, number: int = 1
) -> CounterNoticeAccepted:
    shown = availability or (Availability.BLOCKED if regime.waits else Availability.PUBLIC)
    return CounterNoticeAccepted(
        counter_notice=number,
        regime=regime.id,
        waits=regime.waits,
        availability=shown,
        statement_of_reasons=(None if shown is Availability.PUBLIC else reasons(shown, Remedy.CONTEST, regime=regime)),
    )


COUNTER_FORWARDED = CounterNoticeForwarded(counter_notice=1)


def waiting(regime: Regime = E_COMMERCE) -> tuple[Event | Fact, ...]:
    """The facts up to an accepted counter-notice that waits, and is not yet delivered."""
    return (*measured(regime), countered(regime), counter_accepted(regime), COUNTER_FORWARDED)


def restored_at_once() -> tuple[Event | Fact, ...]:
    """The facts up to an immediate restoration."""
    return waiting(NETWORK_RIGHTS)


def delivered(at: datetime = NOON) -> Fact:
    return on(at, CounterNoticeDelivered(counter_notice=1, delivered_at=at))


def to_deliver(at: datetime = NOON) -> ConfirmDelivery:
    return ConfirmDelivery(delivered_at=at)


APPOINTMENT = "appointment at the notary"


def to_pause(days: int = 5, proof: str = APPOINTMENT) -> PauseWait:
    return PauseWait(cause=PauseCause.NOTARISATION, working_days=days, proof=reference(proof))


def paused(days: int = 5, proof: str = APPOINTMENT) -> WaitPaused:
    return WaitPaused(
        counter_notice=1,
        cause=PauseCause.NOTARISATION,
        working_days=days,
        proof=reference(proof),
    )


def to_sue(
    forum: OutsideForum = OutsideForum.COURT, *, uploader: bool = True, item: bool = True, proof: str = "the claim"
) -> ReportLegalAction:
    return ReportLegalAction(forum=forum, proof=reference(proof), names_uploader=uploader, names_item=item)


def sued(
    forum: OutsideForum = OutsideForum.COURT,
    *,
    uploader: bool = True,
    item: bool = True,
    stays: bool = True,
    proof: str = "the claim",
) -> LegalActionReported:
    return LegalActionReported(
        forum=forum, proof=reference(proof), names_uploader=uploader, names_item=item, stays=stays
    )


# Clocks


def to_expire(kind: DeadlineKind, due_at: datetime) -> ExpireDeadline:
    return ExpireDeadline(kind=kind, due_at=due_at)


def wait_expired(due_at: datetime) -> WaitExpired:
    return WaitExpired(counter_notice=1, due_at=due_at, availability=Availability.PUBLIC)


def ordered(
    availability: Availability = Availability.BLOCKED, *, order: int = 1, until: datetime | None = None
) -> OrderReceived:
    return OrderReceived(
        order=order,
        forum=OutsideForum.COURT,
        interim=True,
        availability=availability,
        until=until,
        words=reference(f"order {order}"),
    )


def whole(*facts: Event | Fact | tuple[Event | Fact, ...]) -> Case:
    """The case after these facts."""
    return case_of(*facts)
