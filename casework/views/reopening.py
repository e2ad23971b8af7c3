"""How far the reopening of a work's cases has come, as the API and the compliance desk show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.domain.values import ReopeningCause
from casework.domain.work.events import OwnershipFoundFalse, ReferenceWithdrawn
from casework.domain.work.state import work_stream
from casework.jobs.follow_ups import CaseFailure, FollowUp, FollowUps

RUNNING, FINISHED, TAKEN_BACK = "running", "finished", "taken_back"

_CAUSES = {
    OwnershipFoundFalse.TOPIC: ReopeningCause.OWNERSHIP_FALSE,
    ReferenceWithdrawn.TOPIC: ReopeningCause.REFERENCE_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ReopeningView:
    """One finding and its cases; ``failures`` are at most a hundred of the ``failed``."""

    cause: ReopeningCause
    state: str
    begun_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    untouched: int
    failed: int
    failures: Sequence[CaseFailure]

    @property
    def seen(self) -> int:
        """Cases that were looked at, of ``total``."""
        return self.done + self.untouched + self.failed


def reopenings(follow_ups: FollowUps, work: str) -> list[ReopeningView]:
    """All findings about a work that reopen cases, the latest first."""
    return [_view(follow_ups, one) for one in follow_ups.of_stream(work_stream(work), tuple(_CAUSES))]


def _view(follow_ups: FollowUps, one: FollowUp) -> ReopeningView:
    state = RUNNING if one.finished_at is None else TAKEN_BACK if one.taken_back else FINISHED
    failed = follow_ups.count_failures(one)
    return ReopeningView(
        cause=_CAUSES[one.topic],
        state=state,
        begun_at=one.begun_at,
        finished_at=one.finished_at,
        total=max(one.total, one.done + one.untouched + failed),
        done=one.done,
        untouched=one.untouched,
        failed=failed,
        failures=follow_ups.failures(one),
    )
