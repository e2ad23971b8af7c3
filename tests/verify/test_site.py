"""Facts taken from the site of a platform, which may hold some back, lead nowhere or leave some out."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from casework_verify.opening import Facts
from tests.verify.test_command import STEM, alone, made, report

__all__ = ["made"]


class Site(BaseHTTPRequestHandler):
    """Serves facts by pages of 200, and refuses those from ``sealed`` on, as the site does."""

    facts: ClassVar[list[bytes]] = []
    sealed: ClassVar[int] = 0

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        first, end = int(asked["from"][0]), int(asked["to"][0]) if "to" in asked else self.sealed
        self.send_response(200 if end <= self.sealed else 409)
        if first + 200 < end:
            self.send_header("Link", f'</api/v1/log/facts?from={first + 200}&to={end}>; rel="next"')
        self.end_headers()
        if end <= self.sealed:
            self.wfile.write(b"".join(line + b"\n" for line in self.facts[first : min(end, first + 200)]))

    def log_message(self, *_arguments: object) -> None:
        """Nobody listens."""


def test_a_fact_that_the_checkpoint_leaves_out_is_seen_on_the_site_too(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early = tmp_path / "early"
    assert report(made, "--as-of", "2026-02-15T00:00:00Z", "--out", str(early)).exit_code == 0
    path = early / f"{STEM}.json"
    size = json.loads(path.read_text())["log"]["size"]
    Site.facts = [
        *list(Facts(made / "reports" / "facts.ndjson.gz"))[:size],
        b'{"at":"2026-02-14T00:00:00Z","by":"system"}',
    ]
    Site.sealed = size + 1
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        code, said = alone(capsys, path, "--log", f"http://127.0.0.1:{server.server_address[1]}", "--json")
        server.shutdown()
    kinds = {one["kind"] for one in json.loads(said)["differences"]}
    assert (code, "fact_left_out" in kinds) == (5, True), said


class EndlessSite(Site):
    """Sends on to itself for ever, without a fact."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Link", f'<{self.path}>; rel="next"')
        self.end_headers()


def test_a_site_that_leads_nowhere_is_told(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), EndlessSite) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        code, said = alone(capsys, made / "reports" / f"{STEM}.json", "--log", address)
        assert (code, "without a single fact" in said) == (2, True), said
        server.shutdown()


@pytest.mark.parametrize("address", ["http://[::1", "http://", "http:///x", "http://a b/", "http://é.example/"])
def test_what_is_no_address_of_a_site_is_told(made: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert alone(capsys, made / "reports" / f"{STEM}.json", "--log", address)[0] == 2


def test_facts_are_taken_from_the_site(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Site.facts = list(Facts(made / "reports" / "facts.ndjson.gz"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        for sealed, code, said in ((len(Site.facts), 0, "all of them agree"), (300, 5, "only the first 300 of")):
            Site.sealed = sealed
            ended, printed = alone(capsys, made / "reports" / f"{STEM}.json", "--log", address)
            assert (ended, said in printed) == (code, True), printed
        server.shutdown()
    assert alone(capsys, made / "reports" / f"{STEM}.json", "--log", address)[0] == 2


class DrippingSite(Site):
    """Sends a byte now and then, never so late that a single one of them is missed; at first not even its headers."""

    headers_first: ClassVar[bool] = True
    stopped: ClassVar[threading.Event]

    def do_GET(self) -> None:
        if self.headers_first:
            self.send_response(200)
            self.end_headers()
        else:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nServer: ")
        while not self.stopped.wait(0.02):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return


@pytest.mark.parametrize("headers_first", [True, False])
def test_a_site_that_is_slow_for_ever_is_told(
    made: Path, capsys: pytest.CaptureFixture[str], *, headers_first: bool
) -> None:
    DrippingSite.headers_first, DrippingSite.stopped = headers_first, threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), DrippingSite) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address, begin = f"http://127.0.0.1:{server.server_address[1]}", time.monotonic()
        report_path = made / "reports" / f"{STEM}.json"
        code, said = alone(capsys, report_path, "--log", address, "--most-seconds", "1")
        seconds = time.monotonic() - begin
        DrippingSite.stopped.set()
        server.shutdown()
    assert (code, "more than 1 second" in said, "--most-seconds" in said) == (2, True, True), said
    assert seconds < 30


class FloodingSite(Site):
    """Sends more than facts can be: lines that are longer than any, or short ones without end."""

    line: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(self.line)


@pytest.mark.parametrize("line", [b"x" * 65_536, b"\n" * 8_192, b'{"at":"2026-01-01T00:00:00Z"}\n' * 300], ids=len)
@pytest.mark.parametrize("first", ["facts", "facts behind"])
def test_a_site_that_sends_without_end_is_told(
    made: Path, capsys: pytest.CaptureFixture[str], line: bytes, first: str
) -> None:
    facts = list(Facts(made / "reports" / "facts.ndjson.gz"))

    class Behind(FloodingSite):
        """Begins only behind the facts of the report."""

        def do_GET(self) -> None:
            if f"from={len(facts)}" in self.path or first == "facts":
                super().do_GET()
            else:
                Site.do_GET(self)

    Behind.line, Site.facts, Site.sealed = line, facts, len(facts)
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        report_path = made / "reports" / f"{STEM}.json"
        code, said = alone(capsys, report_path, "--log", address, "--most-megabytes", "2")
        server.shutdown()
    assert (code, "more than 2 megabytes" in said, "--most-megabytes" in said) == (2, True, True), said
