"""The files beside a case on pages, for each desk below its own address: previews to look at, own files to save."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.previews.kept import Previews
from casework.previews.reading import open_part
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.media_files import send_shown
from casework.views.pages.case_page import download

AnyRequest = Request[Any, Any, Any]


def send_media(
    request: AnyRequest, casework: Casework, previews: Previews, caller: Caller, case_id: UUID, side: str, part: str
) -> Response[bytes]:
    """A part of what lies beside a case, as this caller may have it. Raises ``NotFound``."""
    case = casework.case(case_id)
    role = caller.actor_for(case).role
    opened = open_part(casework, previews, case_id, case, role, side, part)
    if opened.name is not None:
        return download(opened.content, opened.name, opened.media_type)
    return send_shown(request, opened)


@get("/d/{token:str}/media/{side:str}/{part:str}", opt=PUBLIC, sync_to_thread=True)
def send_to_uploader(
    request: AnyRequest,
    token: FromPath[str],
    side: FromPath[str],
    part: FromPath[str],
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    callers: NamedDependency[Callers],
) -> Response[bytes]:
    """For whoever has the decision link."""
    caller = callers.by_decision_link(token)
    if caller.case_id is None:
        raise NotFound("case")
    return send_media(request, casework, previews, caller, caller.case_id, side, part)


def _desk_handler(desk: str, *roles: Role) -> HTTPRouteHandler:
    def send_at_desk(
        request: AnyRequest,
        case_id: FromPath[UUID],
        side: FromPath[str],
        part: FromPath[str],
        casework: NamedDependency[Casework],
        previews: NamedDependency[Previews],
        caller: NamedDependency[Caller],
    ) -> Response[bytes]:
        """For an account, as the part that it has in the case."""
        return send_media(request, casework, previews, caller, case_id, side, part)

    address = f"/{desk}/cases/{{case_id:uuid}}/media/{{side:str}}/{{part:str}}"
    return get(address, opt=for_roles(*roles), sync_to_thread=True, name=f"media {desk}")(send_at_desk)


HANDLERS = (
    send_to_uploader,
    _desk_handler("right-holder", Role.RIGHT_HOLDER),
    _desk_handler("reviewer", Role.REVIEWER),
    _desk_handler("intake", Role.INTAKE, Role.COMPLIANCE),
    _desk_handler("compliance", Role.COMPLIANCE),
)
