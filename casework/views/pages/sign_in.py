"""The door: the start page, signing in by password or by link, signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND, HTTP_422_UNPROCESSABLE_ENTITY

from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC
from casework.views.access.links import SignInLinks
from casework.views.access.sessions import Sessions
from casework.views.access.throttle import SignInThrottle
from casework.views.frame import DESKS, desk_name
from casework.views.language import gettext
from casework.views.responses import render_page, safe_address, see_other

logger = structlog.get_logger()

MOST_FORM_BYTES = 16_384

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


class SessionCookie:
    """Writes the cookie that carries a session's id."""

    def __init__(self, *, secure: bool, lifetime: timedelta) -> None:
        self._secure = secure
        self._lifetime = lifetime

    @property
    def name(self) -> str:
        """The cookie's name; over TLS with the prefix that keeps other hosts of the same domain from setting it."""
        return "__Host-casework_session" if self._secure else "casework_session"

    def header(self, session_id: str | None) -> str:
        """The ``Set-Cookie`` header for a session, or the one that takes the cookie away."""
        lifetime = int(self._lifetime.total_seconds()) if session_id else 0
        cookie = Cookie(
            self.name, value=session_id or "", max_age=lifetime, secure=self._secure, httponly=True, samesite="lax"
        )
        return cookie.to_header(header="")


@get("/", opt=PUBLIC, sync_to_thread=True)
def show_home(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[Any]:
    """The desk of whoever is signed in; for others the sign-in page."""
    if caller.account is None:
        return see_other(request, "/sign-in")
    desks = [role for role in DESKS if role in caller.roles]
    if len(desks) == 1:
        return see_other(request, DESKS[desks[0]])
    listed = [{"name": desk_name(role), "href": DESKS[role]} for role in desks]
    return render_page(request, "pages/home.html", {"desks": listed})


@get("/sign-in", opt=PUBLIC, sync_to_thread=True)
def show_sign_in(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    next_address: Annotated[str | None, QueryParameter(name="next")] = None,
) -> Response[Any]:
    """The form; whoever is signed in goes on."""
    if caller.account is not None:
        return see_other(request, safe_address(next_address))
    return _sign_in_form(request, safe_address(next_address))


@post("/sign-in", opt=PUBLIC, sync_to_thread=True, status_code=200, request_max_body_size=MOST_FORM_BYTES)
def post_sign_in(
    request: Request[Any, Any, Any],
    data: Form,
    accounts: NamedDependency[Accounts],
    sessions: NamedDependency[Sessions],
    throttle: NamedDependency[SignInThrottle],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    """Check e-mail address and password; nobody is told which of the two was wrong."""
    email, password, following = (_text(data, name) for name in ("email", "password", "next"))
    throttle.attempt(address=_address(request), email=email)
    account = accounts.check_password(email, password)
    if account is None:
        logger.info("sign_in_refused")
        error = {"href": "#email", "text": gettext("E-mail address or password is wrong")}
        return _sign_in_form(request, safe_address(following), email=email[:320], errors=[error])
    return _begin_session(request, account.id, safe_address(following), sessions, session_cookie)


@get("/sign-in/{token:str}", opt=PUBLIC, sync_to_thread=True)
def show_sign_in_link(
    request: Request[Any, Any, Any], token: FromPath[str], sign_in_links: NamedDependency[SignInLinks]
) -> Response[str]:
    """A button; the link is not used up by looking at it."""
    valid = sign_in_links.is_valid(token)
    context = {"valid": valid, "action": request.scope["path"]}
    status = 200 if valid else HTTP_404_NOT_FOUND
    return render_page(request, "pages/sign_in_link.html", context, status_code=status)


@post("/sign-in/{token:str}", opt=PUBLIC, sync_to_thread=True, status_code=200, request_max_body_size=MOST_FORM_BYTES)
def post_sign_in_link(
    request: Request[Any, Any, Any],
    token: FromPath[str],
    sign_in_links: NamedDependency[SignInLinks],
    accounts: NamedDependency[Accounts],
    sessions: NamedDependency[Sessions],
    throttle: NamedDependency[SignInThrottle],
    session_cookie: NamedDependency[SessionCookie],
) -> Response[Any]:
    """Sign in by a link."""
    throttle.attempt(address=_address(request))
    account_id = sign_in_links.redeem(token)
    if account_id is None or accounts.get(account_id) is None:
        return render_page(request, "pages/sign_in_link.html", {"valid": False}, status_code=HTTP_404_NOT_FOUND)
    return _begin_session(request, account_id, "/", sessions, session_cookie)


@post("/sign-out", opt=PUBLIC, sync_to_thread=True, status_code=200, request_max_body_size=MOST_FORM_BYTES)
def post_sign_out(
    request: Request[Any, Any, Any], sessions: NamedDependency[Sessions], session_cookie: NamedDependency[SessionCookie]
) -> Response[Any]:
    """End the session; harmless without one."""
    session_id = request.cookies.get(session_cookie.name)
    if session_id:
        sessions.close(session_id)
    response = see_other(request, "/sign-in")
    response.headers["Set-Cookie"] = session_cookie.header(None)
    return response


def _begin_session(
    request: Request[Any, Any, Any], account_id: str, following: str, sessions: Sessions, cookie: SessionCookie
) -> Response[Any]:
    session_id = sessions.open(account_id, instead_of=request.cookies.get(cookie.name))
    logger.info("signed_in", account=account_id)
    response = see_other(request, following)
    response.headers["Set-Cookie"] = cookie.header(session_id)
    return response


def _sign_in_form(
    request: Request[Any, Any, Any], following: str, *, email: str = "", errors: list[dict[str, str]] | None = None
) -> Response[str]:
    context = {"next": following, "email": email, "errors": errors or []}
    status = HTTP_422_UNPROCESSABLE_ENTITY if errors else 200
    return render_page(request, "pages/sign_in.html", context, status_code=status)


def _text(data: dict[str, Any], name: str) -> str:
    """A field of a form that should come once; of several the last counts."""
    value = data.get(name, "")
    return str(value[-1] if isinstance(value, list) else value)


def _address(request: Request[Any, Any, Any]) -> str:
    return "unknown" if request.client is None else request.client.host


HANDLERS = (show_home, show_sign_in, post_sign_in, show_sign_in_link, post_sign_in_link, post_sign_out)
