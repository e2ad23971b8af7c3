"""Erasure at the compliance desk: requests are written down, then granted or refused with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.domain.erasure.events import RefusalReason
from casework.domain.erasure.state import Request as Asked
from casework.domain.erasure.state import Requests
from casework.domain.facts import Role
from casework.erasing import Erasing, ErasureForm
from casework.errors import FieldError, Invalid, NotFound
from casework.settings import Settings
from casework.views import fee_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.pages.ledger_forms import Field, RecordForm, send
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
ADDRESS = "/compliance/erasures"

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_erasures(request: AnyRequest, erasing: NamedDependency[Erasing]) -> Response[str]:
    """Everybody who asked, and the form for a new request."""
    return _show(request, erasing, _request_form())


@post(f"{ADDRESS}/requests", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_request(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    erasing: NamedDependency[Erasing],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Write a request down and go to the page of the person, or show the form again."""
    actor, found = caller.actor_as(Role.COMPLIANCE), []

    def taking(form: ErasureForm) -> None:
        try:
            party = erasing.party_of(form.party)
            erasing.request(party, actor)
        except NotFound:
            raise Invalid(
                (FieldError("/party", "party_unknown", "must be somebody of whom anything is kept"),)
            ) from None
        found.append(party)

    sent = send(_request_form(), ErasureForm, data, settings.zone, taking)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{found[0]}?done=requests")
    return _show(request, erasing, sent.again)


@get(f"{ADDRESS}/{{party:str}}", opt=OFFICERS, sync_to_thread=True)
def show_person(
    request: AnyRequest,
    party: FromPath[str],
    erasing: NamedDependency[Erasing],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The requests of one person, with the two answers."""
    return _show_person(request, erasing, erasing.requests(party), done=bool(done))


@post(f"{ADDRESS}/{{party:str}}/{{step:str}}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_answer(
    request: AnyRequest,
    party: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    erasing: NamedDependency[Erasing],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Erase or refuse, or show the form again."""
    actor, requests = caller.actor_as(Role.COMPLIANCE), erasing.requests(party)
    form = next((one for one in _answers(requests) if one.step == step), None)
    if form is None:
        raise NotFound("step")

    def taking(shape: ErasureForm) -> None:
        if shape.answer != step:
            raise Invalid((FieldError("/answer", "missing", "must be confirmed"),))
        erasing.answer(shape, actor)

    sent = send(form, ErasureForm, data, settings.zone, taking)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{party}?done={step}")
    return _show_person(request, erasing, requests, again=sent.again)


def _request_form() -> RecordForm:
    hint = gettext("A pseudonym, or the platform's own id as uploader:ID or right_holder:ID.")
    fields = (Field("party", "text", gettext("Person"), hint),)
    return RecordForm("requests", gettext("Write a request down"), gettext("Write it down"), fields)


def _answers(requests: Requests) -> list[RecordForm]:
    """Both answers; what is erased must be said once more, because it cannot be undone."""
    party = {"party": requests.party}
    sure = (("erase", gettext("Erase everything for good")),)
    erase = RecordForm(
        "erase",
        gettext("Erase what is kept of this person"),
        gettext("Erase"),
        (Field("answer", "choice", gettext("This cannot be undone"), choices=sure),),
        gettext(
            "Words, files, previews, accounts and what engines sent are erased. The log, its hashes and all figures "
            "stay as they are. Backups that were made before still hold the data until they expire."
        ),
        fixed=party,
    )
    reasons = tuple((one.value, labels.erasure_reason_label(one.value)) for one in RefusalReason)
    refuse = RecordForm(
        "refuse",
        gettext("Refuse the request"),
        gettext("Refuse"),
        (
            Field("reason", "choice", gettext("Reason"), choices=reasons),
            Field("until", "date", gettext("Kept until"), gettext("If it is known."), needed=False),
        ),
        fixed={**party, "answer": "refuse"},
    )
    return [erase, refuse]


def _state(one: Asked) -> tuple[str, str]:
    """What became of a request, with the kind of its tag."""
    if one.is_open:
        return gettext("Waiting for an answer"), "waiting"
    return (gettext("Erased"), "lawful") if one.erased is not None else (gettext("Refused"), "closed")


def _lines(requests: Requests) -> list[dict[str, Any]]:
    lines = []
    for one in reversed(requests.requests):
        refused = one.refused
        lines.append(
            {
                "number": one.number,
                "at": one.at,
                "answered_at": one.answered_at,
                "state": _state(one),
                "reason": "" if refused is None else labels.erasure_reason_label(refused.reason.value),
                "until": None if refused is None else refused.until,
            }
        )
    return lines


def _show(request: AnyRequest, erasing: Erasing, form: RecordForm) -> Response[str]:
    listed = [(one.party, _lines(one)[0]) for one in erasing.everybody()]
    context = {
        "wide": True,
        "here": "erasures",
        "form": form,
        "errors": form.errors,
        "listed": listed,
        "address": ADDRESS,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/compliance_erasures.html", context, status_code=status)


def _show_person(
    request: AnyRequest, erasing: Erasing, requests: Requests, *, done: bool = False, again: RecordForm | None = None
) -> Response[str]:
    forms = [again if again is not None and one.id == again.id else one for one in _answers(requests)]
    kept = erasing.kept_of(requests.party)
    context = {
        "wide": True,
        "here": "erasures",
        "party": requests.party,
        "lines": _lines(requests),
        "kept": kept,
        "forms": forms if kept or requests.open is not None else [],
        "errors": [] if again is None else again.errors,
        "address": ADDRESS,
        "done": done,
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/compliance_erasure.html", context, status_code=status)


HANDLERS = (show_erasures, post_request, show_person, post_answer)
