"""`casework serve` as real processes: answers, heals, stops, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from casework.cli.main import casework
from casework.database import DatabaseUrl, parse_database_url
from casework.domain.facts import Role
from casework.parts import build_parts
from casework.views.access.tokens import Scope
from tests import samples
from tests.faults.nursery import serving_forked
from tests.web import SECRET, Server, environment_for, form_token, settings_for


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def workers(server: Server) -> list[int]:
    return [pid for pid, args in server.children().items() if " worker " in f"{args} "]


def web_processes(server: Server) -> list[int]:
    return [pid for pid in server.children() if pid not in workers(server)]


def test_serves_heals_and_stops(server: Server, sqlite_url: DatabaseUrl) -> None:
    parts = build_parts(settings_for(sqlite_url))
    account = parts.accounts.add("ann@example.org", "Ann", [Role.REVIEWER])
    link = parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1))
    engineer = parts.accounts.add("eng@example.org", "E", [Role.ENGINEER])
    token, _ = parts.tokens.create(engineer, "t", [Scope.DECISIONS_WRITE], valid_for=timedelta(hours=1))

    with httpx.Client(base_url=server.url, headers={"accept": "text/html"}, timeout=20, verify=False) as client:
        page = client.get(f"/sign-in/{link}")
        signed_in = client.post(f"/sign-in/{link}", data={"_csrf_token": form_token(page.text)})
        assert signed_in.status_code == 303
        assert client.get("/").headers["location"] == "/reviewer"

        # What the web does not wait for, the worker does.
        list(parts.intake.take([samples.decision_line()], samples.MATCHER))
        until(lambda: all(status.lag == 0 for status in parts.casework.views.status()))

        (first,), (beside,) = web_processes(server), workers(server)
        os.kill(first, signal.SIGKILL)
        os.kill(beside, signal.SIGKILL)
        until(lambda: bool(web_processes(server)) and web_processes(server) != [first])
        server.wait_until_ready()
        assert client.get("/").headers["location"] == "/reviewer", "the session survives"
        until(lambda: bool(workers(server)) and workers(server) != [beside])

        answer = client.get("/api/v1/nothing", headers={"authorization": f"Bearer {token}", "accept": "*/*"})
    assert answer.headers["content-type"] == "application/problem+json"
    children = list(server.children())
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 5
    assert all(gone(child) for child in children)
    parts.close()
    logged = server.log.read_text()
    for secret in (link, token, account.email, "Ann", SECRET):
        assert secret not in logged
    requests = [json.loads(line) for line in logged.splitlines() if '"request"' in line]
    assert {"method": "POST", "route": "/sign-in/{token}", "status": 303}.items() <= requests[1].items()


def test_requests_at_the_same_time_keep_their_languages(odd_server: Server) -> None:
    wrong: list[str] = []

    def ask(language: str, tag: str) -> None:
        headers = {"accept-language": language}
        with httpx.Client(base_url=odd_server.url, headers=headers, timeout=20, verify=False) as client:
            for _ in range(15):
                page = client.get("/sign-in").text
                chinese = "登录" in page
                if f'lang="{tag}"' not in page or chinese is not (language == "zh"):
                    wrong.append(language)

    threads = [threading.Thread(target=ask, args=pair) for pair in (("zh", "zh-Hans-CN"), ("en", "en")) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def raw(server: Server, request: bytes) -> int:
    """The status of an answer to bytes that no decent client would send; 0 when the connection is closed at once."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        found = re.match(rb"HTTP/1\.1 (\d+)", connection.recv(65536))
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /%ff%fe?%ff=%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: casework_session=\xff\xfe\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 300_000 + b"\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 3000 + b"Connection: close\r\n\r\n",
        b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=["percent", "bytes", "cookie", "huge cookie", "many headers", "two slashes", "nonsense"],
)
def test_odd_bytes_are_never_our_fault(odd_server: Server, request_: bytes) -> None:
    assert raw(odd_server, request_) < 500
    assert raw(odd_server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == 200
    assert "fault" not in odd_server.log.read_text()


@pytest.fixture(scope="module")
def odd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server without a worker for all that changes nothing; it makes its database itself."""
    folder = tmp_path_factory.mktemp("odd")
    url = parse_database_url(f"sqlite:///{folder}/fresh.db")
    environment = environment_for(url, folder, {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)})
    with serving_forked(environment, folder, "--no-worker") as running:
        assert workers(running) == []
        yield running


def test_a_taken_port_is_named(sqlite_url: DatabaseUrl, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(casework, ["serve", "--port", port], env=environment_for(sqlite_url, tmp_path, {}))
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr


def test_nothing_stays_behind_when_the_first_process_is_killed(
    sqlite_url: DatabaseUrl, tmp_path: Path, environment: dict[str, str]
) -> None:
    with serving_forked(environment_for(sqlite_url, tmp_path, environment), tmp_path) as server:
        until(lambda: bool(workers(server)))
        children = list(server.children())
        server.process.kill()
        server.process.wait()
        until(lambda: all(gone(child) for child in children))
