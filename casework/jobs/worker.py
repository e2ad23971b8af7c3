"""The work that nobody waits for: read models are caught up, and panels are seated once enough reviewers are able.

Any number of workers may run; each only speeds up what the others would do. A database that goes away is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.database import DatabaseUnavailable
from casework.domain.facts import Refused
from casework.eventlog.store import Conflict
from casework.views.models.cases import list_waiting_for_seats

CATCH_UP_SECONDS = 0.5
SEAT_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 15.0

logger = structlog.get_logger()


class Worker:
    """Works for one application until told to stop."""

    def __init__(
        self,
        build: Callable[[], Casework],
        *,
        catch_up_seconds: float = CATCH_UP_SECONDS,
        seat_seconds: float = SEAT_SECONDS,
    ) -> None:
        """``build`` makes the application; it is called again and again while the database is away."""
        self._build = build
        self._catch_up_seconds = catch_up_seconds
        self._seat_seconds = seat_seconds
        self._casework: Casework | None = None
        self._seat_at = 0.0

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set. Nothing that goes wrong ends the work: it is logged and tried again."""
        pause = self._catch_up_seconds
        while not stop.is_set():
            try:
                self.work()
                pause = self._catch_up_seconds
            except (DatabaseUnavailable, sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.warning("worker_waits_for_database", kind=type(error).__name__, seconds=pause)
            except Exception as error:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                logger.error("worker_fault", exc_info=error)
            stop.wait(pause)

    def work(self) -> None:
        """One round: catch up, and when it is time again, seat who waits."""
        if self._casework is None:
            self._casework = self._build()
            logger.info("worker_started")
        self._casework.views.catch_up()
        if time.monotonic() >= self._seat_at:
            self._seat_at = time.monotonic() + self._seat_seconds
            seat_waiting(self._casework)


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
