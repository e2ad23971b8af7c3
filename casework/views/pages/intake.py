"""The intake desk: what waits for its check, what waits for its sender, and what waits for proof of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.engine import Connection, Row

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.filter_request.state import RequestStage
from casework.links import DecisionLinks
from casework.match_results import MatchResults
from casework.views import labels
from casework.views.access.guard import for_roles
from casework.views.language import gettext, ngettext
from casework.views.models.catch_up import Views
from casework.views.models.filter_requests import count_filter_requests
from casework.views.models.intake_queues import (
    count_cures,
    count_undelivered,
    list_checks,
    list_cures,
    list_undelivered,
)
from casework.views.models.queues import count_to_check
from casework.views.pages.compliance import named_case
from casework.views.presentation import RequiredAction
from casework.views.responses import render_page, see_other

PAGE = 20
"""Rows on one page of a queue."""

DESK = for_roles(Role.INTAKE, Role.COMPLIANCE)
QUEUES = ("all", "notices", "counter-notices", "cures", "deliveries")
AnyRequest = Request[Any, Any, Any]


@get("/intake", opt=DESK, sync_to_thread=True)
def show_desk(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    links: NamedDependency[DecisionLinks],
    match_results: NamedDependency[MatchResults],
    queue: Annotated[str, QueryParameter(name="queue")] = "all",
    after: Annotated[str, QueryParameter(name="after")] = "",
    wanted: Annotated[str, QueryParameter(name="q")] = "",
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[Any]:
    """One queue a page at a time; anything pasted that names a case leads straight to it."""
    wanted = "".join(sign for sign in wanted.strip()[:500] if sign.isprintable())
    found = named_case(casework, links, wanted) if wanted else None
    if found is not None:
        return see_other(request, f"/intake/cases/{found}")
    chosen = queue if queue in QUEUES else "all"
    now, tables = casework.clock.now(), casework.views.tables("cases")
    with casework.views.engine.connect() as connection:
        waiting = count_to_check(connection, tables)
        counts = {
            "all": waiting.notices + waiting.counter_notices,
            "notices": waiting.notices,
            "counter-notices": waiting.counter_notices,
            "cures": count_cures(connection, tables, now),
            "deliveries": count_undelivered(connection, tables),
        }
        rows = _rows(connection, tables, chosen, now, _cursor(after))
        requests = count_filter_requests(connection, casework.views.tables("filter_requests"))
    following = f"/intake?queue={chosen}&after={rows[PAGE - 1].case_id}" if len(rows) > PAGE else ""
    context = {
        "wide": True,
        "now": now,
        "quarantined": match_results.quarantine.count(),
        "filter_requests": requests.get(RequestStage.CHECK.value, 0),
        "chosen": chosen,
        "queues": [(name, title, counts[name]) for name, title in _titles().items()],
        "title": _titles()[chosen],
        "rows": [_line(row, chosen) for row in rows[:PAGE]],
        "first": f"/intake?queue={chosen}" if after else "",
        "following": following,
        "required": _required(counts["all"], waiting.oldest, now),
        "labels": labels,
        "q": wanted,
        "done": done,
    }
    return render_page(request, "pages/intake_desk.html", context, block="queue")


@get("/intake/next", opt=DESK, sync_to_thread=True)
def show_next(request: AnyRequest, views: NamedDependency[Views]) -> Response[Any]:
    """The case that comes first in the queue; the desk when there is none."""
    return see_other(request, next_address(views) or "/intake")


def next_address(views: Views, besides: UUID | None = None) -> str | None:
    """Where the next check is; ``besides`` is the case that was just decided, which the read model may still list."""
    with views.engine.connect() as connection:
        rows = list_checks(connection, views.tables("cases"), limit=2)
    return next((f"/intake/cases/{row.case_id}" for row in rows if row.case_id != besides), None)


def _cursor(after: str) -> UUID | None:
    try:
        return UUID(after)
    except ValueError:
        return None


def _rows(
    connection: Connection, tables: Mapping[str, Any], chosen: str, now: datetime, after: UUID | None
) -> list[Row[Any]]:
    if chosen == "cures":
        return list_cures(connection, tables, now, after=after, limit=PAGE + 1)
    if chosen == "deliveries":
        return list_undelivered(connection, tables, after=after, limit=PAGE + 1)
    subject = {"notices": "notice", "counter-notices": "counter_notice"}.get(chosen)
    return list_checks(connection, tables, subject=subject, after=after, limit=PAGE + 1)


def _titles() -> dict[str, str]:
    return {
        "all": gettext("To check"),
        "notices": gettext("Notices"),
        "counter-notices": gettext("Counter-notices"),
        "cures": gettext("Waiting for the sender"),
        "deliveries": gettext("Waiting for delivery"),
    }


def _line(row: Row[Any], chosen: str) -> dict[str, Any]:
    counter = row.to_check == "counter_notice"
    if chosen == "cures":
        counter = row.kind == "counter_notice_cure"
    return {
        "href": f"/intake/cases/{row.case_id}",
        "title": row.work_title,
        "upload": row.upload_id,
        "kind": gettext("Counter-notice") if counter or chosen == "deliveries" else gettext("Notice"),
        "trusted": row.notice_trusted and not counter and chosen != "deliveries",
        "since": row.to_check_since or row.notice_received_at,
        "due": row.due_at if chosen == "cures" else None,
        "availability": labels.availability_label(row.availability),
        "medium": labels.medium_label(row.medium),
    }


def _required(waiting: int, oldest: datetime | None, now: datetime) -> RequiredAction:
    if not waiting or oldest is None:
        return RequiredAction(gettext("Nothing to do: nothing waits for its check."), "", "done")
    text = ngettext("%(num)d item waits for its check.", "%(num)d items wait for their check.", waiting)
    days = (now - oldest).days
    detail = gettext("The law wants notices handled without delay; the oldest waits less than a day.")
    if days:
        detail = ngettext(
            "The law wants notices handled without delay; the oldest waits for %(num)d day.",
            "The law wants notices handled without delay; the oldest waits for %(num)d days.",
            days,
        ) % {"num": days}
    return RequiredAction(text % {"num": waiting}, detail, "mine")


HANDLERS = (show_desk, show_next)
