"""A site with everybody around it, on which one scenario after another is played through the HTTP API.

The clock is set for each scenario, to before or after the last one's: scenarios share nothing but the site and its
reviewers, so the order of their days does not matter.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from litestar.testing import TestClient

from casework.app import create_app
from casework.database import DatabaseUrl, writing
from casework.domain.facts import Role
from casework.parts import Parts, build_parts
from casework.views.access.accounts import Account
from casework.views.access.passwords import Passwords
from casework.views.access.tokens import Scope
from tests.scenarios.story import Scenario
from tests.web import Browser, Site, settings_for

YEARS = timedelta(days=3000)
OPENED = datetime(2025, 6, 1, tzinfo=UTC)
"""When the site and its people were set up, before every scenario."""

IN_FORCE = "2025-01-01T00:00:00+00:00"
"""From when a changed standard counts: after the shipped ones, before every scenario."""

REVIEWERS = 9
FAMILIES = {"cn": "CN", "no": "CN", "de": "DE", "eu": "EU", "us": "US"}


class ScenarioClock:
    """A clock that each scenario sets as it likes."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self.moment


@dataclass
class Stage:
    """One site, the people who work there, and how to speak with its API."""

    site: Site
    clock: ScenarioClock
    client: Browser
    engine: str
    compliance: str
    intake: str
    oversight: str
    reviewers: dict[str, str] = field(default_factory=dict)
    _people: int = 0

    def call(self, method: str, path: str, token: str, json: Any = None, files: Any = None) -> httpx.Response:
        """One request with this bearer token."""
        headers = {"authorization": f"Bearer {token}", "accept": "application/json", "accept-language": "en"}
        return self.client.request(method, f"/api/v1{path}", headers=headers, json=json, files=files)

    def employ(self, *roles: Role, act: bool = True, **more: Any) -> tuple[Account, str]:
        """A new account and its token."""
        account = self.site.account(*roles, **more)
        scopes = [Scope.CASES_READ, *([Scope.CASES_ACT] if act else [])]
        if Role.ENGINEER in roles:
            scopes = [Scope.DECISIONS_WRITE, Scope.CASES_READ]
        if {Role.INTAKE, Role.COMPLIANCE} & {*roles}:
            scopes.append(Scope.INTAKE)
        return account, self.site.token(account, *scopes, valid_for=YEARS)

    def look_only_at(self, cases: Sequence[UUID]) -> None:
        """Take what earlier scenarios left open off the lists of what is due: to play that on takes long."""
        views = self.site.parts.casework.views
        views.catch_up(["cases"])
        tables = views.tables("cases")
        due, rows = tables["deadlines"], tables["cases"]
        with writing(views.engine) as connection:
            connection.execute(sa.delete(due).where(due.c.case_id.not_in(cases)))
            waiting = rows.c.needs_seats & rows.c.case_id.not_in(cases)
            connection.execute(sa.update(rows).where(waiting).values(needs_seats=False))

    def hire(self, number: int = 1) -> None:
        """More reviewers."""
        for _ in range(number):
            account, token = self.employ(Role.REVIEWER, languages=["zh", "en"])
            self.reviewers[account.id] = token


class Theatre:
    """The one application that all stages use, one after another: to build one takes as long as to play a scenario."""

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened
        self._client: Browser | None = None

    def put_on(self, parts: Parts) -> Browser:
        """Serve this site from now on; how to speak with it."""
        if self._client is None:
            client = TestClient(create_app(parts=parts), raise_server_exceptions=False)
            self._client = self._opened.enter_context(client)
        self._client.app.state.parts = parts
        return self._client


@contextmanager
def stage(url: DatabaseUrl, scenario: Scenario, folder: Path, theatre: Theatre) -> Iterator[Stage]:
    """A site under the regime, standard and profile of this scenario, put on."""
    clock = ScenarioClock(OPENED)
    changes: dict[str, Any] = {} if scenario.regime == "none" else {"regime": scenario.regime}
    if scenario.standard:
        changes["standards_directory"] = own_standard(scenario, folder)
    settings = settings_for(url, **changes)
    parts = build_parts(settings, clock=clock, passwords=Passwords(rounds=1, kibibytes=64))
    with ExitStack() as stack:
        stack.callback(parts.close)
        client = theatre.put_on(parts)
        site = Site(parts, clock, alone=client.app)  # type: ignore[arg-type]  # this clock may go back
        built = Stage(site, clock, client, "", "", "", "")
        _, built.engine = built.employ(Role.ENGINEER)
        _, built.compliance = built.employ(Role.COMPLIANCE)
        _, built.intake = built.employ(Role.INTAKE)
        _, built.oversight = built.employ(Role.OVERSIGHT, act=False)
        built.hire(REVIEWERS)
        if scenario.platform == "exempt":
            _declare_small(built)
        yield built


def _declare_small(built: Stage) -> None:
    """A platform too small for the duty to filter (product.md A6)."""
    profile = {"service": "sharing", "yearly_active_users": 49_999_999, "market_value_cny": "100000000000"}
    answer = built.call("POST", "/platform", built.compliance, json=profile)
    assert answer.status_code == 200, answer.text


def own_standard(scenario: Scenario, folder: Path) -> Path:
    """A folder with the shipped standard of this place, changed as the scenario says."""
    text = _shipped(FAMILIES[scenario.regime[:2]])
    name = secrets.token_hex(4)
    text = re.sub(r'^id = ".*"$', f'id = "changed-{name}"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^effective_from = \S+", f"effective_from = {IN_FORCE}", text, count=1, flags=re.MULTILINE)
    for key, value in scenario.standard.items():
        section, _, entry = key.rpartition(".")
        written = f'"{value}"' if isinstance(value, str) else str(value).lower()
        head, mark, rest = text.partition(f"[{section}]\n")
        assert mark, f"the standard has no section {section}"
        rest, found = re.subn(rf"^{entry} = \S+", f"{entry} = {written}", rest, count=1, flags=re.MULTILINE)
        assert found, f"the standard has no {key}"
        text = head + mark + rest
    place = folder / f"standards-{name}"
    place.mkdir()
    (place / "changed.toml").write_text(text, "utf-8")
    return place


def _shipped(family: str) -> str:
    published = resources.files("casework.domain.standard") / "published"
    texts = [file.read_text("utf-8") for file in sorted(published.iterdir(), key=lambda one: one.name)]
    return next(text for text in texts if f'regime = "{family}"' in text)
