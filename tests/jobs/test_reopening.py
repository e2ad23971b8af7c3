"""One event reaches the many cases that it concerns, each once: reopened works, orders on an upload, workers killed."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from casework.application import Casework
from casework.database import DatabaseUrl
from casework.domain.case.evolution import fold
from casework.domain.case.further import ReopenCase
from casework.domain.case.outside import LiftOrder, ReceiveOrder
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, OutsideForum, ReopeningCause
from casework.domain.work.decisions import ConfirmOwnership, FindOwnershipFalse, ReinstateReference, WithdrawReference
from casework.eventlog.store import Append, EventLog
from casework.jobs import reopening
from casework.jobs.follow_ups import FIRST_PAUSE, LATE, FollowUps
from casework.jobs.reopening import DONE, FAILED, UNTOUCHED, follow
from casework.ledgers import Claim, UploadVersion
from casework.parts import build_parts
from casework.simulated_time import begin
from casework.views.models.cases import CasesOf, list_cases_of
from casework.views.reopening import FINISHED, TAKEN_BACK, ReopeningView, reopenings
from tests import samples
from tests.domain.notice_samples import measured
from tests.faults.test_deadline_workers import Workers, ended, wait_for, written
from tests.jobs.clocked_cases import ALL_OVER, BEGUN, write_case
from tests.web import Site, environment_for, on_sqlite, settings_for

OFFICER = samples.OFFICER
CLAIMANT = samples.RIGHT_HOLDER.id
WORK = "w-false"
CASES = int(os.environ.get("FAULT_CASES", "72"))
KILLS = int(os.environ.get("FAULT_KILLS", "2"))
"""How many cases, and how often workers are killed meanwhile; more where a bar is measured."""

FIND = FindOwnershipFalse(claimant=CLAIMANT, finding=samples.reference("finding"))


def history(kind: int, number: int, work: str = WORK) -> tuple[Event, ...]:
    """Blocked, presumed lawful, blocked upon a notice, contested, and so on."""
    about: dict[str, Any] = {"upload__id": f"up-{number}", "work__id": work}
    decided = samples.recorded(("0.93", "0.40", "0.70", "0.93")[kind % 4], f"eng-{number}", **about)
    return (decided, *((), (), measured(), (samples.contested(),))[kind % 4])


def write_many(log: EventLog, count: int, work: str = WORK) -> list[UUID]:
    """So many cases, the four kinds in turn."""
    cases = [UUID(int=number + 1) for number in range(count)]
    batch = [Append(case_id, 0, history(number, number, work)) for number, case_id in enumerate(cases)]
    log.append(batch, recorded=BEGUN, by=samples.MATCHER, command="cases")
    return cases


def find(casework: Casework, work: str = WORK) -> None:
    casework.ledgers.handle_work(work, FIND, OFFICER)


def loaded(casework: Casework, case_id: UUID) -> Case:
    case = fold(casework.log.load(case_id))
    assert case is not None
    return case


def progress(follow_ups: FollowUps, work: str = WORK) -> ReopeningView:
    (one,) = reopenings(follow_ups, work)
    return one


def followed(log: EventLog) -> Counter[tuple[UUID, str]]:
    """What the system wrote into cases, by case and topic."""
    return Counter(
        (one.stream, one.event.TOPIC)
        for one in log.read(0, 1_000_000)
        if one.by.role is Role.CLOCK and one.event.TOPIC in ("case.case_reopened", "case.measure_suspended")
    )


def expected_of(cases: Sequence[UUID]) -> Counter[tuple[UUID, str]]:
    topics = ("case.case_reopened", None, "case.case_reopened", "case.measure_suspended")
    return Counter(
        (case_id, topic) for number, case_id in enumerate(cases) if (topic := topics[number % 4]) is not None
    )


def test_all_cases_of_a_false_owner_are_reopened_and_public(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reopening, "PAGE", 5)
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    cases = write_many(casework.log, 12)
    other = write_case(casework.log, history(0, 77, "w-other"))
    assert follow(casework, follow_ups) == {}
    find(casework)
    assert follow(casework, follow_ups) == {DONE: 9, UNTOUCHED: 3}
    assert followed(casework.log) == expected_of(cases)
    assert {loaded(casework, case_id).availability for case_id in cases} == {Availability.PUBLIC}
    assert [loaded(casework, case_id).procedure for case_id in cases[:4]] == [
        Procedure.ADJUDICATION,
        Procedure.PRESUMED_LAWFUL,
        Procedure.ADJUDICATION,
        Procedure.ADJUDICATION,
    ]
    assert loaded(casework, other).availability is Availability.BLOCKED
    seen = progress(follow_ups)
    assert (seen.cause, seen.state) == (ReopeningCause.OWNERSHIP_FALSE, FINISHED)
    assert (seen.total, seen.done, seen.untouched, seen.failed) == (12, 9, 3, 0)
    before = written(site.parts.engine)
    assert follow(casework, follow_ups) == {}
    assert written(site.parts.engine) == before


@on_sqlite
def test_the_claimant_is_warned_once(site: Site) -> None:
    casework = site.parts.casework
    cases = write_many(casework.log, 2)
    find(casework)
    follow(casework, site.parts.follow_ups)
    (warned,) = casework.ledgers.party_history(Role.RIGHT_HOLDER, CLAIMANT)
    assert (warned.event.TOPIC, warned.by.id, warned.cause) == (
        "party.conduct_warned",
        OFFICER.id,
        "work.ownership_found_false",
    )
    assert set(warned.event.cases) == set(cases)  # type: ignore[attr-defined]


def test_a_case_that_comes_in_late_is_reached_and_then_no_more(site: Site) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    write_many(casework.log, 1)
    find(casework)
    follow(casework, follow_ups)
    # Its decision was being taken while the finding was recorded.
    late = write_case(casework.log, history(0, 501))
    casework.views.catch_up()
    assert follow(casework, follow_ups) == {DONE: 1}
    assert loaded(casework, late).availability is Availability.PUBLIC
    site.clock.advance(LATE)
    assert follow_ups.running() == []


@on_sqlite
def test_a_finding_that_is_taken_back_stops_it(site: Site) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    cases = write_many(casework.log, 2)
    casework.ledgers.handle_work(WORK, WithdrawReference(grounds=samples.reference("gone")), OFFICER)
    casework.ledgers.handle_work(WORK, ReinstateReference(grounds=samples.reference("again")), OFFICER)
    find(casework)
    back = ConfirmOwnership(claimant=CLAIMANT, finding=samples.reference("back"))
    casework.ledgers.handle_work(WORK, back, OFFICER)
    assert follow(casework, follow_ups) == {}
    assert [one.state for one in reopenings(follow_ups, WORK)] == [TAKEN_BACK, TAKEN_BACK]
    assert loaded(casework, cases[0]).availability is Availability.BLOCKED


@on_sqlite
def test_a_case_that_fails_is_shown_and_tried_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    cases = write_many(casework.log, 4)
    find(casework)
    handle = casework.handle

    def failing(case_id: UUID, *arguments: object, **more: object) -> object:
        if case_id == cases[0]:
            raise RuntimeError("secret words")
        return handle(case_id, *arguments, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(casework, "handle", failing)
        assert follow(casework, follow_ups) == {DONE: 2, UNTOUCHED: 1, FAILED: 1}
        seen = progress(follow_ups)
        assert (seen.state, seen.failed, seen.seen) == (FINISHED, 1, 4)
        assert [(one.case_id, one.problem, one.attempts) for one in seen.failures] == [(cases[0], "RuntimeError", 1)]
        site.clock.advance(FIRST_PAUSE)
        assert follow(casework, follow_ups) == {FAILED: 1}
    assert follow(casework, follow_ups) == {}, "it is left alone for a while"
    site.clock.advance(FIRST_PAUSE * 2)
    assert follow(casework, follow_ups) == {DONE: 1}
    seen = progress(follow_ups)
    assert (seen.done, seen.untouched, seen.failed) == (3, 1, 0)


@on_sqlite
def test_a_worker_that_stops_in_a_page_goes_on_without_counting_twice(site: Site) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    cases = write_many(casework.log, 8)
    find(casework)
    looks = iter([False] * 7)
    assert follow(casework, follow_ups, stopped=lambda: next(looks, True)) == {}
    assert 0 < sum(followed(casework.log).values()) < 6
    assert progress(follow_ups).seen == 0
    assert follow(casework, follow_ups) == {DONE: 6, UNTOUCHED: 2}
    assert followed(casework.log) == expected_of(cases)
    assert progress(follow_ups).seen == 8


@on_sqlite
def test_somebody_who_reopened_a_case_before_is_not_in_the_way(site: Site) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    (case_id,) = write_many(casework.log, 1)
    reasons = samples.reference("by hand")
    casework.handle(case_id, ReopenCase(cause=ReopeningCause.NEW_EVIDENCE, reasons=reasons), OFFICER)
    find(casework)
    assert follow(casework, follow_ups) == {DONE: 1}
    assert loaded(casework, case_id).availability is Availability.PUBLIC
    assert len(loaded(casework, case_id).appeals) == 1, "the review that was open goes on"


# Orders


def on_upload(log: EventLog, share: str, decision_id: str, **changes: Any) -> UUID:
    about: dict[str, Any] = {"upload__id": "up-x", **changes}
    return write_case(log, (samples.recorded(share, decision_id, **about),))


def receive(
    casework: Casework,
    case_id: UUID,
    availability: Availability,
    words: str = "order",
    until: timedelta | None = None,
    by: Actor = OFFICER,
) -> None:
    ends = None if until is None else casework.clock.now() + until
    command = ReceiveOrder.model_validate(
        {
            "forum": OutsideForum.COURT,
            "interim": True,
            "availability": availability,
            "words": samples.reference(words),
            "until": ends,
        }
    )
    casework.handle(case_id, command, by)


def test_an_order_reaches_every_case_of_the_upload_and_falls_in_all(site: Site) -> None:
    casework, follow_ups = site.parts.casework, site.parts.follow_ups
    first = on_upload(casework.log, "0.40", "one", work__id="w-1")
    second = on_upload(casework.log, "0.93", "two", work__id="w-2")
    elsewhere = on_upload(casework.log, "0.40", "three", work__id="w-1", upload__version=2)
    casework.views.catch_up()
    receive(casework, first, Availability.BLOCKED)
    assert follow(casework, follow_ups) == {DONE: 1, UNTOUCHED: 1}
    assert loaded(casework, first).availability is Availability.BLOCKED
    assert loaded(casework, second).orders[0].words == samples.reference("order")
    assert loaded(casework, elsewhere).availability is Availability.PUBLIC
    assert loaded(casework, second).orders[0].received_at == loaded(casework, first).orders[0].received_at
    site.clock.advance(timedelta(hours=1))
    receive(casework, second, Availability.PUBLIC, "a later one")
    follow(casework, follow_ups)
    assert {loaded(casework, one).availability for one in (first, second)} == {Availability.PUBLIC}
    casework.handle(first, LiftOrder(order=2), OFFICER)
    follow(casework, follow_ups)
    assert {loaded(casework, one).availability for one in (first, second)} == {Availability.BLOCKED}
    casework.handle(second, LiftOrder(order=1 if loaded(casework, second).orders[0].lifted_at is None else 2), OFFICER)
    follow(casework, follow_ups)
    assert loaded(casework, first).availability is Availability.PUBLIC
    assert loaded(casework, second).availability is Availability.BLOCKED, "by the band"
    before = written(site.parts.engine)
    follow(casework, follow_ups)
    assert written(site.parts.engine) == before


def test_what_the_intake_knows_of_orders(site: Site) -> None:
    casework = site.parts.casework
    case_id = on_upload(casework.log, "0.40", "one", work__id="w-1")
    claim = claim_on("up-x")
    assert casework.ledgers.known_of([claim])[0].order is None
    receive(casework, case_id, Availability.BLOCKED, until=timedelta(days=1))
    known = casework.ledgers.known_of([claim, claim_on("up-y"), claim_on("up-x", 2)])
    assert [one.order and one.order.availability for one in known] == [Availability.BLOCKED, None, None]
    site.clock.advance(timedelta(days=1))
    assert casework.ledgers.known_of([claim])[0].order is None, "its own time is over"


def claim_on(upload: str, version: int = 1) -> Claim:
    return Claim(samples.UPLOADER.id, CLAIMANT, "w-2", UploadVersion(upload, version))


# Bulk and faults


def test_pages_read_an_index(postgresql_site: Site) -> None:
    views = postgresql_site.parts.casework.views
    write_many(postgresql_site.parts.casework.log, 40)
    views.catch_up()
    with views.engine.connect() as connection:
        tables = views.tables("cases")
        page = list_cases_of(connection, tables, CasesOf(work=WORK), after=0, limit=10)
        assert [one[0] for one in page] == [UUID(int=number + 1) for number in range(10)]
        connection.execute(sa.text("SET enable_seqscan = off"))
        name = tables["cases"].name
        query = f"EXPLAIN SELECT case_id FROM {name} WHERE work_id = 'w' AND opened > 5 ORDER BY opened LIMIT 9"
        plan = "\n".join(row[0] for row in connection.execute(sa.text(query)))
    assert "Index Cond: ((work_id = 'w'::text) AND (opened > 5))" in plan
    assert "Sort" not in plan


def test_each_case_once_although_workers_are_killed(
    database_url: DatabaseUrl, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Two real workers at a time, killed by SIGKILL while some dozens of cases are reopened."""
    chance = random.Random(7)
    parts = build_parts(settings_for(database_url))
    log = parts.casework.log
    begin(parts.engine, log, ALL_OVER)
    count = CASES
    assert count % 4 == 0
    cases = write_many(log, count)
    expected = expected_of(cases)
    parts.casework.ledgers.handle_work(WORK, FIND, Actor(role=Role.COMPLIANCE, id="c-1"))
    start = written(parts.engine)
    killed = 0
    with ended(Workers(environment_for(database_url, tmp_path, environment), tmp_path)) as workers:
        while sum(followed(log).values()) < sum(expected.values()) * 2 // 3 and killed < KILLS:
            workers.start()
            wait_for(parts.engine, written(parts.engine) + chance.randint(3, 15))
            workers.kill(chance.uniform(0, 0.02))
            killed += 1
        assert killed >= 2, "the workers were too quick to be killed"
        assert followed(log) != expected, "nothing was left to do after the last kill"
        workers.start()
        until = time.monotonic() + 180
        while progress(parts.follow_ups).finished_at is None or followed(log) != expected:
            assert time.monotonic() < until, progress(parts.follow_ups)
            time.sleep(0.1)
    assert followed(log) == expected
    assert written(parts.engine) > start
    seen = progress(parts.follow_ups)
    told = (seen.state, seen.total, seen.done, seen.untouched, seen.failed)
    assert told == (FINISHED, count, count * 3 // 4, count // 4, 0)
    parts.close()
