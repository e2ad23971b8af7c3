"""What whoever watches over the processes is told, and what the logs tell of people."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import structlog
from pydantic import SecretStr

from casework.app import create_app
from casework.database import DatabaseUnavailable, DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.domain.values import DeadlineKind
from casework.installation import WrongSecret
from casework.logs import set_up_logs
from casework.parts import build_application, build_parts
from casework.views.access.tokens import Scope
from casework.views.models.deadlines import Due
from casework.views.pages.health import NOTABLE_LAG
from tests import samples
from tests.web import SECRET, Site, on_sqlite, post_form, settings_for


def test_ready_with_notable_lag_told(site: Site) -> None:
    answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    list(site.parts.intake.take([samples.decision_line()], samples.MATCHER))
    # A count that moves with each event would tell everybody when a sealed ruling comes in.
    assert site.browser().get("/readyz").json() == answer.json()
    lines = [samples.decision_line(decision_id=f"lag-{number}") for number in range(NOTABLE_LAG)]
    list(site.parts.intake.take(lines, samples.MATCHER))
    views = {view["name"]: view for view in site.browser().get("/readyz").json()["views"]}
    assert views["cases"]["lag"] == NOTABLE_LAG + 1


@on_sqlite
def test_not_ready_while_a_view_is_stuck(site: Site) -> None:
    list(site.parts.intake.take([samples.decision_line()], samples.MATCHER))
    cases = site.parts.casework.views.tables("cases")["cases"]
    with site.parts.casework.views.engine.begin() as connection:
        cases.drop(connection)
    site.parts.casework.views.catch_up()
    answer = site.browser().get("/readyz")
    assert answer.status_code == 503
    assert "view_stuck:cases" in answer.json()["problems"]
    assert site.browser().get("/healthz").status_code == 200


@on_sqlite
def test_a_failing_deadline_is_told_and_keeps_nobody_away(site: Site) -> None:
    assert site.browser().get("/readyz").json()["failing_deadlines"] == 0
    site.parts.deadline_failures.failed(Due(UUID(int=1), DeadlineKind.WAIT, site.clock.now()), "fault")
    answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.json()["failing_deadlines"]) == (200, 1)


def test_not_ready_on_a_database_of_another_build(site: Site) -> None:
    with site.parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["database_not_migrated"])


def test_not_ready_when_the_database_is_gone(sqlite_site: Site) -> None:
    path = parse_database_url(sqlite_site.parts.settings.database_url).path
    assert path is not None
    path.unlink()
    path.mkdir()
    answer = sqlite_site.browser().get("/readyz")
    assert answer.status_code == 503
    assert "database_unavailable" in answer.json()["problems"]


def test_nothing_is_built_on_a_database_with_another_secret(sqlite_url: DatabaseUrl) -> None:
    build_parts(settings_for(sqlite_url)).close()
    settings = settings_for(sqlite_url).model_copy(update={"secret": SecretStr("x" * 40)})
    with pytest.raises(WrongSecret):
        build_application(settings)
    build_parts(settings_for(sqlite_url)).close()


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = parse_database_url("postgresql://casework:very-secret@127.0.0.1:1/none?connect_timeout=1")
    with pytest.raises((DatabaseUnavailable, sa.exc.OperationalError)) as refused:
        build_application(settings_for(url))
    assert "very-secret" not in str(refused.value)


def test_standards_of_the_platform_stand_beside_the_shipped_ones(sqlite_url: DatabaseUrl, tmp_path: Path) -> None:
    shipped = (samples.PUBLISHED / "cn-2021-1.toml").read_text("utf-8")
    own = shipped.replace('"cn-2021-1"', '"own-1"')
    lines = [
        'effective_from = "2030-01-01T00:00:00+08:00"' if line.startswith("effective_from") else line
        for line in own.splitlines()
    ]
    (tmp_path / "own.toml").write_text("\n".join(lines), "utf-8")
    casework = build_application(settings_for(sqlite_url, standards_directory=tmp_path))
    assert set(casework.standards.by_id) >= {"cn-2021-1", "own-1"}
    casework.log.close()


def test_logs_are_json_and_tell_nothing_of_people(sqlite_site: Site) -> None:
    written = io.StringIO()
    before = (structlog.get_config(), logging.getLogger().handlers, logging.getLogger().level)
    set_up_logs(written)
    try:
        account = sqlite_site.account(Role.ENGINEER, name="Ann Example", password="a very plain password")
        browser = sqlite_site.browser()
        given = {"email": account.email, "password": "a very plain password"}
        post_form(browser, "/sign-in", {**given, "password": "wrong one"})
        post_form(browser, "/sign-in", given)
        link = sqlite_site.parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1))
        browser.get(f"/sign-in/{link}?q=search+words")
        browser.get("/d/secret-token-of-a-page?q=search+words")
        token = sqlite_site.token(account, Scope.DECISIONS_WRITE)
        sqlite_site.api(token).get("/api/v1/nothing?title=My+review")
        logging.getLogger("another.package").warning("careful: %s", "now")
    finally:
        structlog.configure(**before[0])
        logging.getLogger().handlers, logging.getLogger().level = before[1], before[2]
    text = written.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["event"] for line in lines} >= {"request", "signed_in", "sign_in_refused", "careful: now"}
    assert "/sign-in/{token}" in {line.get("route") for line in lines}
    held = [browser.cookies["casework_session"], link, token, account.email, account.name, SECRET]
    for secret in (*held, "wrong one", "plain password", "search", "secret-token", "review"):
        assert secret not in text


def test_a_fault_is_logged_without_what_was_sent(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    before = (structlog.get_config(), logging.getLogger().handlers, logging.getLogger().level)
    answer = next(iter(sqlite_site.parts.intake.take([samples.decision_line()], samples.MATCHER)))
    link = str(answer.page).removeprefix("/d/")
    parameters = {"email": "ann@example.org", "name": "Ann Example"}

    def fail(*_arguments: Any, **_named: Any) -> None:
        with sqlite_site.parts.engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO nowhere VALUES (:email, :name)"), parameters)

    monkeypatch.setattr("casework.application.Casework.handle", fail)
    set_up_logs(written)
    try:
        contest = {"ground": "other", "reasons": "My neighbour told me."}
        response = sqlite_site.api(link).post(f"/api/v1/cases/{answer.case_id}/contests", json=contest)
        try:
            fail()
        except sa.exc.SQLAlchemyError as error:
            structlog.get_logger().error("fault", exc_info=error)
    finally:
        structlog.configure(**before[0])
        logging.getLogger().handlers, logging.getLogger().level = before[1], before[2]
    assert response.status_code in (500, 503)
    text = written.getvalue()
    assert "test_health.py" in text, "the place of the fault is told"
    for secret in ("neighbour", link, "ann@example.org", "Ann Example"):
        assert secret not in text


def test_the_interface_is_described(sqlite_site: Site) -> None:
    answer = sqlite_site.browser().get("/schema")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json"
    description = answer.json()
    assert description["openapi"] == "3.1.0"
    assert all(path.startswith("/api/v1/") for path in description["paths"])
    assert description == sqlite_site.browser().get("/schema/openapi.json").json()


def test_two_sites_can_be_made_in_one_process(sqlite_url: DatabaseUrl) -> None:
    for _ in range(2):
        parts = build_parts(settings_for(sqlite_url))
        create_app(parts=parts)
        parts.close()
