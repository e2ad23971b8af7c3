"""Letters on pages: the uploader's below its link, the right holder's at its desk, both sides' for compliance.

``.pdf`` and ``.html`` behind the number give the letter as a file. Who does not get a letter gets the answer for one
that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from jinja2 import Environment
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_404_NOT_FOUND

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.letters.letter import Letter
from casework.letters.naming import read_name
from casework.letters.render import file_stem, letter_fragment, letter_pdf, standalone_html
from casework.letters.writing import ADDRESSED, READERS, Correspondence
from casework.settings import Settings
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.pages import ledger_letters
from casework.views.pages.case_page import download
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]


@get("/d/{token:str}/letters/{name:str}", opt=PUBLIC, sync_to_thread=True)
def show_uploader_letter(
    request: AnyRequest,
    token: FromPath[str],
    name: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """A letter to the uploader whose link this is."""
    try:
        case_id = callers.by_decision_link(token).case_id
        assert case_id is not None  # noqa: S101 - a link is always for a case
        casework.case(case_id)
    except NotFound:
        return render_page(request, "pages/decision_gone.html", status_code=HTTP_404_NOT_FOUND)
    return _answer(request, casework, settings, case_id, name, Role.UPLOADER, Role.UPLOADER, f"/d/{token}")


@get("/right-holder/cases/{case_id:uuid}/letters/{name:str}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_right_holder_letter(
    request: AnyRequest,
    case_id: FromPath[UUID],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A letter to the right holder, in a case of its own works."""
    if casework.case(case_id).right_holder != caller.actor_as(Role.RIGHT_HOLDER).id:
        raise NotFound("case")
    back = f"/right-holder/cases/{case_id}"
    return _answer(request, casework, settings, case_id, name, Role.RIGHT_HOLDER, Role.RIGHT_HOLDER, back)


@get(
    "/compliance/cases/{case_id:uuid}/letters/{side:str}/{name:str}",
    opt=for_roles(Role.COMPLIANCE, Role.INTAKE),
    sync_to_thread=True,
)
def show_staff_letter(
    request: AnyRequest,
    case_id: FromPath[UUID],
    side: FromPath[str],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A letter to either side, as that side got it."""
    reader = caller.actor_for(casework.case(case_id)).role
    if side not in ADDRESSED or reader not in READERS:
        raise NotFound("letter")
    return _answer(request, casework, settings, case_id, name, ADDRESSED[side], reader, f"/compliance/cases/{case_id}")


def _answer(
    request: AnyRequest,
    casework: Casework,
    settings: Settings,
    case_id: UUID,
    name: str,
    side: Role,
    reader: Role,
    back: str,
) -> Response[Any]:
    """The letter as a page, or as the file that the address asks for."""
    wanted = read_name(name)
    environment: Environment = request.app.state.templates
    with use_language(frame_of(request.scope).language):
        posts = Correspondence(casework, case_id, casework.history(case_id), settings.zone)
        letter = posts.letter(side, wanted.number, reader)
        if wanted.ending in _FILES:
            make, media_type = _FILES[wanted.ending]
            content = make(letter, environment, settings.platform_name)
            return download(content, f"{file_stem(letter)}.{wanted.ending}", media_type)
        if wanted.ending:
            raise NotFound("letter")
        content_of_page = letter_fragment(letter, environment, settings.platform_name)
    return render_page(
        request,
        "pages/letter.html",
        {"letter": letter, "content": content_of_page, "back": back, "address": request.scope["path"]},
    )


def _html(letter: Letter, environment: Environment, platform: str) -> bytes:
    return standalone_html(letter, environment, platform).encode()


_FILES: dict[str, tuple[Callable[[Letter, Environment, str], bytes], str]] = {
    "pdf": (letter_pdf, "application/pdf"),
    "html": (_html, "text/html; charset=utf-8"),
}

HANDLERS = (show_uploader_letter, show_right_holder_letter, show_staff_letter, *ledger_letters.HANDLERS)
