"""``/sanctions/{party}/letters``: the letters about a sanction ledger as JSON, HTML or PDF, for the party and staff.

Uploaders have no account: theirs are below the link of their decision, as pages and files.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from jinja2 import Environment
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import Forbidden
from casework.ledger_steps import side_of
from casework.letters.ledger import LedgerCorrespondence, LedgerHeading
from casework.letters.ledger_render import LEDGER_FORMS, ledger_file_stem
from casework.letters.naming import read_name
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented
from casework.views.frame import frame_of
from casework.views.language import use_language
from casework.views.pages.case_page import download

AnyRequest = Request[Any, Any, Any]


class ListedLedgerLetter(msgspec.Struct, frozen=True):
    """One letter of a list; ``kind`` is the fact that it tells of. ``links`` lead to its three forms."""

    number: int
    kind: str
    title: str
    written_at: datetime
    receipt: str
    links: dict[str, str]


class LedgerLettersAnswer(msgspec.Struct, frozen=True):
    """The letters to a party about its ledger, the oldest first."""

    party: str
    letters: list[ListedLedgerLetter]


@get(
    "/sanctions/{party:str}/letters",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_ledger_letters(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    party: FromPath[str],
) -> LedgerLettersAnswer:
    """The letters about the ledger of one party, for itself, compliance and intake."""
    posts = _posts(casework, caller, settings, party)
    with use_language(frame_of(request.scope).language):
        return LedgerLettersAnswer(party, [_listed(party, one) for one in posts.headings()])


@get(
    "/sanctions/{party:str}/letters/{name:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/json",
    operation_class=documented(problems=(404,)),
)
def get_ledger_letter(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    party: FromPath[str],
    name: FromPath[str],
) -> Response[bytes]:
    """One letter by its number; behind it ``.json`` (as without an ending), ``.html`` or ``.pdf``."""
    wanted, posts = read_name(name), _posts(casework, caller, settings, party)
    environment: Environment = request.app.state.templates
    with use_language(frame_of(request.scope).language):
        letter = posts.letter(wanted.number)
        make, media_type = LEDGER_FORMS[wanted.ending or "json"]
        content = make(letter, environment, settings.platform_name)
        if media_type == "application/json":
            return Response(content, media_type=media_type)
        return download(content, f"{ledger_file_stem(letter)}.{wanted.ending}", media_type)


def _posts(casework: Casework, caller: Caller, settings: Settings, party: str) -> LedgerCorrespondence:
    """The letters of a party that the caller may read. Raises ``NotFound`` and ``Forbidden``."""
    side = side_of(party)
    own = caller.account is not None and caller.account.party == party and Role.RIGHT_HOLDER in caller.roles
    if not own and not caller.roles & {Role.COMPLIANCE, Role.INTAKE}:
        raise Forbidden(Role.COMPLIANCE.value)
    return LedgerCorrespondence(casework, side, party, settings.zone)


def _listed(party: str, heading: LedgerHeading) -> ListedLedgerLetter:
    address = f"/api/v1/sanctions/{party}/letters/{heading.number}"
    return ListedLedgerLetter(
        number=heading.number,
        kind=heading.kind,
        title=heading.title,
        written_at=heading.at,
        receipt=heading.receipt,
        links={ending: f"{address}.{ending}" for ending in LEDGER_FORMS},
    )


HANDLERS = (get_ledger_letters, get_ledger_letter)
