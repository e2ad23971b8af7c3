"""The bundle of evidence on pages: a download for each side, and for staff also that of an external body."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_404_NOT_FOUND

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.errors import NotFound
from casework.letters.bundle import bundle_for
from casework.letters.bundle_files import answer_with, reader_of
from casework.previews.kept import Previews
from casework.settings import Settings
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]
Answer = Response[Any] | Stream


@get("/d/{token:str}/bundle/{name:str}", opt=PUBLIC, sync_to_thread=True)
def send_uploader_bundle(
    request: AnyRequest,
    token: FromPath[str],
    name: FromPath[str],
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Answer:
    """``evidence.pdf`` or ``evidence.zip`` for the uploader whose link this is."""
    try:
        case_id = callers.by_decision_link(token).case_id
        assert case_id is not None  # noqa: S101 - a link is always for a case
        actor = Actor(role=Role.UPLOADER, id=casework.case(case_id).uploader)
    except NotFound:
        return render_page(request, "pages/decision_gone.html", status_code=HTTP_404_NOT_FOUND)
    return _send(request, casework, previews, settings, case_id, actor, name, None)


@get("/right-holder/cases/{case_id:uuid}/bundle/{name:str}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def send_right_holder_bundle(
    request: AnyRequest,
    case_id: FromPath[UUID],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    settings: NamedDependency[Settings],
) -> Answer:
    """The same for the right holder, in a case of its own works."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    if casework.case(case_id).right_holder != actor.id:
        raise NotFound("case")
    return _send(request, casework, previews, settings, case_id, actor, name, None)


@get(
    "/compliance/cases/{case_id:uuid}/bundle/{name:str}",
    opt=for_roles(Role.COMPLIANCE, Role.INTAKE),
    sync_to_thread=True,
)
def send_staff_bundle(
    request: AnyRequest,
    case_id: FromPath[UUID],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    settings: NamedDependency[Settings],
    reader: Annotated[str | None, QueryParameter(name="for")] = None,
) -> Answer:
    """The same for staff; ``?for=external-body`` gives what an external body may see."""
    actor = caller.actor_for(casework.case(case_id))
    if actor.role not in (Role.COMPLIANCE, Role.INTAKE):
        raise NotFound("bundle")
    return _send(request, casework, previews, settings, case_id, actor, name, reader)


def _send(
    request: AnyRequest,
    casework: Casework,
    previews: Previews,
    settings: Settings,
    case_id: UUID,
    actor: Actor,
    name: str,
    wanted: str | None,
) -> Answer:
    endings = {"evidence.pdf": "pdf", "evidence.zip": "zip"}
    if name not in endings:
        raise NotFound("bundle")
    with use_language(frame_of(request.scope).language):
        reader = reader_of(actor.role, wanted)
        bundle = bundle_for(casework, previews, case_id, actor, reader, settings.zone, settings.platform_name)
        return answer_with(bundle, endings[name])


HANDLERS = (send_uploader_bundle, send_right_holder_bundle, send_staff_bundle)
