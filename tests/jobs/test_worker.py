"""The worker catches up, seats who waits, and outlives its database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.database import DatabaseUnavailable, DatabaseUrl
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Role
from casework.jobs.worker import Background, Worker, seat_waiting, sign_now_and_then
from tests import samples
from tests.web import Site


def contested_case(site: Site) -> UUID:
    """A blocked upload whose uploader contests; nobody is there yet to review it."""
    casework = site.parts.casework
    (answer,) = site.parts.intake.take(
        [samples.decision_line(decided_at=site.clock.now().isoformat())], samples.MATCHER
    )
    assert answer.case_id is not None
    uploader = Actor(role=Role.UPLOADER, id=casework.case(answer.case_id).uploader)
    casework.handle(answer.case_id, samples.to_contest(), uploader)
    return answer.case_id


@contextmanager
def working(worker: Worker) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def until_caught_up(casework: Casework) -> None:
    deadline = time.monotonic() + 15
    while any(status.lag for status in casework.views.status()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_seats_nobody_while_both_sides_may_comment(site: Site) -> None:
    case_id = contested_case(site)
    site.account(Role.REVIEWER)
    site.account(Role.REVIEWER)
    site.clock.advance(timedelta(hours=72) - timedelta(seconds=1))
    assert seat_waiting(site.parts.casework) == 0
    assert site.parts.casework.case(case_id).procedure is Procedure.ADJUDICATION
    site.clock.advance(timedelta(seconds=1))
    assert seat_waiting(site.parts.casework) == 1


def test_seats_a_panel_as_soon_as_enough_reviewers_are_able(site: Site) -> None:
    case_id = contested_case(site)
    casework = site.parts.casework
    site.account(Role.REVIEWER)
    site.clock.advance(timedelta(hours=72))
    assert seat_waiting(casework) == 0
    assert casework.case(case_id).procedure is Procedure.ADJUDICATION
    site.account(Role.REVIEWER)
    assert seat_waiting(casework) == 1
    assert casework.case(case_id).procedure is Procedure.PANEL
    assert len(casework.case(case_id).panel) == 2
    assert seat_waiting(casework) == 0
    owed = {one.id: one.load for one in site.parts.accounts.candidates()}
    assert set(owed.values()) == {1}


def test_catches_up_what_nobody_waited_for(site: Site) -> None:
    lines: list[Any] = [samples.decision_line(decision_id=f"eng-{number}") for number in range(20)]
    list(site.parts.intake.take(lines, samples.MATCHER))
    with working(Worker(lambda: site.parts.background, catch_up_seconds=0.01)):
        until_caught_up(site.parts.casework)
        list(site.parts.intake.take([samples.decision_line(decision_id="one-more")], samples.MATCHER))
        until_caught_up(site.parts.casework)


def test_goes_on_after_all_its_connections_were_cut(postgresql_url: DatabaseUrl, postgresql_site: Site) -> None:
    site = postgresql_site
    address = postgresql_url.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with working(Worker(lambda: site.parts.background, catch_up_seconds=0.01)):
        for number in range(3):
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            for _attempt in range(10):
                try:
                    list(site.parts.intake.take([samples.decision_line(decision_id=f"eng-{number}")], samples.MATCHER))
                    break
                except DatabaseUnavailable:
                    time.sleep(0.05)
            until_caught_up(site.parts.casework)
    assert site.parts.casework.log.head() == 3


def test_waits_for_a_database_that_is_not_there_yet_and_survives_faults(sqlite_site: Site) -> None:
    answers: list[Any] = [DatabaseUnavailable("not yet"), RuntimeError("odd"), sqlite_site.parts.background]

    def build() -> Background:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    list(sqlite_site.parts.intake.take([samples.decision_line()], samples.MATCHER))
    with structlog.testing.capture_logs() as logged, working(Worker(build, catch_up_seconds=0.01)):
        until_caught_up(sqlite_site.parts.casework)
    assert [entry["event"] for entry in logged][:3] == [
        "worker_waits_for_database",
        "worker_fault",
        "worker_started",
    ]


def test_signs_a_checkpoint_each_hour_in_which_the_log_has_grown(sqlite_site: Site) -> None:
    site, proofs = sqlite_site, sqlite_site.parts.proofs
    sign_now_and_then(proofs)
    assert proofs.keys.listed() == (), "nothing to sign yet"
    contested_case(site)
    sign_now_and_then(proofs)
    first = proofs.latest()
    assert first.size == proofs.size() == 2
    site.clock.advance(timedelta(hours=2))
    sign_now_and_then(proofs)
    assert proofs.latest() == first, "the log has not grown"
    samples_taken = site.parts.intake.take([samples.decision_line(decision_id="eng-2")], samples.MATCHER)
    assert [answer.status for answer in samples_taken] == ["created"]
    sign_now_and_then(proofs)
    assert proofs.signed(3) is not None
    with site.parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE signed_checkpoints SET root = :root"), {"root": bytes(32)})
    list(site.parts.intake.take([samples.decision_line(decision_id="eng-3")], samples.MATCHER))
    site.clock.advance(timedelta(hours=2))
    with structlog.testing.capture_logs() as told:
        sign_now_and_then(proofs)
    assert [one["event"] for one in told if one["log_level"] == "error"] == ["log_differs"]
    assert proofs.signed(4) is None
