"""The web site for tests: the real application on a database of its own, with people, tokens and browsers at hand."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from litestar import Litestar
from litestar.testing import TestClient

from casework.app import create_app
from casework.database import DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.parts import Parts, build_parts
from casework.settings import Settings
from casework.views.access.accounts import Account
from casework.views.access.passwords import Passwords
from casework.views.access.tokens import Scope

SECRET = "a secret for tests that is long enough"
START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
HIDDEN_TOKEN = re.compile(r'name="_csrf_token" value="([0-9a-f]+)"')

Browser = TestClient[Litestar]
PostgresqlCopy = Callable[..., AbstractContextManager[DatabaseUrl]]


def settings_for(url: DatabaseUrl, **changes: Any) -> Settings:
    """The settings of a site on this database."""
    text = url.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    return Settings(database_url=text, secret=SECRET, **changes)  # type: ignore[arg-type]  # pydantic makes it secret


@dataclass
class Site:
    """One running site. ``clock`` stands still until a test moves it; browsers follow no redirects by themselves."""

    parts: Parts
    clock: SimulatedClock
    loop: BlockingPortal | None = None
    """Where its requests are answered. Without one, each would be in an event loop and threads made for it alone."""
    alone: Litestar | None = None
    """An application that serves nothing but this site. Without one, sites on like settings share one."""
    _people: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        app = self.alone or _shared_by(self.parts)
        app.state.parts = self.parts
        await app(scope, receive, send)

    @property
    def app(self) -> Litestar:
        """The application alone, for who serves it in earnest or looks at its routes."""
        if self.alone is None:
            idle = _idle[_kind_of(self.parts)]
            self.alone = idle.pop() if idle else create_app(parts=self.parts)
        self.alone.state.parts = self.parts
        return self.alone

    def browser(self, account: Account | None = None, *, language: str = "en") -> Browser:
        """A browser with cookies of its own, signed in as ``account`` if one is given."""
        client = TestClient(cast("Litestar", self), raise_server_exceptions=False)
        if self.loop is not None:
            client.blocking_portal = self.loop
        client.follow_redirects = False
        client.headers.update({"accept": "text/html,application/xhtml+xml", "accept-language": language})
        if account is not None:
            client.cookies.set("casework_session", self.parts.sessions.open(account.id))
        return client

    def api(self, token: str | None = None, *, language: str = "en") -> Browser:
        """A program that calls the API with this bearer token (an API token or that of a decision link)."""
        client = self.browser(language=language)
        client.headers.update({"accept": "application/json"})
        if token is not None:
            client.headers["authorization"] = f"Bearer {token}"
        return client

    def account(self, *roles: Role, name: str | None = None, **more: Any) -> Account:
        """A new account; a right holder's is for the outside id ``rh-3`` unless ``right_holder_id`` says otherwise."""
        self._people += 1
        roles = roles or (Role.REVIEWER,)
        if Role.RIGHT_HOLDER in roles:
            more.setdefault("right_holder_id", "rh-3")
        name = name or f"Person {self._people}"
        return self.parts.accounts.add(f"person{self._people}@example.org", name, roles, **more)

    def token(self, account: Account, *scopes: Scope, valid_for: timedelta = timedelta(days=30)) -> str:
        """A new API token of the account."""
        return self.parts.tokens.create(account, "test", scopes, valid_for=valid_for)[0]

    def engine_api(self) -> Browser:
        """A matching engine that may deliver decisions."""
        engineer = self.account(Role.ENGINEER)
        return self.api(self.token(engineer, Scope.DECISIONS_WRITE, Scope.CASES_READ))


def form_token(page: str) -> str:
    """The hidden token of the first form on a page."""
    found = HIDDEN_TOKEN.search(page)
    assert found is not None, "there is no form on this page"
    return found.group(1)


def post_form(
    browser: Browser,
    page: str,
    data: Mapping[str, Any] | None = None,
    *,
    to: str | None = None,
    files: Iterable[tuple[str, tuple[str, bytes, str]]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Open ``page``, fill in its form and send it, to ``to`` or to the page's own address."""
    token = form_token(browser.get(page).text)
    return browser.post(
        to or page,
        data={"_csrf_token": token, **(data or {})},
        files=None if files is None else list(files),
        headers=dict(headers or {}),
    )


@pytest.fixture
def clock() -> SimulatedClock:
    """The clock of the site, at a fixed moment."""
    return SimulatedClock(START)


@pytest.fixture(params=["sqlite_site", pytest.param("postgresql_site", marks=pytest.mark.postgresql)])
def site(request: pytest.FixtureRequest) -> Site:
    """The site on SQLite and on PostgreSQL, for what reads or writes the database in a way that it had not before."""
    made: Site = request.getfixturevalue(request.param)
    return made


on_sqlite = pytest.mark.parametrize("site", ["sqlite_site"], indirect=True, ids=["sqlite"])
"""For a test in a file for both databases that sends neither anything which another test there does not send."""


@pytest.fixture
def sqlite_site(sqlite_url: DatabaseUrl, clock: SimulatedClock) -> Iterator[Site]:
    """The site on SQLite alone, for what does not depend on the database."""
    yield from _running(sqlite_url, clock)


@pytest.fixture
def postgresql_site(_postgresql_of_a_site: DatabaseUrl, clock: SimulatedClock) -> Iterator[Site]:
    """The site on PostgreSQL alone, for what only a server can do."""
    yield from _running(_postgresql_of_a_site, clock)


@pytest.fixture(scope="session")
def _site_template(postgresql_copy: PostgresqlCopy) -> Iterator[str]:
    """The name of a database with the read models of a site in which nothing has happened."""
    with postgresql_copy() as url:
        build_parts(settings_for(url)).close()
        yield str(url.url.database)


@pytest.fixture
def _postgresql_of_a_site(_site_template: str, postgresql_copy: PostgresqlCopy) -> Iterator[DatabaseUrl]:
    with postgresql_copy(_site_template) as url:
        yield url


def _running(url: DatabaseUrl, clock: SimulatedClock) -> Iterator[Site]:
    with running(settings_for(url), clock) as site:
        yield site


_shared: dict[tuple[object, ...], Litestar] = {}
_idle: defaultdict[tuple[object, ...], list[Litestar]] = defaultdict(list)


def _kind_of(parts: Parts) -> tuple[object, ...]:
    """What an application reads when it is built. All else it reads of the parts that it serves."""
    settings = parts.settings
    return settings.read_secret(), settings.secure_cookies, settings.zone, settings.session_hours


def _shared_by(parts: Parts) -> Litestar:
    """The one application for sites on like settings: to build one takes a third of a second, most tests less."""
    kind = _kind_of(parts)
    if kind not in _shared:
        _shared[kind] = create_app(parts=parts)
    return _shared[kind]


@contextlib.contextmanager
def running(settings: Settings, clock: SimulatedClock) -> Iterator[Site]:
    """A site on these settings until the end of the block, whose passwords are quick to check."""
    parts = _parts(settings, clock)
    site = None
    try:
        with start_blocking_portal() as loop:
            site = Site(parts, clock, loop)
            yield site
    finally:
        parts.close()
        if site is not None and site.alone is not None:
            _idle[_kind_of(parts)].append(site.alone)


_empty_views: list[bytes] = []
"""The file of the read models of a site in which nothing has happened, which saves making their tables each time."""


def _parts(settings: Settings, clock: SimulatedClock) -> Parts:
    path = parse_database_url(settings.database_url).views_path
    new = None if path is None or path.exists() else path
    if new is not None and _empty_views:
        new.write_bytes(_empty_views[0])
    parts = build_parts(settings, clock=clock, passwords=Passwords(rounds=1, kibibytes=64))
    if new is not None and not _empty_views:
        with contextlib.closing(sqlite3.connect(new)) as connection:
            _empty_views.append(connection.serialize())
    return parts


class Process(Protocol):
    """What a test does with a process that runs a server; as ``subprocess.Popen``."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...

    def terminate(self) -> None: ...


@dataclass
class Server:
    """A real `casework serve`: its address, its process, and the environment that further commands need."""

    url: str
    process: Process
    environment: dict[str, str]
    log: Path

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Wait until pages are answered."""
        deadline = time.monotonic() + seconds
        # One client for all questions: to make one takes 40 ms, as it reads every authority that it might ask for.
        with httpx.Client(base_url=self.url, timeout=5, verify=False) as client:
            while time.monotonic() < deadline:
                assert self.process.poll() is None, self.log.read_text()
                with contextlib.suppress(httpx.TransportError):
                    if client.get("/readyz").status_code == 200:
                        return
                time.sleep(0.1)
        raise TimeoutError(self.log.read_text())

    def children(self) -> dict[int, str]:
        """The processes below the first one, with their command lines."""
        found: dict[int, str] = {}
        for children in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # a thread that has ended
                for pid in children.read_text().split():
                    found[int(pid)] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
        return {pid: args for pid, args in found.items() if args}

    def stop(self) -> int:
        """End it as a service manager would; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(url: DatabaseUrl, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a `casework` command on this database, with files in ``folder``."""
    settings = settings_for(url)
    return {
        **environment,
        "CASEWORK_DATABASE_URL": settings.database_url,
        "CASEWORK_SECRET": SECRET,
        "CASEWORK_REPORTS_DIRECTORY": str(folder / "reports"),
    }


@contextlib.contextmanager
def serving(environment: Mapping[str, str], folder: Path, *options: str) -> Iterator[Server]:
    """Run `casework serve` until the end of the block."""
    port = free_port()
    log = folder / "serve.log"
    command = [sys.executable, "-m", "casework.cli.main", "serve", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(environment), cwd=folder, stdout=output, stderr=output)
    with ready(Server(f"http://127.0.0.1:{port}", process, dict(environment), log)) as running:
        yield running


@contextlib.contextmanager
def ready(server: Server) -> Iterator[Server]:
    """The server once it answers, until the end of the block."""
    try:
        server.wait_until_ready()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def server(sqlite_url: DatabaseUrl, tmp_path: Path, environment: dict[str, str]) -> Iterator[Server]:
    """A real server with its worker, on SQLite: how processes heal and end is no matter of the database."""
    with serving(environment_for(sqlite_url, tmp_path, environment), tmp_path) as running:
        yield running
