"""What surrounds every request: who calls, in which language to answer, and what its page needs.

Everything here is found out once a request and kept in its scope, so that error answers for addresses that no route
knows are in the right language too.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.template.base import csrf_token
from litestar.types import ASGIApp, Receive, Scope, Send

from casework.domain.facts import Role
from casework.views.access.callers import NOBODY, Caller, Callers
from casework.views.access.guard import caller_of
from casework.views.language import Language, gettext, negotiate, set_language
from casework.views.templating import NavigationItem, PageRequest, SignedIn, set_page_request

LANGUAGE_COOKIE = "casework_language"
_LONGEST_QUERY = 8000

DESKS: dict[Role, str] = {
    Role.RIGHT_HOLDER: "/right-holder",
    Role.INTAKE: "/intake",
    Role.REVIEWER: "/reviewer",
    Role.COMPLIANCE: "/compliance",
    Role.OVERSIGHT: "/samples",
}
"""Where each role works; the roles that are missing have no desk yet."""


@dataclass(slots=True)
class Frame:
    """What is known of a request before anything is done. ``chosen`` is set when ``?lang=`` chose the language."""

    language: Language
    chosen: bool
    nonce: str
    started: float


def frame_of(scope: Scope) -> Frame:
    """The frame of a request, made on first use."""
    state: dict[str, Any] = scope.setdefault("state", {})
    frame: Frame | None = state.get("frame")
    if frame is None:
        frame = state["frame"] = _make_frame(scope)
    return frame


def is_api(path: str) -> bool:
    """Whether a path belongs to programs: bearer tokens only, problems instead of pages."""
    return path == "/api" or path.startswith(("/api/", "/schema"))


def role_name(role: Role) -> str:
    """The name of a role in the language of the page."""
    names = {
        Role.RIGHT_HOLDER: gettext("right holder"),
        Role.INTAKE: gettext("intake officer"),
        Role.REVIEWER: gettext("reviewer"),
        Role.COMPLIANCE: gettext("compliance officer"),
        Role.OVERSIGHT: gettext("oversight"),
        Role.ENGINEER: gettext("platform engineer"),
    }
    return names.get(role, role.value)


def desk_name(role: Role) -> str:
    """The name of a role's desk in the language of the page."""
    names = {
        Role.RIGHT_HOLDER: gettext("Right-holder desk"),
        Role.INTAKE: gettext("Intake desk"),
        Role.REVIEWER: gettext("Reviewer desk"),
        Role.COMPLIANCE: gettext("Compliance desk"),
        Role.OVERSIGHT: gettext("Oversight desk"),
    }
    return names[role]


def page_of(request: Request[Any, Any, Any]) -> PageRequest:
    """What a page needs of its request."""
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    return PageRequest(
        address=f"{path}?{query}" if query else path,
        nonce=frame_of(request.scope).nonce,
        csrf_token=csrf_token({"request": request}),
        signed_in=_signed_in(caller_of(request), path),
    )


async def use_frame(request: Request[Any, Any, Any]) -> None:
    """Make language and page those of this request; runs before every handler.

    A plain function would run in a thread, where what it sets is lost.
    """
    set_language(frame_of(request.scope).language)
    set_page_request(page_of(request))


class Identification(ASGIMiddleware):
    """Finds out who calls: by bearer token on the API, by session cookie elsewhere, never the one for the other."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, callers: Callable[[], Callers], cookie: str) -> None:
        """``callers`` is asked at each request; ``cookie`` is the name of the one with a session's id."""
        self._callers = callers
        self._cookie = cookie

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look the caller up in a worker thread; requests without credentials ask the database nothing."""
        frame_of(scope)
        scope["state"]["caller"] = await self._identify(ASGIConnection(scope))
        await next_app(scope, receive, send)

    async def _identify(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
        path = connection.scope["path"]
        if path.startswith("/static/"):
            return NOBODY
        if is_api(path):
            kind, _, credentials = connection.headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer" or not credentials.strip():
                return NOBODY
            return await asyncio.to_thread(self._callers().by_bearer, credentials.strip())
        session_id = connection.cookies.get(self._cookie)
        if not session_id:
            return NOBODY
        return await asyncio.to_thread(self._callers().by_session, session_id)


def _make_frame(scope: Scope) -> Frame:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    query = scope["query_string"][:_LONGEST_QUERY].decode("latin-1")
    wanted = dict(parse_qsl(query, max_num_fields=None)).get("lang")
    cookie = connection.cookies.get(LANGUAGE_COOKIE)
    accepted = connection.headers.get("accept-language")
    language = negotiate(wanted, cookie, accepted)
    chosen = wanted is not None and negotiate(wanted, None, None) is negotiate(wanted, "zh", None)
    return Frame(language=language, chosen=chosen, nonce=secrets.token_urlsafe(18), started=time.perf_counter())


def _signed_in(caller: Caller, path: str) -> SignedIn | None:
    if caller.account is None:
        return None
    desks = [role for role in DESKS if role in caller.roles]
    here = next((role for role in desks if path.startswith(DESKS[role])), None)
    roles = [here] if here else sorted(caller.roles)
    return SignedIn(
        name=caller.account.name,
        role=", ".join(role_name(role) for role in roles),
        navigation=tuple(NavigationItem(desk_name(role), DESKS[role], role is here) for role in desks),
    )
