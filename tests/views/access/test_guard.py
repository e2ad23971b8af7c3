"""Every route is private unless it says otherwise, and says so in one way."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import TestClient

from casework.domain.facts import Role
from casework.views.access.guard import (
    PUBLIC,
    UnmarkedRoute,
    check_routes,
    for_roles,
    for_scopes,
    handlers,
    require_access,
)
from casework.views.access.tokens import Scope
from casework.views.problems import answer_exception
from tests.web import Site


def address_of(path: str) -> str:
    """Any address of a route."""
    any_of = {"uuid": str(uuid4()), "int": "1"}
    return re.sub(r"\{(\w+):(\w+)\}", lambda found: any_of.get(found[2], "x"), path)


def test_no_private_route_answers_a_stranger(sqlite_site: Site) -> None:
    asked = 0
    for path, handler in handlers(sqlite_site.app):
        if handler.opt.get("public"):
            continue
        for method in sorted(getattr(handler, "http_methods", {"GET"})):
            client = sqlite_site.api() if path.startswith("/api/") else sqlite_site.browser()
            # The form token is checked before the guard: a stranger has none, so a form of a page is refused anyway.
            answer = client.request(method, address_of(path))
            assert answer.status_code in (401, 403, 303), (method, path, answer.status_code)
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in?next=")
            asked += 1
    assert asked or not [path for path, handler in handlers(sqlite_site.app) if not handler.opt.get("public")]


def test_public_routes_are_these(sqlite_site: Site) -> None:
    public = {path for path, handler in handlers(sqlite_site.app) if handler.opt.get("public")}
    under = ["/sign-in", "/sign-out", "/healthz", "/readyz", "/static/vendor/", "/schema", "/d/", "/standards"]
    under += [
        "/transparency",
        "/register",
        "/api/v1/standards",
        "/api/v1/log/",
        "/api/v1/match-results/{engine:str}",  # signed by the engine instead
        "/api/v1/register",
        "/fees",
        "/api/v1/fees",
        "/api/v1/transparency",
    ]
    unexpected = [path for path in public if path != "/" and not path.startswith(tuple(under))]
    assert unexpected == []


@pytest.mark.parametrize(
    ("opt", "sound"),
    [
        ({}, False),
        ({"public": False}, False),
        ({"roles": []}, False),
        ({**PUBLIC, **for_roles(Role.REVIEWER)}, False),
        ({**for_scopes(Scope.ADMIN), **for_roles(Role.REVIEWER)}, False),
        (PUBLIC, True),
        (for_roles(Role.REVIEWER), True),
        (for_scopes(Scope.CASES_READ), True),
    ],
)
def test_a_route_must_say_who_may_use_it(opt: dict[str, Any], sound: bool) -> None:
    @get("/somewhere", opt=opt, sync_to_thread=False)
    def show() -> None: ...

    application = Litestar([show], openapi_config=None)
    if sound:
        check_routes(application)
    else:
        with pytest.raises(UnmarkedRoute, match="/somewhere"):
            check_routes(application)


def test_roles_and_scopes_decide(sqlite_site: Site) -> None:
    @get("/desk", opt=for_roles(Role.REVIEWER), sync_to_thread=False)
    def show_desk() -> str:
        return "desk"

    @get("/api/v1/cases/{case_id:str}", opt=for_scopes(Scope.CASES_READ), sync_to_thread=False)
    def show_case(case_id: FromPath[str]) -> str:
        return "case"

    @get("/api/v1/cases", opt=for_scopes(Scope.CASES_READ), sync_to_thread=False)
    def list_cases() -> str:
        return "cases"

    @get("/api/v1/reports", opt=for_scopes(Scope.CASES_READ, Scope.REPORTS_READ), sync_to_thread=False)
    def list_reports() -> str:
        return "reports"

    site = sqlite_site
    app = Litestar(
        [show_desk, show_case, list_cases, list_reports],
        guards=[require_access],
        middleware=site.app.middleware,
        exception_handlers={Exception: answer_exception},
        openapi_config=None,
        state=site.app.state,
    )
    check_routes(app)
    reviewer = site.account(Role.REVIEWER)
    case_id = uuid4()
    client = TestClient(app)

    def status(path: str, *, session: str = "", token: str = "") -> int:
        headers = {"cookie": f"casework_session={session}"} if session else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        return client.get(path, headers=headers, follow_redirects=False).status_code

    session = site.parts.sessions.open(reviewer.id)
    other_session = site.parts.sessions.open(site.account(Role.COMPLIANCE).id)
    token = site.token(reviewer, Scope.CASES_READ)
    link = site.parts.links.token(case_id)
    assert status("/desk", session=session) == 200
    assert status("/desk", session=other_session) == 403
    assert status("/desk", token=token) == 303, "a page takes no bearer token"
    assert status("/api/v1/cases", session=session) == 401, "the API takes no session"
    assert status("/api/v1/cases", token=token) == 200
    assert status("/api/v1/reports", token=token) == 403
    assert status("/api/v1/cases", token=token + "x") == 401
    assert status(f"/api/v1/cases/{case_id}", token=link) == 200
    assert status(f"/api/v1/cases/{uuid4()}", token=link) == 403
    assert status("/api/v1/cases", token=link) == 403
    assert status("/api/v1/reports", token=link) == 403
    site.parts.epochs.revoke(case_id)
    assert status(f"/api/v1/cases/{case_id}", token=link) == 401
    assert status(f"/api/v1/cases/{case_id}", token=site.parts.links.token(case_id, 1)) == 200
