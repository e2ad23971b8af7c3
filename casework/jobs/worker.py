"""The work that nobody waits for: read models are caught up, what is due is fired, and free seats are filled.

Any number of workers may run; each only speeds up what the others would do. A database that goes away is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from uuid import UUID

import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.database import DatabaseUnavailable
from casework.domain.facts import Refused
from casework.eventlog.store import Conflict
from casework.jobs.deadline_failures import DeadlineFailures
from casework.jobs.deadlines import expire_due
from casework.jobs.follow_ups import FollowUps
from casework.jobs.reopening import follow
from casework.log_proofs import LogProofs, LogShorter
from casework.quarantine import Quarantine
from casework.simulated_time import is_simulated
from casework.views.models.cases import count_owed, list_owed, list_waiting_for_seats
from casework.views.models.log_tree import RootDiffers

CATCH_UP_SECONDS = 0.5
LOOK_SECONDS = 60.0
"""How often deadlines and free seats are looked for; at the start of a worker at once."""

LOOK_SECONDS_SIMULATED = 2.0
"""The same where time is simulated and may jump."""

LONGEST_PAUSE_SECONDS = 15.0

SIGN_AFTER = timedelta(hours=1)
"""How long a log that grows goes without a signed checkpoint."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Background:
    """What a worker works with."""

    casework: Casework
    failures: DeadlineFailures
    follow_ups: FollowUps
    proofs: LogProofs
    quarantine: Quarantine


class Worker:
    """Works for one application until told to stop."""

    def __init__(
        self,
        build: Callable[[], Background],
        *,
        catch_up_seconds: float = CATCH_UP_SECONDS,
        look_seconds: float | None = None,
    ) -> None:
        """``build`` makes the application; it is called again and again while the database is away."""
        self._build = build
        self._catch_up_seconds = catch_up_seconds
        self._look_seconds = look_seconds
        self._background: Background | None = None
        self._look_at = 0.0

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set. Nothing that goes wrong ends the work: it is logged and tried again."""
        pause = self._catch_up_seconds
        while not stop.is_set():
            try:
                self.work(stop)
                pause = self._catch_up_seconds
            except (DatabaseUnavailable, sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.warning("worker_waits_for_database", kind=type(error).__name__, seconds=pause)
            except Exception as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.error("worker_fault", exc_info=error)
            stop.wait(pause)

    def work(self, stop: Event) -> None:
        """One round: catch up, go on with what concerns many cases, and at times fire what is due and fill seats."""
        if self._background is None:
            self._background = self._build()
            logger.info("worker_started")
        casework, failures = self._background.casework, self._background.failures
        casework.views.catch_up()
        follow(casework, self._background.follow_ups, stopped=stop.is_set)
        if time.monotonic() >= self._look_at:
            pause = LOOK_SECONDS_SIMULATED if is_simulated(casework.clock) else LOOK_SECONDS
            self._look_at = time.monotonic() + (self._look_seconds or pause)
            done = expire_due(casework, failures, stopped=stop.is_set)
            if done.fired or done.failed:
                logger.info("deadlines_looked_at", fired=done.fired, failed=done.failed, escalated=done.escalated)
            when_reviewer_unavailable_release(casework)
            seat_waiting(casework)
            sign_now_and_then(self._background.proofs)
            self._background.quarantine.forget()


def sign_now_and_then(proofs: LogProofs) -> None:
    """Sign a checkpoint each hour in which the log has grown, so that it is bound even where nobody asks."""
    try:
        signed = proofs.sign_after(SIGN_AFTER)
    except (RootDiffers, LogShorter) as error:
        logger.error("log_differs", reason=str(error))
    else:
        if signed is not None:
            logger.info("checkpoint_signed", size=signed.size)


def when_reviewer_unavailable_release(casework: Casework) -> int:
    """Free the seats of reviewers whose account was closed or who got a conflict with a party; how many (E3).

    The read model says where to look, the case itself whether anything is to be done.
    """
    views = casework.views
    able = {one.id: one for one in casework.roster.candidates()}
    doubtful: set[UUID] = set()
    with views.engine.connect() as connection:
        tables = views.tables("cases")
        for reviewer, owed in count_owed(connection, tables).items():
            if reviewer in able and not able[reviewer].conflicts:
                continue
            conflicts = able[reviewer].conflicts if reviewer in able else None
            for row in list_owed(connection, tables, reviewer, limit=owed):
                if conflicts is None or conflicts & {row.uploader, row.right_holder}:
                    doubtful.add(row.case_id)
    released = 0
    for case_id in sorted(doubtful):
        try:
            released += casework.release_unavailable(case_id)
        except (Refused, Conflict) as error:
            logger.info("release_postponed", case=str(case_id), kind=type(error).__name__)
    return released


def seat_waiting(casework: Casework) -> int:
    """Seat the panels and third reviewers that are due; how many were seated.

    The read model says where to look, the case itself whether anything is to be done.
    """
    views = casework.views
    with views.engine.connect() as connection:
        due = list_waiting_for_seats(connection, views.tables("cases"), now=casework.clock.now())
    seated = 0
    for case_id in (row.case_id for row in due):
        try:
            handled = casework.seat(case_id)
        except Refused as refused:
            logger.info("seating_not_due", case=str(case_id), code=refused.code)
        except Conflict:
            logger.info("seating_postponed", case=str(case_id))
        else:
            seated += handled is not None and bool(handled.events)
    return seated
