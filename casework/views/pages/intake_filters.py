"""Filter requests at the intake desk: the queue, the check of each, and the finding that ownership is false."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework import filter_requests as taking
from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.filter_request.elements import CHECKLISTS
from casework.domain.filter_request.events import RejectionReason
from casework.domain.filter_request.state import OPEN, RequestStage
from casework.errors import NotFound
from casework.settings import Settings
from casework.steps.forms import Form as StepForm
from casework.views import filter_request_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.labels import work_kind_label
from casework.views.language import gettext
from casework.views.models.filter_requests import count_filter_requests, list_filter_requests, list_to_check
from casework.views.pages.compliance_works import address as work_address
from casework.views.pages.filter_request_view import next_step, read_request_id, request_view, score
from casework.views.pages.ledger_forms import Field, RecordForm, find_form, send, with_form
from casework.views.responses import render_page, see_other

ADDRESS = "/intake/filter-requests"
DESK = for_roles(Role.INTAKE, Role.COMPLIANCE)
PAGE = 50
"""Requests on one page of the list."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=DESK, sync_to_thread=True)
def show_queue(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    stage: Annotated[str, QueryParameter(name="stage", max_length=50)] = RequestStage.CHECK.value,
    before: Annotated[str, QueryParameter(name="before", max_length=50)] = "",
) -> Response[str]:
    """One stage at a time; those that wait for their check come in the order in which they wait."""
    chosen = RequestStage(stage) if stage in set(RequestStage) else RequestStage.CHECK
    views = casework.views
    with views.engine.connect() as connection:
        tables = views.tables("filter_requests")
        counts = count_filter_requests(connection, tables)
        if chosen is RequestStage.CHECK:
            rows = list_to_check(connection, tables, limit=PAGE)
        else:
            last = read_request_id(before) if before else None
            rows = list_filter_requests(connection, tables, stage=chosen, before=last, limit=PAGE + 1)
    here = f"{ADDRESS}?stage={chosen.value}"
    context = {
        "wide": True,
        "chosen": chosen.value,
        "stages": [
            (one.value, labels.request_stage_label(one.value), counts.get(one.value, 0)) for one in RequestStage
        ],
        "rows": rows[:PAGE],
        "labels": labels,
        "score": score,
        "work_kind": work_kind_label,
        "address": ADDRESS,
        "previous": here if before else "",
        "following": f"{here}&before={rows[PAGE - 1].stream}" if len(rows) > PAGE else "",
    }
    return render_page(request, "pages/intake_filters.html", context)


@get(f"{ADDRESS}/{{request_id:str}}", opt=DESK, sync_to_thread=True)
def show_check(
    request: AnyRequest,
    request_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """One request beside the published list, with the steps that are open now."""
    return _show(request, casework, caller, read_request_id(request_id), done=done)


@post(f"{ADDRESS}/{{request_id:str}}/{{step:str}}", opt=DESK, sync_to_thread=True, status_code=200)
def post_check(
    request: AnyRequest,
    request_id: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Accept, ask for more, reject, or find that the work belongs to somebody else."""
    stream = read_request_id(request_id)
    form = find_form(check_forms(casework, caller, stream), step, data)
    if form is None:
        raise NotFound("step")
    shape, take = _taking(casework, caller, stream)[step]
    sent = send(form, shape, data, settings.zone, take)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{stream}?done={step}")
    return _show(request, casework, caller, stream, again=sent.again)


def check_forms(casework: Casework, caller: Caller, stream: UUID) -> list[RecordForm]:
    """What this caller may do now: intake answers, compliance finds against the claimant."""
    request = taking.known(casework, stream)
    forms: list[RecordForm] = []
    if Role.INTAKE in caller.roles and request.stage in OPEN:
        if not request.missing:
            hint = gettext("Uploads are compared with the work from now on.")
            forms.append(RecordForm("acceptances", gettext("Accept the request"), gettext("Accept"), (), hint))
        elements = tuple((one.value, labels.element_label(one.value)) for one in CHECKLISTS[request.made.kind])
        remarks = gettext("The right holder can read this.")
        ask = (
            Field("missing", "codes", gettext("What does not do, or is missing"), choices=elements),
            Field("remarks", "words", gettext("Why, and what would do"), remarks),
        )
        forms.append(RecordForm("deficiencies", gettext("Ask for what is missing"), gettext("Ask for it"), ask))
        reasons = tuple((one.value, labels.rejection_label(one.value)) for one in RejectionReason)
        reject = (
            Field("reason", "choice", gettext("Reason"), choices=reasons),
            Field("reasons", "words", gettext("Reasons in words"), remarks),
        )
        forms.append(RecordForm("rejections", gettext("Reject the request"), gettext("Reject"), reject))
    if Role.COMPLIANCE in caller.roles and not request.is_over:
        forms.append(_finding())
    return forms


def _finding() -> RecordForm:
    cases = gettext("Cases in which the right holder said so, one a line. It is warned of them.")
    fields = (
        Field("finding", "words", gettext("The finding"), gettext("The right holder can read this.")),
        Field("cases", "cases", gettext("Cases"), cases, needed=False),
    )
    hint = gettext(
        "The filter is off at once. Every case that limited an upload for this work in the name of this right holder is"
        " reopened and public by default."
    )
    title, button = gettext("Find that the work belongs to somebody else"), gettext("Record the finding")
    return RecordForm("ownership-findings", title, button, fields, hint)


def _taking(
    casework: Casework, caller: Caller, stream: UUID
) -> Mapping[str, tuple[type[StepForm], Callable[[Any], object]]]:
    def as_intake(step: Callable[..., object], *, with_form: bool = True) -> Callable[[Any], object]:
        def take(form: Any) -> object:
            actor = caller.actor_as(Role.INTAKE)
            return step(casework, stream, actor, form) if with_form else step(casework, stream, actor)

        return take

    return {
        "acceptances": (taking.NothingForm, as_intake(taking.accept, with_form=False)),
        "deficiencies": (taking.IncompleteForm, as_intake(taking.ask_for_more)),
        "rejections": (taking.FilterRejectionForm, as_intake(taking.reject)),
        "ownership-findings": (
            taking.FindingForm,
            lambda form: taking.find_ownership_false(casework, stream, caller.actor_as(Role.COMPLIANCE), form),
        ),
    }


def _show(
    request: AnyRequest,
    casework: Casework,
    caller: Caller,
    stream: UUID,
    *,
    done: str = "",
    again: RecordForm | None = None,
) -> Response[str]:
    view = request_view(casework, stream, staff=True)
    context = {
        "one": view,
        "required": next_step(view, staff=True),
        "forms": with_form(check_forms(casework, caller, stream), again),
        "errors": [] if again is None else again.errors,
        "address": ADDRESS,
        "base": f"{ADDRESS}/{stream}",
        "work_record": work_address(view.work) if Role.COMPLIANCE in caller.roles else "",
        "done": done in _taking(casework, caller, stream),
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/intake_filter.html", context, status_code=status)


HANDLERS = (show_queue, show_check, post_check)
