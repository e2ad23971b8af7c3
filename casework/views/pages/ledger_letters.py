"""Letters about a sanction ledger on pages: a party's own, and for compliance those of any party.

``.pdf``, ``.html`` and ``.json`` behind the number give the letter as a file.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_404_NOT_FOUND

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.ledger_steps import side_of
from casework.letters.ledger import LedgerCorrespondence
from casework.letters.ledger_render import LEDGER_FORMS, ledger_file_stem, ledger_fragment
from casework.letters.naming import read_name
from casework.settings import Settings
from casework.views.access.callers import Caller, Callers
from casework.views.access.guard import PUBLIC, for_roles
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.pages.case_page import download
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]


@get("/right-holder/standing/letters/{name:str}", opt=for_roles(Role.RIGHT_HOLDER), sync_to_thread=True)
def show_own_ledger_letter(
    request: AnyRequest,
    name: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A letter to the right holder about its own ledger."""
    party = caller.actor_as(Role.RIGHT_HOLDER).id
    return _answer(request, casework, settings, party, name, "/right-holder/standing")


@get("/d/{token:str}/standing-letters/{name:str}", opt=PUBLIC, sync_to_thread=True)
def show_uploader_ledger_letter(
    request: AnyRequest,
    token: FromPath[str],
    name: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    callers: NamedDependency[Callers],
) -> Response[Any]:
    """A letter to the uploader whose link this is, about the uploader's own ledger."""
    try:
        case_id = callers.by_decision_link(token).case_id
        assert case_id is not None  # noqa: S101 - a link is always for a case
        party = casework.case(case_id).uploader
    except NotFound:
        return render_page(request, "pages/decision_gone.html", status_code=HTTP_404_NOT_FOUND)
    return _answer(request, casework, settings, party, name, f"/d/{token}#standing")


@get("/compliance/sanctions/{party:str}/letters/{name:str}", opt=for_roles(Role.COMPLIANCE), sync_to_thread=True)
def show_party_ledger_letter(
    request: AnyRequest,
    party: FromPath[str],
    name: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A letter to a party, as it got it."""
    return _answer(request, casework, settings, party, name, f"/compliance/sanctions/{party}")


def _answer(
    request: AnyRequest, casework: Casework, settings: Settings, party: str, name: str, back: str
) -> Response[Any]:
    """The letter as a page, or as the file that the address asks for."""
    wanted = read_name(name)
    environment: Environment = request.app.state.templates
    with use_language(frame_of(request.scope).language):
        letter = LedgerCorrespondence(casework, side_of(party), party, settings.zone).letter(wanted.number)
        if wanted.ending:
            make, media_type = LEDGER_FORMS[wanted.ending]
            content = make(letter, environment, settings.platform_name)
            return download(content, f"{ledger_file_stem(letter)}.{wanted.ending}", media_type)
        shown = ledger_fragment(letter, environment, settings.platform_name)
    context = {"letter": letter, "content": shown, "back": back, "address": request.scope["path"]}
    return render_page(request, "pages/ledger_letter.html", context)


HANDLERS = (show_own_ledger_letter, show_uploader_ledger_letter, show_party_ledger_letter)
