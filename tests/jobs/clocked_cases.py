"""Cases with one clock running each, of every kind, written straight into the log; and what must follow, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import (
    CounterNoticeAccepted,
    CounterNoticeDelivered,
    CounterNoticeForwarded,
    CounterNoticeFoundDeficient,
    CounterNoticeReceived,
    NoticeAccepted,
    NoticeForwarded,
    NoticeFoundDeficient,
    NoticeReceived,
)
from casework.domain.case.outside_events import OrderReceived
from casework.domain.facts import Event
from casework.domain.values import Availability, DeadlineKind, Measure, OutsideForum
from casework.eventlog.store import Append, EventLog
from tests import samples

BEGUN = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
"""When all these cases began."""

ALL_OVER = BEGUN + timedelta(days=45)
"""By then every one of their clocks has run out."""

REGIME = "cn-e-commerce"
CURE_UNTIL = BEGUN + timedelta(days=5)

KINDS: dict[DeadlineKind, str] = {
    DeadlineKind.WARNING_ANSWER: "case.warning_lapsed",
    DeadlineKind.RULING: "case.deadline_passed",
    DeadlineKind.PRIOR_REVIEW: "case.prior_review_expired",
    DeadlineKind.GRACE: "case.grace_expired",
    DeadlineKind.NOTICE_CURE: "case.notice_lapsed",
    DeadlineKind.COUNTER_NOTICE_CURE: "case.counter_notice_lapsed",
    DeadlineKind.WAIT: "case.wait_expired",
    DeadlineKind.ORDER: "case.order_lifted",
}
"""Each kind of clock and the event that must be in the log once when it has run out."""


def decided(share: str, number: int, known: KnownOfParties | None = None) -> FilteringDecisionRecorded:
    """A decision on an upload and a work of its own."""
    changes: dict[str, Any] = {"upload__id": f"up-{number}", "work__id": f"w-{number}"}
    if known is None:
        return samples.recorded(share, f"eng-{number}", **changes)
    return samples.recorded(share, f"eng-{number}", known=known, work__flags=["time_sensitive"], **changes)


def noticed(trusted: bool = False) -> NoticeReceived:
    content = samples.reference("notice")
    return NoticeReceived(notice=1, regime=REGIME, elements=("identity",), content=content, trusted=trusted)


def accepted() -> tuple[Event, ...]:
    """The notice is good: blocked, and forwarded."""
    taken = NoticeAccepted(
        notice=1,
        measure=Measure.BLOCK,
        reasons=samples.reference("reasons"),
        availability=Availability.BLOCKED,
        statement_of_reasons=samples.reasons_for(Availability.BLOCKED),
    )
    return (taken, NoticeForwarded(notice=1))


def countered() -> CounterNoticeReceived:
    return CounterNoticeReceived(
        notice=1, counter_notice=1, regime=REGIME, elements=("identity",), content=samples.reference("counter-notice")
    )


def waiting(delivered_at: datetime = BEGUN) -> tuple[Event, ...]:
    """The counter-notice is good, was forwarded and has arrived."""
    good = CounterNoticeAccepted(
        counter_notice=1,
        regime=REGIME,
        waits=True,
        availability=Availability.BLOCKED,
        statement_of_reasons=samples.reasons_for(Availability.BLOCKED),
    )
    arrived = CounterNoticeDelivered(counter_notice=1, delivered_at=delivered_at)
    return (good, CounterNoticeForwarded(counter_notice=1), arrived)


def ordered(until: datetime) -> OrderReceived:
    return OrderReceived(
        order=1,
        forum=OutsideForum.COURT,
        interim=True,
        availability=Availability.BLOCKED,
        until=until,
        words=samples.reference("order"),
        statement_of_reasons=samples.reasons_for(Availability.BLOCKED),
    )


def _deficient(number: int) -> tuple[Event, ...]:
    lacking = NoticeFoundDeficient(notice=1, missing=("ownership_proof",), cure_until=CURE_UNTIL)
    return (decided("0.40", number), noticed(), lacking)


def _counter_deficient(number: int) -> tuple[Event, ...]:
    lacking = CounterNoticeFoundDeficient(counter_notice=1, missing=("ownership_proof",), cure_until=CURE_UNTIL)
    return (decided("0.40", number), noticed(), *accepted(), countered(), lacking)


def _in_grace(number: int) -> tuple[Event, ...]:
    grace = {"grace_until": BEGUN + timedelta(hours=48)}
    return (decided("0.93", number).model_copy(update=grace),)


HISTORIES: dict[DeadlineKind, Callable[[int], tuple[Event, ...]]] = {
    DeadlineKind.WARNING_ANSWER: lambda number: (decided("0.70", number),),
    DeadlineKind.RULING: lambda number: (decided("0.93", number), samples.contested()),
    DeadlineKind.PRIOR_REVIEW: lambda number: (decided("0.93", number, KnownOfParties(prior_review_requested=True)),),
    DeadlineKind.GRACE: _in_grace,
    DeadlineKind.NOTICE_CURE: _deficient,
    DeadlineKind.COUNTER_NOTICE_CURE: _counter_deficient,
    DeadlineKind.WAIT: lambda number: (decided("0.40", number), noticed(), *accepted(), countered(), *waiting()),
    DeadlineKind.ORDER: lambda number: (decided("0.40", number), ordered(BEGUN + timedelta(days=30))),
}


def write_case(log: EventLog, events: Sequence[Event], *, at: datetime = BEGUN) -> UUID:
    """One case with these events, all recorded at that moment."""
    case_id = uuid4()
    log.append([Append(case_id, 0, events)], recorded=at, by=samples.MATCHER, command=uuid4().hex)
    return case_id


def write_cases(log: EventLog, count: int) -> dict[UUID, DeadlineKind]:
    """So many cases, their kinds in turn, in one transaction; which clock runs in each."""
    kinds = list(HISTORIES)
    made: dict[UUID, DeadlineKind] = {}
    batch: list[Append] = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        case_id = uuid4()
        made[case_id] = kind
        batch.append(Append(case_id, 0, HISTORIES[kind](number)))
    log.append(batch, recorded=BEGUN, by=samples.MATCHER, command=uuid4().hex)
    return made
