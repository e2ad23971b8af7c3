"""Works at the compliance desk: no-block list, licences, requests for prior review, references, false ownership."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.work.events import NoBlockReason
from casework.domain.work.state import RequestState, Work
from casework.errors import NotFound
from casework.jobs.follow_ups import FollowUps
from casework.ledger_steps import WORK_STEPS, take_work_step
from casework.settings import Settings
from casework.views import ledger_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.api.works import read_work_id
from casework.views.language import gettext
from casework.views.ledger_view import entries
from casework.views.models.ledgers import list_prior_reviews, list_works
from casework.views.pages.ledger_forms import Field, RecordForm, find_form, send, with_form
from casework.views.pages.ledger_lines import history_lines
from casework.views.reopening import RUNNING, ReopeningView, reopenings
from casework.views.responses import render_page, see_other
from casework.views.step_labels import reopening_label

OFFICERS = for_roles(Role.COMPLIANCE)
PAGE = 50
"""Works on one page of the list."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get("/compliance/works", opt=OFFICERS, sync_to_thread=True)
def show_works(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    before: Annotated[str, QueryParameter(name="before")] = "",
) -> Response[str]:
    """Requests for prior review that wait, and the works of which anything is recorded."""
    before = "".join(sign for sign in before[:200] if sign.isprintable())
    views = casework.views
    with views.engine.connect() as connection:
        tables = views.tables("ledgers")
        rows = list_works(connection, tables, before=before or None, limit=PAGE + 1)
        waiting = list_prior_reviews(connection, tables, waiting_at=casework.clock.now())
    following = f"/compliance/works?{urlencode({'before': rows[PAGE - 1].work})}" if len(rows) > PAGE else ""
    context = {
        "wide": True,
        "here": "works",
        "rows": rows[:PAGE],
        "waiting": waiting,
        "labels": labels,
        "address": address,
        "previous": "/compliance/works" if before else "",
        "following": following,
    }
    return render_page(request, "pages/compliance_works.html", context)


@get("/compliance/works/one", opt=OFFICERS, sync_to_thread=True)
def show_work(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    follow_ups: NamedDependency[FollowUps],
    work: Annotated[str, QueryParameter(name="id")] = "",
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[Any]:
    """The record of one work, recorded or not; its id stands in the query, because it may hold any sign."""
    wanted = work.strip()
    if not wanted:
        return see_other(request, "/compliance/works")
    found = reopenings(follow_ups, read_work_id(wanted))
    return _show(request, casework, settings, read_work_id(wanted), found, done=done)


@post("/compliance/works/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_work_step(
    request: AnyRequest,
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    follow_ups: NamedDependency[FollowUps],
) -> Response[Any]:
    """Record something of a work, or show its form again."""
    given = data.get("work", "")
    work_id = read_work_id(given if isinstance(given, str) else "")
    form = find_form(work_forms(casework.ledgers.work(work_id), casework.clock.now()), step, data)
    if form is None:
        raise NotFound("step")
    actor = caller.actor_as(Role.COMPLIANCE)
    # The work is fixed in the form to find its record, and no field of the step.
    fixed = {name: value for name, value in form.fixed.items() if name != "work"}
    sent = send(
        replace(form, fixed=fixed),
        WORK_STEPS[step].form,
        data,
        settings.zone,
        lambda shape: take_work_step(casework, step, work_id, actor, shape),
    )
    if sent.again is None:
        return see_other(request, f"{address(work_id)}&done={step}")
    found = reopenings(follow_ups, work_id)
    return _show(request, casework, settings, work_id, found, again=replace(sent.again, fixed=form.fixed))


def address(work_id: str) -> str:
    """Where the record of a work is shown."""
    return f"/compliance/works/one?{urlencode({'id': work_id})}"


def _show(
    request: AnyRequest,
    casework: Casework,
    settings: Settings,
    work_id: str,
    found: list[ReopeningView],
    *,
    done: str = "",
    again: RecordForm | None = None,
) -> Response[str]:
    work, now = casework.ledgers.work(work_id), casework.clock.now()
    context = {
        "wide": True,
        "here": "works",
        "work": work,
        "requests": [
            (one.event, one.requested_at, labels.request_label(one.state(now).value)) for one in work.requests
        ],
        "history_lines": history_lines(
            entries(casework, casework.ledgers.work_history(work_id)), settings.zone, staff=True
        ),
        "forms": with_form(work_forms(work, now), again),
        "errors": [] if again is None else again.errors,
        "labels": labels,
        "now": now,
        "cases": f"/compliance/cases?{urlencode({'q': work_id})}",
        "done": done if done in WORK_STEPS else "",
        "address": address,
        "reopenings": found,
        "reopening_runs": any(one.state == RUNNING for one in found),
        "reopening_label": reopening_label,
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/compliance_work.html", context, block="reopening", status_code=status)


# Forms ---------------------------------------------------------------------------------------------------------------


def work_forms(work: Work, now: datetime) -> list[RecordForm]:
    """The forms that stand open now."""
    return [replace(form, fixed={"work": work.id, **form.fixed}) for form in _forms(work, now)]


def _forms(work: Work, now: datetime) -> list[RecordForm]:
    grounds = Field("grounds", "words", gettext("Grounds"))
    forms = []
    for one in work.requests:
        number = {"request": str(one.event.request)}
        if one.state(now) is RequestState.REQUESTED:
            title = gettext("Accept request %(number)s for prior review") % {"number": number["request"]}
            forms.append(RecordForm("prior-review-acceptances", title, gettext("Accept the request"), (), fixed=number))
            title = gettext("Refuse request %(number)s for prior review") % {"number": number["request"]}
            reasons = Field("reasons", "words", gettext("Reasons"), gettext("The right holder can read this."))
            button = gettext("Refuse the request")
            forms.append(RecordForm("prior-review-refusals", title, button, (reasons,), fixed=number))
    if work.no_block is None:
        reasons_for = tuple((one.value, labels.no_block_label(one.value)) for one in NoBlockReason)
        reason = Field("reason", "choice", gettext("Reason"), choices=reasons_for)
        title, button = gettext("Put it on the no-block list"), gettext("Put it on the list")
        hint = gettext("From then on no upload is held or blocked by machine on account of this work.")
        forms.append(RecordForm("no-block", title, button, (reason, grounds), hint))
    else:
        title, button = gettext("Take it from the no-block list"), gettext("Take it from the list")
        forms.append(RecordForm("no-block-ends", title, button, (grounds,)))
    forms.append(_licence(grounds))
    for licence in work.licences:
        if licence.ends is None or now < licence.ends:
            number = {"licence": str(licence.number)}
            title = gettext("End licence %(number)s") % {"number": licence.number}
            forms.append(RecordForm("licence-ends", title, gettext("End the licence"), (grounds,), fixed=number))
    if work.reference_withdrawn:
        title, button = gettext("Reinstate the reference"), gettext("Let it count again")
        forms.append(RecordForm("reinstatements", title, button, (grounds,)))
    else:
        title, button = gettext("Withdraw the reference"), gettext("Let it count no more")
        forms.append(RecordForm("withdrawals", title, button, (grounds,)))
    forms.append(_ownership())
    for claimant in work.false_claimants:
        title = gettext("Take back the finding against %(claimant)s") % {"claimant": claimant}
        finding = Field("finding", "words", gettext("Grounds"))
        button = gettext("Take the finding back")
        forms.append(RecordForm("ownership-confirmations", title, button, (finding,), fixed={"claimant": claimant}))
    return forms


def _licence(grounds: Field) -> RecordForm:
    fields = (
        Field(
            "licensee_id",
            "text",
            gettext("Licensee"),
            gettext("The id of the uploader as engines deliver it. Leave this empty for a licence to everybody."),
            needed=False,
        ),
        Field("starts", "day", gettext("From")),
        Field("ends", "day", gettext("Until"), gettext("Leave this empty for a licence without an end."), needed=False),
        grounds,
    )
    return RecordForm("licences", gettext("Record a licence"), gettext("Record the licence"), fields)


def _ownership() -> RecordForm:
    fields = (
        Field("claimant", "text", gettext("Claimant"), gettext("The pseudonym of the right holder, as in its cases.")),
        Field("cases", "cases", gettext("Cases"), gettext("Cases in which the claimant said so, one a line.")),
        Field("finding", "words", gettext("The finding"), gettext("The claimant can read this.")),
    )
    hint = gettext(
        "Nothing is held or blocked for this claimant from then on, and it is warned in its sanction ledger."
    )
    title, button = gettext("Find that the work belongs to somebody else"), gettext("Record the finding")
    return RecordForm("ownership-findings", title, button, fields, hint)


HANDLERS = (show_works, show_work, post_work_step)
