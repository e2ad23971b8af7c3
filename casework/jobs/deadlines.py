"""Fires what is due, in order: looks into the read model, sends the clock's command, and escalates what is late.

The read model only says where to look. Each command folds its case and decides again, by the log's optimistic
concurrency: so any number of workers may do this at once, any of them may die at any moment, and one that was away for
a day catches up in order. Every effect is in the log exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

import sqlalchemy as sa
import structlog

from casework.application import Casework, Handled
from casework.database import DatabaseUnavailable
from casework.domain.case.clock import ExpireDeadline
from casework.domain.case.events import DeadlinePassed, PriorReviewExpired
from casework.domain.case.seating import needs_seats, seats_due
from casework.domain.case.state import Case
from casework.domain.facts import Event, Refused
from casework.eventlog.store import Conflict
from casework.jobs.deadline_failures import NO_EFFECT, DeadlineFailures
from casework.streams import CLOCK
from casework.views.models.deadlines import Due, is_open, list_due

PAGE = 200
"""Deadlines looked up at once."""

_NAMESPACE = uuid5(NAMESPACE_OID, "casework deadline")
ESCALATED = (DeadlinePassed, PriorReviewExpired)

logger = structlog.get_logger()


@dataclass(slots=True)
class Fired:
    """What one pass did."""

    fired: int = 0
    failed: int = 0
    escalated: int = 0


def command_id(due: Due) -> str:
    """The id of the command that fires this deadline: always the same, so that the log recognises a repeat."""
    return uuid5(_NAMESPACE, f"{due.case_id.hex} {due.kind.value} {due.due_at.isoformat()}").hex


def expire_due(casework: Casework, failures: DeadlineFailures, *, stopped: Callable[[], bool] = bool) -> Fired:
    """Fire everything that is due now, the earliest first, until nothing is left; what that was.

    What follows from one deadline may be due already, as after a day without a worker: then it comes in its turn.
    A case that fails is put off and the others go on. Raises only what concerns the database itself.
    """
    casework.views.catch_up(["cases"])
    running = _Pass(casework, failures, stopped)
    while running.walk():
        pass
    if not stopped():
        running.forget_settled()
    return running.done


class _Pass:
    """One pass over what is due."""

    def __init__(self, casework: Casework, failures: DeadlineFailures, stopped: Callable[[], bool]) -> None:
        self._casework = casework
        self._failures = failures
        self._stopped = stopped
        self._known = failures.known()
        now = casework.clock.now()
        self._put_off = {due for due, next_at in self._known.items() if next_at > now}
        self._seen: set[Due] = set()
        self.done = Fired()

    def walk(self) -> bool:
        """Once from the earliest to the latest; whether anything was fired, so that something new may be due."""
        last: Due | None = None
        before = self.done.fired
        while page := self._page(last):
            for due in page:
                if self._stopped():
                    return False
                self._seen.add(due)
                if due not in self._put_off:
                    self._fire(due)
            last = page[-1]
        return self.done.fired > before

    def forget_settled(self) -> None:
        """Forget failures of deadlines that no case has any more: a step of somebody else has met or moved them."""
        for due in self._known.keys() - self._seen:
            self._failures.settled(due)

    def _page(self, after: Due | None) -> Sequence[Due]:
        views = self._casework.views
        with views.engine.connect() as connection:
            return list_due(connection, views.tables("cases"), self._casework.clock.now(), after=after, limit=PAGE)

    def _fire(self, due: Due) -> None:
        """One deadline: fired, found done already, or put off."""
        where = {"case": str(due.case_id), "kind": due.kind.value, "due_at": due.due_at.isoformat()}
        try:
            command = ExpireDeadline(kind=due.kind, due_at=due.due_at)
            handled = self._casework.handle(due.case_id, command, CLOCK, command_id=command_id(due))
        except (DatabaseUnavailable, sa.exc.OperationalError, sa.exc.InterfaceError):
            raise
        except Conflict:
            self._put_off.add(due)  # others write to this case all the time: the next pass comes back to it
            logger.info("deadline_postponed", **where)
        except Exception as error:  # whatever it is, one case must not stop the others
            problem = error.code if isinstance(error, Refused) else type(error).__name__
            self._count_failure(due, problem)
            logger.error("deadline_failed", problem=problem, exc_info=error, **where)
        else:
            self._handled(due, handled, where)

    def _handled(self, due: Due, handled: Handled, where: Mapping[str, str]) -> None:
        if handled.events:
            self.done.fired += 1
            logger.info("deadline_fired", effect=[event.TOPIC for event in handled.events], **where)
            case, events = handled.case, handled.events
            self.done.escalated += when_deadline_passed_escalate(self._casework, due.case_id, case, events)
        elif self._is_still_open(due, handled):
            self._count_failure(due, NO_EFFECT)
            logger.warning("deadline_without_effect", **where)
            return
        if due in self._known:
            self._failures.settled(due)

    def _is_still_open(self, due: Due, handled: Handled) -> bool:
        """Whether the read model, brought up to what was decided on, still has a deadline that the case has not."""
        views = self._casework.views
        views.catch_up(["cases"], until=handled.position)
        with views.engine.connect() as connection:
            return is_open(connection, views.tables("cases"), due)

    def _count_failure(self, due: Due, problem: str) -> None:
        self._failures.failed(due, problem)
        self._put_off.add(due)
        self.done.failed += 1


def when_deadline_passed_escalate(casework: Casework, case_id: UUID, case: Case, events: Sequence[Event]) -> bool:
    """What is late is escalated: flagged by the event itself, said in the log, and free seats are filled at once.

    The flag puts the case first in every queue and on the overview of compliance (E5). A worker that dies before the
    seats are filled leaves that to the pass that fills seats every minute.
    """
    late = [event for event in events if isinstance(event, ESCALATED)]
    if not late:
        return False
    logger.warning("deadline_escalated", case=str(case_id), due_at=late[0].due_at.isoformat())
    # Where seats are due by themselves, the step that has just been saved has tried to fill them.
    if needs_seats(case) and not seats_due(case, casework.standard_of(case), casework.clock.now()):
        try:
            casework.seat(case_id)
        except (Refused, Conflict) as error:
            logger.info("seating_left_to_worker", case=str(case_id), kind=type(error).__name__)
    return True
