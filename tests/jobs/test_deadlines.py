"""What is due is fired once, in order, by however many workers; what fails is put off and shown; what is late rises."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog

from casework.domain.case.notice_events import WaitPaused
from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.domain.values import DeadlineKind, PauseCause
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Append
from casework.jobs.deadline_failures import FIRST_PAUSE, LONGEST_PAUSE, NO_EFFECT, DeadlineFailures
from casework.jobs.deadlines import Fired, command_id, expire_due
from casework.streams import CLOCK
from casework.views.models.deadlines import Due, count_due, list_due, list_of_case, next_due_at
from casework.views.models.queues import list_overdue
from tests import samples
from tests.jobs.clocked_cases import (
    ALL_OVER,
    BEGUN,
    HISTORIES,
    KINDS,
    accepted,
    countered,
    decided,
    noticed,
    waiting,
    write_case,
    write_cases,
)
from tests.web import Site, on_sqlite


def fire(site: Site) -> Fired:
    return expire_due(site.parts.casework, site.parts.deadline_failures)


def events_of(site: Site) -> list[Recorded]:
    return site.parts.casework.log.read(0, 100_000)


def by_the_clock(site: Site) -> list[Recorded]:
    return [one for one in events_of(site) if one.by.role is Role.CLOCK and one.event.TOPIC in KINDS.values()]


def deadlines_of(site: Site, case_id: UUID) -> list[Due]:
    views = site.parts.casework.views
    views.catch_up()
    with views.engine.connect() as connection:
        return list_of_case(connection, views.tables("cases"), case_id)


def test_fires_every_kind_once_and_in_order(site: Site) -> None:
    cases = write_cases(site.parts.casework.log, 2 * len(KINDS))
    site.clock.advance_to(ALL_OVER)
    done = fire(site)
    assert (done.fired, done.failed) == (len(cases), 0)
    fired = by_the_clock(site)
    assert Counter(one.stream for one in fired) == dict.fromkeys(cases, 1)
    assert [one.event.TOPIC for one in fired] == [KINDS[cases[one.stream]] for one in fired]
    due = [one.event.due_at for one in fired if hasattr(one.event, "due_at")]
    assert due == sorted(due)
    assert fire(site) == Fired()


@on_sqlite
def test_fires_nothing_before_its_moment_and_everything_from_it_on(site: Site) -> None:
    case_id = write_case(site.parts.casework.log, HISTORIES[DeadlineKind.WARNING_ANSWER](1))
    (due,) = deadlines_of(site, case_id)
    assert due.due_at == BEGUN + timedelta(days=30)
    site.clock.advance_to(due.due_at - timedelta(microseconds=1))
    assert fire(site).fired == 0
    site.clock.advance_to(due.due_at)
    assert fire(site).fired == 1
    assert deadlines_of(site, case_id) == []


@on_sqlite
def test_new_cases_from_mass_intake_have_deadlines_too(site: Site) -> None:
    line = samples.decision_line("0.70", decided_at=site.clock.now().isoformat())
    (answer,) = site.parts.intake.take([line], samples.MATCHER)
    assert answer.case_id is not None
    (due,) = deadlines_of(site, answer.case_id)
    assert due == Due(answer.case_id, DeadlineKind.WARNING_ANSWER, site.clock.now() + timedelta(days=30))


@on_sqlite
def test_a_deadline_that_moves_is_replaced(site: Site) -> None:
    casework = site.parts.casework
    case_id = write_case(casework.log, (decided("0.40", 1), noticed(), *accepted(), countered(), *waiting()[:2]))
    assert deadlines_of(site, case_id) == []  # it has not arrived: nothing runs
    with casework.views.engine.connect() as connection:
        assert next_due_at(connection, casework.views.tables("cases")) is None
    case = casework.case(case_id)
    arrived = Append(case_id, case.version, waiting(BEGUN)[2:])
    casework.log.append([arrived], recorded=BEGUN, by=CLOCK, command="arrived")
    (due,) = deadlines_of(site, case_id)
    assert due.kind is DeadlineKind.WAIT
    paused = WaitPaused(
        counter_notice=1, cause=PauseCause.NOTARISATION, working_days=5, proof=samples.reference("proof")
    )
    paused_by = Append(case_id, case.version + 1, (paused,))
    casework.log.append([paused_by], recorded=BEGUN, by=CLOCK, command="paused")
    (later,) = deadlines_of(site, case_id)
    assert later.due_at > due.due_at
    site.clock.advance_to(due.due_at)
    assert fire(site).fired == 0
    site.clock.advance_to(later.due_at)
    assert fire(site).fired == 1
    assert casework.case(case_id).procedure is Procedure.RESTORED


def test_several_workers_at_once_fire_each_once(site: Site) -> None:
    cases = write_cases(site.parts.casework.log, 2 * len(KINDS))
    site.clock.advance_to(ALL_OVER)
    done: list[Fired] = []
    threads = [threading.Thread(target=lambda: done.append(fire(site))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # Two that wrote the very same at the same moment both believe that they did; the log has it once.
    assert sum(one.fired for one in done) >= len(cases)
    assert sum(one.failed for one in done) == 0
    assert Counter(one.stream for one in by_the_clock(site)) == dict.fromkeys(cases, 1)
    assert site.parts.deadline_failures.count() == 0


def test_a_worker_that_comes_back_after_weeks_leaves_nothing_due(site: Site) -> None:
    cases = write_cases(site.parts.casework.log, len(KINDS))
    site.clock.advance_to(BEGUN + timedelta(days=6))
    first = fire(site).fired
    site.clock.advance_to(ALL_OVER)
    assert first > 0
    assert first + fire(site).fired == len(cases)
    casework = site.parts.casework
    with casework.views.engine.connect() as connection:
        assert count_due(connection, casework.views.tables("cases"), casework.clock.now()) == 0


def change_topic(site: Site, case_id: UUID, topic: str) -> None:
    """As if a newer build had written the case, which this one cannot read, and then as it was."""
    stream = case_id.hex if site.parts.engine.dialect.name == "sqlite" else str(case_id)
    table = "stored_events" if site.parts.engine.dialect.name == "sqlite" else "public.stored_events"
    with site.parts.engine.begin() as connection:
        statement = f"UPDATE {table} SET topic = :topic WHERE originator_id = :stream AND originator_version = 1"
        connection.execute(sa.text(statement), {"topic": topic, "stream": stream})


def test_a_failing_case_stops_nobody_and_is_tried_again_with_longer_pauses(site: Site) -> None:
    casework, failures = site.parts.casework, site.parts.deadline_failures
    cases = write_cases(casework.log, len(KINDS))
    casework.views.catch_up()
    broken = next(iter(cases))
    change_topic(site, broken, "case.of_the_future")
    site.clock.advance_to(ALL_OVER)
    with structlog.testing.capture_logs() as logged:
        done = fire(site)
    assert (done.fired, done.failed) == (len(cases) - 1, 1)
    assert [one["problem"] for one in logged if one["event"] == "deadline_failed"] == ["CorruptEvent"]
    (failure,) = failures.list_all()
    assert (failure.due.case_id, failure.attempts, failure.problem) == (broken, 1, "CorruptEvent")
    assert failure.next_at == site.clock.now() + FIRST_PAUSE

    assert fire(site) == Fired()  # not before its time
    site.clock.advance(FIRST_PAUSE)
    assert fire(site).failed == 1
    assert failures.list_all()[0].next_at == site.clock.now() + 2 * FIRST_PAUSE

    change_topic(site, broken, "case.filtering_decision_recorded")
    site.clock.advance(2 * FIRST_PAUSE)
    assert fire(site).fired == 1
    assert failures.count() == 0


@on_sqlite
def test_pauses_have_a_longest(site: Site) -> None:
    failures = site.parts.deadline_failures
    due = Due(UUID(int=1), DeadlineKind.WAIT, BEGUN)
    for _ in range(12):
        last = failures.failed(due, "fault")
    assert (last.attempts, last.next_at) == (12, site.clock.now() + LONGEST_PAUSE)


@on_sqlite
def test_a_deadline_that_the_case_does_not_have_is_shown_not_hammered(site: Site) -> None:
    """The regime was changed after the view was made: the view has another end of the wait than the case."""
    casework, failures = site.parts.casework, site.parts.deadline_failures
    case_id = write_case(casework.log, HISTORIES[DeadlineKind.WARNING_ANSWER](1))
    (due,) = deadlines_of(site, case_id)
    table = casework.views.tables("cases")["deadlines"]
    with casework.views.engine.begin() as connection:
        connection.execute(sa.update(table).values(due_at=BEGUN))
    assert fire(site).failed == 1
    assert [one.problem for one in failures.list_all()] == [NO_EFFECT]
    casework.views.rebuild(["cases"])
    assert deadlines_of(site, case_id) == [due]
    site.clock.advance(FIRST_PAUSE)
    assert fire(site) == Fired()
    assert failures.count() == 0  # nothing fails any more


def test_two_workers_count_one_failure_each(site: Site) -> None:
    due = Due(UUID(int=7), DeadlineKind.RULING, BEGUN)
    other = DeadlineFailures(site.parts.engine, site.clock)
    site.parts.deadline_failures.failed(due, "fault")
    other.failed(due, "fault")
    assert [one.attempts for one in other.list_all()] == [2]
    other.settled(due)
    assert site.parts.deadline_failures.known() == {}


def test_the_same_deadline_has_the_same_command() -> None:
    due = Due(UUID(int=1), DeadlineKind.WAIT, BEGUN)
    assert command_id(due) == command_id(Due(UUID(int=1), DeadlineKind.WAIT, BEGUN))
    others = [
        Due(UUID(int=2), DeadlineKind.WAIT, BEGUN),
        Due(UUID(int=1), DeadlineKind.RULING, BEGUN),
        Due(UUID(int=1), DeadlineKind.WAIT, BEGUN + timedelta(seconds=1)),
    ]
    assert command_id(due) not in {command_id(other) for other in others}


def test_an_overdue_ruling_is_escalated_and_its_seats_are_filled_at_once(site: Site) -> None:
    casework = site.parts.casework
    case_id = write_case(casework.log, HISTORIES[DeadlineKind.RULING](1))
    write_case(casework.log, HISTORIES[DeadlineKind.RULING](2), at=BEGUN + timedelta(days=5))
    site.account(Role.REVIEWER)
    site.account(Role.REVIEWER)
    site.clock.advance_to(BEGUN + timedelta(days=7))
    with structlog.testing.capture_logs() as logged:
        done = fire(site)
    assert (done.fired, done.escalated) == (1, 1)
    assert [one["case"] for one in logged if one["event"] == "deadline_escalated"] == [str(case_id)]
    assert casework.case(case_id).procedure is Procedure.PANEL
    with casework.views.engine.connect() as connection:
        assert [row.case_id for row in list_overdue(connection, casework.views.tables("cases"))] == [case_id]


@on_sqlite
def test_an_overdue_case_without_reviewers_waits_and_stays_flagged(site: Site) -> None:
    casework = site.parts.casework
    case_id = write_case(casework.log, HISTORIES[DeadlineKind.RULING](1))
    site.clock.advance_to(BEGUN + timedelta(days=8))
    assert fire(site).escalated == 1
    assert casework.case(case_id).procedure is Procedure.ADJUDICATION
    with casework.views.engine.connect() as connection:
        assert [row.overdue for row in list_overdue(connection, casework.views.tables("cases"))] == [True]


def test_pages_go_on_where_the_last_one_ended(site: Site) -> None:
    casework = site.parts.casework
    write_cases(casework.log, 3 * len(KINDS))
    casework.views.catch_up()
    tables = casework.views.tables("cases")
    with casework.views.engine.connect() as connection:
        whole = list_due(connection, tables, ALL_OVER, limit=1000)
        paged: list[Due] = []
        while page := list_due(connection, tables, ALL_OVER, after=paged[-1] if paged else None, limit=5):
            paged += page
    assert paged == whole
    assert len(whole) == 3 * len(KINDS)
    assert [one.due_at for one in whole] == sorted(one.due_at for one in whole)


@on_sqlite
def test_stops_between_two_deadlines_when_told_to(site: Site) -> None:
    write_cases(site.parts.casework.log, len(KINDS))
    site.clock.advance_to(ALL_OVER)
    answers = [False, False, False, True]
    done = expire_due(
        site.parts.casework, site.parts.deadline_failures, stopped=lambda: answers.pop(0) if answers else True
    )
    assert done.fired == 3
