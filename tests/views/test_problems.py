"""What goes wrong is answered in the caller's form and language, never by a traceback, never by a 500 for bad input."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from litestar import Litestar, get, post
from litestar.params import FromPath
from litestar.testing import TestClient

from casework.database import DatabaseUnavailable
from casework.domain.facts import Refused
from casework.errors import FieldError, Forbidden, Invalid, NotFound
from casework.views.problems import StepRefused, answer_exception
from casework.views.refusals import refusal_codes
from tests.web import Site, form_token

DOMAIN = Path(__file__).parent.parent.parent / "casework"


class Broken(Exception):
    """A fault that nobody expects."""


FAULTS: dict[str, tuple[Callable[[], Exception], int, str]] = {
    "invalid": (lambda: Invalid((FieldError("/upload/title", "too_long", "is too long"),)), 422, "invalid"),
    "not_found": (lambda: NotFound("case"), 404, "not_found"),
    "forbidden": (lambda: Forbidden("reviewer"), 403, "forbidden"),
    "refused": (lambda: Refused("window_closed", closed_at="2026-07-01"), 409, "window_closed"),
    "unavailable": (lambda: DatabaseUnavailable("no route to db.internal"), 503, "unavailable"),
    "away": (lambda: sa.exc.OperationalError("SELECT 1", {}, Exception("db.internal")), 503, "unavailable"),
    "broken": (lambda: Broken("secret inner detail"), 500, "fault"),
    "broken statement": (lambda: sa.exc.ProgrammingError("SELECT x", {}, Exception("secret")), 500, "fault"),
}


def failing(site: Site) -> TestClient[Litestar]:
    """A site whose every page fails as its address says."""

    def fail(name: str) -> None:
        exception = FAULTS[name][0]()
        raise exception

    @get("/{name:str}", sync_to_thread=True)
    def show_page(name: FromPath[str]) -> None:
        fail(name)

    @get("/api/v1/{name:str}", sync_to_thread=True)
    def show_resource(name: FromPath[str]) -> None:
        fail(name)

    @post("/api/v1/steps", sync_to_thread=True)
    def post_step() -> None:
        raise StepRefused(Refused("already_under_appeal"), [{"step": "withdrawals", "until": None}])

    app = Litestar(
        [show_page, show_resource, post_step],
        exception_handlers={Exception: answer_exception},
        before_send=site.app.before_send,  # type: ignore[arg-type]  # made awaitable by the site
        openapi_config=None,
        logging_config=None,
        state=site.app.state,
    )
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("name", FAULTS)
def test_programs_get_a_problem(sqlite_site: Site, name: str) -> None:
    _, status, code = FAULTS[name]
    answer = failing(sqlite_site).get(f"/api/v1/{name}")
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert problem["type"] == f"urn:casework:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert "secret" not in answer.text
    assert "db.internal" not in answer.text


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize(("language", "tag"), [("zh-CN", "zh-Hans-CN"), ("en", "en")])
def test_people_get_a_page_in_their_language(sqlite_site: Site, name: str, language: str, tag: str) -> None:
    headers = {"accept": "text/html", "accept-language": language}
    answer = failing(sqlite_site).get(f"/{name}", headers=headers)
    assert answer.status_code == FAULTS[name][1]
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{tag}"' in answer.text
    assert ("此" in answer.text or "请" in answer.text) is (language == "zh-CN")
    assert "Traceback" not in answer.text
    assert "secret" not in answer.text
    assert "script-src 'nonce-" in answer.headers["content-security-policy"]


def test_a_field_is_named_by_its_pointer(sqlite_site: Site) -> None:
    problem = failing(sqlite_site).get("/api/v1/invalid").json()
    assert problem["errors"] == [{"pointer": "/upload/title", "code": "too_long", "detail": "is too long"}]


def test_a_refusal_names_the_steps_that_are_allowed(sqlite_site: Site) -> None:
    client = failing(sqlite_site)
    answer = client.post("/api/v1/steps", headers={"accept-language": "zh"})
    assert answer.status_code == 409
    assert answer.json()["allowed_steps"] == [{"step": "withdrawals", "until": None}]
    assert "申诉" in answer.json()["detail"] or "案件" in answer.json()["detail"]
    assert client.get("/api/v1/refused").json()["details"] == {"closed_at": "2026-07-01"}


def test_a_fault_is_logged_under_the_number_that_the_answer_tells(sqlite_site: Site) -> None:
    with structlog.testing.capture_logs() as logged:
        problem = failing(sqlite_site).get("/api/v1/broken").json()
    (entry,) = [one for one in logged if one["event"] == "fault"]
    assert entry["fault"] == problem["fault"]
    assert isinstance(entry["exc_info"], Broken)


def test_every_refusal_of_the_rules_has_a_text() -> None:
    used: set[object] = set()
    for path in [*(DOMAIN / "domain").rglob("*.py"), DOMAIN / "application.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                used.update(one.value for one in node.args if isinstance(one, ast.Constant))
    assert used
    assert used - refusal_codes() == set()


ODD: list[dict[str, Any]] = [
    {"url": "/nothing-here"},
    {"url": "/sign-in?next=%ff%fe&lang=%ff"},
    {"url": "/sign-in?" + "&" * 500},
    {"url": "/sign-in?lang=" + "x" * 5000},
    {"url": "/sign-in?lang=zh&lang=en&next=/a&next=/b"},
    {"url": "/sign-in?%00=%00&next=%00"},
    {"url": "/sign-in/%ff"},
    {"url": "/sign-in/%00"},
    {"url": "/sign-in/" + "x" * 5000},
    {"url": "/%ff/../.."},
    {"url": "/static/vendor/..%2f..%2fapp.py"},
    {"url": "/static/vendor/" + "x" * 3000},
    {"url": "/", "headers": {"cookie": "casework_session=\xff\xfe; =; ;;; a=b=c; casework_language=\xff"}},
    {"url": "/", "headers": {"cookie": "casework_session=%00%ff; casework_form_x=<script>"}},
    {"url": "/", "headers": {"cookie": "casework_session=" + "x" * 60_000}},
    {"url": "/", "headers": {"accept-language": "zh;q=x, ;;, *;q=1e999, en-" + "x" * 5000}},
    {"url": "/api/v1/nothing", "headers": {"authorization": "Bearer \xff\xfe"}},
    {"url": "/api/v1/nothing", "headers": {"authorization": "Basic eDp5"}},
    {"url": "/", "method": "DELETE"},
    {"url": "/sign-in", "method": "POST", "content": b"\xff\xfe", "headers": {"content-type": "text/plain"}},
    {"url": "/sign-in", "method": "POST", "content": b"{", "headers": {"content-type": "application/json"}},
    {"url": "/sign-in", "method": "POST", "content": b"--", "headers": {"content-type": "multipart/form-data"}},
]


@pytest.mark.parametrize("request_", ODD, ids=lambda odd: f"{odd.get('method', 'GET')} {odd['url'][:40]}")
def test_odd_requests_are_never_our_fault(sqlite_site: Site, request_: dict[str, Any]) -> None:
    headers = {name: value.encode("latin-1") for name, value in request_.get("headers", {}).items()}
    answer = sqlite_site.browser().request(
        request_.get("method", "GET"), request_["url"], headers=headers, content=request_.get("content")
    )
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"email=%ff%fe&password=%00", "application/x-www-form-urlencoded"),
        (b"email=a&email=b&password=x", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
        (b"email", "application/x-www-form-urlencoded"),
        (b"email=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
        (json.dumps({"email": [1, {"a": 2}], "password": None}).encode(), "application/json"),
        (b"[1,2", "application/json"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
def test_odd_forms_are_never_our_fault(sqlite_site: Site, body: bytes, kind: str) -> None:
    browser = sqlite_site.browser()
    token = form_token(browser.get("/sign-in").text)
    headers = {"content-type": kind, "x-csrftoken": token}
    answer = browser.post("/sign-in", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
