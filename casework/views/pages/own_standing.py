"""What a party sees of its own sanction ledger, with its appeal against a suspension, and of its own requests.

Right holders have a page of their own; uploaders find it at the end of the decision page, where something is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.values import WorkFlag
from casework.domain.work.state import RequestState
from casework.errors import NotFound
from casework.ledger_steps import PARTY_STEPS, WORK_STEPS, take_party_step, take_work_step
from casework.letters.ledger import LedgerHeading, ledger_letters_to
from casework.settings import Settings
from casework.views import ledger_labels as labels
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.api.works import read_work_id
from casework.views.language import gettext
from casework.views.ledger_view import entries
from casework.views.models.ledgers import list_prior_reviews
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, find_form, send, with_form
from casework.views.pages.ledger_lines import Line, SuspensionLine, history_lines, suspension_lines
from casework.views.responses import render_page, see_other

ADDRESS = "/right-holder/standing"

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class OwnStanding:
    """One's own ledger: suspensions, what may be appealed, the history, the letters. Officers are not named."""

    suspensions: Sequence[SuspensionLine]
    appeals: Sequence[RecordForm]
    history: Sequence[Line]
    letters: Sequence[LedgerHeading] = ()


def own_standing(casework: Casework, settings: Settings, actor: Actor, again: RecordForm | None = None) -> OwnStanding:
    """The ledger of the actor, as the actor sees it; empty where nothing is recorded."""
    ledger, now = casework.ledgers.party(actor.role, actor.id), casework.clock.now()
    if not ledger.version:
        return OwnStanding((), (), ())
    forms = [_appeal(one) for one in suspension_lines(ledger, now) if not (one.appealed or one.over)]
    found = entries(casework, casework.ledgers.party_history(actor.role, actor.id))
    return OwnStanding(
        suspension_lines(ledger, now),
        with_form(forms, again),
        history_lines(found, settings.zone, staff=False),
        ledger_letters_to(casework, actor.role, actor.id, settings.zone),
    )


def _appeal(one: SuspensionLine) -> RecordForm:
    title = gettext("Appeal against suspension %(number)s: %(right)s") % {"number": one.number, "right": one.right}
    reasons = Field("reasons", "words", gettext("Your reasons"), gettext("Another officer will decide."))
    number = {"suspension": str(one.number)}
    return RecordForm("sanction-appeals", title, gettext("Send the appeal"), (reasons,), fixed=number)


def send_appeal(casework: Casework, settings: Settings, actor: Actor, data: dict[str, Any]) -> Sent:
    """Lodge an appeal from a form. Raises ``NotFound`` where there is nothing to appeal against."""
    form = find_form(own_standing(casework, settings, actor).appeals, "sanction-appeals", data)
    if form is None:
        raise NotFound("suspension")
    return send(
        form,
        PARTY_STEPS["appeals"].form,
        data,
        settings.zone,
        lambda shape: take_party_step(casework, "appeals", actor.id, actor, shape),
    )


# The right holder ----------------------------------------------------------------------------------------------------


@get(ADDRESS, opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_standing(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The right holder's own ledger and its requests for prior review."""
    return _show(request, casework, settings, caller.actor_as(Role.RIGHT_HOLDER), done=done)


@post(f"{ADDRESS}/{{step:str}}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True, status_code=200)
def post_standing(
    request: AnyRequest,
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Appeal against a suspension, ask for prior review of a work, or take such a request back."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    if step == "sanction-appeals":
        sent = send_appeal(casework, settings, actor, data)
    elif step in ("prior-reviews", "prior-review-withdrawals"):
        sent = _send_request(casework, settings, actor, step, data)
    else:
        raise NotFound("step")
    if sent.again is None:
        return see_other(request, f"{ADDRESS}?done={step}")
    return _show(request, casework, settings, actor, again=sent.again)


def _send_request(casework: Casework, settings: Settings, actor: Actor, step: str, data: dict[str, Any]) -> Sent:
    form = find_form(_request_forms(casework, actor), step, data)
    given = data.get("work", "")
    work = given.strip() if isinstance(given, str) else ""
    if form is None:
        raise NotFound("request")
    if not work:
        label = form.fields[0].label
        typed = {one.name: str(data.get(one.name, "")) for one in form.fields}
        missing = gettext("Fill in: %(label)s") % {"label": label}
        return Sent(replace(form, values=typed, wrong={"work": missing}))
    # The work is not part of the step's own form: it says on whose record the step is taken.
    own = replace(
        form,
        fields=tuple(one for one in form.fields if one.name != "work"),
        fixed={name: value for name, value in form.fixed.items() if name != "work"},
    )
    sent = send(
        own,
        WORK_STEPS[step].form,
        data,
        settings.zone,
        lambda shape: take_work_step(casework, step, read_work_id(work), actor, shape),
    )
    if sent.again is None:
        return sent
    values = {**sent.again.values, "work": work}
    return Sent(replace(sent.again, fields=form.fields, fixed=form.fixed, values=values))


def _request_forms(casework: Casework, actor: Actor) -> list[RecordForm]:
    """The form for a request, and one to take back each that is not over."""
    flags = tuple((one.value, labels.flag_label(one.value)) for one in WorkFlag)
    fields = (
        Field("work", "text", gettext("Work"), gettext("The id of the work, as it stands in its cases.")),
        Field("ground", "choice", gettext("Ground"), choices=flags),
        Field("starts", "day", gettext("From")),
        Field("ends", "day", gettext("Until"), gettext("This day is not part of it.")),
        Field("justification", "words", gettext("Justification"), gettext("Compliance reads this and answers.")),
    )
    title, button = gettext("Ask for prior review of a work"), gettext("Send the request")
    hint = gettext("Once accepted, people look at uploads of the work before they are public, for this time only.")
    forms = [RecordForm("prior-reviews", title, button, fields, hint)]
    for row in _requests(casework, actor):
        if row.answer in (RequestState.REQUESTED.value, RequestState.ACCEPTED.value):
            title = gettext("Take back request %(number)s for %(work)s") % {"number": row.number, "work": row.work}
            fixed = {"request": str(row.number), "work": row.work}
            button = gettext("Take the request back")
            forms.append(RecordForm("prior-review-withdrawals", title, button, (), fixed=fixed))
    return forms


def _requests(casework: Casework, actor: Actor) -> list[Any]:
    views = casework.views
    with views.engine.connect() as connection:
        rows = list_prior_reviews(connection, views.tables("ledgers"), right_holder=actor.id)
    return list(rows)


def _show(
    request: AnyRequest,
    casework: Casework,
    settings: Settings,
    actor: Actor,
    *,
    done: str = "",
    again: RecordForm | None = None,
) -> Response[str]:
    now = casework.clock.now()
    requests = [(row, _request_state(row, now)) for row in _requests(casework, actor)]
    context = {
        "wide": True,
        "own": own_standing(casework, settings, actor, again),
        "requests": requests,
        "forms": with_form(_request_forms(casework, actor), again),
        "errors": [] if again is None else again.errors,
        "labels": labels,
        "done": done in ("sanction-appeals", "prior-reviews", "prior-review-withdrawals"),
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/right_holder_standing.html", context, status_code=status)


def _request_state(row: Any, now: Any) -> str:
    waiting = row.answer in (RequestState.REQUESTED.value, RequestState.ACCEPTED.value)
    return labels.request_label(RequestState.LAPSED.value if waiting and row.ends <= now else row.answer)


# The uploader --------------------------------------------------------------------------------------------------------


@post("/d/{token:str}/sanction-appeals", opt=PUBLIC, sync_to_thread=True, status_code=200)
def post_uploader_appeal(
    request: AnyRequest,
    token: FromPath[str],
    data: Form,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """The uploader appeals against a suspension, from the decision page."""
    caller = callers.by_decision_link(token)
    if caller.case_id is None:
        raise NotFound("decision page")
    actor = caller.actor_for(casework.case(caller.case_id))
    sent = send_appeal(casework, settings, actor, data)
    if sent.again is None:
        return see_other(request, f"/d/{token}?done=sanction-appeals#standing")
    context = {
        "own": own_standing(casework, settings, actor, sent.again),
        "base": f"/d/{token}",
        "errors": sent.again.errors,
    }
    return render_page(
        request, "pages/decision_sanction_appeal.html", context, status_code=HTTP_422_UNPROCESSABLE_ENTITY
    )


HANDLERS = (show_standing, post_standing, post_uploader_appeal)
