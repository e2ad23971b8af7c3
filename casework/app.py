"""The web site and the API on the parts that ``casework.parts`` builds. Together they build everything there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from litestar import Litestar, Request, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from casework.eventlog.clock import Clock
from casework.installation import derived_key
from casework.logs import log_access
from casework.parts import Parts, build_parts
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC, caller_of, check_routes, require_access
from casework.views.frame import Identification, use_frame
from casework.views.handlers import api_handlers, page_handlers
from casework.views.head import HeadAnswering
from casework.views.pages.sign_in import SessionCookie
from casework.views.problems import answer_exception
from casework.views.security import Headers
from casework.views.templating import environment_in

NO_FORMS = {"exclude_from_csrf": True}
"""Marks what is never reached by a form: no form cookie, no form token."""

MOST_FORM_BYTES = 1_048_576
"""Bytes of one request at most, where the route does not say otherwise."""


def create_app(settings: Settings | None = None, *, clock: Clock | None = None, parts: Parts | None = None) -> Litestar:
    """The web site and the API. Without settings they come from the environment; ``parts`` may be built already.

    What serves is ``application.state.parts``: others on the same settings may take their place between two requests.
    """
    if parts is None:
        parts = build_parts(settings or Settings(), clock=clock)
    cookie = SessionCookie(secure=parts.settings.secure_cookies, lifetime=parts.sessions.lifetime)

    def serving() -> Parts:
        now: Parts = application.state.parts
        return now

    application = HeadAnswering(
        route_handlers=[
            Router("/", route_handlers=[*page_handlers()], include_in_schema=False),
            Router("/api/v1", route_handlers=[*api_handlers()], opt=NO_FORMS),
        ],
        dependencies=_dependencies(serving, cookie),
        guards=[require_access],
        middleware=[Identification(lambda: serving().callers, cookie.name)],
        before_request=use_frame,
        before_send=[Headers(secure=parts.settings.secure_cookies), log_access],
        exception_handlers={Exception: answer_exception},
        csrf_config=_csrf(parts.settings),
        openapi_config=_openapi(),
        request_max_body_size=MOST_FORM_BYTES,
        state=State({"parts": parts, "templates": environment_in(parts.settings.zone)}),
        logging_config=None,
        on_shutdown=[lambda: serving().close()],
    )
    check_routes(application)
    return application


def _dependencies(serving: Callable[[], Parts], cookie: SessionCookie) -> dict[str, Provide]:
    """What handlers ask for by name."""
    made: dict[str, Callable[[], Any]] = {
        "casework": lambda: serving().casework,
        "views": lambda: serving().casework.views,
        "links": lambda: serving().links,
        "intake": lambda: serving().intake,
        "accounts": lambda: serving().accounts,
        "sessions": lambda: serving().sessions,
        "tokens": lambda: serving().tokens,
        "sign_in_links": lambda: serving().sign_in_links,
        "epochs": lambda: serving().epochs,
        "throttle": lambda: serving().throttle,
        "callers": lambda: serving().callers,
        "report_runs": lambda: serving().report_runs,
        "deadline_failures": lambda: serving().deadline_failures,
        "follow_ups": lambda: serving().follow_ups,
        "proofs": lambda: serving().proofs,
        "previews": lambda: serving().previews,
        "match_results": lambda: serving().match_results,
        "verdicts": lambda: serving().verdicts,
        "auditing": lambda: serving().auditing,
        "narratives": lambda: serving().narratives,
        "publishing": lambda: serving().publishing,
        "erasing": lambda: serving().erasing,
        "settings": lambda: serving().settings,
        "session_cookie": lambda: cookie,
    }
    provided = {name: Provide(part, sync_to_thread=False) for name, part in made.items()}
    return {**provided, "caller": Provide(_caller, sync_to_thread=False)}


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return caller_of(request)


def _csrf(settings: Settings) -> CSRFConfig:
    """The cookie's name changes with the secret: a browser that kept one of another installation gets a new one."""
    key = derived_key(settings.read_secret(), "form tokens").hex()
    name = f"casework_form_{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return CSRFConfig(
        secret=key,
        cookie_name=f"__Host-{name}" if settings.secure_cookies else name,
        cookie_secure=settings.secure_cookies,
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude_from_csrf_key=next(iter(NO_FORMS)),
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Casework",
        version="1",
        openapi_router=Router("/schema", route_handlers=[], opt={**PUBLIC, **NO_FORMS}, include_in_schema=False),
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        use_handler_docstrings=True,
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    )
