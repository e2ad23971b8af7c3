"""``/works/{work_id}/reopening``: how far the reopening of a work's cases has come after a finding (B3)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from casework.jobs.follow_ups import FollowUps
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented
from casework.views.api.sanctions import require_staff
from casework.views.api.works import read_work_id
from casework.views.reopening import reopenings


class FailedCase(msgspec.Struct, frozen=True):
    """A case that could not be reopened so far: ``problem`` is a code; it is tried again at ``next_at``."""

    case_id: UUID
    problem: str
    attempts: int
    next_at: datetime


class Reopening(msgspec.Struct, frozen=True):
    """One finding. ``state``: ``running``, ``finished``, or ``taken_back``; ``total`` is the number of cases at first.

    ``reopened`` counts cases that were reopened, or public again under an open review; ``untouched`` needed nothing.
    """

    cause: str
    state: str
    begun_at: datetime
    finished_at: datetime | None
    total: int
    reopened: int
    untouched: int
    failed: int
    failures: list[FailedCase]


class ReopeningAnswer(msgspec.Struct, frozen=True):
    """The findings about a work that reopen cases, the latest first."""

    work: str
    reopenings: list[Reopening]
    links: dict[str, str]


@get(
    "/works/{work_id:str}/reopening",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_reopening(
    follow_ups: NamedDependency[FollowUps], caller: NamedDependency[Caller], work_id: FromPath[str]
) -> ReopeningAnswer:
    """Progress of reopening all cases of a work whose ownership was found false or whose reference is gone.

    For staff. Empty where there was no such finding, and for a moment after one.
    """
    require_staff(caller)
    work = read_work_id(work_id)
    found = [
        Reopening(
            cause=one.cause.value,
            state=one.state,
            begun_at=one.begun_at,
            finished_at=one.finished_at,
            total=one.total,
            reopened=one.done,
            untouched=one.untouched,
            failed=one.failed,
            failures=[FailedCase(each.case_id, each.problem, each.attempts, each.next_at) for each in one.failures],
        )
        for one in reopenings(follow_ups, work)
    ]
    return ReopeningAnswer(work, found, {"self": f"/api/v1/works/{quote(work, safe='')}/reopening"})


HANDLERS = (get_reopening,)
