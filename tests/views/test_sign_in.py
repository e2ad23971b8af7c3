"""The door: signing in by password and by link, the session behind it, and where one goes on to."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from casework.domain.facts import Role
from casework.views.access.accounts import Account
from casework.views.access.sessions import IDLE
from casework.views.access.tables import SESSIONS, digest
from tests.web import Browser, Site, form_token, on_sqlite, post_form

PASSWORD = "correct horse battery"
COOKIE = "casework_session"


def sign_in(browser: Browser, account: Account, password: str = PASSWORD, page: str = "/sign-in") -> httpx.Response:
    return post_form(
        browser, page, {"email": account.email, "password": password, **next_of(browser, page)}, to="/sign-in"
    )


def next_of(browser: Browser, page: str) -> dict[str, str]:
    marker = 'name="next" value="'
    return {"next": browser.get(page).text.partition(marker)[2].partition('"')[0]}


def rows(site: Site) -> list[sa.Row[tuple[str, str]]]:
    with site.parts.engine.connect() as connection:
        return list(connection.execute(sa.select(SESSIONS.c.digest, SESSIONS.c.account_id)))


def test_password_opens_the_desk_and_only_the_hash_of_the_session_is_kept(site: Site) -> None:
    account = site.account(Role.REVIEWER, password=PASSWORD)
    browser = site.browser()
    answer = sign_in(browser, account)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = browser.cookies[COOKIE]
    assert rows(site) == [(digest(cookie), account.id)]
    assert browser.get("/").headers["location"] == "/reviewer"
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in answer.headers["set-cookie"]


@on_sqlite
def test_a_visitor_leaves_no_trace(site: Site) -> None:
    browser = site.browser()
    for page in ("/", "/sign-in", "/sign-in/none", "/nothing-here", "/healthz"):
        browser.get(page)
    assert rows(site) == []
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("email", ["known", "unknown@example.org"])
def test_wrong_password_and_unknown_address_get_the_same_answer(sqlite_site: Site, email: str) -> None:
    account = sqlite_site.account(password=PASSWORD)
    browser = sqlite_site.browser()
    given = {"email": account.email if email == "known" else email, "password": "wrong password"}
    answer = post_form(browser, "/sign-in", given)
    assert answer.status_code == 422
    assert "E-mail address or password is wrong" in answer.text
    assert rows(sqlite_site) == []


@on_sqlite
def test_a_session_id_brought_along_is_never_adopted(site: Site) -> None:
    account = site.account(password=PASSWORD)
    browser = site.browser()
    browser.cookies.set(COOKIE, "prepared-by-somebody-else")
    sign_in(browser, account)
    held = [cookie.value for cookie in browser.cookies.jar if cookie.name == COOKIE]
    assert digest("prepared-by-somebody-else") not in [row.digest for row in rows(site)]
    assert "prepared-by-somebody-else" not in held[-1:]
    stranger = site.browser()
    stranger.cookies.set(COOKIE, "prepared-by-somebody-else")
    assert stranger.get("/").headers["location"] == "/sign-in"


@on_sqlite
def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    account = site.account(password=PASSWORD)
    browser = site.browser(account)
    before = browser.cookies[COOKIE]
    token = form_token(browser.get("/sign-in/none").text)
    answer = browser.post("/sign-in", data={"_csrf_token": token, "email": account.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert [row.digest for row in rows(site)] != [digest(before)]
    assert len(rows(site)) == 1


@on_sqlite
def test_signing_out_ends_the_session_at_the_server(site: Site) -> None:
    account = site.account()
    browser = site.browser(account)
    copied = browser.cookies[COOKIE]
    token = form_token(browser.get("/sign-in/none").text)
    assert browser.post("/sign-out", data={"_csrf_token": token}).headers["location"] == "/sign-in"
    thief = site.browser()
    thief.cookies.set(COOKIE, copied)
    assert thief.get("/").headers["location"] == "/sign-in"
    assert rows(site) == []


def test_a_session_ends_when_unused_and_lives_on_when_used(site: Site) -> None:
    account = site.account(Role.REVIEWER)
    used, unused = site.browser(account), site.browser(account)
    site.clock.advance(IDLE - timedelta(minutes=1))
    assert used.get("/").headers["location"] == "/reviewer"
    site.clock.advance(timedelta(minutes=2))
    assert used.get("/").headers["location"] == "/reviewer"
    assert unused.get("/").headers["location"] == "/sign-in"


@on_sqlite
def test_a_session_ends_with_its_absolute_lifetime_however_much_it_is_used(site: Site) -> None:
    browser = site.browser(site.account(Role.REVIEWER))
    end = site.clock.now() + timedelta(hours=site.parts.settings.session_hours)
    while site.clock.now() < end - timedelta(hours=1):
        assert browser.get("/").headers["location"] == "/reviewer"
        site.clock.advance(timedelta(hours=1))
    site.clock.advance_to(end)
    assert browser.get("/").headers["location"] == "/sign-in"


def test_use_is_written_down_at_most_every_five_minutes(sqlite_site: Site) -> None:
    browser = sqlite_site.browser(sqlite_site.account())

    def seen() -> object:
        with sqlite_site.parts.engine.connect() as connection:
            return connection.execute(sa.select(SESSIONS.c.seen_at)).scalar_one()

    first = seen()
    sqlite_site.clock.advance(timedelta(minutes=4))
    browser.get("/")
    assert seen() == first
    sqlite_site.clock.advance(timedelta(minutes=1))
    browser.get("/")
    assert seen() == sqlite_site.clock.now()


def test_a_new_password_ends_all_sessions(site: Site) -> None:
    account = site.account(password=PASSWORD)
    browser = site.browser(account)
    site.parts.accounts.set_password(account.id, "another good password")
    assert browser.get("/").headers["location"] == "/sign-in"
    assert sign_in(site.browser(), account).status_code == 422
    assert sign_in(site.browser(), account, "another good password").status_code == 303


@on_sqlite
def test_a_deactivated_account_is_out_at_once(site: Site) -> None:
    account = site.account(password=PASSWORD)
    browser = site.browser(account)
    link = site.parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1))
    site.parts.accounts.deactivate(account.id)
    assert browser.get("/").headers["location"] == "/sign-in"
    assert sign_in(site.browser(), account).status_code == 422
    assert site.browser().get(f"/sign-in/{link}").status_code == 404


@on_sqlite
def test_all_sessions_of_a_person_can_be_ended(site: Site) -> None:
    account, other = site.account(Role.REVIEWER), site.account(Role.REVIEWER)
    browsers = [site.browser(account), site.browser(account)]
    untouched = site.browser(other)
    assert site.parts.sessions.close_all(account.id) == 2
    assert [browser.get("/").headers["location"] for browser in browsers] == ["/sign-in", "/sign-in"]
    assert untouched.get("/").headers["location"] == "/reviewer"


def test_guessing_is_slowed_down_by_account_and_told_when_to_try_again(site: Site) -> None:
    account = site.account()
    browser = site.browser()
    token = form_token(browser.get("/sign-in").text)
    guess = {"_csrf_token": token, "email": account.email, "password": "x" * 501}
    answers = [browser.post("/sign-in", data=guess).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    refused = browser.post("/sign-in", data=guess)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert browser.post("/sign-in", data={**guess, "email": "somebody@else.org"}).status_code == 422
    site.clock.advance(timedelta(minutes=1))
    assert browser.post("/sign-in", data=guess).status_code == 422


@on_sqlite
def test_guessing_many_accounts_is_slowed_down_by_address(site: Site) -> None:
    browser = site.browser()
    token = form_token(browser.get("/sign-in").text)
    answers = [
        browser.post("/sign-in", data={"_csrf_token": token, "email": f"p{n}@e.org", "password": "x" * 501}).status_code
        for n in range(51)
    ]
    assert answers == [422] * 50 + [429]


def test_a_link_signs_in_by_its_button_once(site: Site) -> None:
    account = site.account(Role.COMPLIANCE)
    link = "/sign-in/" + site.parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1))
    prefetching = site.browser()
    assert [prefetching.get(link).status_code for _ in range(3)] == [200, 200, 200]
    assert COOKIE not in prefetching.cookies
    browser = site.browser()
    assert post_form(browser, link).status_code == 303
    assert browser.get("/").headers["location"] == "/compliance"
    again = site.browser()
    assert again.get(link).status_code == 404
    token = form_token(again.get("/sign-in").text)
    assert again.post(link, data={"_csrf_token": token}).status_code == 404
    assert COOKIE not in again.cookies


@on_sqlite
def test_a_lasting_link_works_until_it_expires(site: Site) -> None:
    account = site.account()
    made = site.parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1), single_use=False)
    for _ in range(2):
        assert post_form(site.browser(), f"/sign-in/{made}").status_code == 303
    site.clock.advance(timedelta(hours=1))
    assert site.browser().get(f"/sign-in/{made}").status_code == 404


@pytest.mark.parametrize("wanted", ["/cases/1?x=%2F&y=2"])
def test_going_on_to_a_page_of_this_site(sqlite_site: Site, wanted: str) -> None:
    account = sqlite_site.account(password=PASSWORD)
    browser = sqlite_site.browser()
    page = f"/sign-in?{httpx.QueryParams({'next': wanted})}"
    given = {"email": account.email, "password": PASSWORD, "next": wanted}
    assert f'value="{wanted.replace("&", "&amp;")}"' in browser.get(page).text
    assert post_form(browser, page, given, to="/sign-in").headers["location"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie: x=1\r\nA: b",
        "javascript:alert(1)",
        " //evil.example",
        "evil.example",
        "/" + "x" * 3000,
    ],
)
def test_going_on_to_another_site_is_not_possible(sqlite_site: Site, wanted: str) -> None:
    signed_in = sqlite_site.browser(sqlite_site.account())
    assert signed_in.get("/sign-in", params={"next": wanted}).headers["location"] == "/"
    assert 'name="next" value="/"' in sqlite_site.browser().get("/sign-in", params={"next": wanted}).text


def test_the_form_cannot_be_made_to_go_on_to_another_site(sqlite_site: Site) -> None:
    account = sqlite_site.account(password=PASSWORD)
    given = {"email": account.email, "password": PASSWORD, "next": "//evil.example/"}
    assert post_form(sqlite_site.browser(), "/sign-in", given).headers["location"] == "/"
