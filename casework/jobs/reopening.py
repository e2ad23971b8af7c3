"""Carries one event to the many cases that it concerns: false ownership, a withdrawn reference, an order on an upload.

A durable process: the event is noted with a place to go on from, cases are taken by the page, and each gets the
command of the policy under an id derived from the event. Workers may do this at once and die at any moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import NAMESPACE_OID, UUID, uuid5

import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.database import DatabaseUnavailable
from casework.domain.case.evolution import fold
from casework.domain.case.state import Case
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.policies import (
    GroundGone,
    ground_is_gone,
    when_audit_disagreement_found_reopen_case,
    when_ownership_found_false_reopen_cases,
    when_ownership_found_false_warn_claimant,
    when_upload_order_lifted_release_cases,
    when_upload_ordered_bind_cases,
)
from casework.domain.sample.events import AuditDisagreementFound
from casework.domain.upload.events import UploadEvent, UploadOrdered, UploadOrderLifted
from casework.domain.work.events import OwnershipFoundFalse, ReferenceWithdrawn
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Conflict
from casework.jobs.follow_ups import FollowUp, FollowUps
from casework.ledgers import UploadVersion
from casework.streams import CLOCK
from casework.views.models.cases import CasesOf, count_cases_of, list_cases_of

PAGE = 100
"""Cases taken at once: what a worker that is killed does again at most."""

REOPENING_TOPICS = (OwnershipFoundFalse.TOPIC, ReferenceWithdrawn.TOPIC)
TOPICS = (*REOPENING_TOPICS, UploadOrdered.TOPIC, UploadOrderLifted.TOPIC, AuditDisagreementFound.TOPIC)
"""The events that concern many cases, and the one of an audit that concerns another stream's case."""

DONE, UNTOUCHED, FAILED = "done", "untouched", "failed"

_NAMESPACE = uuid5(NAMESPACE_OID, "casework follow-up")

logger = structlog.get_logger()


class _NothingToDo(Exception):
    """The case, looked at once more, needs nothing."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """An event, whether it still counts, and what it wants of a case."""

    recorded: Recorded
    counts: bool
    wish: Callable[[UUID, Case], Command | None]

    def command_id(self, case_id: UUID) -> str:
        """Always the same, so that the log recognises a repeat."""
        return uuid5(_NAMESPACE, f"{self.recorded.stream.hex} {self.recorded.version} {case_id.hex}").hex


def follow(casework: Casework, follow_ups: FollowUps, *, stopped: Callable[[], bool] = bool) -> Mapping[str, int]:
    """Note what is new and go on with all that is not finished; how many cases were done, untouched, failed.

    A case that fails is put off and the others go on. Raises only what concerns the database itself.
    """
    following = _Following(casework, follow_ups, stopped)
    following.note_new()
    for one in follow_ups.running():
        following.go_on(one)
    for one, case_id in () if stopped() else follow_ups.to_try_again():
        following.try_again(one, case_id)
    return following.results


class _Following:
    """One round."""

    def __init__(self, casework: Casework, follow_ups: FollowUps, stopped: Callable[[], bool]) -> None:
        self._casework = casework
        self._follow_ups = follow_ups
        self._stopped = stopped
        self.results: Counter[str] = Counter()

    def note_new(self) -> None:
        """Events that nobody has noted yet, with the number of their cases."""
        new = self._casework.log.of_topics(TOPICS, after=self._follow_ups.last_position())
        if not new:
            return
        views = self._casework.views
        views.catch_up(["cases"], until=new[-1].position)
        with views.engine.connect() as connection:
            tables = views.tables("cases")
            self._follow_ups.note([(one, count_cases_of(connection, tables, cases_of(one.event))) for one in new])

    def go_on(self, one: FollowUp) -> None:
        """Page by page until no case is left."""
        while not self._stopped():
            cause = self._cause(one)
            if not cause.counts:
                self._follow_ups.finish(one, taken_back=True)
                return
            page = self._page(one, cause)
            if not page:
                self._follow_ups.finish(one)
                return
            found = self._take([case_id for case_id, _place in page], one, cause)
            if found is None:
                return
            self._warn(cause, [case_id for case_id, _place in page])
            self._casework.views.catch_up()
            self._follow_ups.advance(one, page[-1][1], done=found[DONE], untouched=found[UNTOUCHED])
            self.results += found
            if one.finished_at is None:
                logger.info("followed_up", topic=one.topic, stream=str(one.stream), **found)
            one = next(same for same in self._reload(one) if same.version == one.version)

    def try_again(self, one: FollowUp, case_id: UUID) -> None:
        """A case that failed before."""
        cause = self._cause(one)
        history = self._casework.log.load(case_id)
        result = self._one(case_id, history, one, cause) if cause.counts else UNTOUCHED
        if result != FAILED:
            self._follow_ups.settled(one, case_id, done=result == DONE)
        self.results[result] += 1

    def _reload(self, one: FollowUp) -> Sequence[FollowUp]:
        return self._follow_ups.of_stream(one.stream, (one.topic,))

    def _page(self, one: FollowUp, cause: _Cause) -> Sequence[tuple[UUID, int]]:
        views = self._casework.views
        if one.finished_at is None:
            views.catch_up(["cases"], until=one.position)
        with views.engine.connect() as connection:
            wanted = cases_of(cause.recorded.event)
            return list_cases_of(connection, views.tables("cases"), wanted, after=one.place, limit=PAGE)

    def _take(self, page: Sequence[UUID], one: FollowUp, cause: _Cause) -> Counter[str] | None:
        """What became of the cases of a page; ``None`` when the worker is to stop before its end."""
        histories = self._casework.log.load_many(page)
        found: Counter[str] = Counter()
        for case_id in page:
            if self._stopped():
                return None
            found[self._one(case_id, histories[case_id], one, cause)] += 1
        return found

    def _one(self, case_id: UUID, history: Sequence[Recorded], one: FollowUp, cause: _Cause) -> str:
        command_id = cause.command_id(case_id)
        if any(recorded.command == command_id for recorded in history):
            return DONE
        case = fold(history)
        if case is None or cause.wish(case_id, case) is None:
            return UNTOUCHED
        where = {"case": str(case_id), "topic": one.topic}

        def build(fresh: Case) -> Command:
            wish = cause.wish(case_id, fresh)
            if wish is None:
                raise _NothingToDo
            return wish

        try:
            self._casework.handle(case_id, build, CLOCK, command_id=command_id, cause=one.topic, show=False)
        except _NothingToDo:
            return UNTOUCHED
        except (DatabaseUnavailable, sa.exc.OperationalError, sa.exc.InterfaceError):
            raise
        except Exception as error:  # whatever it is, one case must not stop the others
            problem = error.code if isinstance(error, Refused) else type(error).__name__
            self._follow_ups.failed(one, case_id, problem)
            if not isinstance(error, Refused | Conflict):
                logger.error("follow_up_failed", problem=problem, exc_info=error, **where)
            return FAILED
        return DONE

    def _cause(self, one: FollowUp) -> _Cause:
        """The event with the state that it stands in now."""
        recorded = next(each for each in self._casework.log.load(one.stream) if each.version == one.version)
        event = recorded.event
        if isinstance(event, OwnershipFoundFalse | ReferenceWithdrawn):
            gone: GroundGone = event
            counts = ground_is_gone(gone, self._casework.ledgers.work(event.work))
            return _Cause(
                recorded,
                counts,
                lambda _, case: when_ownership_found_false_reopen_cases(gone, case, recorded.recorded),
            )
        if isinstance(event, AuditDisagreementFound):
            audit = event
            return _Cause(
                recorded, audit.reopens, lambda _, case: when_audit_disagreement_found_reopen_case(audit, case)
            )
        upload_event = cast("UploadEvent", event)
        upload = self._casework.ledgers.upload(UploadVersion(upload_event.upload, upload_event.upload_version))
        if isinstance(event, UploadOrderLifted):
            lifted = event
            return _Cause(recorded, True, lambda _, case: when_upload_order_lifted_release_cases(lifted, upload, case))
        ordered, now = cast("UploadOrdered", event), self._casework.clock.now()
        return _Cause(
            recorded,
            upload.orders[ordered.order - 1].holds(now),
            lambda case_id, case: when_upload_ordered_bind_cases(ordered, upload, case_id, case, now),
        )

    def _warn(self, cause: _Cause, cases: Sequence[UUID]) -> None:
        """The claimant's ledger has an entry, also where the desk that recorded the finding failed before it."""
        event = cause.recorded.event
        if not isinstance(event, OwnershipFoundFalse):
            return
        ledgers = self._casework.ledgers
        ledger = ledgers.party(Role.RIGHT_HOLDER, event.claimant)
        warn = when_ownership_found_false_warn_claimant(event, ledger, cases, self._casework.clock.now())
        if warn is None:
            return
        by = cause.recorded.by
        key = cause.command_id(cause.recorded.stream)
        try:
            ledgers.handle_party(Role.RIGHT_HOLDER, event.claimant, warn, by, command_id=key, cause=event.TOPIC)
        except Refused as refused:
            logger.info("claimant_not_warned", code=refused.code)


def cases_of(event: Event) -> CasesOf:
    """Which cases an event of ``TOPICS`` concerns."""
    if isinstance(event, OwnershipFoundFalse):
        return CasesOf(work=event.work, right_holder=event.claimant)
    if isinstance(event, ReferenceWithdrawn):
        return CasesOf(work=event.work)
    if isinstance(event, AuditDisagreementFound):
        return CasesOf(case=event.case)
    upload: Any = event
    return CasesOf(upload=(upload.upload, upload.upload_version))
