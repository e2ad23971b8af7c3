"""Sites that the tests of one module share: building one takes longer than most of these tests."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from casework.app import build_parts, create_app
from casework.database import DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.views.access.passwords import Passwords
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, Bench
from tests.api.players import Players
from tests.web import START, Site, settings_for


@pytest.fixture(scope="module")
def bench(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A site on SQLite with an engine that delivers to it; each test uses ids of its own."""
    path = tmp_path_factory.mktemp("shared-site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    yield from _bench(parse_database_url(f"sqlite:///{path}"))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The same on both databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("bench")
        return
    server = request.getfixturevalue("_postgresql_template")
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE casework_template").format(Identifier(name)))
        yield from _bench(parse_database_url(server.get_uri(name)))
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="module")
def quick(bench: Bench) -> Players:
    """People around a site on SQLite, for what does not depend on the database."""
    return Players(bench.site, bench.api)


@pytest.fixture(scope="module")
def players(each_bench: Bench, request: pytest.FixtureRequest) -> Players:
    """People around a site on each database."""
    if each_bench.site.parts.settings.database_url.startswith("sqlite"):
        on_sqlite: Players = request.getfixturevalue("quick")
        return on_sqlite
    return Players(each_bench.site, each_bench.api)


def _bench(url: DatabaseUrl) -> Iterator[Bench]:
    clock = SimulatedClock(START)
    parts = build_parts(settings_for(url), clock=clock, passwords=Passwords(rounds=1, kibibytes=64))
    site = Site(create_app(parts=parts), parts, clock)
    try:
        token = site.token(site.account(Role.ENGINEER), Scope.DECISIONS_WRITE, Scope.CASES_READ, valid_for=YEARS)
        yield Bench(site, site.api(token))
    finally:
        parts.close()
