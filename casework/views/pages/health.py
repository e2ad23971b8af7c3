"""For whoever watches over the processes: whether this one is up, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from casework.application import Casework
from casework.database import DatabaseUnavailable, is_current, parse_database_url
from casework.jobs.deadline_failures import DeadlineFailures
from casework.settings import Settings
from casework.views.access.guard import PUBLIC

NOTABLE_LAG = 1000
"""Events by which a view is late before that is told. Less comes and goes by itself; and by a count that moves with
every event, anybody could see a sealed ruling come in (product.md E1)."""

NO_FORMS = {**PUBLIC, "exclude_from_csrf": True}


@get("/healthz", opt=NO_FORMS, sync_to_thread=False)
def show_healthz() -> dict[str, str]:
    """The process answers; says nothing of the database, whose absence no restart would cure."""
    return {"status": "up"}


@get("/readyz", opt=NO_FORMS, sync_to_thread=True)
def show_readyz(
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    deadline_failures: NamedDependency[DeadlineFailures],
) -> Response[dict[str, Any]]:
    """The database is reachable and of this build, and no view is stuck; with each view's notable lag in events.

    A deadline that fails is told too, but it is no reason to take the site away: everything else works.
    """
    problems: list[str] = []
    views: list[dict[str, Any]] = []
    failing = 0
    try:
        if not is_current(parse_database_url(settings.database_url)):
            problems.append("database_not_migrated")
        for status in casework.views.status():
            views.append({"name": status.name, "lag": status.lag if status.lag >= NOTABLE_LAG else 0})
            if status.stuck_at is not None:
                problems.append(f"view_stuck:{status.name}")
        if not problems:
            failing = deadline_failures.count()
    except DatabaseUnavailable:
        problems.append("database_unavailable")
    content: dict[str, Any] = {"status": "not_ready" if problems else "ready", "problems": problems, "views": views}
    content["failing_deadlines"] = failing
    return Response(content, status_code=HTTP_503_SERVICE_UNAVAILABLE if problems else HTTP_200_OK)


HANDLERS = (show_healthz, show_readyz)
