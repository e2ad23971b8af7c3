"""``/cases/{id}/letters``: the letters of a case, each as JSON, HTML or PDF; parties their own, staff those of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from jinja2 import Environment
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.errors import FieldError, Invalid, NotFound
from casework.letters.kinds import SIDES
from casework.letters.letter import Heading, Letter
from casework.letters.naming import read_name
from casework.letters.render import file_stem, letter_json, letter_pdf, standalone_html
from casework.letters.writing import READERS, Correspondence
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api import ledger_letters
from casework.views.api.cases import CaseId, read_case_id
from casework.views.api.documents import documented
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.pages.case_page import download

AnyRequest = Request[Any, Any, Any]
Side = Literal["uploader", "right_holder"]


class ListedLetter(msgspec.Struct, frozen=True):
    """One letter of a list; ``number`` counts those to this side. ``links`` lead to its three forms."""

    number: int
    side: str
    kind: str
    title: str
    written_at: datetime
    receipt: str
    links: dict[str, str]


class LettersAnswer(msgspec.Struct, frozen=True):
    """The letters of a case that the caller may read, by side, the oldest first."""

    case_id: UUID
    letters: list[ListedLetter]


@get(
    "/cases/{case_id:str}/letters",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_letters(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
) -> LettersAnswer:
    """The letters to the caller, for staff those to both sides; titles are in the language asked for."""
    identifier = read_case_id(case_id)
    actor = _reader(casework, caller, identifier)
    posts = Correspondence(casework, identifier, casework.history(identifier), settings.zone)
    with use_language(frame_of(request.scope).language):
        headings = [one for side in _sides(actor) for one in posts.headings(side, actor.role)]
    return LettersAnswer(identifier, [_listed(identifier, one) for one in headings])


@get(
    "/cases/{case_id:str}/letters/{name:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/json",
    operation_class=documented(problems=(400, 404, 422)),
)
def get_letter(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    name: FromPath[str],
    side: Annotated[Side | None, QueryParameter(name="side")] = None,
) -> Response[bytes]:
    """One letter by its number; behind it ``.json`` (as without an ending), ``.html`` or ``.pdf``.

    Staff say whose letter they mean by ``side``. The language is that of ``lang`` or ``Accept-Language``.
    """
    identifier, wanted = read_case_id(case_id), read_name(name)
    actor = _reader(casework, caller, identifier)
    sides = _sides(actor)
    if len(sides) > 1 and side is None:
        raise Invalid((FieldError("/side", "missing", "say whose letter: uploader or right_holder"),))
    if side is not None and Role(side) not in sides:
        raise NotFound("letter")
    environment: Environment = request.app.state.templates
    with use_language(frame_of(request.scope).language):
        posts = Correspondence(casework, identifier, casework.history(identifier), settings.zone)
        letter = posts.letter(sides[0] if side is None else Role(side), wanted.number, actor.role)
        make, media_type = _FORMS[wanted.ending or "json"]
        content = make(letter, environment, settings.platform_name)
        if media_type == "application/json":
            return Response(content, media_type=media_type)
        return download(content, f"{file_stem(letter)}.{wanted.ending}", media_type)


def _reader(casework: Casework, caller: Caller, case_id: UUID) -> Actor:
    """As whom the caller reads letters. Raises ``NotFound`` for whoever gets none, reviewers among them."""
    actor = caller.actor_for(casework.case(case_id))
    if actor.role not in (*SIDES, *READERS):
        raise NotFound("letter")
    return actor


def _sides(actor: Actor) -> tuple[Role, ...]:
    return (actor.role,) if actor.role in SIDES else SIDES


def _listed(case_id: UUID, heading: Heading) -> ListedLetter:
    address = f"/api/v1/cases/{case_id}/letters/{heading.number}"
    return ListedLetter(
        number=heading.number,
        side=heading.side.value,
        kind=heading.kind.value,
        title=heading.title,
        written_at=heading.at,
        receipt=heading.receipt,
        links={ending: f"{address}.{ending}?side={heading.side.value}" for ending in _FORMS},
    )


def _html(letter: Letter, environment: Environment, platform: str) -> bytes:
    return standalone_html(letter, environment, platform).encode()


_FORMS: dict[str, tuple[Callable[[Letter, Environment, str], bytes], str]] = {
    "json": (letter_json, "application/json"),
    "html": (_html, "text/html; charset=utf-8"),
    "pdf": (letter_pdf, "application/pdf"),
}

HANDLERS = (get_letters, get_letter, *ledger_letters.HANDLERS)
