"""Sites that the tests of one module share: building one takes longer than most of these tests."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from casework.database import DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, Bench
from tests.api.players import Players
from tests.web import START, running, settings_for

_COPY = SQL("CREATE DATABASE {} TEMPLATE casework_template STRATEGY FILE_COPY")


@pytest.fixture(scope="module")
def bench(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A site on SQLite with an engine that delivers to it; each test uses ids of its own."""
    path = tmp_path_factory.mktemp("shared-site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    yield from bench_on(parse_database_url(f"sqlite:///{path}"))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The same on both databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("bench")
        return
    server = request.getfixturevalue("_postgresql_template")
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(_COPY.format(Identifier(name)))
        yield from bench_on(parse_database_url(server.get_uri(name)))
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


on_sqlite = pytest.mark.parametrize("each_bench", ["sqlite"], indirect=True, scope="module")
"""For a test in a file for both databases that sends neither anything which another test there does not send."""

UnderLaw = Callable[[str], Players]
"""People around a site that works under a regime, such as ``under("us-dmca")``."""


@pytest.fixture(scope="module")
def under(request: pytest.FixtureRequest) -> Iterator[UnderLaw]:
    """Sites under each regime that a module asks for, on SQLite, for what does not depend on the database."""
    with _under_law(request, "sqlite") as players:
        yield players


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def each_under(request: pytest.FixtureRequest) -> Iterator[UnderLaw]:
    """The same on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("under")
        return
    with _under_law(request, request.param) as players:
        yield players


@contextlib.contextmanager
def _under_law(request: pytest.FixtureRequest, kind: str) -> Iterator[UnderLaw]:
    with contextlib.ExitStack() as stack:
        known: dict[str, Players] = {}

        def players(regime: str) -> Players:
            if regime not in known:
                url = stack.enter_context(_database(request, kind))
                found = stack.enter_context(contextlib.contextmanager(bench_on)(url, regime))
                known[regime] = Players(found.site, found.api)
            return known[regime]

        yield players


@pytest.fixture(scope="module")
def lawful(under: UnderLaw) -> Players:
    """People around a site on SQLite under the Civil Code, for what does not depend on the database."""
    return under("cn-civil-code")


@contextlib.contextmanager
def _database(request: pytest.FixtureRequest, kind: str) -> Iterator[DatabaseUrl]:
    if kind == "sqlite":
        path = request.getfixturevalue("tmp_path_factory").mktemp("lawful-site") / "casework.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
        yield parse_database_url(f"sqlite:///{path}")
        return
    server = request.getfixturevalue("_postgresql_template")
    name = f"lawful_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(_COPY.format(Identifier(name)))
        yield parse_database_url(server.get_uri(name))
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def bench_on(url: DatabaseUrl, regime: str | None = None) -> Iterator[Bench]:
    """A site on this database, under a regime if one is named, with an engine that delivers to it."""
    with running(settings_for(url, regime=regime), SimulatedClock(START)) as site:
        token = site.token(site.account(Role.ENGINEER), Scope.DECISIONS_WRITE, Scope.CASES_READ, valid_for=YEARS)
        yield Bench(site, site.api(token))
