"""The decision page: all that an uploader comes for by the link in the notice, without an account (product.md C).

Whoever has the link is the uploader of its one case. A false link and a revoked one get the same answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.errors import NotFound
from casework.settings import Settings
from casework.views.access.callers import Callers
from casework.views.access.guard import PUBLIC
from casework.views.known_then import LONGEST
from casework.views.pages.case_forms import MOST_REQUEST_BYTES, Submitted, read_form
from casework.views.pages.case_page import CasePage
from casework.views.responses import render_page

TEMPLATE = "pages/decision.html"

AnyRequest = Request[Any, Any, Any]


@get("/d/{token:str}", opt=PUBLIC, sync_to_thread=True)
def show_decision(
    request: AnyRequest,
    token: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
    done: Annotated[str | None, QueryParameter(name="done")] = None,
    confirm: Annotated[str | None, QueryParameter(name="confirm")] = None,
    at: Annotated[str | None, QueryParameter(name="at", max_length=LONGEST)] = None,
) -> Response[Any]:
    """What was decided and why, and every step that is open; ``done``, ``confirm``: steps; ``at``: a past moment."""
    page = _page(token, casework, settings, callers)
    return _no_such_link(request) if page is None else page.show(request, done=done, confirm=confirm, at=at)


@post(
    "/d/{token:str}/{step:str}",
    opt=PUBLIC,
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MOST_REQUEST_BYTES,
    dependencies={"submitted": Provide(read_form)},
)
def post_step(
    request: AnyRequest,
    token: FromPath[str],
    step: FromPath[str],
    submitted: NamedDependency[Submitted],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """Take a step of the uploader, named as in the API."""
    page = _page(token, casework, settings, callers)
    return _no_such_link(request) if page is None else page.post(request, step, submitted)


@post(
    "/d/{token:str}/evidence",
    opt=PUBLIC,
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MOST_REQUEST_BYTES,
    dependencies={"submitted": Provide(read_form)},
)
def post_evidence(
    request: AnyRequest,
    token: FromPath[str],
    submitted: NamedDependency[Submitted],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """Add files; a route of its own, because files are read below the same address."""
    page = _page(token, casework, settings, callers)
    return _no_such_link(request) if page is None else page.post(request, "evidence", submitted)


@get("/d/{token:str}/evidence/{evidence_id:str}", opt=PUBLIC, sync_to_thread=True)
def send_evidence(
    request: AnyRequest,
    token: FromPath[str],
    evidence_id: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """A file of either side, as a download."""
    page = _page(token, casework, settings, callers)
    return _no_such_link(request) if page is None else page.send_file(evidence_id)


def _page(token: str, casework: Casework, settings: Settings, callers: Callers) -> CasePage | None:
    try:
        caller = callers.by_decision_link(token)
        assert caller.case_id is not None  # noqa: S101 - a link is always for a case
        case = casework.case(caller.case_id)
    except NotFound:
        return None
    actor = Actor(role=Role.UPLOADER, id=case.uploader)
    return CasePage(casework, settings, actor, caller.case_id, f"/d/{token}", TEMPLATE)


def _no_such_link(request: AnyRequest) -> Response[str]:
    return render_page(request, "pages/decision_gone.html", status_code=HTTP_404_NOT_FOUND)


HANDLERS = (show_decision, post_step, post_evidence, send_evidence)
