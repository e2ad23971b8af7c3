"""The headers and cookies of every answer, forms from elsewhere, and languages."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from litestar.testing import TestClient

from casework.app import create_app
from casework.database import DatabaseUrl
from casework.domain.facts import Role
from casework.parts import build_parts
from casework.views.access.tokens import Scope
from casework.views.templating import VENDOR_DIRECTORY
from tests.browser.serving import serve
from tests.web import Site, form_token, settings_for

NONCE = re.compile(r"script-src 'nonce-([\w-]+)'")


@pytest.mark.parametrize(
    "path", ["/sign-in", "/nothing-here", "/sign-in/none", "/api/v1/nothing", "/healthz", "/schema"]
)
def test_every_answer_has_the_headers(sqlite_site: Site, path: str) -> None:
    headers = sqlite_site.browser().get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'nonce-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-store"
    assert "Accept-Language" in headers["vary"]
    assert "strict-transport-security" not in headers


def test_the_nonce_is_that_of_the_page_and_new_each_time(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    seen = set()
    for path in ("/sign-in", "/sign-in", "/nothing-here"):
        answer = browser.get(path)
        (nonce,) = set(re.findall(r'<script nonce="([^"]+)"', answer.text))
        assert NONCE.search(answer.headers["content-security-policy"])[1] == nonce  # type: ignore[index]  # it is there
        seen.add(nonce)
    assert len(seen) == 3


def test_assets_with_a_hash_are_kept_for_ever_and_others_are_not(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    names = json.loads((VENDOR_DIRECTORY / "manifest.json").read_text())
    answer = browser.get(f"/static/vendor/{names['app.css']}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers
    assert browser.get("/static/vendor/manifest.json").headers["cache-control"] == "no-cache"
    assert browser.get("/static/vendor/app.000000000000.css").headers["cache-control"] == "no-cache"


def test_over_tls_cookies_are_secure_and_tls_is_remembered(sqlite_url: DatabaseUrl) -> None:
    parts = build_parts(settings_for(sqlite_url, public_url="https://casework.example"))
    account = parts.accounts.add("a@b.c", "A", [Role.REVIEWER])
    client = TestClient(create_app(parts=parts), base_url="https://casework.example")
    answer = client.get("/sign-in?lang=zh")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
    client.cookies.set("__Host-casework_session", parts.sessions.open(account.id))
    assert client.get("/", follow_redirects=False).headers["location"] == "/reviewer"
    client.cookies.clear()
    client.cookies.set("casework_session", parts.sessions.open(account.id))
    assert client.get("/", follow_redirects=False).headers["location"] == "/sign-in"
    parts.close()


def test_a_form_without_its_token_changes_nothing(sqlite_site: Site) -> None:
    account = sqlite_site.account(Role.REVIEWER)
    browser = sqlite_site.browser(account)
    token = form_token(browser.get("/sign-in/none").text)
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    foreign = form_token(sqlite_site.browser().get("/sign-in").text)
    for wrong in ({}, {"_csrf_token": forged}, {"_csrf_token": foreign}, {"_csrf_token": ""}):
        assert browser.post("/sign-out", data=wrong).status_code == 403
    assert browser.get("/").headers["location"] == "/reviewer"
    assert browser.post("/sign-out", headers={"x-csrftoken": token}).status_code == 303
    assert browser.get("/").headers["location"] == "/sign-in"


def test_htmx_is_sent_on_by_its_own_header(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    answer = browser.get("/", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/sign-in")
    assert browser.get("/", headers={"hx-request": "true", "hx-boosted": "true"}).status_code == 303


def test_the_language_is_chosen_kept_and_negotiated(sqlite_site: Site) -> None:
    browser = sqlite_site.browser(language="en-GB,en;q=0.9")
    assert '<html lang="en"' in browser.get("/sign-in").text
    assert '<html lang="zh-Hans-CN"' in browser.get("/sign-in?lang=zh").text
    assert '<html lang="zh-Hans-CN"' in browser.get("/sign-in").text
    assert '<html lang="zh-Hans-CN"' in browser.get("/nothing-here?lang=fr").text
    assert '<html lang="en"' in browser.get("/sign-in?lang=en").text
    assert '<html lang="zh-Hans-CN"' in sqlite_site.browser(language="zh-TW").get("/sign-in").text
    assert "casework_language" not in sqlite_site.browser().get("/sign-in?lang=fr").headers.get("set-cookie", "")


def test_pages_in_chinese_hold_no_english(sqlite_site: Site) -> None:
    browser = sqlite_site.browser(language="zh")
    account = sqlite_site.account(Role.REVIEWER, Role.COMPLIANCE, name="甲")
    intake = sqlite_site.account(Role.INTAKE, name="乙")
    for client, path in (
        (browser, "/sign-in"),
        (browser, "/sign-in/none"),
        (browser, "/nothing-here"),
        (sqlite_site.browser(account, language="zh"), "/"),
        (sqlite_site.browser(intake, language="zh"), "/"),
    ):
        text = re.sub(
            r"<(script|style|head).*?</\1>|<[^>]*lang=\"en\"[^>]*>.*?</a>", "", client.get(path).text, flags=re.DOTALL
        )
        words = re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]+>", " ", text))
        assert words == [], path


def test_the_header_names_who_is_signed_in_and_their_desks(sqlite_site: Site) -> None:
    account = sqlite_site.account(Role.REVIEWER, Role.COMPLIANCE, name="Ann <b>Bold</b>")
    page = sqlite_site.browser(account).get("/").text
    assert "Ann &lt;b&gt;Bold&lt;/b&gt;" in page
    assert 'href="/reviewer"' in page
    assert 'href="/compliance"' in page
    assert 'href="/right-holder"' not in page


@pytest.mark.parametrize("path", ["/sign-in", "/", "/standards", "/healthz", "/nothing-here", "/schema", "/d/none"])
def test_head_is_a_get_without_content(sqlite_site: Site, path: str) -> None:
    browser = sqlite_site.browser()
    asked, got = browser.head(path), browser.get(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert asked.headers["x-content-type-options"] == "nosniff"


def test_head_takes_no_step_and_passes_no_guard(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    assert browser.head("/compliance").headers["location"].startswith("/sign-in")
    assert browser.head("/sign-out").status_code == 405
    assert sqlite_site.api().head("/api/v1/cases").status_code == 401


def test_a_wrong_method_names_those_that_are_taken(sqlite_site: Site) -> None:
    answer = sqlite_site.browser().put("/sign-in")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_after_what_is_too_large_the_connection_is_said_to_end(sqlite_site: Site) -> None:
    token = sqlite_site.token(sqlite_site.account(Role.COMPLIANCE), Scope.REPORTS_WRITE)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    with serve(sqlite_site.app) as address, httpx.Client(base_url=address) as client:
        for _ in range(5):
            refused = client.post("/api/v1/reports", headers=headers, content=b" " * 2_000_000)
            assert refused.status_code == 413
            assert refused.headers["connection"] == "close"
            # Without the word the client would send this on a connection that the server has left.
            assert client.get("/healthz").status_code == 200
