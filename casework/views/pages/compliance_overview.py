"""The first page of the compliance desk and the list of reviewers: numbers that never cost more with more cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any

import sqlalchemy as sa
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.engine import Connection, Row

from casework.application import Casework
from casework.domain.case.seating import Candidate
from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.jobs.deadline_failures import DeadlineFailures
from casework.match_results import MatchResults
from casework.settings import Settings
from casework.simulated_time import is_simulated
from casework.views import labels
from casework.views.access.accounts import Accounts
from casework.views.access.guard import for_roles
from casework.views.deadline_labels import deadline_label
from casework.views.formatting import format_datetime
from casework.views.language import gettext
from casework.views.models.cases import (
    count_backlog,
    count_tallies,
    list_on_linked,
    list_open_appeals,
    list_waiting_for_seats,
)
from casework.views.models.deadlines import list_due
from casework.views.models.queues import (
    count_queues,
    count_to_check,
    list_overdue,
    list_prior_reviews,
    list_waits,
)
from casework.views.responses import render_page

OFFICERS = for_roles(Role.COMPLIANCE)
SOON = timedelta(hours=48)
WAITING = 20
"""Cases without a panel that the overview lists."""

URGENT = 10
"""Open appeals that the overview lists, by deadline."""

_PROCEDURES = tuple(procedure.value for procedure in Procedure)
AnyRequest = Request[Any, Any, Any]


@get("/compliance", opt=OFFICERS, sync_to_thread=True)
def show_overview(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    accounts: NamedDependency[Accounts],
    settings: NamedDependency[Settings],
    deadline_failures: NamedDependency[DeadlineFailures],
    match_results: NamedDependency[MatchResults],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """Backlog, deadlines and what of them fails, cases that wait for reviewers, all cases by state, the read models."""
    now = casework.clock.now()
    candidates = accounts.candidates()
    tables = casework.views.tables("cases")
    with casework.views.engine.connect() as connection:
        backlog = count_backlog(connection, tables, now, SOON)
        tallies = count_tallies(connection, tables)
        waiting = list_waiting_for_seats(connection, tables, limit=WAITING + 1)
        reasons = [_why_waiting(connection, tables, row, candidates, now, settings.zone) for row in waiting[:WAITING]]
        due = list_waiting_for_seats(connection, tables, now=now, limit=WAITING + 1)
        urgent = list_open_appeals(connection, tables, limit=URGENT)
        queues = count_queues(connection, tables)
        to_check = count_to_check(connection, tables)
        overdue = list_overdue(connection, tables, limit=URGENT)
        prior = list_prior_reviews(connection, tables, limit=URGENT)
        waits = list_waits(connection, tables, limit=URGENT)
        near = list_due(connection, tables, now + SOON, limit=URGENT)
    outcomes, procedures = tallies["outcome"], tallies["procedure"]
    context = {
        "wide": True,
        "here": "overview",
        "now": now,
        "backlog": backlog,
        "waiting": list(zip(waiting[:WAITING], reasons, strict=True)),
        "more_waiting": len(waiting) > WAITING,
        "due": len(due),
        "urgent": urgent,
        "queues": queues,
        "to_check": to_check,
        "overdue": overdue,
        "prior": prior,
        "waits": waits,
        "near": near,
        "quarantined": match_results.quarantine.count(),
        "failing": deadline_failures.list_all(limit=URGENT),
        "deadline_label": deadline_label,
        "simulated": is_simulated(casework.clock),
        "outcomes": [(labels.outcome_label(code), outcomes.get(code, 0)) for code in _in_order(outcomes)],
        "procedures": [(labels.procedure_label(code), procedures.get(code, 0)) for code in _in_order(procedures)],
        "total": sum(outcomes.values()),
        "status": casework.views.status(),
        "reviewers": len(candidates),
        "labels": labels,
        "done": done,
    }
    return render_page(request, "pages/compliance_overview.html", context)


def _in_order(counted: Mapping[str, int]) -> list[str]:
    return [code for code in _PROCEDURES if counted.get(code)]


def _why_waiting(
    connection: Connection,
    tables: Mapping[str, sa.Table],
    row: Row[Any],
    candidates: Sequence[Candidate],
    now: datetime,
    zone: tzinfo,
) -> str:
    """Why nobody sits yet: both sides may still comment, or too few reviewers may sit."""
    if row.procedure == Procedure.ADJUDICATION.value and now < row.comments_until:
        until = format_datetime(row.comments_until, zone, zone=True)
        return gettext("Both sides may comment until %(moment)s") % {"moment": until}
    seats = tables["assignments"]
    given = sa.select(seats.c.reviewer).where(seats.c.case_id == row.case_id, seats.c.state == "given")
    barred = {one[0] for one in connection.execute(given)}
    barred |= set(list_on_linked(connection, tables, row.upload_id, row.work_id, row.case_id))
    barred |= {one.id for one in candidates if one.conflicts & {row.uploader, row.right_holder}}
    able = sum(one.id not in barred for one in candidates)
    needed = 1 if row.procedure == Procedure.RE_REVIEW.value else 2
    if able >= needed:
        return ""
    return gettext("Needs %(needed)s, but only %(able)s may sit on it") % {"needed": needed, "able": able}


@get("/compliance/people", opt=OFFICERS, sync_to_thread=True)
def show_people(request: AnyRequest, accounts: NamedDependency[Accounts]) -> Response[str]:
    """The reviewers with what they read and how much they owe; accounts are made by the command line."""
    candidates = {one.id: one for one in accounts.candidates()}
    people = [account for account in accounts.list_all() if Role.REVIEWER in account.roles]
    rows = [
        {
            "name": account.name,
            "languages": sorted(account.languages),
            "media": [labels.medium_label(one) for one in sorted(account.media)],
            "active": account.active,
            "load": candidates[account.id].load if account.id in candidates else None,
            "conflicts": sorted(candidates[account.id].conflicts) if account.id in candidates else None,
        }
        for account in sorted(people, key=lambda account: (not account.active, account.name))
    ]
    context = {"wide": True, "here": "people", "rows": rows}
    return render_page(request, "pages/compliance_people.html", context)


HANDLERS = (show_overview, show_people)
