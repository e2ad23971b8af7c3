"""Leaving a case: a reviewer steps back and says why; whoever left a case is told the reason and sees no more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_422_UNPROCESSABLE_ENTITY

from casework import steps
from casework.application import Casework
from casework.domain.case.events import ReviewerRecused, ReviewerReleased
from casework.domain.facts import Actor, Role
from casework.domain.values import ReleaseCause
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.pages.case_questions import Choice, Question, StepForm
from casework.views.pages.case_view import load_case, view_case
from casework.views.pages.intake_forms import StaffForm
from casework.views.pages.intake_steps import fields_of, take_staff_step
from casework.views.responses import render_page, see_other
from casework.views.step_labels import release_label

CAUSES = (
    ReleaseCause.CONFLICT_OF_INTEREST,
    ReleaseCause.EARLIER_PART,
    ReleaseCause.BIAS,
    ReleaseCause.ABSENCE,
)
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


def recusal_form() -> StaffForm:
    """Why the reviewer steps back; asked once more before it is recorded."""
    causes = tuple(Choice(one.value, release_label(one.value)) for one in CAUSES)
    form = StepForm(
        "recusals",
        gettext("I cannot decide this case"),
        gettext("Step back from the case"),
        (Question("cause", "choice", gettext("Why do you step back?"), choices=causes),),
        (gettext("Another reviewer takes your seat. Neither side learns who you are or why."),),
        staged=True,
        folded=True,
        warning=gettext("Who has stepped back cannot come back to this case."),
    )
    return StaffForm("recusals", form, _take)


def _take(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    steps.recuse(casework, case_id, actor, steps.parse(steps.RecusalForm, dict(said)), idempotency_key=key)


@post(
    "/reviewer/cases/{case_id:uuid}/recusals",
    opt=for_roles(Role.REVIEWER),
    sync_to_thread=True,
    status_code=HTTP_200_OK,
)
def post_recusal(
    request: AnyRequest,
    case_id: FromPath[UUID],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Step back, in two stages."""
    if caller.account is None:
        raise NotFound("account")
    actor = Actor(role=Role.REVIEWER, id=caller.account.id)
    _history, case = load_case(casework, case_id)
    if actor.id in case.recused and actor.id not in case.awaited_reviewers:
        # Pressed twice: it is done.
        return see_other(request, "/reviewer?left=1")
    if actor.id not in (*case.panel, case.re_reviewer):
        raise NotFound("case")
    view = view_case(casework, case_id, actor, f"/reviewer/cases/{case_id}", settings.zone)
    wanted = recusal_form()
    draft = take_staff_step(casework, actor, view, wanted, fields_of(data), settings.zone)
    if draft is None:
        return see_other(request, "/reviewer?left=1")
    context = {"wide": True, "view": view, "case": case, "recusal": wanted, "draft": draft, "errors": draft.errors}
    status = HTTP_422_UNPROCESSABLE_ENTITY if draft.faulty else HTTP_200_OK
    return render_page(request, "pages/reviewer_recusal.html", context, status_code=status)


def why_left(history: Sequence[Recorded], reviewer: str) -> str:
    """Why this reviewer's seat is gone, in words."""
    for recorded in reversed(history):
        event = recorded.event
        if isinstance(event, ReviewerRecused) and event.reviewer == reviewer:
            return gettext("You stepped back: %(cause)s") % {"cause": release_label(event.cause.value)}
        if isinstance(event, ReviewerReleased) and event.reviewer == reviewer:
            return gettext("You were taken off the case: %(cause)s") % {"cause": release_label(event.cause.value)}
    return gettext("No ruling is needed any more")


def show_left(request: AnyRequest, title: str, reason: str, typed: Sequence[str] = ()) -> Response[str]:
    """The case of somebody who left it: its title, the reason, and what was typed; nothing else."""
    context = {"title": title, "reason": reason, "typed": typed}
    return render_page(request, "pages/reviewer_left.html", context, status_code=HTTP_404_NOT_FOUND)


HANDLERS = (post_recusal,)
