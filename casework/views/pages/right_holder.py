"""The right-holder desk: the uses of its works that were found, and each case with its challenge (product.md D1).

A right holder sees the cases of its own works and nothing else: no pseudonym of an uploader, no other right holder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Role
from casework.domain.values import LONGEST_ID, Medium
from casework.errors import NotFound
from casework.settings import Settings
from casework.views import labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.known_then import LONGEST
from casework.views.language import gettext
from casework.views.models.cases import Filters, find_case, list_cases
from casework.views.pages.case_forms import MOST_REQUEST_BYTES, Submitted, read_form
from casework.views.pages.case_page import CasePage
from casework.views.presentation import RequiredAction, required_action, standing_of_row
from casework.views.responses import render_page, see_other

DESK = "/right-holder"
PAGE_LENGTH = 25
_CASE_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

STATES: Mapping[str, tuple[str, ...]] = {
    "lawful": (Procedure.PRESUMED_LAWFUL.value,),
    "marked": (Procedure.MARKED_LAWFUL.value,),
    "warnings": (Procedure.WARNING.value,),
    "appeals": (Procedure.ADJUDICATION.value, Procedure.PANEL.value, Procedure.RE_REVIEW.value),
    "rulings": (Procedure.DECIDED.value,),
    "blocked": (Procedure.PRESUMED_INFRINGING.value, Procedure.RESTRICTED.value),
    "held": (Procedure.PRIOR_REVIEW.value,),
    "notices": (Procedure.NOTICE_CHECK.value, Procedure.MEASURE_TAKEN.value),
    "counter_notices": (Procedure.COUNTER_CHECK.value, Procedure.STAYED.value, Procedure.RESTORED.value),
    "waits": (Procedure.WAITING.value,),
    "closed": (Procedure.CLOSED.value, Procedure.CLEARED.value),
}
"""The states of the inbox's filter; without one everything is listed."""

AnyRequest = Request[Any, Any, Any]
Parameter = str | None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One case of the list; ``warned``: with an open warning that may be answered together with others."""

    id: UUID
    work_id: str
    work_title: str
    medium: str
    share: str | None
    state: str
    kind: str
    told: datetime
    required: RequiredAction
    warned: bool


@get(DESK, opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_right_holder(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    wanted_state: Annotated[Parameter, QueryParameter(name="state")] = None,
    medium: Annotated[Parameter, QueryParameter(name="medium")] = None,
    work: Annotated[Parameter, QueryParameter(name="work")] = None,
    search: Annotated[Parameter, QueryParameter(name="q")] = None,
    before: Annotated[Parameter, QueryParameter(name="before")] = None,
) -> Response[Any]:
    """The inbox, newest first. What does not fit a filter counts as no filter."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    wanted = (search or "").strip()[:1000]
    if wanted:
        found = _search(casework, actor, wanted)
        if len(found) == 1:
            return see_other(request, f"{DESK}/cases/{found[0].case_id}")
        rows, following = found, None
    else:
        rows, following = _list(casework, actor, wanted_state, medium, work, before)
    chosen = {"state": wanted_state, "medium": medium, "work": work}
    context = {
        "rows": [_row(row, casework, settings) for row in rows],
        "search": wanted,
        "chosen": chosen,
        "states": _state_names(),
        "media": [(one.value, labels.medium_label(one.value)) for one in Medium],
        "filtered": bool(wanted or any(chosen.values())),
        "first_url": _address(chosen) if before else "",
        "next_url": "" if following is None else _address({**chosen, "before": str(following)}),
    }
    return render_page(request, "pages/right_holder.html", context, block="inbox")


@get(f"{DESK}/cases/{{case_id:str}}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_right_holder_case(
    request: AnyRequest,
    case_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    done: Annotated[Parameter, QueryParameter(name="done")] = None,
    confirm: Annotated[Parameter, QueryParameter(name="confirm")] = None,
    at: Annotated[Parameter, QueryParameter(name="at", max_length=LONGEST)] = None,
) -> Response[Any]:
    """One case; ``done`` and ``confirm`` name steps; ``at``: as it was known at a past moment."""
    return _page(case_id, caller, casework, settings).show(request, done=done, confirm=confirm, at=at)


@post(
    f"{DESK}/cases/{{case_id:str}}/{{step:str}}",
    opt=for_roles(Role.RIGHT_HOLDER),
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MOST_REQUEST_BYTES,
    dependencies={"submitted": Provide(read_form)},
)
def post_right_holder_step(
    request: AnyRequest,
    case_id: FromPath[str],
    step: FromPath[str],
    submitted: NamedDependency[Submitted],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take a step of the right holder, named as in the API."""
    return _page(case_id, caller, casework, settings).post(request, step, submitted)


@post(
    f"{DESK}/cases/{{case_id:str}}/evidence",
    opt=for_roles(Role.RIGHT_HOLDER),
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MOST_REQUEST_BYTES,
    dependencies={"submitted": Provide(read_form)},
)
def post_right_holder_evidence(
    request: AnyRequest,
    case_id: FromPath[str],
    submitted: NamedDependency[Submitted],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Add files; a route of its own, because files are read below the same address."""
    return _page(case_id, caller, casework, settings).post(request, "evidence", submitted)


@get(
    f"{DESK}/cases/{{case_id:str}}/evidence/{{evidence_id:str}}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True
)
def send_right_holder_evidence(
    case_id: FromPath[str],
    evidence_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A file of either side, as a download."""
    return _page(case_id, caller, casework, settings).send_file(evidence_id)


def _page(case_id: str, caller: Caller, casework: Casework, settings: Settings) -> CasePage:
    """The page of one of the caller's own cases. Raises ``NotFound`` for every other one."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    identifier = _uuid(case_id)
    if identifier is None or casework.case(identifier).right_holder != actor.id:
        raise NotFound("case")
    return CasePage(casework, settings, actor, identifier, f"{DESK}/cases/{identifier}", "pages/right_holder_case.html")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _list(
    casework: Casework, actor: Actor, state: Parameter, medium: Parameter, work: Parameter, before: Parameter
) -> tuple[list[Any], UUID | None]:
    """A page of rows, and where the next page begins."""
    filters = Filters(
        procedures=STATES.get(state or ""),
        right_holder=actor.id,
        medium=medium if medium in {one.value for one in Medium} else None,
        work_id=(work or "").strip()[:LONGEST_ID] or None,
    )
    cursor = UUID(before) if _CASE_ID.fullmatch(before or "") else None
    rows = _query(casework, filters, before=cursor, limit=PAGE_LENGTH + 1)
    return rows[:PAGE_LENGTH], rows[PAGE_LENGTH - 1].case_id if len(rows) > PAGE_LENGTH else None


def _search(casework: Casework, actor: Actor, wanted: str) -> list[Any]:
    """Cases of this right holder by anything pasted: case id (also within an address), upload, decision or work id."""
    case_id = _CASE_ID.search(wanted)
    if case_id is not None:
        with casework.views.engine.connect() as connection:
            row = find_case(connection, casework.views.tables("cases"), UUID(case_id.group()))
        return [row] if row is not None and row.right_holder == actor.id else []
    everything, same = Filters(right_holder=actor.id), wanted[:LONGEST_ID]
    for filters in (
        replace(everything, upload_id=same),
        replace(everything, decision_id=same),
        replace(everything, work_id=same),
    ):
        rows = _query(casework, filters, limit=PAGE_LENGTH)
        if rows:
            return rows
    return []


def _query(casework: Casework, filters: Filters, *, before: UUID | None = None, limit: int) -> list[Any]:
    with casework.views.engine.connect() as connection:
        return list(list_cases(connection, casework.views.tables("cases"), filters, before=before, limit=limit))


def _row(row: Any, casework: Casework, settings: Settings) -> InboxRow:
    standing, now = standing_of_row(row, casework.standards[row.standard]), casework.clock.now()
    return InboxRow(
        id=row.case_id,
        work_id=row.work_id,
        work_title=row.work_title,
        medium=labels.medium_label(row.medium),
        share=row.share,
        state=labels.procedure_label(row.procedure),
        kind=labels.tag_kind(row.procedure),
        told=row.informed_at,
        required=required_action(standing, Role.RIGHT_HOLDER, now, settings.zone),
        warned=standing.warning_until is not None and now < standing.warning_until,
    )


def _state_names() -> list[tuple[str, str]]:
    names = {
        "lawful": gettext("Presumed lawful"),
        "marked": gettext("Marked as lawful"),
        "warnings": gettext("Infringement warnings"),
        "appeals": gettext("Appeals under way"),
        "rulings": gettext("Rulings"),
        "blocked": gettext("Blocked"),
        "held": gettext("Held for prior review"),
        "notices": gettext("Your notices"),
        "counter_notices": gettext("Counter-notices"),
        "waits": gettext("Waits for legal action"),
        "closed": gettext("Closed or cleared"),
    }
    return [(state, names[state]) for state in STATES]


def _address(parameters: Mapping[str, Parameter]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{DESK}?{urlencode(given)}" if given else DESK


HANDLERS = (
    show_right_holder,
    show_right_holder_case,
    post_right_holder_step,
    post_right_holder_evidence,
    send_right_holder_evidence,
)
