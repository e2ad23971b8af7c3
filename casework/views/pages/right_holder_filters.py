"""Filter requests at the right-holder desk: the list, a new one by kind of work, and each with what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework import filter_requests as taking
from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.filter_request.elements import CHECKLISTS
from casework.domain.values import WorkKind
from casework.errors import NotFound
from casework.settings import Settings
from casework.steps.forms import Form as StepForm
from casework.views import filter_request_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.labels import work_kind_label
from casework.views.language import gettext
from casework.views.models.filter_requests import list_filter_requests
from casework.views.pages.filter_request_view import (
    RequestView,
    next_step,
    read_request_id,
    request_view,
    score,
    supply_fields,
)
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, find_form, send, with_form
from casework.views.responses import render_page, see_other

ADDRESS = "/right-holder/filter-requests"
OWNERS = for_roles(Role.RIGHT_HOLDER)
PAGE = 50
"""Requests on one page of the list."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=OWNERS, sync_to_thread=True)
def show_requests(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    before: Annotated[str, QueryParameter(name="before", max_length=50)] = "",
) -> Response[str]:
    """The right holder's own requests, the latest first."""
    actor, views = caller.actor_as(Role.RIGHT_HOLDER), casework.views
    with views.engine.connect() as connection:
        rows = list_filter_requests(
            connection,
            views.tables("filter_requests"),
            right_holder=actor.id,
            before=read_request_id(before) if before else None,
            limit=PAGE + 1,
        )
    context = {
        "wide": True,
        "rows": rows[:PAGE],
        "labels": labels,
        "score": score,
        "work_kind": work_kind_label,
        "address": ADDRESS,
        "previous": ADDRESS if before else "",
        "following": f"{ADDRESS}?before={rows[PAGE - 1].stream}" if len(rows) > PAGE else "",
    }
    return render_page(request, "pages/right_holder_filters.html", context)


@get(f"{ADDRESS}/new", opt=OWNERS, sync_to_thread=True)
def show_new(
    request: AnyRequest, kind: Annotated[str, QueryParameter(name="kind", max_length=50)] = ""
) -> Response[str]:
    """First the kind of work, which decides what is asked for, then the form."""
    return _show_new(request, kind if kind in set(WorkKind) else "")


@post(f"{ADDRESS}/new", opt=OWNERS, sync_to_thread=True, status_code=200)
def post_new(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """File the request; it is scored at once."""
    kind, actor = data.get("kind", ""), caller.actor_as(Role.RIGHT_HOLDER)
    if not isinstance(kind, str) or kind not in set(WorkKind):
        raise NotFound("kind of work")
    made: list[UUID] = []

    def take(form: taking.FilterRequestForm) -> None:
        made.append(taking.make_request(casework, actor, form)[0])

    sent = send(new_form(WorkKind(kind)), taking.FilterRequestForm, data, settings.zone, take)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{made[0]}?done=new")
    return _show_new(request, kind, sent.again)


@get(f"{ADDRESS}/{{request_id:str}}", opt=OWNERS, sync_to_thread=True)
def show_request(
    request: AnyRequest,
    request_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """One request: its score, what is missing, what became of it."""
    stream = _own(casework, caller.actor_as(Role.RIGHT_HOLDER), request_id)
    return _show(request, casework, stream, done=done)


@post(f"{ADDRESS}/{{request_id:str}}/{{step:str}}", opt=OWNERS, sync_to_thread=True, status_code=200)
def post_step(
    request: AnyRequest,
    request_id: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Supply more, or take the request back."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    stream = _own(casework, actor, request_id)
    form = find_form(_forms(casework, stream), step, data)
    if form is None:
        raise NotFound("step")
    shape, take = _taking(casework, actor, stream)[step]
    sent: Sent = send(form, shape, data, settings.zone, take)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{stream}?done={step}")
    return _show(request, casework, stream, again=sent.again)


def new_form(kind: WorkKind) -> RecordForm:
    """A new request for a work of this kind."""
    fields = (
        Field("work", "text", gettext("Number of the work"), gettext("The id by which you and the platform know it.")),
        Field("title", "text", labels.field_label("title")),
        Field("release_date", "date", labels.field_label("release_date"), needed=False),
        Field("cast", "text", labels.field_label("cast"), needed=False),
        *supply_fields(tuple(CHECKLISTS[kind])),
    )
    hint = gettext("You can leave out what you do not have yet: the request is kept, and what is missing is named.")
    title, button = gettext("Your request"), gettext("Send the request")
    return RecordForm("new", title, button, fields, hint, fixed={"kind": kind.value})


def _forms(casework: Casework, stream: UUID) -> list[RecordForm]:
    """What the right holder may do now."""
    request = taking.known(casework, stream)
    view_open, forms = not request.is_over, []
    if view_open and request.accepted_at is None:
        elements = [*request.missing, *(one for one in CHECKLISTS[request.made.kind] if one not in request.missing)]
        hint = gettext("What is missing comes first. What you send replaces what you said of the same thing before.")
        title = gettext("Supply what is missing") if request.missing else gettext("Add to the request")
        button = gettext("Send")
        forms.append(RecordForm("completions", title, button, supply_fields(elements), hint))
    if view_open:
        title, button = gettext("Take the request back"), gettext("Take the request back")
        hint = gettext("Nothing is filtered for this work in your name any more. You can file another request later.")
        forms.append(RecordForm("withdrawals", title, button, (), hint))
    return forms


def _taking(
    casework: Casework, actor: Actor, stream: UUID
) -> dict[str, tuple[type[StepForm], Callable[[Any], object]]]:
    return {
        "completions": (taking.SuppliedForm, lambda form: taking.supply_more(casework, stream, actor, form)),
        "withdrawals": (taking.NothingForm, lambda form: taking.withdraw(casework, stream, actor)),
    }


def _own(casework: Casework, actor: Actor, request_id: str) -> UUID:
    """A request of this right holder. Raises ``NotFound`` for every other one."""
    stream = read_request_id(request_id)
    if taking.known(casework, stream).made.right_holder != actor.id:
        raise NotFound("filter request")
    return stream


def _show_new(request: AnyRequest, kind: str, again: RecordForm | None = None) -> Response[str]:
    context = {
        "kind": kind,
        "kinds": [(one.value, work_kind_label(one.value)) for one in WorkKind],
        "form": again or (new_form(WorkKind(kind)) if kind else None),
        "errors": [] if again is None else again.errors,
        "address": ADDRESS,
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/right_holder_filter_new.html", context, status_code=status)


def _show(
    request: AnyRequest, casework: Casework, stream: UUID, *, done: str = "", again: RecordForm | None = None
) -> Response[str]:
    view: RequestView = request_view(casework, stream, staff=False)
    context = {
        "one": view,
        "required": next_step(view, staff=False),
        "forms": with_form(_forms(casework, stream), again),
        "errors": [] if again is None else again.errors,
        "address": ADDRESS,
        "base": f"{ADDRESS}/{stream}",
        "done": done in ("new", "completions", "withdrawals"),
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/right_holder_filter.html", context, status_code=status)


HANDLERS = (show_requests, show_new, post_new, show_request, post_step)
