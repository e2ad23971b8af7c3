"""The files beside a case on pages, for each desk below its own address: previews to look at, own files to save.

The page of the files alone is what a page of the case asks again while previews are being prepared.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, QueryParameter

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.previews.kept import Previews
from casework.previews.reading import open_part
from casework.previews.subjects import may_see
from casework.settings import Settings
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.media_bench import PICTURES_COOKIE, SHOWN, MediaBench, media_bench, segment_track, side_named
from casework.views.media_files import send_shown
from casework.views.pages.case_page import download
from casework.views.responses import render_page, safe_address, see_other

AnyRequest = Request[Any, Any, Any]
Asked = Annotated[int, QueryParameter(name="asked", ge=0, le=100_000)]
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]

SEGMENTS = "segments"
"""The name under which a player fetches which stretches of an excerpt match."""

_YEAR = 365 * 24 * 3600


def send_media(
    request: AnyRequest, casework: Casework, previews: Previews, caller: Caller, case_id: UUID, side: str, part: str
) -> Response[bytes]:
    """A part of what lies beside a case, as this caller may have it. Raises ``NotFound``."""
    case = casework.case(case_id)
    role = caller.actor_for(case).role
    if part == SEGMENTS and may_see(role):
        return send_segments(request, media_bench(request, casework, case_id, case, role, ""), side)
    opened = open_part(casework, previews, case_id, case, role, side, part)
    if opened.name is not None:
        return download(opened.content, opened.name, opened.media_type)
    return send_shown(request, opened)


def send_segments(request: AnyRequest, bench: MediaBench, side: str) -> Response[bytes]:
    """What a player says while a matched stretch plays. Raises ``NotFound`` where there is none."""
    media = side_named(bench, side)
    if media is None or not media.marks:
        raise NotFound("media")
    with use_language(frame_of(request.scope).language):
        return Response(segment_track(media).encode(), media_type="text/vtt")


def show_media(request: AnyRequest, bench: MediaBench, back: str) -> Response[str]:
    """Both files on a page of their own; htmx gets them alone, in place of what a page of the case shows of them."""
    return render_page(request, "pages/case_media.html", {"wide": True, "bench": bench, "back": back}, block="media")


def show_case_media(
    request: AnyRequest, casework: Casework, caller: Caller, case_id: UUID, base: str, asked: int
) -> Response[str]:
    """The same for this caller's part in a case. Raises ``NotFound``."""
    case = casework.case(case_id)
    role = caller.actor_for(case).role
    if not may_see(role):
        raise NotFound("media")
    return show_media(request, media_bench(request, casework, case_id, case, role, base, asked=asked), base)


@get("/d/{token:str}/media", opt=PUBLIC, sync_to_thread=True)
def show_to_uploader(
    request: AnyRequest,
    token: FromPath[str],
    casework: NamedDependency[Casework],
    callers: NamedDependency[Callers],
    asked: Asked = 0,
) -> Response[str]:
    """For whoever has the decision link."""
    caller = callers.by_decision_link(token)
    if caller.case_id is None:
        raise NotFound("case")
    return show_case_media(request, casework, caller, caller.case_id, f"/d/{token}", asked)


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


def _desk_page(desk: str, *roles: Role) -> HTTPRouteHandler:
    def show_at_desk(
        request: AnyRequest,
        case_id: FromPath[UUID],
        casework: NamedDependency[Casework],
        caller: NamedDependency[Caller],
        asked: Asked = 0,
    ) -> Response[str]:
        """For an account, as the part that it has in the case."""
        return show_case_media(request, casework, caller, case_id, f"/{desk}/cases/{case_id}", asked)

    address = f"/{desk}/cases/{{case_id:uuid}}/media"
    return get(address, opt=for_roles(*roles), sync_to_thread=True, name=f"media page {desk}")(show_at_desk)


@post(
    "/choices/pictures",
    opt=for_roles(Role.REVIEWER, Role.INTAKE, Role.COMPLIANCE, Role.OVERSIGHT),
    sync_to_thread=True,
    status_code=200,
)
def choose_pictures(request: AnyRequest, data: Form, settings: NamedDependency[Settings]) -> Response[Any]:
    """Blur pictures or show them from now on in this browser, and go back to the page of the case."""
    chosen = str(data.get("pictures", ""))
    response = see_other(request, f"{safe_address(str(data.get('back', '')))}#media")
    response.set_cookie(
        Cookie(
            PICTURES_COOKIE,
            value=SHOWN if chosen == SHOWN else "blurred",
            max_age=_YEAR,
            secure=settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
    )
    return response


_DESKS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("right-holder", (Role.RIGHT_HOLDER,)),
    ("reviewer", (Role.REVIEWER,)),
    ("intake", (Role.INTAKE, Role.COMPLIANCE)),
    ("compliance", (Role.COMPLIANCE,)),
)

HANDLERS = (
    send_to_uploader,
    show_to_uploader,
    choose_pictures,
    *(_desk_handler(desk, *roles) for desk, roles in _DESKS),
    *(_desk_page(desk, *roles) for desk, roles in _DESKS),
)
